using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Access;

/// <summary>
/// Stands before every endpoint. It finds out who asks, refuses what they may not do, and what a forged request could do. An endpoint that does not say what it needs
/// (<see cref="RouteNeeds"/>) answers nobody: no route is open by accident.
/// </summary>
internal sealed class AccessMiddleware(RequestDelegate next, AccessOptions options, Authenticator authenticator, CrumbIssuer crumbs, ILogger<AccessMiddleware> log)
{
    public const string SessionCookie = "slipway-session";
    private const string CrumbCookie = "slipway-crumb";

    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers["X-Content-Type-Options"] = "nosniff";
        context.Response.Headers["X-Frame-Options"] = "deny";
        context.Response.Headers["Referrer-Policy"] = "same-origin";
        if (options.IsOpen && !IsLocalName(context.Request.Host.Host))
        {
            // Another site's name that was made to point here (DNS rebinding) would speak with the user's own browser.
            await Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, $"This server runs open, for it is bound to this machine alone; so it answers to names of this machine only, not to '{context.Request.Host.Host}'. Start it with --require-login to use other names.");
            return;
        }

        if (context.GetEndpoint() is not { } endpoint)
        {
            await ServeUnknownAsync(context);
            return;
        }

        if (endpoint.Metadata.GetMetadata<RouteNeeds>() is not { } needs)
        {
            log.LogError("The route {Route} does not say what it needs, so it answers nobody", endpoint.DisplayName);
            await Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "This route is not open to anybody.");
            return;
        }

        if (await IdentifyAsync(context) is not { } identity)
        {
            await ChallengeAsync(context, "The user name, password or API token is wrong.");
            return;
        }

        var access = Describe(context, identity);
        context.Features.Set<IRequestAccess>(access);
        if (!access.May(needs.Permission, JobPath.Root))
        {
            await ChallengeAsync(context, "A login is needed.");
            return;
        }

        if (IsChange(context.Request) && needs.ChecksCrumb && await FindForgeryAsync(context, identity) is { } forgery)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, forgery);
            return;
        }

        if (IsChange(context.Request) && needs.Permission != Permission.Anonymous)
        {
            log.LogInformation("{User} from {Address}: {Method} {Path}", identity.UserId, access.Caller.RemoteAddress, context.Request.Method, context.Request.Path);
        }

        await next(context);
    }

    /// <summary>Null: credentials were given, and are wrong.</summary>
    private async Task<Identity?> IdentifyAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization.ToString() is { Length: > 0 } header && !options.IsOpen)
        {
            return ReadBasic(header) is var (user, secret)
                ? await authenticator.CheckBasicAsync(user, secret, AddressOf(context), context.RequestAborted)
                : null;
        }

        if (context.Request.Cookies[SessionCookie] is { Length: > 0 } cookie && await authenticator.CheckSessionAsync(cookie, context.RequestAborted) is { } identity)
        {
            return identity;
        }

        return Identity.Anonymous;
    }

    private RequestAccess Describe(HttpContext context, Identity identity)
    {
        var session = identity.Session ?? context.Request.Cookies[CrumbCookie];
        if (session is null && HttpMethods.IsGet(context.Request.Method) && identity.Proof != Proof.ApiToken)
        {
            session = SecretText.Create();
            context.Response.Cookies.Append(CrumbCookie, session, CookieFor(context));
        }

        var caller = new Caller(identity.UserId, identity.FullName, AddressOf(context));
        return new RequestAccess(identity, caller, options.IsOpen, session is null ? null : crumbs.For(session));
    }

    /// <summary>Why this request might not have been meant by its sender; null where it was.</summary>
    private async Task<string?> FindForgeryAsync(HttpContext context, Identity identity)
    {
        if (identity.Proof == Proof.ApiToken)
        {
            // A browser never sends an API token by itself.
            return null;
        }

        var headers = context.Request.Headers;
        if (headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" || (headers.Origin.ToString() is { Length: > 0 } origin && !IsOwn(origin, context.Request)))
        {
            return "The request comes from another site. If it was meant, send it with an API token.";
        }

        var given = headers[Crumbs.Field].ToString();
        if (given.Length == 0 && context.Request.HasFormContentType)
        {
            context.Request.EnableBuffering();
            given = (await context.Request.ReadFormAsync(context.RequestAborted))[Crumbs.Field].ToString();
        }

        // An open server has no session that another site could misuse, and a browser's cross-site requests were refused above: programs may come without a crumb, as to Jenkins' own default.
        if (given.Length == 0 && options.IsOpen && headers["Sec-Fetch-Site"].Count == 0 && headers.Origin.Count == 0)
        {
            return null;
        }

        var session = identity.Session ?? context.Request.Cookies[CrumbCookie];
        return session is not null && given.Length > 0 && crumbs.IsValid(given, session)
            ? null
            : $"No valid crumb was included in the request. Get one from crumbIssuer/api/json with the same session, and send it as the header {Crumbs.Field}; or use an API token, which needs none.";
    }

    private async Task ServeUnknownAsync(HttpContext context)
    {
        if (await IdentifyAsync(context) is { } identity)
        {
            var access = Describe(context, identity);
            context.Features.Set<IRequestAccess>(access);
            if (access.May(Permission.Read, JobPath.Root))
            {
                await next(context);
                return;
            }
        }

        // What exists is not told to strangers.
        await ChallengeAsync(context, "A login is needed.");
    }

    private static async Task ChallengeAsync(HttpContext context, string message)
    {
        var isBrowser = context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase) && context.Request.Headers.Authorization.Count == 0;
        if (isBrowser && HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.Redirect($"/login?from={Uri.EscapeDataString(context.Request.Path + context.Request.QueryString)}");
            return;
        }

        context.Response.Headers.WWWAuthenticate = "Basic realm=\"Slipway\", charset=\"UTF-8\"";
        await Refusal.WriteAsync(context, StatusCodes.Status401Unauthorized, message);
    }

    internal static CookieOptions CookieFor(HttpContext context) => new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = "/", IsEssential = true };

    internal static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    private static (string User, string Secret)? ReadBasic(string header)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var value) || !string.Equals(value.Scheme, "Basic", StringComparison.OrdinalIgnoreCase) || value.Parameter is null)
        {
            return null;
        }

        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(value.Parameter));
            var colon = text.IndexOf(':');
            return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool IsChange(HttpRequest request) => !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));

    private static bool IsOwn(string origin, HttpRequest request) => Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);

    private static bool IsLocalName(string host) => host is "localhost" || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
