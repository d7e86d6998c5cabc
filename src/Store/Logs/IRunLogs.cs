using Slipway.Model;

namespace Slipway.Store.Logs;

/// <summary>
/// The consoles. A log is a sequence of bytes, made of entries that each say which step wrote it, when, and where it came from; it only grows. Readers see what is durable and
/// nothing else, so that what was seen once stays. Lines of different writers never share a line: where one comes while another's line is open, a line feed ends that line first.
/// It counts in the console, not in what a step wrote.
/// </summary>
public interface IRunLogs
{
    /// <summary>
    /// Opens a run's log for writing, where it ends. One writer at a time: a second open is refused. A torn last entry (the machine went down in the middle of a write; it was
    /// never confirmed) is cut off.
    /// </summary>
    Task<IRunLogWriter> OpenAsync(RunId run, CancellationToken cancellation = default);

    /// <summary>How far the log reaches. A run that wrote nothing has an empty log.</summary>
    Task<LogExtent> MeasureAsync(RunId run, LogScope scope, CancellationToken cancellation = default);

    /// <summary>At most <paramref name="count"/> bytes from an offset; fewer only at the end. Beyond the end it is empty.</summary>
    Task<LogSlice> ReadAsync(RunId run, LogScope scope, long offset, int count, CancellationToken cancellation = default);

    /// <summary>Writes the bytes from one offset to another (or to the end) to a stream, with bounded memory. Returns where it stopped.</summary>
    Task<long> CopyAsync(RunId run, LogScope scope, long from, long? to, Stream destination, CancellationToken cancellation = default);

    /// <summary>The entries that hold bytes at or behind an offset, the first one cut to begin there; ends at the present end.</summary>
    IAsyncEnumerable<LogEntry> ReadEntriesAsync(RunId run, LogScope scope, long offset, CancellationToken cancellation = default);

    /// <summary>Lines from a number on (from one; a negative one counts from the end). A line is found without reading those before it.</summary>
    Task<LogLines> ReadLinesAsync(RunId run, LogScope scope, long firstLine, int count, CancellationToken cancellation = default);

    /// <summary>Places where a text stands, in order, from an offset on; streaming, with bounded memory. Case is ignored for A to Z. A text that spans lines is not found.</summary>
    IAsyncEnumerable<LogMatch> SearchAsync(RunId run, LogScope scope, string text, long from, CancellationToken cancellation = default);

    /// <summary>Bytes that each step wrote itself. Steps that wrote none are absent.</summary>
    Task<IReadOnlyDictionary<int, long>> MeasureNodesAsync(RunId run, CancellationToken cancellation = default);

    /// <summary>Completes when the log is longer than that, or complete. Costs nothing while it waits.</summary>
    Task<LogExtent> WaitAsync(RunId run, long beyond, CancellationToken cancellation = default);
}

/// <summary>The whole console, or what certain steps wrote of it: offsets and lines then count in what they wrote alone.</summary>
public sealed record LogScope
{
    private LogScope(IReadOnlySet<int>? nodes) => Nodes = nodes;

    public static LogScope Whole { get; } = new(nodes: null);

    public static LogScope Of(params IReadOnlyCollection<int> nodes) => new(nodes.ToHashSet());

    /// <summary>Null: all.</summary>
    public IReadOnlySet<int>? Nodes { get; }

    /// <param name="node">A step; or <c>~step</c> for the line feed that ends a line which that step left open when another writer came. It belongs to what is read together, and
    /// to no step: what one step wrote is exactly what it wrote.</param>
    internal bool Includes(int node) => Nodes is null || (node >= 0 ? Nodes.Contains(node) : Nodes.Count > 1 && Nodes.Contains(~node));
}

/// <param name="Bytes">Size in bytes.</param>
/// <param name="Lines">Lines, an unfinished last one included.</param>
/// <param name="IsComplete">Nothing follows.</param>
public sealed record LogExtent(long Bytes, long Lines, bool IsComplete);

/// <param name="Offset">Of its first byte in the console (or in the scope).</param>
/// <param name="Effect">The effect whose output it is; null for what the controller wrote.</param>
public sealed record LogEntry(long Offset, int FlowNode, DateTimeOffset Time, long? Effect, ReadOnlyMemory<byte> Bytes);
