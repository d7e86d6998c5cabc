using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Cli.Output;

/// <summary>Says what has changed in a run's graph since it was looked at last: a line for each stage or branch that begins or ends. Pure but for what it remembers.</summary>
internal sealed class StageProgress
{
    private readonly HashSet<int> _begun = [];
    private readonly HashSet<int> _ended = [];
    private string? _waiting;

    public IReadOnlyList<string> Update(RunDetailView run)
    {
        var lines = new List<string>();
        var nodes = run.Nodes.ToDictionary(n => n.Id);
        var shown = run.Nodes.Where(n => n.Kind != FlowNodeKind.Step && !RepeatsItsBranch(n, nodes)).ToList();
        foreach (var node in shown.Where(n => n.Status != FlowNodeStatus.Skipped && _begun.Add(n.Id)))
        {
            lines.Add($"{Indent(node, nodes)}{Terminal.Dim("▶")} {NameOf(node)}");
        }

        // In the order in which they ended, and what ended in the same moment from the inside out.
        foreach (var node in shown.Where(n => n.Ended is not null).OrderBy(n => n.Ended).ThenByDescending(n => DepthOf(n, nodes)).Where(n => _ended.Add(n.Id)))
        {
            var status = node.Status ?? FlowNodeStatus.Success;
            var time = status == FlowNodeStatus.Skipped ? $"skipped{Because(node)}" : Durations.Say(node.Ended!.Value - node.Started);
            lines.Add($"{Indent(node, nodes)}{Mark(status)} {NameOf(node)} {Terminal.Dim(time)}");
        }

        if (run.Run.Waiting != _waiting)
        {
            _waiting = run.Run.Waiting;
            if (_waiting is not null && !_waiting.StartsWith("waiting for an agent: it", StringComparison.Ordinal))
            {
                lines.Add(Terminal.Yellow($"… {_waiting}"));
            }
        }

        return lines;
    }

    public static string Mark(FlowNodeStatus status) => status switch
    {
        FlowNodeStatus.Success => Terminal.Green("✔"),
        FlowNodeStatus.Unstable => Terminal.Yellow("!"),
        FlowNodeStatus.Failure => Terminal.Red("✘"),
        FlowNodeStatus.Aborted => Terminal.Yellow("■"),
        _ => Terminal.Dim("–"),
    };

    private static string Because(FlowNodeView node) => node.Reason is { } reason ? $" ({reason})" : "";

    private static string NameOf(FlowNodeView node) => node.Name ?? node.Function;

    private static string Indent(FlowNodeView node, Dictionary<int, FlowNodeView> nodes) => new(' ', 2 * DepthOf(node, nodes));

    /// <summary>Declarative's parallel stages are a branch with a stage of the same name in it: one line is enough.</summary>
    private static bool RepeatsItsBranch(FlowNodeView node, Dictionary<int, FlowNodeView> nodes)
    {
        for (var parent = node.Parent; node.Kind == FlowNodeKind.Stage && parent is { } id && nodes.TryGetValue(id, out var above); parent = above.Parent)
        {
            if (above.Kind != FlowNodeKind.Step)
            {
                return above.Kind == FlowNodeKind.Branch && above.Name == node.Name;
            }
        }

        return false;
    }

    private static int DepthOf(FlowNodeView node, Dictionary<int, FlowNodeView> nodes)
    {
        var depth = 0;
        for (var parent = node.Parent; parent is { } id && nodes.TryGetValue(id, out var above); parent = above.Parent)
        {
            if (above.Kind != FlowNodeKind.Step)
            {
                depth++;
            }
        }

        return depth;
    }
}
