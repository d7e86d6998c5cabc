using System.Net.WebSockets;
using Slipway.Agent.Operations;
using Slipway.Agent.Spool;

namespace Slipway.Agent.Connection;

/// <summary>Keeps a connection to the controller: opens it, serves it, opens it again. Decides when to give up.</summary>
internal sealed class ConnectionLoop(AgentSettings settings, AgentOrigin origin, OperationTable operations, string workDirectory, AgentLog log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    /// <summary>A restarting controller is back in a moment: the first minute is spent asking often.</summary>
    private static readonly TimeSpan EarlyLongestPause = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(1);

    /// <summary>A controller that has just started may not know us yet; one that knew us before is believed later.</summary>
    private static readonly TimeSpan RefusalPatience = TimeSpan.FromMinutes(1);

    private readonly string _instance = Guid.NewGuid().ToString("N");
    private readonly ControllerWire _wire = new(origin);
    private long _lastContact = Environment.TickCount64;
    private bool _wasConnected;
    private string _lastTrouble = "";
    private volatile ControllerConnection? _connection;
    private volatile bool _isLeaving;

    private TimeSpan Away => TimeSpan.FromMilliseconds(Environment.TickCount64 - _lastContact);

    /// <summary>Returns the program's exit code when there is nothing more to try.</summary>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var pause = FirstPause;
        while (true)
        {
            var trouble = "";
            try
            {
                using var connection = new ControllerConnection(await WebSocketUpgrade.OpenAsync(_wire, stop));
                var session = new AgentSession(connection, operations, workDirectory, _instance, log);
                if (await ServeAsync(session, connection, onWelcome: () => pause = FirstPause, stop) is { } exitCode)
                {
                    return exitCode;
                }
            }
            catch (RefusedException refusal) when (!_wasConnected || Away > RefusalPatience)
            {
                log.Write($"The controller {origin.ControllerUrl} refuses this agent: {refusal.Message}");
                return ExitCode.Refused;
            }
            catch (WireException exception)
            {
                trouble = exception.Message;
            }
            catch (Exception exception) when (exception is IOException or WebSocketException or System.Net.Sockets.SocketException or InvalidDataException)
            {
                trouble = exception.Message;
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                // A WebSocket whose ping was not answered aborts itself, and ends what waits for it in this way.
                trouble = "the controller does not answer heartbeats";
            }

            if (_isLeaving)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            }

            if (trouble.Length > 0 && trouble != _lastTrouble)
            {
                log.Write($"No connection: {trouble.TrimEnd('.')}. Trying again.");
                _lastTrouble = trouble;
            }

            if (GiveUp() is { } reason)
            {
                log.Write($"Giving up: {reason}.");
                return ExitCode.ControllerGone;
            }

            // Jitter keeps a thousand agents from coming back in the same instant.
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), stop);
            pause = TimeSpan.FromTicks(Math.Min((long)(pause.Ticks * 1.6), (Away < Early ? EarlyLongestPause : LongestPause).Ticks));
        }
    }

    /// <summary>Closes the connection, if there is one, and opens no other: what ends here from now on is not told as if it had been asked for. Never fails.</summary>
    public Task SayGoodbyeAsync()
    {
        _isLeaving = true;
        return _connection?.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "the agent ends") ?? Task.CompletedTask;
    }

    private async Task<int?> ServeAsync(AgentSession session, ControllerConnection connection, Action onWelcome, CancellationToken stop)
    {
        _connection = connection;
        try
        {
            await session.RunAsync(
                onWelcome: () =>
                {
                    log.Write(_wasConnected ? "Connected again." : $"Connected to {origin.ControllerUrl} as '{origin.NodeName}'.");
                    (_wasConnected, _lastTrouble) = (true, "");
                    onWelcome();
                },
                stop);
        }
        finally
        {
            _connection = null;
            if (_wasConnected)
            {
                _lastContact = Environment.TickCount64;
            }
        }

        switch (connection.CloseStatus)
        {
            case Protocol.AgentCloseStatus.Superseded:
                log.Write($"Another agent connected as '{origin.NodeName}': {connection.CloseReason}. Two cannot share a name; this one ends.");
                return ExitCode.Superseded;
            case Protocol.AgentCloseStatus.Removed:
                log.Write($"The controller does not want this node any more: {connection.CloseReason}.");
                await operations.EndAllAsync();
                return ExitCode.Done;
            default:
                log.Write($"The connection was closed{(connection.CloseReason.Length > 0 ? $": {connection.CloseReason}" : "")}.");
                return null;
        }
    }

    private string? GiveUp() =>
        settings.NoReconnect && _wasConnected ? "the connection is lost, and -noReconnect was given"
        : settings.NoReconnectAfter is { } limit && Away > limit ? $"the controller has been away for {limit}, as -noReconnectAfter allows"
        : settings.OrphanTimeout is { } orphan && Away > orphan ? $"the controller has been away for {orphan}; what runs here is nobody's any more"
        : null;
}
