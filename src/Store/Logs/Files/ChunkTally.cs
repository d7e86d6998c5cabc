using System.Runtime.InteropServices;

namespace Slipway.Store.Logs.Files;

/// <summary>Counts up what a growing chunk holds. Not thread-safe.</summary>
internal sealed class ChunkTally
{
    private readonly Dictionary<int, NodeShare> _nodes = [];
    private readonly Dictionary<long, long> _marks = [];

    // Only ever appended to, so that what a reader was given stays as it is, also when the array is replaced by a larger one.
    private ChunkEntry[] _entries = new ChunkEntry[16];

    public long Length { get; private set; }

    public long Newlines { get; private set; }

    public int Count { get; private set; }

    public OpenPiece? OpenPiece { get; private set; }

    public bool IsComplete { get; private set; }

    public IReadOnlyList<SourceMark> Marks => [.. _marks.Select(m => new SourceMark(m.Key, m.Value))];

    public void Add(ChunkEntry entry, ReadOnlySpan<byte> payload) => Add(entry, payload.Count((byte)'\n'));

    public void Add(ChunkEntry entry, int newlines)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * Count);
        }

        _entries[Count++] = entry;
        Length += entry.Length;
        Newlines += newlines;
        IsComplete = entry.Kind == EntryKind.End;
        if (entry.Length > 0)
        {
            ref var share = ref CollectionsMarshal.GetValueRefOrAddDefault(_nodes, entry.FlowNode, out _);
            share = new NodeShare(entry.FlowNode, share.Bytes + entry.Length, share.Newlines + newlines);
        }

        switch (entry.Kind)
        {
            case EntryKind.Agent:
                _marks[entry.Source] = entry.SourceOffset + entry.Length;
                break;
            case EntryKind.Controller when entry.Continues:
                OpenPiece = new OpenPiece(entry.SourceOffset, (OpenPiece is { } open && open.Line == entry.SourceOffset ? open.Bytes : 0) + entry.Length);
                break;
            case EntryKind.Controller:
                OpenPiece = null;
                _marks[0] = entry.SourceOffset;
                break;
            default:
                break;
        }
    }

    /// <summary>The chunk as it stands. Entries added later are not in it.</summary>
    public FramesChunk ToChunk(string path, int number, long start, long newlinesBefore) => new()
    {
        Path = path,
        Number = number,
        Start = start,
        Length = Length,
        NewlinesBefore = newlinesBefore,
        Newlines = Newlines,
        Nodes = [.. _nodes.Values],
        Entries = _entries.AsMemory(0, Count),
    };
}
