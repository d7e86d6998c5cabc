using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Controls;
using Slipway.Web.Runs;

namespace Slipway.Web.Tests.Runs;

public sealed class StageTreeTests
{
    [Fact]
    public void Stages_are_found_through_the_steps_that_hold_them()
    {
        var tree = StageTree.Build(
        [
            Node(2, null, FlowNodeKind.Step, "node"),
            Node(3, 2, FlowNodeKind.Stage, "stage", "Build"),
            Node(4, 3, FlowNodeKind.Step, "sh"),
            Node(5, 2, FlowNodeKind.Step, "withEnv"),
            Node(6, 5, FlowNodeKind.Stage, "stage", "Test"),
        ]);
        Assert.Equal("Build → Test", Draw(tree));
    }

    [Fact]
    public void Branches_of_one_step_run_side_by_side_between_what_is_before_and_after()
    {
        var tree = StageTree.Build(
        [
            Node(2, null, FlowNodeKind.Stage, "stage", "A"),
            Node(3, null, FlowNodeKind.Step, "parallel"),
            Node(4, 3, FlowNodeKind.Branch, "branch", "x"),
            Node(5, 3, FlowNodeKind.Branch, "branch", "y"),
            Node(6, 5, FlowNodeKind.Stage, "stage", "y1"),
            Node(7, 5, FlowNodeKind.Stage, "stage", "y2"),
            Node(8, null, FlowNodeKind.Stage, "stage", "B"),
        ]);
        Assert.Equal("A → {x | y(y1 → y2)} → B", Draw(tree));
    }

    [Fact]
    public void A_declarative_parallel_stage_is_one_thing_though_the_graph_has_a_branch_and_a_stage()
    {
        var tree = StageTree.Build(
        [
            Node(2, null, FlowNodeKind.Stage, "stage", "Verify"),
            Node(3, 2, FlowNodeKind.Step, "parallel"),
            Node(4, 3, FlowNodeKind.Branch, "branch", "Unit"),
            Node(5, 4, FlowNodeKind.Stage, "stage", "Unit"),
            Node(6, 3, FlowNodeKind.Branch, "branch", "Lint"),
        ]);
        Assert.Equal("Verify({Unit | Lint})", Draw(tree));
        var unit = tree.SelfAndBelow().Single(s => s.Name == "Unit");
        Assert.Equal([4, 5], unit.Ids);
        Assert.Equal(5, unit.Id);
    }

    [Fact]
    public void A_graph_without_stages_is_an_empty_root()
    {
        var tree = StageTree.Build([Node(2, null, FlowNodeKind.Step, "echo")]);
        Assert.Empty(tree.Segments);
    }

    [Fact]
    public void A_stage_waits_only_while_nothing_in_it_goes_on()
    {
        FlowNodeView[] nodes =
        [
            Node(2, null, FlowNodeKind.Stage, "stage", "A"),
            Node(3, 2, FlowNodeKind.Step, "node") with { Waiting = "no executor" },
        ];
        Assert.Equal(Tone.Waiting, StageTree.Build(nodes).Children.Single().Tone);
        Assert.Equal(Tone.Running, StageTree.Build([.. nodes, Node(4, 2, FlowNodeKind.Step, "sh")]).Children.Single().Tone);
    }

    [Fact]
    public void The_rows_of_a_stage_are_its_own_steps_in_order_and_depth()
    {
        FlowNodeView[] nodes =
        [
            Node(2, null, FlowNodeKind.Stage, "stage", "A"),
            Node(3, 2, FlowNodeKind.Step, "dir"),
            Node(4, 3, FlowNodeKind.Step, "sh"),
            Node(5, 2, FlowNodeKind.Step, "parallel"),
            Node(6, 5, FlowNodeKind.Branch, "branch", "x"),
            Node(7, 6, FlowNodeKind.Step, "echo"),
            Node(8, 2, FlowNodeKind.Step, "echo"),
        ];
        var stage = StageTree.Build(nodes).Children.Single();
        Assert.Equal(["0 dir", "1 sh", "0 echo"], StepRows.Of(stage, nodes).Select(r => $"{r.Depth} {r.Node.Function}"));
        Assert.Equal(["0 echo"], StepRows.Of(stage.Children.Single(), nodes).Select(r => $"{r.Depth} {r.Node.Function}"));
    }

    internal static FlowNodeView Node(int id, int? parent, FlowNodeKind kind, string function, string? name = null, FlowNodeStatus? status = null) =>
        new(id, parent, kind, function, name, null, DateTimeOffset.UnixEpoch, status is null ? null : DateTimeOffset.UnixEpoch.AddSeconds(1), status, null, null, 0);

    private static string Draw(StageNode stage) => string.Join(
        " → ",
        stage.Segments.Select(s => s.IsParallel ? $"{{{string.Join(" | ", s.Lanes.Select(Name))}}}" : Name(s.Lanes[0])));

    private static string Name(StageNode stage) => stage.IsLeaf ? stage.Name : $"{stage.Name}({Draw(stage)})";
}
