using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Feeds;

namespace Slipway.Server.Clouds;

/// <summary>Asks for the configuration to be read again, where Jenkins has it.</summary>
internal static class ConfigurationEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, LiveConfiguration configuration)
    {
        foreach (var path in (string[])["/reload-configuration-as-code", "/configuration-as-code/reload"])
        {
            routes.MapPost(path, (HttpContext context) => ReloadAsync(context, configuration)).WithMetadata(new RouteNeeds(Permission.Administer));
        }
    }

    private static async Task ReloadAsync(HttpContext context, LiveConfiguration configuration)
    {
        var faults = await configuration.ReloadAsync(context.RequestAborted);
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (faults.Count == 0)
        {
            await context.Response.WriteAsync("The configuration was read again and is in use.\n", context.RequestAborted);
            return;
        }

        var text = new StringBuilder("The configuration cannot be used, and everything stays as it was:\n");
        foreach (var fault in faults)
        {
            text.Append(fault).Append('\n');
        }

        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        await context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }
}
