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
        foreach (var node in run.Nodes.Where(n => n.Kind != FlowNodeKind.Step))
        {
            var indent = new string(' ', 2 * DepthOf(node, nodes));
            var name = node.Name ?? node.Function;
            if (_begun.Add(node.Id) && node.Status != FlowNodeStatus.Skipped)
            {
                lines.Add($"{indent}{Terminal.Dim("▶")} {name}");
            }

            if (node.Ended is { } ended && node.Status is { } status && _ended.Add(node.Id))
            {
                lines.Add($"{indent}{Mark(status)} {name} {Terminal.Dim(status == FlowNodeStatus.Skipped ? $"skipped{Because(node)}" : Durations.Say(ended - node.Started))}");
            }
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
