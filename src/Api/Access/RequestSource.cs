using System.Net;
using Microsoft.AspNetCore.Http;

namespace Slipway.Api.Access;

/// <summary>Where a request comes from, as far as it shows. Pure.</summary>
internal static class RequestSource
{
    private static readonly string[] ProxyHeaders = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"];

    public static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    /// <summary>GET, HEAD and OPTIONS change nothing; everything else may.</summary>
    public static bool IsChange(HttpRequest request) => !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));

    /// <summary>
    /// A browser says of its own accord which site a request was made by. True where that is another one than this server, the same host's other ports included.
    /// Programs say nothing of it.
    /// </summary>
    public static bool IsOfAnotherSite(HttpRequest request, AccessOptions options) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
        || (request.Headers.Origin.ToString() is { Length: > 0 } origin && !IsOwn(origin, request, options));

    /// <summary>A browser sent it: programs set neither of these.</summary>
    public static bool IsOfBrowser(HttpRequest request) => request.Headers["Sec-Fetch-Site"].Count > 0 || request.Headers.Origin.Count > 0;

    /// <summary>
    /// Why a server that runs open does not answer this request; null where it does. Only this machine's own programs and browsers are meant: not another site's name that was made to
    /// point here (DNS rebinding), which would speak with the user's own browser, and not a proxy, behind which may stand anybody.
    /// </summary>
    public static string? FindOutsider(HttpRequest request)
    {
        if (!IsLocalName(request.Host.Host))
        {
            return $"This server runs open, for it is bound to this machine alone; so it answers to names of this machine only, not to '{request.Host.Host}'. Start it with --require-login to use other names.";
        }

        return ProxyHeaders.FirstOrDefault(request.Headers.ContainsKey) is { } header
            ? $"This server runs open, for it is bound to this machine alone; a request that came through a proxy ({header}) is refused. Start it with --require-login to put a proxy before it."
            : null;
    }

    private static bool IsOwn(string origin, HttpRequest request, AccessOptions options) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && (string.Equals(uri.Authority, AuthorityOf(request), StringComparison.OrdinalIgnoreCase) || string.Equals(uri.Authority, options.RootUrl?.Authority, StringComparison.OrdinalIgnoreCase));

    // Without a port that the scheme implies, as Uri writes it.
    private static string? AuthorityOf(HttpRequest request) =>
        Uri.TryCreate($"{request.Scheme}://{request.Host.Value}", UriKind.Absolute, out var own) ? own.Authority : null;

    private static bool IsLocalName(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
