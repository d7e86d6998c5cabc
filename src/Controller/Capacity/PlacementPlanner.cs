using Slipway.Model;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>A <c>node</c> block that needs an executor.</summary>
/// <param name="NotBefore">A retry after a failed start waits until then.</param>
internal sealed record ExecutorDemand(LabelExpression? Label, DateTimeOffset NotBefore)
{
    /// <summary>Whose work it is: not every cloud takes everybody's, and nodes are handed on within a folder only.</summary>
    public JobPath Job { get; init; } = JobPath.Root;

    /// <summary>What the pipeline declares for this block, by cloud: nothing else will do. Null where it declares nothing.</summary>
    public IReadOnlyList<TemplateOffer>? Declared { get; init; }
}

/// <summary>A node that is there already, with the numbers of its free executors.</summary>
internal sealed record NodeOffer(string Name, IReadOnlyList<string> Labels, NodeMode Mode, bool IsOnline, IReadOnlyList<int> FreeExecutors, string? OfflineReason);

/// <summary>An on-demand node that waits for work.</summary>
/// <param name="ReuseKey">Only work whose template has the same key may go there.</param>
/// <param name="Folder">Who has used it: nobody else gets it. Null for a spare one that nobody has used yet.</param>
internal sealed record IdleOffer(string Name, ICloud Cloud, string ReuseKey, JobPath? Folder)
{
    /// <summary>The name of the template that it was made from; its cap counts it.</summary>
    public required string Template { get; init; }
}

/// <summary>A node that is on its way out, which its cloud still counts.</summary>
internal sealed record LeavingNode(ICloud Cloud, string Template);

/// <summary>A template that a cloud can make a node from.</summary>
internal sealed record TemplateOffer(ICloud Cloud, NodeTemplate Template);

/// <summary>What to do with one demand.</summary>
internal abstract record Placement
{
    public sealed record OnNode(string Node, int Executor) : Placement;

    public sealed record OnNewNode(ICloud Cloud, NodeTemplate Template) : Placement;

    /// <param name="IsStuck">Nobody offers it: without a change of configuration it waits for ever.</param>
    public sealed record Wait(string Why, bool IsStuck) : Placement
    {
        /// <summary>An idle node that is to be ended, for it takes up the room that this demand waits for; null where that would not help.</summary>
        public IdleOffer? Ends { get; init; }
    }
}

/// <summary>
/// Decides who gets what. Offers and demands in, placements out, in the order of the demands (first come, first served; a demand that must wait lets those behind it pass
/// that ask for something else). Asks clouds why they cannot, and changes nothing.
/// </summary>
internal sealed class PlacementPlanner
{
    private readonly IReadOnlyList<NodeOffer> _nodes;
    private readonly IReadOnlyList<TemplateOffer> _templates;
    private readonly DateTimeOffset _now;
    private readonly Dictionary<string, Queue<int>> _free;
    private readonly List<IdleOffer> _idle;
    private readonly Dictionary<ICloud, int> _plannedOfCloud = [];
    private readonly Dictionary<(ICloud, string), int> _plannedOfTemplate = [];
    private readonly List<LeavingNode> _leaving;

    private PlacementPlanner(IReadOnlyList<NodeOffer> nodes, IReadOnlyList<IdleOffer> idle, IReadOnlyList<LeavingNode> leaving, IReadOnlyList<TemplateOffer> templates, DateTimeOffset now)
    {
        (_nodes, _idle, _leaving, _templates, _now) = (nodes, [.. idle], [.. leaving], templates, now);
        _free = nodes.Where(n => n.IsOnline).ToDictionary(n => n.Name, n => new Queue<int>(n.FreeExecutors.Order()));
    }

    /// <param name="idle">Those that have waited longest first: where one has to make room, it is the first that helps.</param>
    public static IReadOnlyList<Placement> Plan(
        IReadOnlyList<ExecutorDemand> demands,
        IReadOnlyList<NodeOffer> nodes,
        IReadOnlyList<IdleOffer> idle,
        IReadOnlyList<LeavingNode> leaving,
        IReadOnlyList<TemplateOffer> templates,
        DateTimeOffset now)
    {
        var planner = new PlacementPlanner(nodes, idle, leaving, templates, now);
        return [.. demands.Select(planner.Place)];
    }

    private Placement Place(ExecutorDemand demand)
    {
        if (demand.NotBefore > _now)
        {
            return new Placement.Wait($"waiting until {demand.NotBefore:HH:mm:ss} UTC to start an agent again, after the last one failed to start", false);
        }

        var serving = demand.Declared is null ? _nodes.Where(n => Serves(n, demand.Label)).ToList() : [];
        foreach (var node in serving)
        {
            if (_free.TryGetValue(node.Name, out var executors) && executors.TryDequeue(out var executor))
            {
                return new Placement.OnNode(node.Name, executor);
            }
        }

        var suiting = demand.Declared ?? [.. _templates.Where(t => t.Template.Serves(demand.Label))];
        var candidates = suiting.Where(t => t.Cloud.Admits(demand.Job)).ToList();
        if (candidates.Select(t => TakeIdle(t, demand.Job.Parent)).FirstOrDefault(found => found is not null) is { } idle)
        {
            return new Placement.OnNode(idle.Name, 0);
        }

        // A cloud that does not answer is asked last: what would be started there may wait for as long as it is away.
        string? firstReason = null;
        foreach (var candidate in candidates.OrderBy(c => c.Cloud.Silence is not null))
        {
            var key = (candidate.Cloud, candidate.Template.Name);
            var (ofCloud, ofTemplate) = (_plannedOfCloud.GetValueOrDefault(candidate.Cloud), _plannedOfTemplate.GetValueOrDefault(key));
            if (WhyNotNow(candidate, ofCloud, ofTemplate) is not { } reason)
            {
                (_plannedOfCloud[candidate.Cloud], _plannedOfTemplate[key]) = (ofCloud + 1, ofTemplate + 1);
                return new Placement.OnNewNode(candidate.Cloud, candidate.Template);
            }

            firstReason ??= reason;
        }

        return candidates.Where(c => c.Cloud.Silence is null).Select(c => MakeRoom(demand, c)).FirstOrDefault(made => made is not null)
            ?? new Placement.Wait(WhyNot(demand, serving, suiting, firstReason), serving.Count == 0 && candidates.Count == 0);
    }

    /// <summary>Nodes that only wait for work give way to work that waits. One that leaves already is room for one.</summary>
    private Placement.Wait? MakeRoom(ExecutorDemand demand, TemplateOffer candidate)
    {
        var (cloud, template) = (candidate.Cloud, candidate.Template.Name);
        var ofCloud = _plannedOfCloud.GetValueOrDefault(cloud) - _leaving.Count(l => ReferenceEquals(l.Cloud, cloud));
        var ofTemplate = _plannedOfTemplate.GetValueOrDefault((cloud, template)) - _leaving.Count(l => ReferenceEquals(l.Cloud, cloud) && l.Template == template);
        IdleOffer? ends = null;
        if (WhyNotNow(candidate, ofCloud, ofTemplate) is not null)
        {
            ends = _idle.Find(i => ReferenceEquals(i.Cloud, cloud) && WhyNotNow(candidate, ofCloud - 1, ofTemplate - (i.Template == template ? 1 : 0)) is null);
            if (ends is null)
            {
                return null;
            }

            _idle.Remove(ends);
            _leaving.Add(new LeavingNode(cloud, ends.Template));
        }

        _plannedOfCloud[cloud] = _plannedOfCloud.GetValueOrDefault(cloud) + 1;
        _plannedOfTemplate[(cloud, template)] = _plannedOfTemplate.GetValueOrDefault((cloud, template)) + 1;
        return new Placement.Wait($"waiting for {Wanted(demand)}: an idle one of the cloud '{cloud.Name}' is ended to make room", IsStuck: false) { Ends = ends };
    }

    private static string? WhyNotNow(TemplateOffer offer, int plannedOfCloud, int plannedOfTemplate) =>
        offer.Cloud.WhyNotNow(offer.Template, plannedOfCloud, plannedOfTemplate) ?? (offer.Cloud.Observed.IsCompleted ? null : $"the cloud '{offer.Cloud.Name}' has not been looked at yet");

    private IdleOffer? TakeIdle(TemplateOffer offer, JobPath folder)
    {
        if (offer.Template.Reuse is not { } reuse)
        {
            return null;
        }

        var found = KeptNodes.Choose(_idle, offer.Cloud, reuse, folder);
        if (found is not null)
        {
            _idle.Remove(found);
        }

        return found;
    }

    private static bool Serves(NodeOffer node, LabelExpression? label) => label is null ? node.Mode == NodeMode.Normal : label.Matches([.. node.Labels, node.Name]);

    private static string WhyNot(ExecutorDemand demand, List<NodeOffer> serving, IReadOnlyList<TemplateOffer> suiting, string? firstReason)
    {
        var wanted = Wanted(demand);
        if (serving.Count == 0 && suiting.Count == 0)
        {
            return demand.Label is null
                ? $"waiting for {wanted}: no cloud or node takes work that names no label"
                : $"waiting for {wanted}: no cloud or node offers it";
        }

        if (firstReason is not null)
        {
            return $"waiting for {wanted}: {firstReason}";
        }

        if (serving.Count == 0)
        {
            return $"waiting for {wanted}: the cloud '{suiting[0].Cloud.Name}' offers it, but not to jobs of this folder. Add the folder to the cloud's restrictedToFolders, or run the job where the cloud is allowed";
        }

        var online = serving.Where(n => n.IsOnline).ToList();
        return online.Count > 0
            ? $"waiting for {wanted}: every executor of {Names(online)} is busy"
            : $"waiting for {wanted}: {Names(serving)} {(serving.Count == 1 ? "is" : "are")} offline" + (serving[0].OfflineReason is { } reason ? $" ({reason})" : "");
    }

    private static string Wanted(ExecutorDemand demand) => demand.Label is null ? "an agent" : $"an agent with label '{demand.Label}'";

    private static string Names(List<NodeOffer> nodes) => nodes.Count <= 3 ? string.Join(", ", nodes.Select(n => $"'{n.Name}'")) : $"{nodes.Count} nodes";
}
