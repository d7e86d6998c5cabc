using Slipway.Model;
using Slipway.Store.Files;

namespace Slipway.Store.Logs.Files;

/// <summary>
/// Writes a run's log into frames. Calls only copy into memory, under a lock; <see cref="LogFlusher"/> writes and syncs what has gathered, and then lets it be seen.
/// INVARIANT: <see cref="_tally"/>, <see cref="_confirmed"/> and the view hold what is durable; <see cref="_accepted"/> and <see cref="LastLine"/> also what waits.
/// </summary>
internal sealed partial class RunLogWriter : IRunLogWriter
{
    private const int MostEntries = 64 * 1024;

    private readonly FileRunLogs _logs;
    private readonly string _directory;
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _room = new(initialState: true);
    private readonly Dictionary<long, long> _accepted = [];
    private readonly Dictionary<long, long> _confirmed = [];
    private readonly Queue<HeldAppend> _held = [];
    private readonly List<LogChunk> _finished;

    private PendingFrames _pending = new();
    private PendingFrames _writing = new();
    private OpenPiece? _openPiece;
    private Exception? _fault;
    private bool _scheduled;
    private long _counted;
    private bool _closed;

    private bool _isComplete;

    private sealed record HeldAppend(long Effect, int FlowNode, long Offset, ReadOnlyMemory<byte> Bytes, TaskCompletionSource<long> Accepted);

    public RunLogWriter(FileRunLogs logs, RunId run, string directory, LogFiles files)
    {
        _logs = logs;
        Run = run;
        _directory = directory;
        _finished = [.. files.Finished];
        _openPiece = files.OpenPiece;
        _isComplete = files.IsComplete;
        _tail = _pending.Tail = files.Tail();
        foreach (var mark in files.Marks)
        {
            if (mark.Source == 0)
            {
                LastLine = Math.Max(LastLine, mark.End);
            }
            else
            {
                _confirmed[mark.Source] = _accepted[mark.Source] = Math.Max(mark.End, _confirmed.GetValueOrDefault(mark.Source));
            }
        }

        if (files.Last is { } last)
        {
            ContinueChunk(last);
        }
        else
        {
            _number = _finished.Count;
            _start = _finished.Count == 0 ? 0 : _finished[^1].End;
            _newlinesBefore = _finished.Count == 0 ? 0 : _finished[^1].NewlinesBefore + _finished[^1].Newlines;
        }
    }

    public RunId Run { get; }

    public long LastLine { get; private set; }

    public long ConfirmedOffset(long effect)
    {
        lock (_gate)
        {
            return _confirmed.GetValueOrDefault(effect);
        }
    }

    /// <summary>What readers see.</summary>
    public LogView View()
    {
        lock (_gate)
        {
            return _tally.Count == 0
                ? new LogView([.. _finished], _isComplete)
                : new LogView([.. _finished, _tally.ToChunk(_path, _number, _start, _newlinesBefore)], _isComplete);
        }
    }

    public bool IsWriting(int chunk)
    {
        lock (_gate)
        {
            return chunk >= _number;
        }
    }

    public bool Exceeds(long bytes)
    {
        lock (_gate)
        {
            return _isComplete || _start + _tally.Length > bytes;
        }
    }

    public void WriteLog(long line, int flowNode, string text)
    {
        while (true)
        {
            lock (_gate)
            {
                ThrowIfUnusable();
                if (line <= LastLine)
                {
                    return;
                }

                if (_pending.Length < _logs.PendingLimit)
                {
                    var skip = _openPiece is { } open && open.Line == line ? open.Bytes : 0;
                    _pending.AddController(flowNode, Now(), line, text, skip);
                    LastLine = line;
                    _openPiece = null;
                    Schedule();
                    return;
                }

                _room.Reset();
            }

            _room.Wait();
        }
    }

    public async ValueTask<long> AppendAgentOutputAsync(long effect, int flowNode, long offset, ReadOnlyMemory<byte> bytes)
    {
        // Taken before the first await: the order of calls is the order in the log.
        var end = await TakeAsync(effect, flowNode, offset, bytes);
        Task settled;
        lock (_gate)
        {
            if (_confirmed.GetValueOrDefault(effect) >= end)
            {
                return end;
            }

            ThrowIfUnusable();
            settled = Settled();
        }

        await settled;

        // A write may have failed, and been recovered from, in between: then what was taken was dropped, and must not be confirmed.
        return ConfirmedOffset(effect) >= end
            ? end
            : throw new StoreUnavailableException($"Output of effect {effect} of run {Run} was dropped when the disk refused it. Send from byte {ConfirmedOffset(effect)}.");
    }

    public async ValueTask<long> TakeAgentOutputAsync(long effect, int flowNode, long offset, ReadOnlyMemory<byte> bytes)
    {
        await TakeAsync(effect, flowNode, offset, bytes);
        return ConfirmedOffset(effect);
    }

    /// <summary>Takes output in, at once or when there is room; returns the end of what is taken of the effect.</summary>
    private ValueTask<long> TakeAsync(long effect, int flowNode, long offset, ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            ThrowIfUnusable();
            if (_held.Count == 0 && _pending.Length < _logs.PendingLimit)
            {
                return ValueTask.FromResult(Accept(effect, flowNode, offset, bytes.Span));
            }

            var append = new HeldAppend(effect, flowNode, offset, bytes, new(TaskCreationOptions.RunContinuationsAsynchronously));
            _held.Enqueue(append);
            return new ValueTask<long>(append.Accepted.Task);
        }
    }

    private long Accept(long effect, int flowNode, long offset, ReadOnlySpan<byte> bytes)
    {
        var accepted = _accepted.GetValueOrDefault(effect);
        if (offset > accepted)
        {
            throw new LogGapException(Run, effect, accepted, offset);
        }

        var known = accepted - offset;
        if (known < bytes.Length)
        {
            _pending.AddAgent(flowNode, Now(), effect, accepted, bytes[(int)known..]);
            accepted = offset + bytes.Length;
            _accepted[effect] = accepted;
            Schedule();
        }

        return accepted;
    }

    public async ValueTask FlushAsync()
    {
        Task settled;
        lock (_gate)
        {
            ThrowIfUnusable();
            settled = Settled();
        }

        await settled;
    }

    public async ValueTask CompleteAsync()
    {
        // Output that waits for room comes before the end.
        await FlushAsync();
        Task durable;
        lock (_gate)
        {
            ThrowIfUnusable();
            if (_isComplete && _pending.IsEmpty && _writing.IsEmpty)
            {
                return;
            }

            _pending.AddEnd(Now());
            durable = _pending.Durable;
            Schedule();
        }

        await durable;
    }

    /// <summary>Completes when nothing that was taken so far waits any more.</summary>
    private Task Settled()
    {
        if (_held.Count > 0)
        {
            return WhenHeldDone(_held.Last().Accepted.Task);
        }

        if (_pending.Length > 0)
        {
            return _pending.Durable;
        }

        return _writing.Length > 0 ? _writing.Durable : Task.CompletedTask;

        async Task WhenHeldDone(Task<long> last)
        {
            await last;
            await FlushAsync();
        }
    }

    private void Schedule()
    {
        CountPending();
        if (!_scheduled)
        {
            _scheduled = true;
            _logs.Flusher.Schedule(this);
        }
    }

    private void CountPending()
    {
        var now = _pending.Length + _writing.Length;
        _logs.CountPending(now - _counted);
        _counted = now;
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_fault is not null)
        {
            throw Retold(_fault);
        }
    }

    // A fresh exception for each call: one that was thrown already carries another call's stack.
    private static Exception Retold(Exception fault) => fault switch
    {
        StoreFullException => new StoreFullException(fault.Message, fault),
        _ => new StoreUnavailableException(fault.Message, fault),
    };

    private long Now() => _logs.Time.GetUtcNow().ToUnixTimeMilliseconds();

    public async ValueTask RecoverAsync()
    {
        Task durable;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_fault is null)
            {
                return;
            }

            try
            {
                if (_file is not null)
                {
                    RandomAccess.SetLength(_file, _position);
                    DurableFiles.Sync(_file);
                }
            }
            catch (Exception failure)
            {
                throw DurableFiles.Translate(failure, $"The log of run {Run} cannot be written");
            }

            var kept = new PendingFrames { Tail = _tail };
            kept.AddControllerFramesOf(_writing);
            kept.AddControllerFramesOf(_pending);
            _writing.Clear();
            _pending.Clear();
            _pending = kept;
            _accepted.Clear();
            foreach (var (effect, offset) in _confirmed)
            {
                _accepted[effect] = offset;
            }

            _fault = null;
            CountPending();
            if (kept.Length == 0)
            {
                return;
            }

            durable = kept.Durable;
            Schedule();
        }

        await durable;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            lock (_gate)
            {
                if (_closed)
                {
                    return;
                }
            }

            await FlushAsync();
        }
        catch (StoreException)
        {
            // Nobody was told that it is durable; whoever wrote it offers it again after the next open.
        }

        lock (_gate)
        {
            _closed = true;
            _logs.CountPending(-_counted);
            _file?.Dispose();
        }

        _logs.Closed(this, _tally.Length, _number);
    }
}
