using Slipway.Controller.Capacity;
using Slipway.Controller.Tests.Testing;
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

    [Fact]
    public void An_idle_node_gives_way_to_work_that_it_cannot_do_and_only_one_for_each_demand()
    {
        var cloud = Full(cap: 2);
        IdleOffer[] idle = [Idle(cloud, "oldest"), Idle(cloud, "newest")];

        var plan = PlacementPlanner.Plan([Wants("x")], [], idle, [], [Offer(cloud, "x")], Now);

        var wait = Assert.IsType<Placement.Wait>(Assert.Single(plan));
        Assert.Equal("oldest", wait.Ends?.Name);
        Assert.Equal("waiting for an agent with label 'x': an idle one of the cloud 'kubernetes' is ended to make room", wait.Why);
        Assert.False(wait.IsStuck);
    }

    [Fact]
    public void A_node_that_leaves_already_is_room_enough_for_one()
    {
        var cloud = Full(cap: 2);

        var plan = PlacementPlanner.Plan([Wants("x"), Wants("x"), Wants("x")], [], [Idle(cloud, "idle")], [new LeavingNode(cloud, "other")], [Offer(cloud, "x")], Now);

        Assert.Equal([null, "idle", null], plan.Select(p => Assert.IsType<Placement.Wait>(p).Ends?.Name));
        Assert.EndsWith("the cloud 'kubernetes' has its 2 pods", ((Placement.Wait)plan[2]).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void An_idle_node_that_the_work_can_use_is_used_and_none_is_ended_where_there_is_room()
    {
        var cloud = Full(cap: 3);
        var template = Offer(cloud, "x").Template with { Reuse = new NodeReuse("k", TimeSpan.FromMinutes(1), 0, 1, TimeSpan.FromHours(1)) };

        var plan = PlacementPlanner.Plan([Wants("x"), Wants("x")], [], [Idle(cloud, "idle")], [], [new TemplateOffer(cloud, template)], Now);

        Assert.Equal(new Placement.OnNode("idle", 0), plan[0]);
        Assert.IsType<Placement.OnNewNode>(plan[1]);
    }

    [Fact]
    public void No_idle_node_is_ended_in_a_cloud_that_does_not_answer()
    {
        var cloud = Full(cap: 2);
        cloud.Silence = new CloudSilence(Now, "connection refused");

        Assert.Null(Assert.IsType<Placement.Wait>(PlacementPlanner.Plan([Wants("x")], [], [Idle(cloud, "idle")], [], [Offer(cloud, "x")], Now)[0]).Ends);
    }

    private static PodCloud Full(int cap)
    {
        var cloud = new PodCloud(TimeProvider.System) { Cap = cap }.See();
        for (var i = 0; i < 2; i++)
        {
            cloud.Add(new ObservedNode($"n{i}", "other", null, "", Now, Now.AddDays(1), true, $"n{i}"));
        }

        return cloud;
    }

    private static IdleOffer Idle(ICloud cloud, string name) => new(name, cloud, "k", null) { Template = "other" };

    private static TemplateOffer Offer(ICloud cloud, string label) => new(cloud, new NodeTemplate(label, [label], NodeMode.Normal));

    private static IReadOnlyList<Placement> Plan(ExecutorDemand[] demands, NodeOffer[] nodes) => PlacementPlanner.Plan(demands, nodes, [], [], [], Now);
}
