using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Access;

/// <summary>
/// Stands before every endpoint. It finds out who asks, refuses what they may not do, and what a forged request could do. An endpoint that does not say what it needs
/// (<see cref="RouteNeeds"/>) answers nobody: no route is open by accident.
/// </summary>
internal sealed class AccessMiddleware(RequestDelegate next, AccessOptions options, Authenticator authenticator, CrumbIssuer crumbs, ILogger<AccessMiddleware> log)
{
    private const int LargestBodyOfStrangers = 64 * 1024;

    // What no route matches is looked for as a reader would: what exists is not told to strangers.
    private static readonly RouteNeeds NeedsOfUnknown = new(Permission.Read);

    public async Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();

        // Routing's own answer to a method that a path does not take is no route.
        var needs = endpoint is RouteEndpoint ? endpoint.Metadata.GetMetadata<RouteNeeds>() : NeedsOfUnknown;
        if (needs is null)
        {
            log.LogError("The route {Route} does not say what it needs, so it answers nobody", endpoint!.DisplayName);
            await Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "This route is not open to anybody.");
            return;
        }

        if (options.IsOpen && needs.Permission != Permission.Anonymous && RequestSource.FindOutsider(context.Request) is { } outside)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, outside);
            return;
        }

        var (found, pause) = await IdentifyAsync(context);
        if (found is not { } identity)
        {
            await ChallengeAsync(context, pause);
            return;
        }

        var access = new RequestAccess(context, identity, options, crumbs);
        context.Features.Set<IRequestAccess>(access);
        if (!access.May(needs.Permission, JobPath.Root))
        {
            await (identity.Proof == Proof.None ? InviteAsync(context) : Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, $"{identity.UserId} lacks the permission '{needs.Permission}'."));
            return;
        }

        if (RequestSource.IsChange(context.Request))
        {
            if (identity.Proof == Proof.None && !options.IsOpen && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            {
                // A login's form is small. Agents, which are strangers here, set a limit of their own when they have shown who they are.
                size.MaxRequestBodySize = LargestBodyOfStrangers;
            }

            if (needs.ChecksCrumb && await FindForgeryAsync(context, identity) is { } forgery)
            {
                await Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, forgery);
                return;
            }

            if (needs.Permission > Permission.Read)
            {
                log.LogInformation("{User} from {Address}: {Method} {Path}", identity.UserId, access.Caller.RemoteAddress, context.Request.Method, LogText.Of(context.Request.Path.ToUriComponent()));
            }
        }

        await next(context);
    }

    /// <summary>No identity: credentials were given, and are wrong, or came too often.</summary>
    private async Task<(Identity? Identity, TimeSpan? Pause)> IdentifyAsync(HttpContext context)
    {
        // An open server needs no credentials, and clients send theirs whether it does or not.
        if (context.Request.Headers.Authorization.ToString() is { Length: > 0 } header && !options.IsOpen)
        {
            return BasicCredentials.Read(header) is var (user, secret)
                ? await authenticator.CheckBasicAsync(user, secret, RequestSource.AddressOf(context), context.RequestAborted)
                : (null, null);
        }

        var session = context.Request.Cookies[AccessCookies.Session] is { Length: > 0 } cookie ? await authenticator.CheckSessionAsync(cookie, context.RequestAborted) : null;
        return (session ?? Identity.Anonymous, null);
    }

    /// <summary>Why this request might not have been meant by its sender; null where it was.</summary>
    private async Task<string?> FindForgeryAsync(HttpContext context, Identity identity)
    {
        if (identity.Proof == Proof.ApiToken)
        {
            // A browser never sends an API token by itself.
            return null;
        }

        if (RequestSource.IsOfAnotherSite(context.Request, options))
        {
            return "The request comes from another site. If it was meant, send it with an API token.";
        }

        var given = context.Request.Headers[Crumbs.Field].ToString();
        if (given.Length == 0)
        {
            given = await RequestBody.ReadCrumbAsync(context);
        }

        // An open server has no session that another site could misuse, and a browser's requests for other sites were refused above: programs may come without a crumb.
        if (given.Length == 0 && options.IsOpen && !RequestSource.IsOfBrowser(context.Request))
        {
            return null;
        }

        var session = identity.Session ?? context.Request.Cookies[AccessCookies.Crumb];
        return session is { Length: > 0 } && given.Length > 0 && crumbs.IsValid(given, identity.UserId, session)
            ? null
            : $"No valid crumb was included in the request. Get one from crumbIssuer/api/json with the same session, and send it as the header {Crumbs.Field}; or use an API token, which needs none.";
    }

    /// <summary>Credentials were given and not taken.</summary>
    private static Task ChallengeAsync(HttpContext context, TimeSpan? pause)
    {
        if (pause is { } wait)
        {
            var seconds = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            context.Response.Headers.RetryAfter = seconds;
            return Refusal.WriteAsync(context, StatusCodes.Status401Unauthorized, $"There were too many failed logins. The next one is looked at in {seconds} s.");
        }

        AskForBasic(context);
        return Refusal.WriteAsync(context, StatusCodes.Status401Unauthorized, "The user name, password or API token is wrong.");
    }

    /// <summary>Nobody is logged in, and the request needs it: people are sent to the login page, programs told.</summary>
    private static Task InviteAsync(HttpContext context)
    {
        var wantsPage = context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
        if (wantsPage && HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.Redirect($"/login?from={Uri.EscapeDataString(context.Request.Path + context.Request.QueryString)}");
            return Task.CompletedTask;
        }

        AskForBasic(context);
        return Refusal.WriteAsync(context, StatusCodes.Status401Unauthorized, "A login is needed: send user name and API token (or password) as HTTP Basic, or log in at /login.");
    }

    // Not to scripts of a page: the browser would open a dialog of its own over it.
    private static void AskForBasic(HttpContext context)
    {
        if (context.Request.Headers["Sec-Fetch-Mode"].ToString() is "" or "navigate")
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"Slipway\", charset=\"UTF-8\"";
        }
    }
}
