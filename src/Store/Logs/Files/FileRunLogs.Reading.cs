using System.Runtime.CompilerServices;
using Slipway.Model;
using Slipway.Store.Files;

namespace Slipway.Store.Logs.Files;

/// <summary>
/// Reading. Every call works on one <see cref="LogView"/>; where a chunk's frames were compressed and removed in the middle of it, it goes on with a new view.
/// </summary>
public sealed partial class FileRunLogs
{
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
            var node = piece.Entry.FlowNode;
            yield return new LogEntry(piece.Offset, node < 0 ? ~node : node, time, piece.Entry.Kind == EntryKind.Agent ? piece.Entry.Source : null, piece.Bytes.ToArray());
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
        foreach (var share in view.Chunks.SelectMany(c => c.Nodes).Where(s => s.FlowNode >= 0))
        {
            sizes[share.FlowNode] = sizes.GetValueOrDefault(share.FlowNode) + share.Bytes;
        }

        return (IReadOnlyDictionary<int, long>)sizes;
    });

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

        var files = LogFiles.Load(_directories.Log(run));
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

    private static Exception Translate(RunId run, Exception failure) => failure switch
    {
        InvalidDataException or EndOfStreamException => new LogCorruptException(run, $"The log of run {run} cannot be read: {failure.Message} Restore its directory from a backup, or delete the run.", failure),
        _ => DurableFiles.Translate(failure, $"The log of run {run} cannot be read"),
    };
}
