using Slipway.Web.Controls;

namespace Slipway.Web.Runs;

/// <summary>A stage's time within the run's, in thousandths of it.</summary>
public sealed record StageBar(StageNode Stage, int Depth, int From, int Width, TimeSpan Duration, Tone Tone);

internal static class StageBars
{
    public static IReadOnlyList<StageBar> Of(StageNode root, DateTimeOffset started, DateTimeOffset ended, DateTimeOffset now)
    {
        var whole = Math.Max(1, (ended - started).TotalMilliseconds);
        var bars = new List<StageBar>();
        foreach (var child in root.Children)
        {
            Add(child, 0);
        }

        return bars;

        void Add(StageNode stage, int depth)
        {
            if (stage.Node is not { } node)
            {
                return;
            }

            var duration = (node.Ended ?? now) - node.Started;
            var from = Math.Clamp((int)(1000 * (node.Started - started).TotalMilliseconds / whole), 0, 996);
            var width = Math.Clamp((int)(1000 * duration.TotalMilliseconds / whole), 4, 1000 - from);
            bars.Add(new StageBar(stage, depth, from, width, duration, stage.Tone));
            foreach (var child in stage.Children)
            {
                Add(child, depth + 1);
            }
        }
    }
}
