using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Slipway.Store.Files;

namespace Slipway.Store.Logs.Files;

/// <summary>
/// A finished chunk: its payload in compressed blocks of a fixed size, with a directory in front, so that any offset costs one block. Layout in <c>docs/formats/log.md</c>.
/// </summary>
internal sealed class SealedChunk : LogChunk
{
    private const int HeaderSize = 64;
    private const int EntrySize = 33;

    private readonly WeakReference<ChunkEntry[]> _entries = new(null!);

    private static ReadOnlySpan<byte> Magic => "SLWLOGC1"u8;

    public required string Path { get; init; }

    public required IReadOnlyList<SourceMark> Marks { get; init; }

    public required OpenPiece? OpenPiece { get; init; }

    public required bool IsComplete { get; init; }

    private BlockInfo[] Blocks { get; init; } = [];

    private int EntryCount { get; init; }

    private long EntriesPosition { get; init; }

    private int EntriesLength { get; init; }

    private uint EntriesChecksum { get; init; }

    /// <param name="Position">Of its compressed bytes in the file.</param>
    /// <param name="NewlinesBefore">Within the chunk.</param>
    private readonly record struct BlockInfo(long Position, int Length, uint Checksum, long NewlinesBefore);

    public override LogChunkReader Open() => new Reader(this, File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete));

    /// <summary>Reads header and directory of a finished chunk.</summary>
    public static SealedChunk Load(string path, int number)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var header = new byte[HeaderSize];
        if (RandomAccess.Read(file, header, 0) != HeaderSize
            || !header.AsSpan().StartsWith(Magic)
            || BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)) != number
            || BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(60)) != LogFormat.Checksum(0, header.AsSpan(0, 60)))
        {
            throw new InvalidDataException($"The header of '{path}' is damaged.");
        }

        var directory = new byte[BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(40))];
        if (RandomAccess.Read(file, directory, HeaderSize) != directory.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(44)) != LogFormat.Checksum(0, directory))
        {
            throw new InvalidDataException($"The directory of '{path}' is damaged.");
        }

        using var reader = new BinaryReader(new MemoryStream(directory));
        var entriesLength = reader.ReadInt32();
        var entriesChecksum = reader.ReadUInt32();
        var entryCount = reader.ReadInt32();
        var complete = reader.ReadByte() != 0;
        var openLine = reader.ReadInt64();
        var openBytes = reader.ReadInt64();
        var entriesPosition = (long)HeaderSize + directory.Length;
        var position = entriesPosition + entriesLength;
        var blocks = new BlockInfo[reader.ReadInt32()];
        long newlines = 0;
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i] = new BlockInfo(position, reader.ReadInt32(), reader.ReadUInt32(), newlines);
            position += blocks[i].Length;
            newlines += reader.ReadInt32();
        }

        var nodes = new NodeShare[reader.ReadInt32()];
        for (var i = 0; i < nodes.Length; i++)
        {
            nodes[i] = new NodeShare(reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64());
        }

        var marks = new SourceMark[reader.ReadInt32()];
        for (var i = 0; i < marks.Length; i++)
        {
            marks[i] = new SourceMark(reader.ReadInt64(), reader.ReadInt64());
        }

        return new SealedChunk
        {
            Path = path,
            Number = number,
            Start = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(16)),
            NewlinesBefore = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(24)),
            Length = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(32)),
            Newlines = newlines,
            Nodes = nodes,
            Marks = marks,
            OpenPiece = openLine == 0 ? null : new OpenPiece(openLine, openBytes),
            IsComplete = complete,
            Blocks = blocks,
            EntryCount = entryCount,
            EntriesPosition = entriesPosition,
            EntriesLength = entriesLength,
            EntriesChecksum = entriesChecksum,
        };
    }

    /// <summary>Writes a chunk's finished form beside its frames; it appears whole or not at all. The frames stay.</summary>
    public static void Write(FramesScan scan, string path)
    {
        var chunk = scan.Chunk;
        var incoming = path + ".incoming";
        using (var file = File.OpenHandle(incoming, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            var entries = Compress(WriteEntries(chunk.Entries.Span));
            var blockCount = (int)((chunk.Length + LogFormat.BlockSize - 1) / LogFormat.BlockSize);
            var directorySize = 4 + 4 + 4 + 1 + 8 + 8 + 4 + (blockCount * 12) + 4 + (chunk.Nodes.Count * 20) + 4 + (scan.Marks.Count * 16);
            var position = (long)HeaderSize + directorySize;
            RandomAccess.Write(file, entries.Span, position);
            position += entries.Length;

            using var directory = new MemoryStream(directorySize);
            using var writer = new BinaryWriter(directory);
            writer.Write(entries.Length);
            writer.Write(LogFormat.Checksum(0, entries.Span));
            writer.Write(chunk.Entries.Length);
            writer.Write(scan.IsComplete ? (byte)1 : (byte)0);
            writer.Write(scan.OpenPiece?.Line ?? 0);
            writer.Write(scan.OpenPiece?.Bytes ?? 0);
            writer.Write(blockCount);
            using (var reader = chunk.Open())
            {
                var block = new byte[LogFormat.BlockSize];
                for (var i = 0; i < blockCount; i++)
                {
                    var plain = block.AsSpan(0, (int)Math.Min(LogFormat.BlockSize, chunk.Length - ((long)i * LogFormat.BlockSize)));
                    reader.Read((long)i * LogFormat.BlockSize, plain);
                    var packed = Compress(plain);
                    RandomAccess.Write(file, packed.Span, position);
                    position += packed.Length;
                    writer.Write(packed.Length);
                    writer.Write(LogFormat.Checksum(0, packed.Span));
                    writer.Write(plain.Count((byte)'\n'));
                }
            }

            writer.Write(chunk.Nodes.Count);
            foreach (var node in chunk.Nodes)
            {
                writer.Write(node.FlowNode);
                writer.Write(node.Bytes);
                writer.Write(node.Newlines);
            }

            writer.Write(scan.Marks.Count);
            foreach (var mark in scan.Marks)
            {
                writer.Write(mark.Source);
                writer.Write(mark.End);
            }

            var front = new byte[HeaderSize + directorySize];
            Magic.CopyTo(front);
            BinaryPrimitives.WriteInt32LittleEndian(front.AsSpan(8), chunk.Number);
            BinaryPrimitives.WriteInt64LittleEndian(front.AsSpan(16), chunk.Start);
            BinaryPrimitives.WriteInt64LittleEndian(front.AsSpan(24), chunk.NewlinesBefore);
            BinaryPrimitives.WriteInt64LittleEndian(front.AsSpan(32), chunk.Length);
            BinaryPrimitives.WriteInt32LittleEndian(front.AsSpan(40), directorySize);
            BinaryPrimitives.WriteUInt32LittleEndian(front.AsSpan(44), LogFormat.Checksum(0, directory.ToArray()));
            BinaryPrimitives.WriteUInt32LittleEndian(front.AsSpan(60), LogFormat.Checksum(0, front.AsSpan(0, 60)));
            directory.ToArray().CopyTo(front, HeaderSize);
            RandomAccess.Write(file, front, 0);
            DurableFiles.Sync(file);
        }

        File.Move(incoming, path, overwrite: true);
        DurableFiles.SyncDirectory(System.IO.Path.GetDirectoryName(path)!);
    }

    private static byte[] WriteEntries(ReadOnlySpan<ChunkEntry> entries)
    {
        var bytes = new byte[entries.Length * EntrySize];
        var at = bytes.AsSpan();
        foreach (var entry in entries)
        {
            BinaryPrimitives.WriteInt32LittleEndian(at, entry.Length);
            BinaryPrimitives.WriteInt32LittleEndian(at[4..], entry.FlowNode);
            BinaryPrimitives.WriteInt64LittleEndian(at[8..], entry.Time);
            BinaryPrimitives.WriteInt64LittleEndian(at[16..], entry.Source);
            BinaryPrimitives.WriteInt64LittleEndian(at[24..], entry.SourceOffset);
            at[32] = (byte)((int)entry.Kind | (entry.Continues ? 0x80 : 0));
            at = at[EntrySize..];
        }

        return bytes;
    }

    private static ChunkEntry[] ReadEntries(ReadOnlySpan<byte> bytes, int count)
    {
        var entries = new ChunkEntry[count];
        long start = 0;
        for (var i = 0; i < count; i++)
        {
            var at = bytes.Slice(i * EntrySize, EntrySize);
            var length = BinaryPrimitives.ReadInt32LittleEndian(at);
            entries[i] = new ChunkEntry(
                start,
                0,
                length,
                BinaryPrimitives.ReadInt32LittleEndian(at[4..]),
                BinaryPrimitives.ReadInt64LittleEndian(at[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(at[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(at[24..]),
                (EntryKind)(at[32] & 0x7f),
                (at[32] & 0x80) != 0);
            start += length;
        }

        return entries;
    }

    private static ReadOnlyMemory<byte> Compress(ReadOnlySpan<byte> plain)
    {
        var target = new MemoryStream(plain.Length / 4);
        using (var deflate = new DeflateStream(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(plain);
        }

        return target.GetBuffer().AsMemory(0, (int)target.Length);
    }

    private static void Decompress(byte[] packed, int length, Span<byte> plain)
    {
        using var deflate = new DeflateStream(new MemoryStream(packed, 0, length), CompressionMode.Decompress);
        deflate.ReadExactly(plain);
    }

    private sealed class Reader(SealedChunk chunk, SafeFileHandle file) : LogChunkReader
    {
        private byte[]? _block;
        private int _blockNumber = -1;

        public override ReadOnlyMemory<ChunkEntry> Entries
        {
            get
            {
                if (!chunk._entries.TryGetTarget(out var entries))
                {
                    var packed = ReadPacked(chunk.EntriesPosition, chunk.EntriesLength, chunk.EntriesChecksum, "list of entries");
                    var plain = new byte[chunk.EntryCount * EntrySize];
                    Decompress(packed, chunk.EntriesLength, plain);
                    ArrayPool<byte>.Shared.Return(packed);
                    entries = ReadEntries(plain, chunk.EntryCount);
                    chunk._entries.SetTarget(entries);
                }

                return entries;
            }
        }

        public override void Read(long offset, Span<byte> target)
        {
            while (!target.IsEmpty)
            {
                var number = (int)(offset / LogFormat.BlockSize);
                var skip = (int)(offset % LogFormat.BlockSize);
                LoadBlock(number);
                var piece = target[..Math.Min(target.Length, BlockLength(number) - skip)];
                _block.AsSpan(skip, piece.Length).CopyTo(piece);
                offset += piece.Length;
                target = target[piece.Length..];
            }
        }

        public override (long Offset, long Newlines) Approach(long newlines)
        {
            var number = 0;
            while (number + 1 < chunk.Blocks.Length && chunk.Blocks[number + 1].NewlinesBefore < newlines)
            {
                number++;
            }

            return ((long)number * LogFormat.BlockSize, chunk.Blocks.Length == 0 ? 0 : chunk.Blocks[number].NewlinesBefore);
        }

        private int BlockLength(int number) => (int)Math.Min(LogFormat.BlockSize, chunk.Length - ((long)number * LogFormat.BlockSize));

        private void LoadBlock(int number)
        {
            if (_blockNumber == number)
            {
                return;
            }

            _block ??= ArrayPool<byte>.Shared.Rent(LogFormat.BlockSize);
            _blockNumber = -1;
            var info = chunk.Blocks[number];
            var packed = ReadPacked(info.Position, info.Length, info.Checksum, $"block {number}");
            Decompress(packed, info.Length, _block.AsSpan(0, BlockLength(number)));
            ArrayPool<byte>.Shared.Return(packed);
            _blockNumber = number;
        }

        private byte[] ReadPacked(long position, int length, uint checksum, string what)
        {
            var packed = ArrayPool<byte>.Shared.Rent(length);
            var read = 0;
            while (read < length)
            {
                var more = RandomAccess.Read(file, packed.AsSpan(read, length - read), position + read);
                if (more == 0)
                {
                    break;
                }

                read += more;
            }

            if (read != length || LogFormat.Checksum(0, packed.AsSpan(0, length)) != checksum)
            {
                throw new InvalidDataException($"The {what} of '{chunk.Path}' is damaged: its checksum does not match.");
            }

            return packed;
        }

        public override void Dispose()
        {
            file.Dispose();
            if (_block is not null)
            {
                ArrayPool<byte>.Shared.Return(_block);
                _block = null;
            }
        }
    }
}
