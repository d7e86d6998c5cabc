using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Feeds;
using Slipway.Protocol;

namespace Slipway.Server.Hosting;

/// <summary>
/// The port that is for agents alone, so that a network can let them in and nobody else: pages and API do not answer there. Agents are told of it as Jenkins does, by <c>/tcpSlaveAgentListener/</c>.
/// </summary>
internal sealed class AgentDoor(int? port, Uri rootUrl)
{
    private const string ListenerPath = "/tcpSlaveAgentListener";

    /// <summary>What we speak: an agent of Jenkins' own finds none of its protocols in it, and says so instead of trying.</summary>
    private const string Protocols = "Slipway-WebSocket";

    public int? Port => port;

    /// <summary>Refuses what is not of agents on their port.</summary>
    public Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (port is null || context.Connection.LocalPort != port || IsOfAgents(context.Request.Path))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync($"This port is for agents alone. Pages and API answer at {rootUrl}.\n", context.RequestAborted);
    }

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods(ListenerPath, ["GET", "HEAD"], AnswerAsync).WithMetadata(new RouteNeeds(Permission.Anonymous, ChecksCrumb: false));

    private Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (port is not { } door)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync("There is no port for agents alone (--agent-listen). Agents connect by WebSocket to this server's own address.\n", context.RequestAborted);
        }

        context.Response.Headers["X-Hudson-JNLP-Port"] = $"{door}";
        context.Response.Headers["X-Jenkins-JNLP-Port"] = $"{door}";
        context.Response.Headers["X-Jenkins-Agent-Protocols"] = Protocols;
        return context.Response.WriteAsync("Slipway\n", context.RequestAborted);
    }

    private static bool IsOfAgents(PathString path) =>
        path.StartsWithSegments("/" + AgentProtocol.SocketPath.TrimEnd('/'), StringComparison.Ordinal) || path.StartsWithSegments("/" + AgentProtocol.TransferPath.TrimEnd('/'), StringComparison.Ordinal) || path.StartsWithSegments(ListenerPath, StringComparison.OrdinalIgnoreCase);
}
