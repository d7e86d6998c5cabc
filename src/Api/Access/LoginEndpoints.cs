using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Api.Routing;
using Slipway.Feeds;

namespace Slipway.Api.Access;

/// <summary>Logging in and out, under Jenkins' paths. The login page itself is the web's.</summary>
internal static class LoginEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        // No crumb is asked for: there is no session yet that could be misused, and where the request comes from is looked at here.
        routes.MapPost("/j_spring_security_check", LogInAsync).WithMetadata(new RouteNeeds(Permission.Anonymous, ChecksCrumb: false));
        routes.MapPost("/login", LogInAsync).WithMetadata(new RouteNeeds(Permission.Anonymous, ChecksCrumb: false));
        routes.MapPost("/logout", LogOutAsync).WithMetadata(new RouteNeeds(Permission.Anonymous));
    }

    private static async Task LogInAsync(HttpContext context, Authenticator authenticator, AccessOptions options)
    {
        if (RequestSource.IsOfAnotherSite(context.Request, options))
        {
            await Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "The login comes from another site. Log in on this server's own page.");
            return;
        }

        var form = await RequestBody.ReadFormAsync(context);
        var from = SafeTarget(form["from"].ToString());
        var outcome = await authenticator.CheckPasswordAsync(form["j_username"].ToString(), form["j_password"].ToString(), RequestSource.AddressOf(context), context.RequestAborted);
        if (outcome.User is not { } user)
        {
            var fault = outcome.Pause is { } pause ? string.Create(CultureInfo.InvariantCulture, $"pause&seconds={Math.Ceiling(pause.TotalSeconds)}") : "1";
            context.Response.Redirect($"/login?error={fault}&from={Uri.EscapeDataString(from)}");
            return;
        }

        // A new session for each login: one that was planted before it is worth nothing.
        AccessCookies.Set(context, AccessCookies.Session, await authenticator.BeginSessionAsync(user, context.RequestAborted));
        context.Response.Redirect(from);
    }

    private static async Task LogOutAsync(HttpContext context, Authenticator authenticator)
    {
        if (context.Request.Cookies[AccessCookies.Session] is { } session)
        {
            await authenticator.EndSessionAsync(session, context.RequestAborted);
        }

        AccessCookies.Delete(context, AccessCookies.Session);
        context.Response.Redirect("/login");
    }

    /// <summary>A path of this server; anything that a browser could read as another host becomes the front page.</summary>
    internal static string SafeTarget(string from) => from is "/" or ['/', not ('/' or '\\'), ..] && !from.Any(char.IsControl) && !from.Contains('\\', StringComparison.Ordinal) ? from : "/";
}
