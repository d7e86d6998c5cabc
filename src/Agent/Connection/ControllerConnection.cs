using System.Buffers;
using System.Net.WebSockets;
using Slipway.Protocol;

namespace Slipway.Agent.Connection;

/// <summary>One WebSocket to the controller. Sending is safe from any thread; receiving is one loop's.</summary>
internal sealed class ControllerConnection(WebSocket socket) : IDisposable
{
    private readonly SemaphoreSlim _sending = new(1, 1);
    private byte[] _buffer = new byte[4096];

    public int? CloseStatus => (int?)socket.CloseStatus;

    public string CloseReason => socket.CloseStatusDescription ?? "";

    public async Task SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            // Not cancelled in the middle: that would break the connection for all.
            await socket.SendAsync(frame, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    public Task SendAsync(AgentMessage message, CancellationToken cancellation)
    {
        var frame = new ArrayBufferWriter<byte>(512);
        AgentFrame.Write(frame, message);
        return SendAsync(frame.WrittenMemory, cancellation);
    }

    /// <summary>The next message; null when the controller has closed the connection.</summary>
    public async Task<ControllerMessage?> ReceiveAsync(CancellationToken cancellation)
    {
        var length = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellation);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            length += received.Count;
            if (received.EndOfMessage)
            {
                var message = AgentFrame.ReadControllerMessage(_buffer.AsSpan(0, length));
                Shrink();
                return message;
            }

            if (length == _buffer.Length)
            {
                Grow();
            }
        }
    }

    public async Task CloseAsync(WebSocketCloseStatus status, string reason)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await socket.CloseOutputAsync(status, reason, timeout.Token);
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It is closed in any case.
        }
    }

    private void Grow()
    {
        if (_buffer.Length >= AgentProtocol.LargestControlMessage)
        {
            throw new InvalidDataException($"The controller sent a message of more than {AgentProtocol.LargestControlMessage} bytes.");
        }

        Array.Resize(ref _buffer, Math.Min(_buffer.Length * 4, AgentProtocol.LargestControlMessage));
    }

    /// <summary>A large message is rare; its memory is not kept.</summary>
    private void Shrink()
    {
        if (_buffer.Length > 64 * 1024)
        {
            _buffer = new byte[4096];
        }
    }

    public void Dispose() => socket.Dispose();
}
