using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Feeds;

namespace Slipway.Api.Access;

/// <summary>Logging in and out, under Jenkins' paths. The login page itself is the web's.</summary>
internal static class LoginEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        // No crumb is asked for: there is no session yet that could be misused, and the check of origin is made here.
        routes.MapPost("/j_spring_security_check", LogInAsync).WithMetadata(new RouteNeeds(Permission.Anonymous, ChecksCrumb: false));
        routes.MapPost("/login", LogInAsync).WithMetadata(new RouteNeeds(Permission.Anonymous, ChecksCrumb: false));
        routes.MapPost("/logout", LogOutAsync).WithMetadata(new RouteNeeds(Permission.Anonymous));
    }

    private static async Task LogInAsync(HttpContext context, Authenticator authenticator)
    {
        if (context.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site")
        {
            await Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "The login comes from another site. Log in on this server's own page.");
            return;
        }

        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        var from = SafeTarget(form["from"].ToString());
        var user = await authenticator.CheckPasswordAsync(form["j_username"].ToString(), form["j_password"].ToString(), AccessMiddleware.AddressOf(context), context.RequestAborted);
        if (user is null)
        {
            context.Response.Redirect($"/login?error=1&from={Uri.EscapeDataString(from)}");
            return;
        }

        // A new session for each login: one that was planted before it is worth nothing.
        context.Response.Cookies.Append(AccessMiddleware.SessionCookie, await authenticator.BeginSessionAsync(user, context.RequestAborted), AccessMiddleware.CookieFor(context));
        context.Response.Redirect(from);
    }

    private static async Task LogOutAsync(HttpContext context, Authenticator authenticator)
    {
        if (context.Request.Cookies[AccessMiddleware.SessionCookie] is { } session)
        {
            await authenticator.EndSessionAsync(session, context.RequestAborted);
        }

        context.Response.Cookies.Delete(AccessMiddleware.SessionCookie);
        context.Response.Redirect("/login");
    }

    /// <summary>A path of this server; anything that a browser could read as another host becomes the front page.</summary>
    private static string SafeTarget(string from) => from is ['/', not ('/' or '\\'), ..] && !from.Any(char.IsControl) && !from.Contains('\\') ? from : "/";
}
