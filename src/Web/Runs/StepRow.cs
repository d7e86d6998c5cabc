using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Controls;

namespace Slipway.Web.Runs;

/// <summary>A step in the list of a stage's steps.</summary>
/// <param name="Depth">How many steps with a body it stands in, within the stage.</param>
/// <param name="IsBlock">It has steps of its own: a heading in the list rather than a thing to look into.</param>
public sealed record StepRow(FlowNodeView Node, int Depth, bool IsBlock)
{
    public Tone Tone => Tones.Of(Node);

    /// <summary>What the step does, in the fewest words: its label, else its main argument, else its name.</summary>
    public string Text => Node.Name ?? Node.Detail ?? "";
}

internal static class StepRows
{
    /// <summary>The steps of a stage, without those of the stages in it.</summary>
    /// <param name="stage">The root stands for the steps outside of all stages.</param>
    public static IReadOnlyList<StepRow> Of(StageNode stage, IReadOnlyList<FlowNodeView> nodes)
    {
        var children = nodes.ToLookup(n => n.Parent);
        var rows = new List<StepRow>();
        if (stage.Node is null)
        {
            Collect(null, 0, children, rows);
        }
        else
        {
            foreach (var id in stage.Ids)
            {
                Collect(id, 0, children, rows);
            }
        }

        return rows;
    }

    private static void Collect(int? parent, int depth, ILookup<int?, FlowNodeView> children, List<StepRow> rows)
    {
        foreach (var node in children[parent])
        {
            if (node.Kind != FlowNodeKind.Step)
            {
                continue;
            }

            var below = children[node.Id].ToList();
            var holdsOnlyStages = below.Count > 0 && below.All(b => b.Kind != FlowNodeKind.Step);
            if (holdsOnlyStages && node.LogSize == 0)
            {
                continue;
            }

            rows.Add(new StepRow(node, depth, below.Count > 0));
            Collect(node.Id, depth + 1, children, rows);
        }
    }
}
