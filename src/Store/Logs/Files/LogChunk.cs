namespace Slipway.Store.Logs.Files;

/// <summary>What one flow node wrote into a chunk.</summary>
internal readonly record struct NodeShare(int FlowNode, long Bytes, long Newlines);

/// <summary>Up to where a chunk takes an effect's output, or (source zero) the controller's pieces.</summary>
internal readonly record struct SourceMark(long Source, long End);

/// <summary>A stretch of a log in one file: what can be said of it without reading it. Immutable.</summary>
internal abstract class LogChunk
{
    public required int Number { get; init; }

    /// <summary>Offset of its first byte in the console.</summary>
    public required long Start { get; init; }

    public required long Length { get; init; }

    public required long NewlinesBefore { get; init; }

    public required long Newlines { get; init; }

    public required IReadOnlyList<NodeShare> Nodes { get; init; }

    public long End => Start + Length;

    /// <summary>Bytes and newlines of a scope within this chunk.</summary>
    public (long Bytes, long Newlines) ShareOf(LogScope scope)
    {
        if (scope.Nodes is null)
        {
            return (Length, Newlines);
        }

        long bytes = 0, newlines = 0;
        foreach (var share in Nodes)
        {
            if (scope.Includes(share.FlowNode))
            {
                bytes += share.Bytes;
                newlines += share.Newlines;
            }
        }

        return (bytes, newlines);
    }

    /// <summary>Opens the file for one reader. Throws <see cref="FileNotFoundException"/> where the chunk was finished or deleted meanwhile.</summary>
    public abstract LogChunkReader Open();
}

/// <summary>Reads a chunk's payload. For one thread; keeps what it read last, so that reading onward is cheap.</summary>
internal abstract class LogChunkReader : IDisposable
{
    /// <summary>Fills the target from an offset within the chunk's payload.</summary>
    public abstract void Read(long offset, Span<byte> target);

    public abstract ReadOnlyMemory<ChunkEntry> Entries { get; }

    /// <summary>An offset in front of the line that begins behind the given number of the chunk's newlines, as near as is known without reading, with the newlines before it.</summary>
    public virtual (long Offset, long Newlines) Approach(long newlines) => (0, 0);

    public abstract void Dispose();
}
