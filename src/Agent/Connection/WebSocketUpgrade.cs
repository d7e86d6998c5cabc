using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Slipway.Protocol;

namespace Slipway.Agent.Connection;

/// <summary>Turns an HTTP connection into a WebSocket (RFC 6455, section 4.1).</summary>
internal static class WebSocketUpgrade
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(20);

    // Jenkins' own agents are answered 403 or 401 as well: the same words fit.
    private static readonly int[] Refusals = [400, 401, 403, 404, 409, 410, 426];

    /// <exception cref="RefusedException">The controller answered, and does not want us.</exception>
    /// <exception cref="WireException">There is no usable answer.</exception>
    public static async Task<WebSocket> OpenAsync(ControllerWire wire, CancellationToken cancellation)
    {
        var stream = await wire.OpenAsync(cancellation);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(AnswerPatience);
        try
        {
            return await UpgradeAsync(wire, stream, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            await stream.DisposeAsync();
            throw new WireException($"the controller took the connection and did not answer within {AnswerPatience.TotalSeconds:0} seconds");
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static async Task<WebSocket> UpgradeAsync(ControllerWire wire, Stream stream, CancellationToken cancellation)
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var head = wire.Head("GET", AgentProtocol.SocketPath)
            .Append("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ").Append(key).Append("\r\n\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head.ToString()), cancellation);
        await stream.FlushAsync(cancellation);
        var answer = await HttpHead.ReadAsync(stream, cancellation);
        if (answer.Status != 101)
        {
            throw await RefusalAsync(answer, stream, cancellation);
        }

        if (answer["Sec-WebSocket-Accept"] != Accept(key))
        {
            throw new WireException("The answer does not belong to our request: something between us and the controller does not understand WebSockets");
        }

        var (heartbeat, heartbeatTimeout) = Heartbeat(answer[AgentProtocol.HeartbeatHeader]);
        return WebSocket.CreateFromStream(
            answer.Behind.IsEmpty ? stream : new PrefixedStream(answer.Behind, stream),
            new WebSocketCreationOptions { IsServer = false, KeepAliveInterval = heartbeat, KeepAliveTimeout = heartbeatTimeout });
    }

    private static async Task<WireException> RefusalAsync(HttpHead answer, Stream stream, CancellationToken cancellation)
    {
        var why = await answer.ReadRefusalAsync(stream, cancellation);
        return answer.Status is >= 300 and < 400 || Array.IndexOf(Refusals, answer.Status) >= 0
            ? new RefusedException(answer.Status, why)
            : new WireException($"the controller answers {answer.Status}: {why}");
    }

    /// <summary>How often to ping and how long to wait, as the controller says it; what a proxy has dropped or spoilt is replaced by the usual.</summary>
    private static (TimeSpan Interval, TimeSpan Timeout) Heartbeat(string? header) =>
        header?.Split(',') is [var interval, var timeout] && int.TryParse(interval, out var every) && int.TryParse(timeout, out var patience) && every > 0 && patience > 0
            ? (TimeSpan.FromMilliseconds(every), TimeSpan.FromMilliseconds(patience))
            : (TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(20));

    private static string Accept(string key)
    {
#pragma warning disable CA5350 // RFC 6455 asks for SHA-1; nothing is protected by it.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }
}
