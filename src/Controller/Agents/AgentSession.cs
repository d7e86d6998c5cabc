using System.Buffers;
using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Protocol;

namespace Slipway.Controller.Agents;

/// <summary>One WebSocket of an agent: a loop that receives and a loop that sends. Sending never waits.</summary>
#pragma warning disable CA1001 // A source without a timer holds nothing to give back, and is cancelled from places that may come late.
internal sealed class AgentSession(string nodeName, WebSocket socket, ILogger logger)
#pragma warning restore CA1001
{
    private const int FirstBuffer = 16 * 1024;
    private const int LargestFrame = AgentProtocol.LargestOutput + 1024;
    private static readonly TimeSpan HelloPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly Channel<ControllerMessage> _outgoing = Channel.CreateUnbounded<ControllerMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _receivingEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (WebSocketCloseStatus Status, string Reason)? _close;

    public string NodeName => nodeName;

    /// <summary>Why it ended, in words; null while it has not, or when it broke without a word.</summary>
    public string? EndReason { get; private set; }

    /// <summary>Queues a message; after the end it is dropped.</summary>
    public void Send(ControllerMessage message) => _outgoing.Writer.TryWrite(message);

    /// <summary>Ends the connection after what is queued. The first reason counts.</summary>
    public void Close(WebSocketCloseStatus status, string reason)
    {
        lock (_ended)
        {
            _close ??= (status, Shorten(reason));
            EndReason ??= reason;
        }

        _outgoing.Writer.TryComplete();
    }

    /// <summary>Serves until the connection ends; ends without an exception, whatever happened on the wire.</summary>
    public async Task RunAsync(Action<Hello> onHello, Func<AgentIntake, ValueTask> onIntake)
    {
        var sending = SendLoopAsync();
        try
        {
            onHello(await ReceiveHelloAsync());
            while (await ReceiveAsync(_ended.Token) is { } intake)
            {
                await onIntake(intake);
            }

            EndReason ??= socket.CloseStatusDescription is { Length: > 0 } said ? said : "the agent closed the connection";
        }
        catch (InvalidDataException exception)
        {
            logger.LogWarning("Agent {Node} broke the protocol: {Fault}", nodeName, exception.Message);
            Close((WebSocketCloseStatus)AgentCloseStatus.ProtocolError, exception.Message);
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            EndReason ??= exception is OperationCanceledException ? null : $"the connection broke ({exception.Message})";
        }
        finally
        {
            _receivingEnded.TrySetResult();
            _outgoing.Writer.TryComplete();
            await sending;
            socket.Dispose();
        }
    }

    private async Task<Hello> ReceiveHelloAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        patience.CancelAfter(HelloPatience);
        return await ReceiveAsync(patience.Token) switch
        {
            AgentIntake.Message { Content: Hello hello } when hello.Version is >= AgentProtocol.OldestVersion and <= AgentProtocol.Version => hello,
            AgentIntake.Message { Content: Hello hello } => throw new InvalidDataException($"It speaks version {hello.Version} of the protocol; this controller speaks {AgentProtocol.OldestVersion} to {AgentProtocol.Version}. Use the agent that belongs to this server."),
            null => throw new WebSocketException("The agent closed the connection before it said hello."),
            _ => throw new InvalidDataException("The first message was not a hello."),
        };
    }

    private async Task<AgentIntake?> ReceiveAsync(CancellationToken cancellation)
    {
        // An empty read waits without holding a buffer: most agents are silent most of the time.
        var first = await socket.ReceiveAsync(Memory<byte>.Empty, cancellation);
        if (first.MessageType == WebSocketMessageType.Close)
        {
            return null;
        }

        if (first.EndOfMessage)
        {
            throw new InvalidDataException("A message is empty.");
        }

        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        var isOwned = true;
        try
        {
            var length = 0;
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return null;
                }

                length += received.Count;
                if (received.EndOfMessage)
                {
                    break;
                }

                if (length == buffer.Length)
                {
                    buffer = Grow(buffer, length);
                }
            }

            if (length > 0 && buffer[0] == AgentFrame.Output)
            {
                isOwned = false;
                return ReadOutput(buffer, length);
            }

            return new AgentIntake.Message(AgentFrame.ReadAgentMessage(buffer.AsSpan(0, length)));
        }
        finally
        {
            if (isOwned)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static byte[] Grow(byte[] buffer, int length)
    {
        var limit = buffer[0] == AgentFrame.Output ? LargestFrame : AgentProtocol.LargestControlMessage;
        if (length >= limit)
        {
            throw new InvalidDataException($"A message is longer than {limit} bytes.");
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 4, limit));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    /// <summary>Takes over the buffer. Short pieces are moved to a small one: many of them may wait at a time.</summary>
    private static AgentIntake.Output ReadOutput(byte[] buffer, int length)
    {
        if (!AgentFrame.TryReadOutput(buffer.AsSpan(0, length), out var operationId, out var offset, out var start))
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw new InvalidDataException("An output frame's header is damaged.");
        }

        if (length < buffer.Length / 4)
        {
            var small = ArrayPool<byte>.Shared.Rent(length);
            buffer.AsSpan(0, length).CopyTo(small);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = small;
        }

        return new AgentIntake.Output(buffer, operationId, offset, start, length - start);
    }

    private async Task SendLoopAsync()
    {
        var frame = new ArrayBufferWriter<byte>(1024);
        try
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync(_ended.Token))
            {
                frame.ResetWrittenCount();
                AgentFrame.Write(frame, message);
                await socket.SendAsync(frame.WrittenMemory, WebSocketMessageType.Binary, endOfMessage: true, _ended.Token);
                if (frame.Capacity > 64 * 1024)
                {
                    frame = new ArrayBufferWriter<byte>(1024);
                }
            }

            await CloseAsync();
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The receiving loop sees the same end, and says so.
        }
        finally
        {
            // What is sent after this has no receiver; a peer that does not answer a close must not keep the connection.
            await _ended.CancelAsync();
        }
    }

    private async Task CloseAsync()
    {
        if (_close is not { } close || socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            return;
        }

        using var patience = new CancellationTokenSource(ClosePatience);
        await socket.CloseOutputAsync(close.Status, close.Reason, patience.Token);

        // The word must arrive before the connection is cut under it: the agent answers, or hangs up, or is past waiting for.
        await _receivingEnded.Task.WaitAsync(patience.Token);
    }

    /// <summary>A close frame holds 123 bytes of reason.</summary>
    private static string Shorten(string reason)
    {
        while (System.Text.Encoding.UTF8.GetByteCount(reason) > 120)
        {
            reason = reason[..Math.Min(reason.Length - 1, 120)];
        }

        return reason;
    }
}
