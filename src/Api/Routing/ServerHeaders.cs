using Microsoft.AspNetCore.Http;

namespace Slipway.Api.Routing;

/// <summary>What Jenkins' clients look for on every answer: that this is a Jenkins, of which version, and the same one as before.</summary>
internal static class ServerHeaders
{
    /// <summary>The version of Jenkins whose API this follows; clients compare it with what they need.</summary>
    public const string JenkinsVersion = "2.462.3";

    private static readonly string Session = Guid.NewGuid().ToString("N")[..8];

    public static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers["X-Jenkins"] = JenkinsVersion;
        context.Response.Headers["X-Jenkins-Session"] = Session;
        context.Response.Headers["X-Hudson"] = "1.395";
        return next(context);
    }
}
