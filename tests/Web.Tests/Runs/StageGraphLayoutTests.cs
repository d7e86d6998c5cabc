using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Runs;

namespace Slipway.Web.Tests.Runs;

public sealed class StageGraphLayoutTests
{
    [Fact]
    public void Stages_in_a_row_stand_on_one_line_from_left_to_right()
    {
        var drawing = Lay(("A", null), ("B", null), ("A much longer name", null));
        Assert.Equal(["A", "B", "A much longer name"], drawing.Boxes.OrderBy(b => b.X).Select(b => b.Stage.Name));
        Assert.Single(drawing.Boxes.Select(b => b.Y).Distinct());
        Assert.True(drawing.Boxes[2].Width > drawing.Boxes[0].Width);
    }

    [Fact]
    public void Random_graphs_have_no_overlapping_stages_and_stay_in_the_drawing()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var drawing = StageGraphLayout.Lay(StageTree.Build(RandomGraph(random)));
            foreach (var box in drawing.Boxes)
            {
                Assert.True(box.X >= 0 && box.Y >= 0 && box.X + box.Width <= drawing.Width && box.Y + box.Height <= drawing.Height, $"round {round}: {box} is outside of {drawing.Width}×{drawing.Height}");
                foreach (var other in drawing.Boxes.Where(o => !ReferenceEquals(o, box)))
                {
                    var related = box.Stage.SelfAndBelow().Contains(other.Stage) || other.Stage.SelfAndBelow().Contains(box.Stage);
                    Assert.True(related || Apart(box, other), $"round {round}: {box.Stage.Name} overlaps {other.Stage.Name}");
                }
            }
        }
    }

    [Fact]
    public void A_group_holds_its_stages()
    {
        var drawing = Lay(("A", null), ("G", null), ("x", "G"), ("y", "G"));
        var group = drawing.Boxes.Single(b => b.IsGroup);
        foreach (var inner in drawing.Boxes.Where(b => b.Stage.Name is "x" or "y"))
        {
            Assert.True(inner.X > group.X && inner.X + inner.Width < group.X + group.Width && inner.Y > group.Y && inner.Y + inner.Height < group.Y + group.Height);
        }
    }

    [Fact]
    public void No_stages_make_an_empty_drawing()
    {
        Assert.Empty(StageGraphLayout.Lay(StageTree.Build([])).Boxes);
    }

    [Fact]
    public void Every_edge_goes_forward()
    {
        var drawing = StageGraphLayout.Lay(StageTree.Build(RandomGraph(new Random(3))));
        Assert.All(drawing.Edges, e => Assert.True(e.FromX <= e.ToX, e.ToString()));
        Assert.Equal("M1 2H5", new StageEdge(1, 2, 5, 2).Path());
        Assert.Equal("M0 0C5 0 5 10 10 10", new StageEdge(0, 0, 10, 10).Path());
    }

    private static bool Apart(StageBox one, StageBox other) =>
        one.X + one.Width <= other.X || other.X + other.Width <= one.X || one.Y + one.Height <= other.Y || other.Y + other.Height <= one.Y;

    private static StageDrawing Lay(params (string Name, string? Parent)[] stages)
    {
        var ids = stages.Select((s, at) => (s.Name, Id: at + 2)).ToDictionary(s => s.Name, s => s.Id);
        return StageGraphLayout.Lay(StageTree.Build([.. stages.Select(s => StageTreeTests.Node(ids[s.Name], s.Parent is null ? null : ids[s.Parent], FlowNodeKind.Stage, "stage", s.Name))]));
    }

    private static List<FlowNodeView> RandomGraph(Random random)
    {
        var nodes = new List<FlowNodeView>();
        Fill(null, 0);
        return nodes;

        void Fill(int? parent, int depth)
        {
            for (var i = 0; i < random.Next(1, 5); i++)
            {
                if (random.Next(3) == 0 && depth < 4)
                {
                    var step = nodes.Count + 2;
                    nodes.Add(StageTreeTests.Node(step, parent, FlowNodeKind.Step, "parallel"));
                    for (var lane = 0; lane < random.Next(1, 4); lane++)
                    {
                        var branch = nodes.Count + 2;
                        nodes.Add(StageTreeTests.Node(branch, step, FlowNodeKind.Branch, "branch", $"b{branch}"));
                        if (random.Next(2) == 0)
                        {
                            Fill(branch, depth + 1);
                        }
                    }
                }
                else
                {
                    var stage = nodes.Count + 2;
                    nodes.Add(StageTreeTests.Node(stage, parent, FlowNodeKind.Stage, "stage", $"s{stage}{new string('x', random.Next(20))}"));
                    if (random.Next(3) == 0 && depth < 3)
                    {
                        Fill(stage, depth + 1);
                    }
                }
            }
        }
    }
}
