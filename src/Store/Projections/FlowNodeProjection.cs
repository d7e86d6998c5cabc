using Slipway.Model;
using Slipway.Model.Events;
using Slipway.Store.Runs;

namespace Slipway.Store.Projections;

/// <summary>What a run's graph takes from its journal.</summary>
public static class FlowNodeProjection
{
    /// <summary>The graph that a journal draws, in order of start. Nodes that were left open when the run ended stay so: they were cut off.</summary>
    public static IReadOnlyList<FlowNodeRecord> Fold(IEnumerable<JournalEntry> journal)
    {
        var nodes = new List<FlowNodeRecord>();
        foreach (var entry in journal)
        {
            if (Started(entry) is { } started)
            {
                nodes.Add(started);
            }
            else if (entry.Event is FlowNodeEnded ended && nodes.FindIndex(n => n.Id == ended.Node) is >= 0 and var place)
            {
                nodes[place] = nodes[place] with { Ended = entry.Time, Status = ended.Status, Reason = ended.Reason };
            }
        }

        return nodes;
    }

    /// <summary>The node that this record begins; null where it begins none.</summary>
    public static FlowNodeRecord? Started(JournalEntry entry) => entry.Event is FlowNodeStarted node
        ? new FlowNodeRecord(node.Node, node.Parent, node.Kind, node.Function, node.Name, node.Detail, entry.Time, null, null, null)
        : null;
}
