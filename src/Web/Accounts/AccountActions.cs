using Slipway.Feeds;
using Slipway.Web.Access;
using Slipway.Web.Hosting;

namespace Slipway.Web.Accounts;

/// <summary>What the forms of users' pages do. Who may is asked where it is done (<see cref="IAccounts"/>): one's own account is everybody's to change.</summary>
internal static class AccountActions
{
    public static async Task<ActionResult> ChangePasswordAsync(ActionRequest request, CancellationToken cancellation)
    {
        var id = request["user"] ?? "";
        if (Again(request, "The two new passwords differ. Type the same in both fields.") is { } differ)
        {
            return ActionResult.Refuse(CommandStatus.Invalid, differ, AccountPages.Href(id));
        }

        var outcome = await request.Service<IAccounts>().ChangePasswordAsync(id, request.Form["current"].ToString(), request.Form["password"].ToString(), request.Page.Access, cancellation);
        return new ActionResult(outcome, AccountPages.Href(id) + "?changed", "The password was changed; other sessions have ended.");
    }

    public static async Task<ActionResult> CreateAsync(ActionRequest request, CancellationToken cancellation)
    {
        const string Form = "securityRealm/addUser";
        if (Again(request, "The two passwords differ. Type the same in both fields.") is { } differ)
        {
            return ActionResult.Refuse(CommandStatus.Invalid, differ, Form);
        }

        var id = request.Field("username");
        var outcome = await request.Service<IAccounts>().CreateAsync(
            id, request.Field("fullname"), request.Form["password"].ToString(), request.Field("administrator") == "true", request.Page.Access, cancellation);
        return new ActionResult(outcome, outcome.Succeeded ? "securityRealm/" : Form, $"{id} can log in now.");
    }

    public static async Task<ActionResult> SetEnabledAsync(ActionRequest request, CancellationToken cancellation)
    {
        var (id, enabled) = (request["user"] ?? "", request["enabled"] != "false");
        var outcome = await request.Service<IAccounts>().SetEnabledAsync(id, enabled, request.Page.Access, cancellation);
        return new ActionResult(outcome, "securityRealm/", enabled ? $"{id} can log in again." : $"{id} cannot log in any more.");
    }

    public static async Task<ActionResult> DeleteAsync(ActionRequest request, CancellationToken cancellation)
    {
        var id = request["user"] ?? "";
        return new ActionResult(await request.Service<IAccounts>().DeleteAsync(id, request.Page.Access, cancellation), "securityRealm/", $"{id} was deleted.");
    }

    public static async Task<ActionResult> RevokeTokenAsync(ActionRequest request, CancellationToken cancellation)
    {
        var id = request["user"] ?? "";
        _ = Guid.TryParse(request["token"], out var token);
        return new ActionResult(await request.Service<IAccounts>().RevokeTokenAsync(id, token, request.Page.Access, cancellation), AccountPages.Href(id), "The token is worth nothing any more.");
    }

    /// <summary>Answers with the page itself, which shows the token: there is no other place that could.</summary>
    public static async Task MakeTokenAsync(HttpContext context)
    {
        var pages = context.RequestServices.GetRequiredService<PageEndpoints>();
        var access = PageEndpoints.RequireAccess(context);
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        var made = await context.RequestServices.GetRequiredService<IAccounts>().AddTokenAsync(form["name"].ToString(), access, context.RequestAborted);
        var request = PageEndpoints.ReadRequest(context, access);
        var page = made.Succeeded ? await AccountPages.ReadAsync(request, access.Caller.UserId, made.Value, context.RequestServices, context.RequestAborted) : null;
        await pages.WritePageAsync(context, access, page ?? ErrorPages.Refused(made, "./"));
    }

    private static string? Again(ActionRequest request, string fault) => request.Form["password"].ToString() == request.Form["again"].ToString() ? null : fault;
}
