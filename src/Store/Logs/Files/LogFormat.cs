using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Slipway.Store.Logs.Files;

internal enum EntryKind : byte
{
    Controller = 1,
    Agent = 2,

    /// <summary>Empty; the log is complete if this is its last entry.</summary>
    End = 3,

    /// <summary>The line feed that ends a line whose writer had not ended it when another came. Its flow node is <c>~node</c> of that writer.</summary>
    Break = 4,
}

/// <summary>An entry of a chunk: what its frame's header says, and where its bytes are.</summary>
/// <param name="Start">Offset of its first byte among the chunk's payload.</param>
/// <param name="Position">Of the payload in the frames file; unused in a finished chunk.</param>
/// <param name="Source">The effect; zero for the controller.</param>
/// <param name="SourceOffset">Byte offset in the effect's output, or the number of the controller's piece.</param>
/// <param name="Continues">The controller's piece goes on in the next entry.</param>
internal readonly record struct ChunkEntry(long Start, long Position, int Length, int FlowNode, long Time, long Source, long SourceOffset, EntryKind Kind, bool Continues);

/// <summary>How a log ends: who wrote last, and whether that line is still open.</summary>
internal readonly record struct LogTail(int FlowNode, long Source, bool InLine);

/// <summary>The bytes on disk of an unfinished chunk; see <c>docs/formats/log.md</c>.</summary>
internal static class LogFormat
{
    public const int FileHeaderSize = 64;
    public const int FrameHeaderSize = 40;

    /// <summary>Larger pieces become several frames: a torn one loses little, and a reader holds one at a time.</summary>
    public const int LargestPayload = 256 * 1024;

    public const int BlockSize = 256 * 1024;

    private static ReadOnlySpan<byte> FramesMagic => "SLWLOGF1"u8;

    public static string FramesName(int chunk) => chunk.ToString("d8") + ".frames";

    public static string ChunkName(int chunk) => chunk.ToString("d8") + ".chunk";

    public static void WriteFileHeader(Span<byte> header, int chunk, long start, long newlines)
    {
        header.Clear();
        FramesMagic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], chunk);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], start);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], newlines);
        BinaryPrimitives.WriteUInt32LittleEndian(header[60..], Checksum(0, header[..60]));
    }

    public static bool TryReadFileHeader(ReadOnlySpan<byte> header, int chunk, out long start, out long newlines)
    {
        start = newlines = 0;
        if (header.Length < FileHeaderSize
            || !header.StartsWith(FramesMagic)
            || BinaryPrimitives.ReadInt32LittleEndian(header[8..]) != chunk
            || BinaryPrimitives.ReadUInt32LittleEndian(header[60..]) != Checksum(0, header[..60]))
        {
            return false;
        }

        start = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        newlines = BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
        return true;
    }

    /// <summary>Writes header and payload of a frame; returns its size.</summary>
    public static int WriteFrame(Span<byte> target, in ChunkEntry entry, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, payload.Length);
        target[8] = (byte)entry.Kind;
        target[9] = entry.Continues ? (byte)1 : (byte)0;
        target[10] = target[11] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], entry.FlowNode);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], entry.Time);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], entry.Source);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], entry.SourceOffset);
        payload.CopyTo(target[FrameHeaderSize..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], FrameChecksum(target[..FrameHeaderSize], payload));
        return FrameHeaderSize + payload.Length;
    }

    /// <summary>Reads a frame's header; false where no frame can begin with these bytes. The payload is checked apart, by <see cref="FrameChecksum"/>.</summary>
    public static bool TryReadFrameHeader(ReadOnlySpan<byte> header, long start, long position, out ChunkEntry entry, out uint checksum)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        checksum = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        entry = new ChunkEntry(
            start,
            position + FrameHeaderSize,
            length,
            BinaryPrimitives.ReadInt32LittleEndian(header[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[32..]),
            (EntryKind)header[8],
            (header[9] & 1) != 0);
        return length is >= 0 and <= LargestPayload && entry.Kind is >= EntryKind.Controller and <= EntryKind.Break;
    }

    public static uint FrameChecksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        Checksum(Checksum(Checksum(0, header[..4]), header[8..FrameHeaderSize]), payload);

    /// <summary>CRC-32C, in hardware where there is such.</summary>
    public static uint Checksum(uint seed, ReadOnlySpan<byte> bytes)
    {
        var crc = ~seed;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return ~crc;
    }
}
