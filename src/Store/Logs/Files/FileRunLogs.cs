using System.Collections.Concurrent;
using Slipway.Model;
using Slipway.Store.Files;

namespace Slipway.Store.Logs.Files;

/// <summary>Logs as files below a run's directory; see <c>docs/formats/log.md</c>.</summary>
public sealed partial class FileRunLogs : IRunLogs, IAsyncDisposable
{
    private const int FlushThreads = 4;

    /// <summary>A finished log below this stays as frames: compressing it would save nothing on disk.</summary>
    private const int SmallestSealed = 32 * 1024;

    private const int MostCached = 64;
    private const int MostCachedEntries = 4096;

    private readonly RunDirectories _directories;
    private readonly object _gate = new();
    private readonly Dictionary<RunId, RunLogWriter> _writers = [];
    private readonly HashSet<RunId> _reserved = [];
    private readonly Dictionary<RunId, LogView> _cache = [];
    private readonly ConcurrentDictionary<RunId, LogSignal> _signals = new();
    private long _generation;
    private long _pendingBytes;
    private bool _disposed;

    public FileRunLogs(RunDirectories directories, StoreOptions options, TimeProvider time)
    {
        _directories = directories;
        Options = options;
        Time = time;
        Flusher = new LogFlusher(FlushThreads);
        Sealer = new LogSealer(this);
    }

    internal StoreOptions Options { get; }

    /// <summary>How much a log may have waiting now.</summary>
    internal int PendingLimit => Interlocked.Read(ref _pendingBytes) < Options.LogPendingTotal ? Options.LogPendingBytes : Math.Min(Options.LogPendingBytes, StoreOptions.LogPendingFloor);

    internal void CountPending(long change) => Interlocked.Add(ref _pendingBytes, change);

    internal TimeProvider Time { get; }

    internal LogFlusher Flusher { get; }

    internal LogSealer Sealer { get; }

    public Task<IRunLogWriter> OpenAsync(RunId run, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        Reserve(run);
        try
        {
            // Outside the lock: after a restart many logs are opened at once, and each may have a chunk to be checked.
            var directory = _directories.Log(run);
            var files = LogFiles.Load(directory);
            var writer = new RunLogWriter(this, run, directory, files);
            lock (_gate)
            {
                _writers.Add(run, writer);
                Invalidate(run);
            }

            foreach (var left in files.Finished.Where(c => c is FramesChunk))
            {
                Sealer.Add(run, left.Number);
            }

            return Task.FromResult<IRunLogWriter>(writer);
        }
        catch (Exception failure)
        {
            throw Translate(run, failure);
        }
        finally
        {
            Release(run);
        }
    }

    /// <summary>Waits for whoever changes this log's files (a compression, an open), and keeps others out.</summary>
    private void Reserve(RunId run)
    {
        lock (_gate)
        {
            while (_reserved.Contains(run))
            {
                Monitor.Wait(_gate);
            }

            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_writers.ContainsKey(run))
            {
                throw new InvalidOperationException($"The log of run {run} is open for writing already.");
            }

            _reserved.Add(run);
        }
    }

    private void Release(RunId run)
    {
        lock (_gate)
        {
            _reserved.Remove(run);
            Monitor.PulseAll(_gate);
        }
    }

    public async Task<LogExtent> WaitAsync(RunId run, long beyond, CancellationToken cancellation = default)
    {
        while (true)
        {
            using var signal = LogSignal.Enter(_signals, run);
            var next = signal.Next;
            if (await HasNews(run, beyond))
            {
                return await MeasureAsync(run, LogScope.Whole, cancellation);
            }

            await next.WaitAsync(cancellation);
        }
    }

    // With a writer open this is two comparisons: a thousand that watch a run cost no snapshots.
    private Task<bool> HasNews(RunId run, long beyond)
    {
        RunLogWriter? writer;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            writer = _writers.GetValueOrDefault(run);
        }

        return writer is not null ? Task.FromResult(writer.Exceeds(beyond)) : Read(run, view => view.IsComplete || view.Bytes > beyond);
    }

    internal void Signal(RunId run)
    {
        if (_signals.TryGetValue(run, out var signal))
        {
            signal.Pulse();
        }
    }

    /// <summary>The run is deleted: nothing of it is held any more. Its directory goes with the run's.</summary>
    public void Forget(RunId run)
    {
        lock (_gate)
        {
            if (_writers.ContainsKey(run))
            {
                throw new InvalidOperationException($"The log of run {run} is open for writing; the run cannot be deleted.");
            }

            Invalidate(run);
        }
    }

    /// <summary>Waits until every finished chunk so far has its compressed form.</summary>
    public Task CompressAsync() => Task.Run(Sealer.Drain);

    internal void Closed(RunLogWriter writer, long lastChunkLength, int lastChunk)
    {
        lock (_gate)
        {
            _writers.Remove(writer.Run);
            Invalidate(writer.Run);
        }

        if (lastChunkLength >= SmallestSealed)
        {
            Sealer.Add(writer.Run, lastChunk);
        }

        Signal(writer.Run);
    }

    /// <summary>Compresses one chunk, unless it is being written.</summary>
    internal void Seal(RunId run, int number)
    {
        RunLogWriter? writer;
        lock (_gate)
        {
            while (_reserved.Contains(run))
            {
                Monitor.Wait(_gate);
            }

            writer = _writers.GetValueOrDefault(run);
            if (writer?.IsWriting(number) == true)
            {
                return;
            }

            _reserved.Add(run);
        }

        try
        {
            var directory = _directories.Log(run);
            var frames = Path.Combine(directory, LogFormat.FramesName(number));
            var sealedPath = Path.Combine(directory, LogFormat.ChunkName(number));
            if (!File.Exists(frames) || FramesScan.Read(frames, number) is not { } scan)
            {
                return;
            }

            SealedChunk.Write(scan, sealedPath);
            var chunk = SealedChunk.Load(sealedPath, number);
            writer?.Replace(chunk);
            lock (_gate)
            {
                Invalidate(run);
            }

            File.Delete(frames);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            // The run was deleted meanwhile.
        }
        finally
        {
            Release(run);
        }
    }

    private void Invalidate(RunId run)
    {
        _generation++;
        _cache.Remove(run);
    }

    public async ValueTask DisposeAsync()
    {
        RunLogWriter[] open;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            open = [.. _writers.Values];
        }

        foreach (var writer in open)
        {
            await writer.DisposeAsync();
        }

        lock (_gate)
        {
            _disposed = true;
        }

        Sealer.Dispose();
        Flusher.Dispose();
        foreach (var signal in _signals.Values)
        {
            signal.Pulse();
        }
    }
}
