using Microsoft.AspNetCore.Http;
using Slipway.Api.Rendering;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Store;

namespace Slipway.Api.Access;

/// <summary>Who one is, crumbs, and API tokens.</summary>
internal sealed class AccountEndpoints(IStore store, IAccounts accounts, TimeProvider time)
{
    private const string Tokens = "/me/descriptorByName/jenkins.security.ApiTokenProperty";

    public void Map(ApiRoutes routes)
    {
        routes.Plain("GET", "/crumbIssuer/api/{**format}", Permission.Read, ReadCrumbAsync);
        routes.Plain("GET", "/me/api/{**format}", Permission.Read, context => WriteUserAsync(context, Outcomes.CallerOf(context).UserId, Outcomes.CallerOf(context).Name));
        routes.Plain("GET", "/whoAmI/api/{**format}", Permission.Read, WhoAmIAsync);
        routes.Plain("GET", "/user/{id}/api/{**format}", Permission.Read, ReadUserAsync);
        routes.Plain("POST", "/user/{id}/doDelete", Permission.Administer, DeleteAsync);
        routes.Plain("POST", "/securityRealm/createAccountByAdmin", Permission.Administer, CreateAsync);
        routes.Plain("POST", Tokens + "/generateNewToken", Permission.Read, AddTokenAsync);
        routes.Plain("POST", Tokens + "/revoke", Permission.Read, RevokeTokenAsync);
        routes.Plain("POST", Tokens + "/revokeAll", Permission.Read, RevokeAllAsync);
    }

    private static async Task ReadCrumbAsync(HttpContext context)
    {
        // Whoever asks gets one, with an API token too, which needs none: clients ask first and then look whether they got it. Texts alone: some decode no other values.
        context.Response.Headers.CacheControl = "no-store";
        await RemoteApi.WriteAsync(context, new ApiObject("hudson.security.csrf.DefaultCrumbIssuer", "defaultCrumbIssuer",
            [new("crumb", Outcomes.AccessOf(context).Crumb), new("crumbRequestField", Crumbs.Field)]));
    }

    private static Task WhoAmIAsync(HttpContext context)
    {
        var access = Outcomes.AccessOf(context);
        return RemoteApi.WriteAsync(context, new ApiObject("hudson.security.WhoAmI", "whoAmI",
        [
            new("anonymous", access.Caller.IsAnonymous),
            new("authenticated", !access.Caller.IsAnonymous),
            new("authorities", new List<object?> { access.Caller.IsAnonymous ? "anonymous" : "authenticated" }),
            new("name", access.Caller.UserId),
        ]));
    }

    private async Task ReadUserAsync(HttpContext context)
    {
        var id = context.GetRouteValueText("id");
        var user = await store.Users.FindAsync(id, context.RequestAborted);
        await (user is null ? Outcomes.NotFoundAsync(context, $"There is no user '{id}'.") : WriteUserAsync(context, user.Id, user.FullName));
    }

    private static Task WriteUserAsync(HttpContext context, string id, string name) => RemoteApi.WriteAsync(context, new ApiObject("hudson.model.User", "user",
    [
        new("absoluteUrl", $"{Outcomes.RootUrl(context)}user/{Uri.EscapeDataString(id)}"),
        new("description", null),
        new("fullName", name),
        new("id", id),
        new("property", new List<object?>()),
    ]));

    /// <summary>The form of Jenkins' own page; the password twice, as people type it.</summary>
    private async Task CreateAsync(HttpContext context)
    {
        var form = await RequestBody.ReadFormAsync(context);
        var password = form["password1"].ToString();
        if (password != form["password2"].ToString())
        {
            await Outcomes.InvalidAsync(context, "The two passwords differ. Give the same as password1 and password2.");
            return;
        }

        var outcome = await accounts.CreateAsync(
            form["username"].ToString().Trim(), form["fullname"].ToString(), password, form["administrator"] == "true", Outcomes.AccessOf(context), context.RequestAborted);
        await Outcomes.RedirectAsync(context, outcome, "securityRealm/");
    }

    private async Task DeleteAsync(HttpContext context) => await Outcomes.RedirectAsync(
        context, await accounts.DeleteAsync(context.GetRouteValueText("id"), Outcomes.AccessOf(context), context.RequestAborted), "securityRealm/");

    private async Task AddTokenAsync(HttpContext context)
    {
        var name = await RequestBody.ReadValueAsync(context, "newTokenName");
        name = string.IsNullOrWhiteSpace(name) ? $"Token created on {time.GetUtcNow():O}" : name.Trim();
        var made = await accounts.AddTokenAsync(name, Outcomes.AccessOf(context), context.RequestAborted);
        if (!made.Succeeded)
        {
            await Outcomes.RefuseAsync(context, made);
            return;
        }

        var secret = made.Value!;
        var token = await store.Users.FindTokenAsync(SecretText.Hash(secret), context.RequestAborted);
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(new { status = "ok", data = new { tokenName = name, tokenUuid = token?.Id.ToString(), tokenValue = secret } }, context.RequestAborted);
    }

    private async Task RevokeTokenAsync(HttpContext context)
    {
        if (Guid.TryParse(await RequestBody.ReadValueAsync(context, "tokenUuid"), out var id) && await store.Users.RevokeTokenAsync(Outcomes.CallerOf(context).UserId, id, context.RequestAborted))
        {
            await context.Response.WriteAsJsonAsync(new { status = "ok" }, context.RequestAborted);
        }
        else
        {
            await Outcomes.NotFoundAsync(context, "You have no such token.");
        }
    }

    private async Task RevokeAllAsync(HttpContext context)
    {
        foreach (var token in await store.Users.ListTokensAsync(Outcomes.CallerOf(context).UserId, context.RequestAborted))
        {
            await store.Users.RevokeTokenAsync(token.User, token.Id, context.RequestAborted);
        }

        await context.Response.WriteAsJsonAsync(new { status = "ok" }, context.RequestAborted);
    }
}
