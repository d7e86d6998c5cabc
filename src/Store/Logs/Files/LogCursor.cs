using System.Buffers;

namespace Slipway.Store.Logs.Files;

/// <summary>
/// Goes through a scope of a log from any offset or line, a piece at a time, holding one block in memory. For one thread.
/// </summary>
/// <param name="byEntry">Pieces never reach over an entry's end, and say which entry they are of.</param>
internal sealed class LogCursor(LogView view, LogScope scope, bool byEntry = false) : IDisposable
{
    private readonly bool _needsEntries = byEntry || scope.Nodes is not null;
    private byte[]? _buffer;
    private LogChunkReader? _reader;
    private int _readerOf = -1;
    private int _chunk;
    private long _offset;
    private int _entry;

    /// <summary>Offset in the scope of the next piece.</summary>
    public long Offset { get; private set; }

    /// <summary>The entry of the piece given last.</summary>
    public ChunkEntry Entry { get; private set; }

    /// <summary>Goes to an offset of the scope; to the end where it is beyond.</summary>
    /// <returns>The newlines before it, when asked for; they cost a scan within the chunk.</returns>
    public long SeekOffset(long offset, bool countNewlines = false)
    {
        (_chunk, _offset, _entry, Offset) = (0, 0, 0, 0);
        long newlines = 0;
        while (_chunk < view.Chunks.Count)
        {
            var share = view.Chunks[_chunk].ShareOf(scope);
            if (Offset + share.Bytes > offset)
            {
                break;
            }

            Offset += share.Bytes;
            newlines += share.Newlines;
            _chunk++;
        }

        if (scope.Nodes is null && !countNewlines && _chunk < view.Chunks.Count)
        {
            _offset = offset - Offset;
            Offset = offset;
        }

        while (Offset < offset)
        {
            var piece = Next((int)Math.Min(LogFormat.BlockSize, offset - Offset), countNewlines);
            if (piece.IsEmpty)
            {
                break;
            }

            newlines += countNewlines ? piece.Span.Count((byte)'\n') : 0;
        }

        return newlines;
    }

    /// <summary>Goes behind so many newlines of the scope; to the end where there are fewer.</summary>
    public void SeekNewlines(long count)
    {
        (_chunk, _offset, _entry, Offset) = (0, 0, 0, 0);
        if (count <= 0)
        {
            return;
        }

        while (_chunk < view.Chunks.Count && view.Chunks[_chunk].ShareOf(scope) is var share && share.Newlines < count)
        {
            Offset += share.Bytes;
            count -= share.Newlines;
            _chunk++;
        }

        if (_chunk < view.Chunks.Count && scope.Nodes is null)
        {
            var (offset, newlines) = Reader().Approach(count);
            (_offset, Offset, count) = (offset, Offset + offset, count - newlines);
        }

        while (Next(LogFormat.BlockSize) is { IsEmpty: false } piece)
        {
            var bytes = piece.Span;
            for (var at = 0; ;)
            {
                var next = bytes[at..].IndexOf((byte)'\n');
                if (next < 0)
                {
                    break;
                }

                at += next + 1;
                if (--count == 0)
                {
                    GiveBack(bytes.Length - at);
                    return;
                }
            }
        }
    }

    /// <summary>The next piece of at most that many bytes; empty at the end. Good until the next call.</summary>
    /// <param name="load">False passes over the bytes without reading them; the piece then has only a length.</param>
    public ReadOnlyMemory<byte> Next(int most, bool load = true)
    {
        while (_chunk < view.Chunks.Count)
        {
            var chunk = view.Chunks[_chunk];
            var length = _needsEntries ? NextOfEntries(chunk, most) : Math.Min(Math.Min(most, chunk.Length - _offset), LogFormat.BlockSize - (_offset % LogFormat.BlockSize));
            if (length == 0)
            {
                (_chunk, _offset, _entry) = (_chunk + 1, 0, 0);
                continue;
            }

            _buffer ??= ArrayPool<byte>.Shared.Rent(LogFormat.BlockSize);
            var piece = _buffer.AsMemory(0, (int)length);
            if (load)
            {
                Reader().Read(_offset, piece.Span);
            }

            _offset += length;
            Offset += length;
            return piece;
        }

        return default;
    }

    private long NextOfEntries(LogChunk chunk, int most)
    {
        if (_offset == 0 && _entry == 0 && chunk.ShareOf(scope).Bytes == 0)
        {
            return 0;
        }

        var entries = Reader().Entries.Span;
        if (_entry == 0 && _offset > 0)
        {
            _entry = FramesChunk.Find(entries, _offset);
        }

        for (; _entry < entries.Length; _entry++)
        {
            ref readonly var entry = ref entries[_entry];
            if (entry.Length > 0 && scope.Includes(entry.FlowNode) && _offset < entry.Start + entry.Length)
            {
                _offset = Math.Max(_offset, entry.Start);
                Entry = entry;
                return Math.Min(Math.Min(most, LogFormat.BlockSize), entry.Start + entry.Length - _offset);
            }
        }

        return 0;
    }

    /// <summary>Takes back the last bytes of the piece given last: the next piece begins with them.</summary>
    public void GiveBack(int bytes)
    {
        _offset -= bytes;
        Offset -= bytes;
    }

    private LogChunkReader Reader()
    {
        if (_readerOf != _chunk)
        {
            _reader?.Dispose();
            _reader = null;
            _reader = view.Chunks[_chunk].Open();
            _readerOf = _chunk;
        }

        return _reader!;
    }

    public void Dispose()
    {
        _reader?.Dispose();
        _reader = null;
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }
}
