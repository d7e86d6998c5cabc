using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Slipway.Model.Operations;
using Slipway.Protocol;

namespace Slipway.Controller.Agents;

/// <summary>The routes that agents use. They know their callers by name and secret, and no other access rule applies to them.</summary>
public static class AgentEndpoints
{
    /// <summary>Maps <c>/wsagents/</c> and <c>/agents/transfer/{operation}</c>. The pipeline must contain <c>UseWebSockets()</c>.</summary>
    public static void MapAgents(this IEndpointRouteBuilder routes, AgentHub hub)
    {
        routes.Map("/" + AgentProtocol.SocketPath, context => HandleSocketAsync(context, hub));
        routes.MapPut("/" + AgentProtocol.TransferPath + "{operation}", (HttpContext context, string operation) => HandleTransferAsync(context, hub, operation));
        routes.MapGet("/" + AgentProtocol.TransferPath + "{operation}", (HttpContext context, string operation) => HandleTransferAsync(context, hub, operation));
    }

    private static async Task HandleSocketAsync(HttpContext context, AgentHub hub)
    {
        if (await AuthenticateAsync(context, hub) is not { } agent)
        {
            return;
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "Agents connect to this address by WebSocket. If this one tried to, a proxy between it and the controller drops the 'Upgrade' header.");
            return;
        }

        if (context.Request.Headers[AgentProtocol.VersionHeader].ToString() is not { Length: > 0 } version)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "This is not a Slipway agent: start 'slipway-agent' instead of Jenkins' agent.jar. Command line and environment stay as they are.");
            return;
        }

        if (!int.TryParse(version, out var number) || number < AgentProtocol.OldestVersion)
        {
            await RefuseAsync(context, StatusCodes.Status426UpgradeRequired, $"The agent speaks version {version} of the protocol; this controller speaks {AgentProtocol.OldestVersion} to {AgentProtocol.Version}. Use the agent that belongs to this server.");
            return;
        }

        context.Response.Headers[AgentProtocol.HeartbeatHeader] = $"{hub.Options.HeartbeatInterval.TotalMilliseconds:0},{hub.Options.HeartbeatTimeout.TotalMilliseconds:0}";
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            KeepAliveInterval = hub.Options.HeartbeatInterval,
            KeepAliveTimeout = hub.Options.HeartbeatTimeout,
        });
        await hub.ServeAsync(new AgentSession(agent.Name, socket, hub.Logger));
    }

    private static async Task HandleTransferAsync(HttpContext context, AgentHub hub, string operationId)
    {
        if (await AuthenticateAsync(context, hub) is not { } agent)
        {
            return;
        }

        // An agent may speak only of operations that it was given. After a restart the controller may not have taken this one up yet: the agent asks again.
        if (hub.Find(agent.Name)?.FindPending(operationId) is not { } operation)
        {
            await RefuseAsync(context, StatusCodes.Status409Conflict, $"Nothing waits for operation '{operationId}' of agent '{agent.Name}' now.");
            return;
        }

        var transfer = new AgentTransfer(agent.Name, operationId, operation.Work.Allocation);
        try
        {
            switch (operation.Work.Operation)
            {
                case UploadFiles upload when HttpMethods.IsPut(context.Request.Method):
                    Unlimit(context);
                    await operation.RunTransferAsync(cancellation => hub.Transfers.ReceiveAsync(transfer, upload, context.Request.Body, cancellation), context.RequestAborted);
                    context.Response.StatusCode = StatusCodes.Status204NoContent;
                    break;
                case DownloadFiles download when HttpMethods.IsGet(context.Request.Method):
                    context.Response.ContentType = "application/gzip";
                    await operation.RunTransferAsync(cancellation => hub.Transfers.SendAsync(transfer, download, context.Response.Body, cancellation), context.RequestAborted);
                    break;
                default:
                    await RefuseAsync(context, StatusCodes.Status403Forbidden, $"Operation '{operationId}' of agent '{agent.Name}' is not one that transfers files this way.");
                    break;
            }
        }
        catch (AgentTransferException exception) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, exception.IsInfrastructure ? StatusCodes.Status507InsufficientStorage : StatusCodes.Status422UnprocessableEntity, exception.Message);
        }
        catch (AgentTransferDelayedException exception) when (!context.Response.HasStarted)
        {
            hub.Logger.LogWarning(exception, "The transfer for operation {Operation} of agent {Node} could not be done; the agent tries again.", operationId, agent.Name);
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, exception.Message);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested || context.Response.HasStarted)
        {
            // The agent is gone, or has a part of the files and a broken connection tells it so. It begins again.
            context.Abort();
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
        catch (BadHttpRequestException exception)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, $"The request broke off or is garbled: {exception.Message}");
        }
        catch (Exception exception)
        {
            hub.Logger.LogError(exception, "The transfer for operation {Operation} of agent {Node} failed.", operationId, agent.Name);
            await RefuseAsync(context, StatusCodes.Status507InsufficientStorage, $"The controller failed, which trying again would not mend: {exception.Message} ({exception.GetType().Name}). Its log has the rest.");
        }
    }

    /// <summary>Files are as large as they are, and come as fast as the agent's disk gives them.</summary>
    private static void Unlimit(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }

    /// <summary>Finds out who calls; has answered already when the result is null.</summary>
    private static async Task<ExpectedAgent?> AuthenticateAsync(HttpContext context, AgentHub hub)
    {
        var name = Uri.UnescapeDataString(context.Request.Headers[AgentProtocol.NodeNameHeader].ToString());
        var secret = context.Request.Headers[AgentProtocol.SecretHeader].ToString();
        if (name.Length == 0)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, $"The request does not name an agent (header {AgentProtocol.NodeNameHeader}). This address is for agents only.");
            return null;
        }

        if (await hub.Directory.FindAsync(name, context.RequestAborted) is not { } agent)
        {
            hub.Logger.LogWarning("An agent calling itself {Node} was refused: no such node. It came from {Address}.", name, context.Connection.RemoteIpAddress);
            await RefuseAsync(context, StatusCodes.Status403Forbidden, $"No agent named '{name}' is expected here. Check the name (-name or JENKINS_AGENT_NAME) against the list of nodes at {Root(context)}computer/.");
            return null;
        }

        if (!AgentSecret.Matches(secret, agent.SecretHash))
        {
            hub.Logger.LogWarning("Agent {Node} was refused: wrong secret. It came from {Address}.", name, context.Connection.RemoteIpAddress);
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, $"The secret of agent '{name}' is wrong. Check it (-secret or JENKINS_SECRET) against the node's page at {Root(context)}computer/{Uri.EscapeDataString(name)}/.");
            return null;
        }

        return agent;
    }

    private static string Root(HttpContext context) => $"{context.Request.Scheme}://{context.Request.Host}{context.Request.PathBase}/";

    private static async Task RefuseAsync(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers[AgentProtocol.RefusalHeader] = Uri.EscapeDataString(why);
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(why + "\n"), context.RequestAborted);
    }
}
