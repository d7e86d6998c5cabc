namespace Slipway.Web.Runs;

/// <summary>A stage's place in the drawing, in pixels. A group is the frame around the stages in it, with its name in the frame's head.</summary>
public sealed record StageBox(StageNode Stage, int X, int Y, int Width, int Height, bool IsGroup);

/// <summary>A line from the end of what came before to the begin of what follows.</summary>
public sealed record StageEdge(int FromX, int FromY, int ToX, int ToY)
{
    /// <summary>As an SVG path: straight where both ends are at one height, else a soft S.</summary>
    public string Path()
    {
        if (FromY == ToY)
        {
            return $"M{FromX} {FromY}H{ToX}";
        }

        var middle = (FromX + ToX) / 2;
        return $"M{FromX} {FromY}C{middle} {FromY} {middle} {ToY} {ToX} {ToY}";
    }
}

public sealed record StageDrawing(int Width, int Height, int Axis, IReadOnlyList<StageBox> Boxes, IReadOnlyList<StageEdge> Edges);

/// <summary>
/// Places a run's stages from left to right; stages that run at the same time stand below each other, and the main line goes straight through the first of them.
/// Pure: a tree of stages in, coordinates out.
/// </summary>
internal static class StageGraphLayout
{
    private const int NarrowestCard = 104;
    private const int WidestCard = 236;
    private const int CardFrame = 58;
    private const double LetterWidth = 8.1;
    private const int CardHeight = 44;
    private const int Gap = 30;
    private const int ForkGap = 40;
    private const int LaneGap = 10;
    private const int GroupHead = 30;
    private const int GroupPad = 10;
    private const int WidestHead = 150;
    private const int Margin = 26;
    private const int Border = 3;

    public static StageDrawing Lay(StageNode root)
    {
        var boxes = new List<StageBox>();
        var edges = new List<StageEdge>();
        var size = MeasureSequence(root.Segments);
        var axis = Border + size.Axis;
        PlaceSequence(root.Segments, Margin, Border, size, boxes, edges);
        var width = Margin + size.Width + Margin;
        if (root.Segments.Count > 0)
        {
            edges.AddRange(Fork(root.Segments[0], 8, axis, Margin, Border + size.Axis, opening: true));
            edges.AddRange(Fork(root.Segments[^1], Margin + size.Width, Border + size.Axis, width - 8, axis, opening: false));
        }

        return new StageDrawing(width, size.Height + (2 * Border), axis, boxes, edges);
    }

    private static Size MeasureSequence(IReadOnlyList<StageSegment> segments)
    {
        var width = 0;
        var above = 0;
        var below = 0;
        StageSegment? previous = null;
        foreach (var segment in segments)
        {
            var size = MeasureSegment(segment);
            width += (previous is null ? 0 : GapBetween(previous, segment)) + size.Width;
            above = Math.Max(above, size.Axis);
            below = Math.Max(below, size.Height - size.Axis);
            previous = segment;
        }

        return new Size(width, above + below, above);
    }

    private static Size MeasureSegment(StageSegment segment)
    {
        var sizes = segment.Lanes.Select(MeasureStage).ToList();
        return new Size(sizes.Max(s => s.Width), sizes.Sum(s => s.Height) + ((sizes.Count - 1) * LaneGap), sizes[0].Axis);
    }

    private static Size MeasureStage(StageNode stage)
    {
        if (stage.IsLeaf)
        {
            // Only a guess at the text's width: what does not fit is cut where it ends.
            var width = Math.Clamp(CardFrame + (int)(stage.Name.Length * LetterWidth), NarrowestCard, WidestCard);
            return new Size(width, CardHeight, CardHeight / 2);
        }

        var inner = MeasureSequence(stage.Segments);
        return new Size(Math.Max(inner.Width + (2 * InnerPad(stage)), WidestHead), inner.Height + GroupHead + GroupPad, GroupHead + inner.Axis);
    }

    /// <summary>Lines that fork need room inside the frame.</summary>
    private static int InnerPad(StageNode stage) => stage.Segments[0].IsParallel || stage.Segments[^1].IsParallel ? 32 : 16;

    private static int GapBetween(StageSegment one, StageSegment other) => one.IsParallel || other.IsParallel ? ForkGap : Gap;

    private static void PlaceSequence(IReadOnlyList<StageSegment> segments, int x, int y, Size size, List<StageBox> boxes, List<StageEdge> edges)
    {
        var axis = y + size.Axis;
        StageSegment? previous = null;
        foreach (var segment in segments)
        {
            if (previous is not null)
            {
                var gap = GapBetween(previous, segment);
                Connect(previous, x, segment, x + gap, axis, edges);
                x += gap;
            }

            var measured = MeasureSegment(segment);
            PlaceSegment(segment, x, axis - measured.Axis, measured, boxes, edges);
            x += measured.Width;
            previous = segment;
        }
    }

    private static void PlaceSegment(StageSegment segment, int x, int y, Size size, List<StageBox> boxes, List<StageEdge> edges)
    {
        foreach (var lane in segment.Lanes)
        {
            var measured = MeasureStage(lane);
            PlaceStage(lane, x, y, measured, boxes, edges);

            // A lane that is shorter than the longest still reaches the place where they join.
            if (measured.Width < size.Width)
            {
                edges.Add(new StageEdge(x + measured.Width, y + measured.Axis, x + size.Width, y + measured.Axis));
            }

            y += measured.Height + LaneGap;
        }
    }

    private static void PlaceStage(StageNode stage, int x, int y, Size size, List<StageBox> boxes, List<StageEdge> edges)
    {
        boxes.Add(new StageBox(stage, x, y, size.Width, size.Height, !stage.IsLeaf));
        if (stage.IsLeaf)
        {
            return;
        }

        var pad = InnerPad(stage);
        var inner = MeasureSequence(stage.Segments);
        var axis = y + size.Axis;
        PlaceSequence(stage.Segments, x + pad, y + GroupHead, inner, boxes, edges);
        edges.AddRange(Fork(stage.Segments[0], x, axis, x + pad, axis, opening: true));
        edges.AddRange(Fork(stage.Segments[^1], x + pad + inner.Width, axis, x + size.Width, axis, opening: false));
    }

    private static void Connect(StageSegment one, int fromX, StageSegment other, int toX, int axis, List<StageEdge> edges)
    {
        if (!one.IsParallel && !other.IsParallel)
        {
            edges.Add(new StageEdge(fromX, axis, toX, axis));
            return;
        }

        // Between two parallel blocks the lines meet in one point, as they do in time.
        var meet = one.IsParallel && other.IsParallel ? (fromX + toX) / 2 : one.IsParallel ? toX : fromX;
        if (one.IsParallel)
        {
            edges.AddRange(Fork(one, fromX, axis, meet, axis, opening: false));
        }

        if (other.IsParallel)
        {
            edges.AddRange(Fork(other, meet, axis, toX, axis, opening: true));
        }
    }

    /// <summary>The lines between one point of the axis and every lane of a segment.</summary>
    private static IEnumerable<StageEdge> Fork(StageSegment segment, int fromX, int fromY, int toX, int toY, bool opening)
    {
        var firstAxis = MeasureStage(segment.Lanes[0]).Axis;
        var top = (opening ? toY : fromY) - firstAxis;
        foreach (var lane in segment.Lanes)
        {
            var measured = MeasureStage(lane);
            var laneAxis = top + measured.Axis;
            yield return opening ? new StageEdge(fromX, fromY, toX, laneAxis) : new StageEdge(fromX, laneAxis, toX, toY);
            top += measured.Height + LaneGap;
        }
    }

    private readonly record struct Size(int Width, int Height, int Axis);
}
