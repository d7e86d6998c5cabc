using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Slipway.Feeds;

namespace Slipway.Server.Clouds;

/// <summary>
/// Asks for the configuration to be read again, where Jenkins has it: administrators at <c>/configuration-as-code/reload</c>, and programs that know the server's reload token at <c>/reload-configuration-as-code/</c>,
/// as sidecars of ConfigMaps do.
/// </summary>
internal static class ConfigurationEndpoints
{
    private const string TokenParameter = "casc-reload-token";

    /// <param name="reloadToken">Null where the server was given none: then nobody reloads by a token.</param>
    public static void Map(IEndpointRouteBuilder routes, LiveConfiguration configuration, string? reloadToken, ILogger log)
    {
        routes.MapPost("/configuration-as-code/reload", (HttpContext context) => ReloadAsync(context, configuration)).WithMetadata(new RouteNeeds(Permission.Administer));

        // The token is the caller's whole right, so neither login nor crumb is asked for; and other methods are routed here too, so that whoever uses the wrong one is told so.
        var expected = reloadToken is null ? null : Hash(reloadToken);
        routes.MapMethods("/reload-configuration-as-code", [HttpMethods.Get, HttpMethods.Post], (HttpContext context) => ReloadByTokenAsync(context, configuration, expected, log))
            .WithMetadata(new RouteNeeds(Permission.Anonymous, ChecksCrumb: false));
    }

    private static Task ReloadByTokenAsync(HttpContext context, LiveConfiguration configuration, byte[]? expected, ILogger log)
    {
        if (expected is null)
        {
            return AnswerAsync(context, StatusCodes.Status404NotFound, "This server has no reload token. Give it one as the environment variable CASC_RELOAD_TOKEN; administrators can POST to /configuration-as-code/reload without.\n");
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            return AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, $"POST /reload-configuration-as-code/?{TokenParameter}=… reads the configuration again.\n");
        }

        if (context.Request.Query[TokenParameter] is not [{ Length: > 0 } given])
        {
            return AnswerAsync(context, StatusCodes.Status401Unauthorized, $"The reload token is missing: POST /reload-configuration-as-code/?{TokenParameter}=…\n");
        }

        // Hashes have one length and no likeness to what they are of: the time that this takes tells nothing of the token.
        if (!CryptographicOperations.FixedTimeEquals(Hash(given), expected))
        {
            log.LogWarning("A reload of the configuration was asked for from {Address} with a wrong token", context.Connection.RemoteIpAddress);
            return AnswerAsync(context, StatusCodes.Status401Unauthorized, "The reload token is wrong.\n");
        }

        return ReloadAsync(context, configuration);
    }

    private static async Task ReloadAsync(HttpContext context, LiveConfiguration configuration)
    {
        var faults = await configuration.ReloadAsync(context.RequestAborted);
        await (faults.Count == 0
            ? AnswerAsync(context, StatusCodes.Status200OK, "The configuration was read again and is in use.\n")
            : AnswerAsync(context, StatusCodes.Status422UnprocessableEntity, "The configuration cannot be used, and everything stays as it was:\n" + string.Concat(faults.Select(fault => $"{fault}\n"))));
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
