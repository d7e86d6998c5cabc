using System.Text;
using Slipway.Store.Logs;

namespace Slipway.Controller.Runs;

/// <summary>
/// The nodes that a run holds now, and what its log was told of their absences. Each line has a place of its own in the log, so that a later life of the server finds there what was said already. Thread-safe.
/// </summary>
internal sealed class HeldNodes(IRunLogWriter log)
{
    // Sources of the log below all numbers of effects and their negatives.
    private const int AbsenceBits = 24;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Held> _held = [];

    public void Add(long allocation, string node, int flowNode)
    {
        lock (_lock)
        {
            _held.TryAdd(allocation, new Held(node, flowNode));
        }
    }

    public void GiveBack(long allocation)
    {
        lock (_lock)
        {
            _held.Remove(allocation);
        }
    }

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock)
            {
                return [.. _held.Values.Select(h => h.Node).Distinct(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>The allocations on that node.</summary>
    public IReadOnlyList<long> On(string node)
    {
        lock (_lock)
        {
            return [.. _held.Where(h => h.Value.Node == node).Select(h => h.Key)];
        }
    }

    /// <summary>Says once that the node's agent is away, however many executors of it the run holds.</summary>
    public void NoteAbsence(string node, string line)
    {
        lock (_lock)
        {
            var held = _held.Where(h => h.Value.Node == node).ToList();
            if (held.Count > 0 && !held.Exists(h => IsAway(h.Key, h.Value)))
            {
                held[0].Value.IsAway = true;
                _ = WriteAsync(Source(held[0].Key, 2 * held[0].Value.Absences!.Value), held[0].Value.FlowNode, line);
            }
        }
    }

    /// <summary>Says that the agent is back, where the log says that it is away.</summary>
    public void NoteReturn(string node, string line)
    {
        lock (_lock)
        {
            foreach (var (allocation, held) in _held.Where(h => h.Value.Node == node && IsAway(h.Key, h.Value)))
            {
                held.IsAway = false;
                _ = WriteAsync(Source(allocation, (2 * held.Absences!.Value) + 1), held.FlowNode, line);
                held.Absences++;
            }
        }
    }

    // Called with the lock held.
    private bool IsAway(long allocation, Held held)
    {
        if (held.Absences is null)
        {
            var ended = 0L;
            while (log.ConfirmedOffset(Source(allocation, (2 * ended) + 1)) > 0)
            {
                ended++;
            }

            held.Absences = ended;
            held.IsAway = log.ConfirmedOffset(Source(allocation, 2 * ended)) > 0;
        }

        return held.IsAway;
    }

    private static long Source(long allocation, long line) => -(allocation << AbsenceBits) - line;

    private async Task WriteAsync(long source, int flowNode, string line)
    {
        try
        {
            await log.AppendAgentOutputAsync(source, flowNode, 0, Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (Exception fault) when (fault is Store.StoreException or ObjectDisposedException)
        {
            // The run has ended, or says itself that its log cannot be written.
        }
    }

    private sealed class Held(string node, int flowNode)
    {
        public string Node => node;

        public int FlowNode => flowNode;

        /// <summary>How many absences of its agent were told to their end; null until the log was asked.</summary>
        public long? Absences { get; set; }

        public bool IsAway { get; set; }
    }
}
