using Microsoft.AspNetCore.Http;

namespace Slipway.Api.Routing;

/// <summary>
/// What every answer carries: that this is a Jenkins, of which version, and the same one as before (clients look for it), and what browsers must not do with it.
/// </summary>
internal static class ServerHeaders
{
    /// <summary>The version of Jenkins whose API this follows; clients compare it with what they need.</summary>
    public const string JenkinsVersion = "2.462.3";

    private static readonly string Session = Guid.NewGuid().ToString("N")[..8];

    public static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers["X-Jenkins"] = JenkinsVersion;
        headers["X-Jenkins-Session"] = Session;
        headers["X-Hudson"] = "1.395";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "deny";
        headers["Referrer-Policy"] = "same-origin";
        return next(context);
    }

    /// <summary>Clients that join their root and a path with a slash too many mean the path with one.</summary>
    public static Task JoinSlashesAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.Value is { } path && path.Contains("//", StringComparison.Ordinal))
        {
            context.Request.Path = "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries));
        }

        return next(context);
    }
}
