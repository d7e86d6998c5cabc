using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Controls;

namespace Slipway.Web.Runs;

/// <summary>A stage or branch with what stands in it, in order.</summary>
/// <param name="Node">What the graph knows of it; null for the run itself, which holds all.</param>
/// <param name="Ids">The nodes of the run's graph that it stands for: a declarative parallel stage is a branch and a stage of the same name.</param>
/// <param name="Tone">Its state; one that runs waits as long as every step in it that goes on does.</param>
public sealed record StageNode(FlowNodeView? Node, string Name, IReadOnlyList<int> Ids, IReadOnlyList<StageSegment> Segments, Tone Tone)
{
    public int Id => Node?.Id ?? 0;

    public bool IsLeaf => Segments.Count == 0;

    public IEnumerable<StageNode> Children => Segments.SelectMany(s => s.Lanes);

    public IEnumerable<StageNode> SelfAndBelow()
    {
        yield return this;
        foreach (var child in Children)
        {
            foreach (var below in child.SelfAndBelow())
            {
                yield return below;
            }
        }
    }
}

/// <summary>One stage, or several that run at the same time.</summary>
public sealed record StageSegment(IReadOnlyList<StageNode> Lanes, bool IsParallel);

/// <summary>The stages of a run's graph, without the steps between them.</summary>
internal static class StageTree
{
    /// <summary>Builds the tree. The run itself is the root; a graph without stages is a root without segments.</summary>
    public static StageNode Build(IReadOnlyList<FlowNodeView> nodes)
    {
        var children = nodes.ToLookup(n => n.Parent);
        return new StageNode(null, "", [], Segments(null, children), Tone.None);
    }

    private static List<StageSegment> Segments(int? parent, ILookup<int?, FlowNodeView> children)
    {
        var segments = new List<StageSegment>();
        Collect(parent, children, segments);
        return segments;
    }

    private static void Collect(int? parent, ILookup<int?, FlowNodeView> children, List<StageSegment> segments)
    {
        var branches = new List<StageNode>();
        foreach (var node in children[parent])
        {
            switch (node.Kind)
            {
                case FlowNodeKind.Branch:
                    branches.Add(Make(node, children));
                    break;
                case FlowNodeKind.Stage:
                    segments.Add(new StageSegment([Make(node, children)], IsParallel: false));
                    break;
                default:
                    Collect(node.Id, children, segments);
                    break;
            }
        }

        if (branches.Count > 0)
        {
            segments.Add(new StageSegment(branches, IsParallel: true));
        }
    }

    private static Tone ToneOf(FlowNodeView stage, ILookup<int?, FlowNodeView> children)
    {
        var tone = Tones.Of(stage);
        return tone == Tone.Running && GoingOn(stage.Id).ToList() is { Count: > 0 } steps && steps.TrueForAll(s => s.Waiting is not null) ? Tone.Waiting : tone;

        // The innermost nodes that have not ended: what holds them only lasts as long as they do.
        IEnumerable<FlowNodeView> GoingOn(int parent)
        {
            foreach (var node in children[parent].Where(n => n.Ended is null))
            {
                var below = GoingOn(node.Id).ToList();
                foreach (var inner in below.Count > 0 ? below : [node])
                {
                    yield return inner;
                }
            }
        }
    }

    private static StageNode Make(FlowNodeView node, ILookup<int?, FlowNodeView> children)
    {
        var segments = Segments(node.Id, children);
        var name = Shown(node.Name ?? node.Function);
        if (node.Kind == FlowNodeKind.Branch && segments is [{ IsParallel: false, Lanes: [{ Node: not null } only] }] && only.Name == name)
        {
            return only with { Ids = [node.Id, .. only.Ids] };
        }

        return new StageNode(node, name, [node.Id], segments, ToneOf(node, children));
    }

    /// <summary>Stages that Declarative makes by itself say so in front; in a drawing that would cost more room than it tells.</summary>
    private static string Shown(string name) => name.StartsWith("Declarative: ", StringComparison.Ordinal) ? name["Declarative: ".Length..] : name;
}
