using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using Slipway.Agent.LogStreaming;
using Slipway.Agent.Operations;
using Slipway.Agent.Processes;
using Slipway.Protocol;

namespace Slipway.Agent.Connection;

/// <summary>What is said over one connection. Holds nothing that must outlive it.</summary>
internal sealed class AgentSession(ControllerConnection connection, OperationTable operations, string workDirectory, string instance, AgentLog log)
{
    private readonly ConcurrentDictionary<string, OutputSender> _senders = new(StringComparer.Ordinal);
    private Welcome _welcome = null!;

    /// <summary>Runs until the connection ends. Ends by an exception unless the controller closed it.</summary>
    public async Task RunAsync(Action onWelcome, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            await GreetAsync(ended.Token);
            onWelcome();
            while (await connection.ReceiveAsync(ended.Token) is { } message)
            {
                await HandleAsync(message, ended.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await connection.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "the agent ends");
            throw;
        }
        catch (InvalidDataException exception)
        {
            await connection.CloseAsync((WebSocketCloseStatus)AgentCloseStatus.ProtocolError, exception.Message.Length > 100 ? exception.Message[..100] : exception.Message);
            throw;
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(_senders.Values.Select(sender => sender.StopAsync()));
        }
    }

    private async Task GreetAsync(CancellationToken cancellation)
    {
        var hello = new Hello(
            AgentProtocol.Version,
            AgentVersion.Text,
            instance,
            RuntimeInformation.OSDescription,
            RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
            Environment.MachineName,
            Environment.ProcessId,
            workDirectory,
            operations.Allocations,
            operations.Operations)
        {
            AgeMilliseconds = ProcessAge.Milliseconds(),
        };
        await connection.SendAsync(hello, cancellation);
        _welcome = await connection.ReceiveAsync(cancellation) switch
        {
            Welcome { Version: AgentProtocol.Version } welcome => welcome,
            Welcome other => throw new InvalidDataException($"The controller speaks version {other.Version} of the protocol, this agent {AgentProtocol.Version}."),
            null => throw new WireException($"the controller closed the connection: {connection.CloseReason}"),
            var other => throw new InvalidDataException($"The controller began with {other.GetType().Name} instead of a welcome."),
        };
        operations.CancelGrace = TimeSpan.FromSeconds(_welcome.CancelGraceSeconds);
    }

    private async Task HandleAsync(ControllerMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case RunOperation run:
                await SendOutputAsync(run, cancellation);
                break;
            case ConfirmOutput confirm:
                if (_senders.TryGetValue(confirm.OperationId, out var sender))
                {
                    sender.Confirm(confirm.Offset, confirm.Window);
                }

                break;
            case CancelOperation cancel:
                operations.Cancel(cancel.OperationId);
                break;
            case ForgetOperation forget:
                Behind(() => ForgetAsync(forget.OperationId));
                break;
            case ReleaseAllocation release:
                Behind(() => ReleaseAsync(release, cancellation));
                break;
        }
    }

    private async Task SendOutputAsync(RunOperation run, CancellationToken cancellation)
    {
        if (_senders.TryRemove(run.OperationId, out var earlier))
        {
            await earlier.StopAsync();
        }

        _senders[run.OperationId] = new OutputSender(operations.StartOrFind(run), connection, _welcome.OutputWindow, run.OutputOffset, cancellation);
    }

    private async Task ForgetAsync(string operationId)
    {
        if (_senders.TryRemove(operationId, out var sender))
        {
            await sender.StopAsync();
        }

        await operations.ForgetAsync(operationId);
    }

    private async Task ReleaseAsync(ReleaseAllocation release, CancellationToken cancellation)
    {
        await operations.ReleaseAsync(release.Allocation, release.DeletesWorkspaces);
        await connection.SendAsync(new AllocationReleased(release.Allocation), cancellation);
    }

    /// <summary>Beside the receiving loop: ending processes takes time that others must not wait for.</summary>
    private void Behind(Func<Task> work) => _ = Task.Run(async () =>
    {
        try
        {
            await work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            log.Write($"Cleaning up was not finished: {exception.Message}");
        }
    });
}
