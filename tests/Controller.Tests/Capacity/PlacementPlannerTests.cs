using Slipway.Controller.Capacity;
using Slipway.Model;
using Slipway.Provisioning;

namespace Slipway.Controller.Tests.Capacity;

public class PlacementPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_free_executor_that_carries_the_label_is_taken()
    {
        var plan = Plan([Wants("linux && jdk17")], [Node("a", ["linux"], free: [0]), Node("b", ["linux", "jdk17"], free: [1])]);

        Assert.Equal([new Placement.OnNode("b", 1)], plan);
    }

    [Fact]
    public void A_node_answers_to_its_own_name_as_a_label()
    {
        Assert.Equal([new Placement.OnNode("b", 0)], Plan([Wants("b")], [Node("a", [], free: [0]), Node("b", [], free: [0])]));
    }

    [Fact]
    public void Demands_are_served_in_their_order_and_each_executor_once()
    {
        var plan = Plan([Wants("x"), Wants("x"), Wants("x")], [Node("a", ["x"], free: [1, 0])]);

        Assert.Equal(new Placement.OnNode("a", 0), plan[0]);
        Assert.Equal(new Placement.OnNode("a", 1), plan[1]);
        Assert.IsType<Placement.Wait>(plan[2]);
    }

    [Fact]
    public void One_that_must_wait_lets_those_behind_it_pass_that_ask_for_something_else()
    {
        var plan = Plan([Wants("nobody"), Wants("x")], [Node("a", ["x"], free: [0])]);

        Assert.IsType<Placement.Wait>(plan[0]);
        Assert.Equal(new Placement.OnNode("a", 0), plan[1]);
    }

    [Fact]
    public void A_label_that_nobody_offers_waits_and_says_so()
    {
        var wait = Assert.IsType<Placement.Wait>(Plan([Wants("x")], [Node("a", ["y"], free: [0])])[0]);

        Assert.Equal("waiting for an agent with label 'x': no cloud or node offers it", wait.Why);
        Assert.True(wait.IsStuck);
    }

    [Fact]
    public void An_exclusive_node_takes_no_work_that_names_no_label()
    {
        var wait = Assert.IsType<Placement.Wait>(Plan([Wants(null)], [Node("a", ["x"], free: [0], mode: NodeMode.Exclusive)])[0]);

        Assert.Contains("takes work that names no label", wait.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Busy_nodes_are_named_in_the_reason()
    {
        var wait = Assert.IsType<Placement.Wait>(Plan([Wants("x")], [Node("a", ["x"], free: [])])[0]);

        Assert.Equal("waiting for an agent with label 'x': every executor of 'a' is busy", wait.Why);
        Assert.False(wait.IsStuck);
    }

    [Fact]
    public void Offline_nodes_are_named_with_their_reason()
    {
        var wait = Assert.IsType<Placement.Wait>(Plan([Wants("x")], [Node("a", ["x"], free: [0], online: false)])[0]);

        Assert.Equal("waiting for an agent with label 'x': 'a' is offline (unplugged)", wait.Why);
    }

    [Fact]
    public void A_retry_waits_for_its_time()
    {
        var demand = Wants("x") with { NotBefore = Now.AddSeconds(4) };

        Assert.IsType<Placement.Wait>(Plan([demand], [Node("a", ["x"], free: [0])])[0]);
    }

    private static ExecutorDemand Wants(string? label) => new(label is null ? null : LabelExpression.Parse(label), DateTimeOffset.MinValue);

    private static NodeOffer Node(string name, string[] labels, int[] free, bool online = true, NodeMode mode = NodeMode.Normal) => new(name, labels, mode, online, free, online ? null : "unplugged");

    private static IReadOnlyList<Placement> Plan(ExecutorDemand[] demands, NodeOffer[] nodes) => PlacementPlanner.Plan(demands, nodes, [], [], Now);
}
