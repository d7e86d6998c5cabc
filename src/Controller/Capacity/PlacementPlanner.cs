using Slipway.Model;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>A <c>node</c> block that needs an executor.</summary>
/// <param name="NotBefore">A retry after a failed start waits until then.</param>
internal sealed record ExecutorDemand(LabelExpression? Label, DateTimeOffset NotBefore);

/// <summary>A node that is there already, with the numbers of its free executors.</summary>
internal sealed record NodeOffer(string Name, IReadOnlyList<string> Labels, NodeMode Mode, bool IsOnline, IReadOnlyList<int> FreeExecutors, string? OfflineReason);

/// <summary>A template that a cloud can make a node from; <paramref name="WhyNotNow"/> is null when it can do so at once.</summary>
internal sealed record TemplateOffer(ICloud Cloud, NodeTemplate Template, string? WhyNotNow);

/// <summary>What to do with one demand.</summary>
internal abstract record Placement
{
    public sealed record OnNode(string Node, int Executor) : Placement;

    public sealed record OnNewNode(ICloud Cloud, NodeTemplate Template) : Placement;

    /// <param name="IsStuck">Nobody offers it: without a change of configuration it waits for ever.</param>
    public sealed record Wait(string Why, bool IsStuck) : Placement;
}

/// <summary>
/// Decides who gets what. Pure: offers and demands in, placements out, in the order of the demands (first come, first served; a demand that must wait lets those behind it pass
/// that ask for something else).
/// </summary>
internal static class PlacementPlanner
{
    public static IReadOnlyList<Placement> Plan(IReadOnlyList<ExecutorDemand> demands, IReadOnlyList<NodeOffer> nodes, IReadOnlyList<TemplateOffer> templates, DateTimeOffset now)
    {
        var free = nodes.Where(n => n.IsOnline).ToDictionary(n => n.Name, n => new Queue<int>(n.FreeExecutors.Order()));
        return [.. demands.Select(demand => PlaceOne(demand, nodes, templates, free, now))];
    }

    private static Placement PlaceOne(ExecutorDemand demand, IReadOnlyList<NodeOffer> nodes, IReadOnlyList<TemplateOffer> templates, Dictionary<string, Queue<int>> free, DateTimeOffset now)
    {
        if (demand.NotBefore > now)
        {
            return new Placement.Wait($"waiting until {demand.NotBefore:HH:mm:ss} UTC to start an agent again, after the last one failed to start", false);
        }

        var serving = nodes.Where(n => Serves(n, demand.Label)).ToList();
        foreach (var node in serving)
        {
            if (free.TryGetValue(node.Name, out var executors) && executors.TryDequeue(out var executor))
            {
                return new Placement.OnNode(node.Name, executor);
            }
        }

        var candidates = templates.Where(t => t.Template.Serves(demand.Label)).ToList();
        if (candidates.FirstOrDefault(t => t.WhyNotNow is null) is { } template)
        {
            return new Placement.OnNewNode(template.Cloud, template.Template);
        }

        return new Placement.Wait(WhyNot(demand.Label, serving, candidates), serving.Count == 0 && candidates.Count == 0);
    }

    private static bool Serves(NodeOffer node, LabelExpression? label) => label is null ? node.Mode == NodeMode.Normal : label.Matches([.. node.Labels, node.Name]);

    private static string WhyNot(LabelExpression? label, List<NodeOffer> serving, List<TemplateOffer> candidates)
    {
        var wanted = label is null ? "an agent" : $"an agent with label '{label}'";
        if (serving.Count == 0 && candidates.Count == 0)
        {
            return label is null
                ? $"waiting for {wanted}: no cloud or node takes work that names no label"
                : $"waiting for {wanted}: no cloud or node offers it";
        }

        if (candidates.Count > 0)
        {
            return $"waiting for {wanted}: {candidates[0].WhyNotNow}";
        }

        var online = serving.Where(n => n.IsOnline).ToList();
        return online.Count > 0
            ? $"waiting for {wanted}: every executor of {Names(online)} is busy"
            : $"waiting for {wanted}: {Names(serving)} {(serving.Count == 1 ? "is" : "are")} offline" + (serving[0].OfflineReason is { } reason ? $" ({reason})" : "");
    }

    private static string Names(List<NodeOffer> nodes) => nodes.Count <= 3 ? string.Join(", ", nodes.Select(n => $"'{n.Name}'")) : $"{nodes.Count} nodes";
}
