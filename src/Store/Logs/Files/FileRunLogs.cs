using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Slipway.Model;
using Slipway.Store.Files;

namespace Slipway.Store.Logs.Files;

/// <summary>Logs as files below a run's directory; see <c>docs/formats/log.md</c>.</summary>
public sealed class FileRunLogs : IRunLogs, IAsyncDisposable
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

    public Task<LogExtent> MeasureAsync(RunId run, LogScope scope, CancellationToken cancellation = default) =>
        Read(run, view => Measure(view, scope));

    private static LogExtent Measure(LogView view, LogScope scope)
    {
        var (bytes, newlines) = view.ShareOf(scope);
        return new LogExtent(bytes, newlines + (LogLineReader.EndsWithinLine(view, scope, bytes) ? 1 : 0), view.IsComplete);
    }

    public Task<LogSlice> ReadAsync(RunId run, LogScope scope, long offset, int count, CancellationToken cancellation = default) => Read(run, view =>
    {
        var (total, _) = view.ShareOf(scope);
        var start = Math.Clamp(offset, 0, total);
        var bytes = new byte[(int)Math.Min(count, total - start)];
        using var cursor = new LogCursor(view, scope);
        cursor.SeekOffset(start);
        var read = 0;
        while (read < bytes.Length && cursor.Next(bytes.Length - read) is { IsEmpty: false } piece)
        {
            piece.CopyTo(bytes.AsMemory(read));
            read += piece.Length;
        }

        return new LogSlice(start, bytes.AsMemory(0, read), start + read, !view.IsComplete || start + read < total);
    });

    public async Task<long> CopyAsync(RunId run, LogScope scope, long from, long? to, Stream destination, CancellationToken cancellation = default)
    {
        await foreach (var piece in Pieces(run, scope, from, to, byEntry: false, cancellation))
        {
            await destination.WriteAsync(piece.Bytes, cancellation);
            from = piece.Offset + piece.Bytes.Length;
        }

        return from;
    }

    public async IAsyncEnumerable<LogEntry> ReadEntriesAsync(RunId run, LogScope scope, long offset, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var piece in Pieces(run, scope, offset, null, byEntry: true, cancellation))
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(piece.Entry.Time);
            yield return new LogEntry(piece.Offset, piece.Entry.FlowNode, time, piece.Entry.Kind == EntryKind.Agent ? piece.Entry.Source : null, piece.Bytes.ToArray());
        }
    }

    /// <summary>The bytes of a scope piece by piece; each is good until the next. A chunk that is compressed meanwhile is found in its new form.</summary>
    private async IAsyncEnumerable<(long Offset, ChunkEntry Entry, ReadOnlyMemory<byte> Bytes)> Pieces(
        RunId run, LogScope scope, long from, long? to, bool byEntry, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        var view = await Read(run, v => v);
        var end = Math.Min(to ?? long.MaxValue, view.ShareOf(scope).Bytes);
        var cursor = new LogCursor(view, scope, byEntry);
        try
        {
            cursor.SeekOffset(Math.Max(0, from));
            while (cursor.Offset < end)
            {
                cancellation.ThrowIfCancellationRequested();
                var at = cursor.Offset;
                ReadOnlyMemory<byte> piece;
                try
                {
                    piece = cursor.Next((int)Math.Min(LogFormat.BlockSize, end - at));
                }
                catch (FileNotFoundException)
                {
                    cursor.Dispose();
                    cursor = new LogCursor(Refresh(run), scope, byEntry);
                    cursor.SeekOffset(at);
                    piece = Guard(run, () => cursor.Next((int)Math.Min(LogFormat.BlockSize, end - at)));
                }
                catch (Exception failure)
                {
                    throw Translate(run, failure);
                }

                if (piece.IsEmpty)
                {
                    break;
                }

                yield return (at, cursor.Entry, piece);
            }
        }
        finally
        {
            cursor.Dispose();
        }
    }

    public Task<LogLines> ReadLinesAsync(RunId run, LogScope scope, long firstLine, int count, CancellationToken cancellation = default) =>
        Read(run, view => LogLineReader.Read(view, scope, firstLine, count));

    public async IAsyncEnumerable<LogMatch> SearchAsync(RunId run, LogScope scope, string text, long from, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var search = new LogSearch(text);
        if (search.IsVain)
        {
            yield break;
        }

        var view = await Read(run, v => v);
        var matches = search.Run(view, scope, Math.Max(0, from), cancellation).GetEnumerator();
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                bool found;
                try
                {
                    found = matches.MoveNext();
                }
                catch (FileNotFoundException)
                {
                    matches.Dispose();
                    matches = search.Run(Refresh(run), scope, from, cancellation).GetEnumerator();
                    found = Guard(run, matches.MoveNext);
                }
                catch (Exception failure)
                {
                    throw Translate(run, failure);
                }

                if (!found)
                {
                    yield break;
                }

                from = matches.Current.Offset + search.Length;
                yield return matches.Current;
            }
        }
        finally
        {
            matches.Dispose();
        }
    }

    public Task<IReadOnlyDictionary<int, long>> MeasureNodesAsync(RunId run, CancellationToken cancellation = default) => Read(run, view =>
    {
        var sizes = new Dictionary<int, long>();
        foreach (var share in view.Chunks.SelectMany(c => c.Nodes))
        {
            sizes[share.FlowNode] = sizes.GetValueOrDefault(share.FlowNode) + share.Bytes;
        }

        return (IReadOnlyDictionary<int, long>)sizes;
    });

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

    private Task<T> Read<T>(RunId run, Func<LogView, T> read)
    {
        try
        {
            try
            {
                return Task.FromResult(read(View(run)));
            }
            catch (FileNotFoundException)
            {
                return Task.FromResult(read(Refresh(run)));
            }
        }
        catch (Exception failure)
        {
            return Task.FromException<T>(Translate(run, failure));
        }
    }

    private static T Guard<T>(RunId run, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure)
        {
            throw Translate(run, failure);
        }
    }

    private LogView Refresh(RunId run)
    {
        lock (_gate)
        {
            Invalidate(run);
        }

        return View(run);
    }

    private LogView View(RunId run)
    {
        long generation;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_writers.TryGetValue(run, out var writer))
            {
                return writer.View();
            }

            if (_cache.TryGetValue(run, out var cached))
            {
                return cached;
            }

            generation = _generation;
        }

        LogFiles files;
        try
        {
            files = LogFiles.Load(_directories.Log(run));
        }
        catch (FileNotFoundException)
        {
            // A chunk got its compressed form between the listing and the reading.
            files = LogFiles.Load(_directories.Log(run));
        }

        var view = files.ToView();
        lock (_gate)
        {
            if (generation == _generation && view.Chunks.OfType<FramesChunk>().Sum(c => c.Entries.Length) <= MostCachedEntries)
            {
                if (_cache.Count >= MostCached)
                {
                    _cache.Clear();
                }

                _cache[run] = view;
            }
        }

        if (view.IsComplete)
        {
            foreach (var left in view.Chunks.Where(c => c is FramesChunk && c.Length >= SmallestSealed))
            {
                Sealer.Add(run, left.Number);
            }
        }

        return view;
    }

    private void Invalidate(RunId run)
    {
        _generation++;
        _cache.Remove(run);
    }

    private static Exception Translate(RunId run, Exception failure) => failure switch
    {
        InvalidDataException or EndOfStreamException => new LogCorruptException(run, $"The log of run {run} cannot be read: {failure.Message} Restore its directory from a backup, or delete the run.", failure),
        _ => DurableFiles.Translate(failure, $"The log of run {run} cannot be read"),
    };

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
