using Slipway.Feeds;
using Slipway.Web.Controls;

namespace Slipway.Web.Runs;

/// <summary>One link of a node's start within the whole of it, in thousandths.</summary>
public sealed record NodeStartBar(string Name, int From, int Width, TimeSpan Duration, bool IsLongest);

/// <summary>The start of a node as a waterfall, and in words where its time went.</summary>
public sealed record NodeStartModel(int FlowNode, string? Node, string? Cloud, string? Label, bool IsNew, TimeSpan Total, string Words, IReadOnlyList<NodeStartBar> Bars)
{
    /// <summary>What is done until each moment, in the words of who waits for it.</summary>
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["failed"] = "starts that failed",
        ["matched"] = "finding a template",
        ["planned"] = "waiting for room",
        ["created"] = "creating the pod",
        ["scheduled"] = "finding a machine",
        ["pulled"] = "pulling images",
        ["started"] = "starting the agent",
        ["connected"] = "connecting",
        ["containers"] = "starting the other containers",
        ["ready"] = "preparing the workspace",
        ["step"] = "reaching the first step",
        ["log"] = "first output",
        ["given-up"] = "waiting for what did not come",
    };

    public static NodeStartModel? Of(NodeStartView start)
    {
        // Moments come from several clocks (ours, the cluster's notices): one that seems to lie before the one before it took no time.
        var moments = start.Moments.OrderBy(m => m.Time).ToList();
        if (moments.Count < 2)
        {
            return null;
        }

        var begin = moments[0].Time;
        var total = moments[^1].Time - begin;
        var whole = Math.Max(1, total.TotalMilliseconds);
        var links = moments.Skip(1).Select((m, i) => (Name: NameOf(start, m.Link, moments[i].Link), From: moments[i].Time, To: m.Time)).ToList();
        var longest = links.MaxBy(l => l.To - l.From);
        var bars = links.Select(l =>
        {
            var from = Math.Clamp((int)(1000 * (l.From - begin).TotalMilliseconds / whole), 0, 996);
            return new NodeStartBar(l.Name, from, Math.Clamp((int)(1000 * (l.To - l.From).TotalMilliseconds / whole), 4, 1000 - from), l.To - l.From, l == longest);
        });
        return new NodeStartModel(start.FlowNode, start.Node, start.Cloud, start.Label, start.IsNew, total, WordsOf(longest.Name, longest.To - longest.From, total), [.. bars]);
    }

    private static string WordsOf(string name, TimeSpan longest, TimeSpan total) =>
        total < TimeSpan.FromMilliseconds(100) ? "nowhere, the agent was there at once" : $"{name} {Display.Duration(longest)} of {Display.Duration(total)}";

    // Only a pod has an image and a machine; a process of this machine is started, and that is all.
    private static string NameOf(NodeStartView start, string link, string before) => link switch
    {
        // The cluster tells of a fast start only when it is over; then nobody knows how these parts share the time.
        "connected" when before is "created" or "scheduled" or "pulled" => "starting and connecting",
        "started" when before is "created" or "scheduled" && start.Cloud is not null => "pulling images and starting",
        "created" when start.Cloud is null => "starting the agent",
        _ => Names.GetValueOrDefault(link, link),
    };
}
