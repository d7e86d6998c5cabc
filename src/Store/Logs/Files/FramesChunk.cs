using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Store.Logs.Files;

/// <summary>A chunk as it is written: frames, one after the other. Entries say where each payload lies.</summary>
internal sealed class FramesChunk : LogChunk
{
    public required string Path { get; init; }

    public required ReadOnlyMemory<ChunkEntry> Entries { get; init; }

    public override LogChunkReader Open() => new Reader(this, File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    private sealed class Reader(FramesChunk chunk, SafeFileHandle file) : LogChunkReader
    {
        private const int WindowSize = 64 * 1024;

        private byte[]? _window;
        private long _windowPosition;
        private int _windowLength;
        private int _at;

        public override ReadOnlyMemory<ChunkEntry> Entries => chunk.Entries;

        public override void Read(long offset, Span<byte> target)
        {
            var entries = chunk.Entries.Span;
            while (!target.IsEmpty)
            {
                _at = Find(entries, offset, _at);
                var entry = entries[_at];
                var skip = offset - entry.Start;
                var piece = target[..(int)Math.Min(target.Length, entry.Length - skip)];
                ReadAt(entry.Position + skip, piece);
                offset += piece.Length;
                target = target[piece.Length..];
            }
        }

        // Long payloads are read straight into place; short ones out of a window, so that a thousand lines are not a thousand system calls.
        private void ReadAt(long position, Span<byte> target)
        {
            if (target.Length >= WindowSize / 4)
            {
                Fill(position, target);
                return;
            }

            if (position < _windowPosition || position + target.Length > _windowPosition + _windowLength)
            {
                _window ??= ArrayPool<byte>.Shared.Rent(WindowSize);
                _windowPosition = position;
                _windowLength = RandomAccess.Read(file, _window.AsSpan(0, WindowSize), position);
                if (_windowLength < target.Length)
                {
                    throw new EndOfStreamException($"'{chunk.Path}' ends at {position + _windowLength}, within an entry.");
                }
            }

            _window.AsSpan((int)(position - _windowPosition), target.Length).CopyTo(target);
        }

        private void Fill(long position, Span<byte> target)
        {
            while (!target.IsEmpty)
            {
                var read = RandomAccess.Read(file, target, position);
                if (read == 0)
                {
                    throw new EndOfStreamException($"'{chunk.Path}' ends at {position}, within an entry.");
                }

                position += read;
                target = target[read..];
            }
        }

        public override void Dispose()
        {
            file.Dispose();
            if (_window is not null)
            {
                ArrayPool<byte>.Shared.Return(_window);
                _window = null;
            }
        }
    }

    /// <summary>Index of the entry that holds the byte at an offset of the chunk's payload.</summary>
    public static int Find(ReadOnlySpan<ChunkEntry> entries, long offset, int guess = 0)
    {
        if (guess < entries.Length && Holds(entries[guess], offset))
        {
            return guess;
        }

        if (guess + 1 < entries.Length && Holds(entries[guess + 1], offset))
        {
            return guess + 1;
        }

        int low = 0, high = entries.Length - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (entries[middle].Start + entries[middle].Length > offset)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    private static bool Holds(in ChunkEntry entry, long offset) => entry.Start <= offset && offset < entry.Start + entry.Length;
}

/// <summary>What a scan of a frames file found.</summary>
/// <param name="Position">Behind the last whole frame: where writing goes on.</param>
internal sealed record FramesScan(FramesChunk Chunk, long Position, ChunkTally Tally)
{
    /// <summary>Up to where it takes each source.</summary>
    public IReadOnlyList<SourceMark> Marks => Tally.Marks;

    /// <summary>A controller's piece whose last entry is missing.</summary>
    public OpenPiece? OpenPiece => Tally.OpenPiece;

    /// <summary>Its last entry is the end.</summary>
    public bool IsComplete => Tally.IsComplete;

    /// <summary>Reads a frames file up to the first frame that is not whole. Null where not even its header is: the file was never confirmed.</summary>
    public static FramesScan? Read(string path, int number)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        Span<byte> fileHeader = stackalloc byte[LogFormat.FileHeaderSize];
        var read = RandomAccess.Read(file, fileHeader, 0);
        if (!LogFormat.TryReadFileHeader(fileHeader[..read], number, out var start, out var newlinesBefore))
        {
            return null;
        }

        var tally = new ChunkTally();
        var buffer = ArrayPool<byte>.Shared.Rent(2 * (LogFormat.FrameHeaderSize + LogFormat.LargestPayload));
        try
        {
            long position = LogFormat.FileHeaderSize;
            int from = 0, to = 0;
            while (true)
            {
                if (!TryTakeFrame(buffer.AsSpan(from, to - from), tally.Length, position, out var entry))
                {
                    // Perhaps only part of it has been read: once more with all that fits.
                    buffer.AsSpan(from, to - from).CopyTo(buffer);
                    to -= from;
                    from = 0;
                    var more = RandomAccess.Read(file, buffer.AsSpan(to), position + to);
                    to += more;
                    if (more == 0 || !TryTakeFrame(buffer.AsSpan(from, to - from), tally.Length, position, out entry))
                    {
                        if (more == 0 || to >= LogFormat.FrameHeaderSize + LogFormat.LargestPayload)
                        {
                            break;
                        }

                        continue;
                    }
                }

                tally.Add(entry, buffer.AsSpan(from + LogFormat.FrameHeaderSize, entry.Length));
                from += LogFormat.FrameHeaderSize + entry.Length;
                position += LogFormat.FrameHeaderSize + entry.Length;
            }

            return new FramesScan(tally.ToChunk(path, number, start, newlinesBefore), position, tally);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool TryTakeFrame(ReadOnlySpan<byte> bytes, long start, long position, out ChunkEntry entry)
    {
        entry = default;
        return bytes.Length >= LogFormat.FrameHeaderSize
            && LogFormat.TryReadFrameHeader(bytes, start, position, out entry, out var checksum)
            && bytes.Length >= LogFormat.FrameHeaderSize + entry.Length
            && LogFormat.FrameChecksum(bytes[..LogFormat.FrameHeaderSize], bytes.Slice(LogFormat.FrameHeaderSize, entry.Length)) == checksum;
    }
}

/// <summary>A controller's piece that the log holds in part.</summary>
internal readonly record struct OpenPiece(long Line, long Bytes);
