using System.Buffers;
using Slipway.Agent.Connection;
using Slipway.Agent.Operations;
using Slipway.Protocol;

namespace Slipway.Agent.LogStreaming;

/// <summary>
/// Sends one operation's output over one connection, from an offset on, and its result after it. It never has more under way than the window, and sends whole lines where there are any:
/// the lines of parallel branches are then rarely cut.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle is never asked for, and a source without a timer, hold nothing to give back.
internal sealed class OutputSender
#pragma warning restore CA1001
{
    /// <summary>Output that trickles is sent at most so often; the first of it at once.</summary>
    private static readonly TimeSpan BatchTime = TimeSpan.FromMilliseconds(10);

    /// <summary>How long an unfinished line may wait for its end: short enough for prompts and progress. A line that is sent in parts is one line in its step's log; in the console it is only cut where another writer comes in between.</summary>
    private static readonly TimeSpan LineTime = TimeSpan.FromMilliseconds(30);

    /// <summary>A frame counts only when it arrives whole. A connection that breaks often must still get on, so the first frames are small and each doubles.</summary>
    private const int FirstFrame = 4 * 1024;

    /// <summary>With its headers just below a power of two, which is what the buffers of the pool are: ours, and the WebSocket's masked copy. Larger ones gain nothing and stay resident.</summary>
    private const int LargestFrame = (64 * 1024) - 512;

    private readonly HeldOperation _operation;
    private readonly ControllerConnection _connection;
    private volatile int _window;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly CancellationTokenSource _stop;
    private int _frame = FirstFrame;
    private long _sent;
    private long _confirmed;

    public OutputSender(HeldOperation operation, ControllerConnection connection, int window, long offset, CancellationToken stop)
    {
        _operation = operation;
        _connection = connection;
        _window = Math.Max(window, 4096);
        _sent = _confirmed = offset;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _operation.Changed += Wake;
        Completion = RunAsync();
    }

    /// <summary>Ends when everything is sent, or the sender is stopped, or the connection breaks. Never fails.</summary>
    public Task Completion { get; }

    /// <param name="window">From now on, where the controller says so.</param>
    public void Confirm(long offset, int? window = null)
    {
        if (window is { } said)
        {
            _window = Math.Max(said, 4096);
        }

        InterlockedMax(ref _confirmed, offset);
        Wake();
    }

    public Task StopAsync()
    {
        _stop.Cancel();
        return Completion;
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            await SendAllAsync(_stop.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or System.Net.WebSockets.WebSocketException or ObjectDisposedException or IOException { InnerException: System.Net.Sockets.SocketException })
        {
            // The connection is gone; a new one has a new sender.
        }
        catch (Exception exception)
        {
            await ReportUnreadableAsync(exception);
        }
        finally
        {
            _operation.Changed -= Wake;
        }
    }

    private async Task SendAllAsync(CancellationToken stop)
    {
        var partialSince = 0L;
        while (true)
        {
            // Asked for before the length: output that comes in between is then seen next time, not missed.
            var hasEnded = _operation.Ended.IsCompleted;
            var available = _operation.OutputLength - _sent;
            var room = _window - (_sent - Interlocked.Read(ref _confirmed));
            if (available <= 0)
            {
                partialSince = 0;
                if (hasEnded)
                {
                    await ReportAsync(stop);
                    return;
                }

                await _changed.WaitAsync(stop);
            }
            else if (room <= 0)
            {
                await _changed.WaitAsync(stop);
            }
            else
            {
                var maySendPartial = hasEnded || (partialSince != 0 && Environment.TickCount64 - partialSince >= LineTime.TotalMilliseconds);
                if (await SendSomeAsync((int)Math.Min(available, Math.Min(room, _frame)), maySendPartial, stop))
                {
                    partialSince = 0;
                    if (!hasEnded && _operation.OutputLength - _sent < _frame / 2)
                    {
                        await Task.Delay(BatchTime, stop);
                    }
                }
                else
                {
                    partialSince = partialSince == 0 ? Environment.TickCount64 : partialSince;
                    await _changed.WaitAsync(LineTime, stop);
                }
            }
        }
    }

    /// <summary>Returns false when there is only the beginning of a line, and it may wait.</summary>
    private async Task<bool> SendSomeAsync(int size, bool maySendPartial, CancellationToken stop)
    {
        var headerLength = AgentFrame.OutputHeaderLength(_operation.Id);
        var frame = ArrayPool<byte>.Shared.Rent(headerLength + size);
        try
        {
            var length = _operation.ReadOutput(_sent, frame.AsSpan(headerLength, size));
            var isFull = length == size;
            var whole = frame.AsSpan(headerLength, length).LastIndexOf((byte)'\n') + 1;
            if (whole > 0)
            {
                length = whole;
            }
            else if (!maySendPartial && !isFull)
            {
                return false;
            }

            AgentFrame.WriteOutputHeader(frame, _operation.Id, _sent);
            await _connection.SendAsync(frame.AsMemory(0, headerLength + length), stop);
            _sent += length;
            _frame = Math.Min(isFull ? _frame * 2 : _frame, LargestFrame);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    private async Task ReportAsync(CancellationToken stop)
    {
        var ended = await _operation.Ended;
        await _connection.SendAsync(new OperationReport(_operation.Id, ended.OutputLength, ended.Result), stop);
    }

    /// <summary>Without its output there will be no result either: the controller must not wait for it.</summary>
    private async Task ReportUnreadableAsync(Exception exception)
    {
        var failure = new Model.Operations.OperationFailed($"The operation's output cannot be read any more on its agent: {exception.Message} Whether its processes succeed cannot be known.", IsInfrastructure: true);
        try
        {
            await _connection.SendAsync(new OperationReport(_operation.Id, Interlocked.Read(ref _sent), failure), _stop.Token);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or System.Net.WebSockets.WebSocketException or ObjectDisposedException)
        {
            // The connection is gone as well; the next one tries again.
        }
    }

    private void Wake()
    {
        // At most one waiter, and waking it twice is waking it once.
        if (_changed.CurrentCount == 0)
        {
            try
            {
                _changed.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another thread was first.
            }
        }
    }

    private static void InterlockedMax(ref long target, long value)
    {
        for (var seen = Interlocked.Read(ref target); value > seen;)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
