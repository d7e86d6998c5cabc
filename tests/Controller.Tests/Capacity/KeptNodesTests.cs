using Slipway.Controller.Capacity;
using Slipway.Controller.Tests.Testing;
using Slipway.Model;
using Slipway.Provisioning;

namespace Slipway.Controller.Tests.Capacity;

public sealed class KeptNodesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly NodeReuse Reuse = new("k", TimeSpan.FromMinutes(10), MinIdle: 0, MaxIdle: 2, MaxAge: TimeSpan.FromHours(4));

    private readonly PodCloud _cloud = new PodCloud(TimeProvider.System).See();

    [Fact]
    public void One_that_waited_its_time_ends_and_the_others_say_when_theirs_is_over()
    {
        var plan = KeptNodes.Plan([Kept("old", idle: 10), Kept("new", idle: 3)], [], Now);

        Assert.Equal(["old"], plan.Ends.Select(n => n.Name));
        Assert.Equal(Now.AddMinutes(7), plan.Next);
    }

    [Fact]
    public void Those_that_a_minimum_asks_for_stay_until_they_are_too_old_and_the_longest_waiting_go_first()
    {
        var reuse = Reuse with { MinIdle = 1 };

        var plan = KeptNodes.Plan([Kept("a", 30, reuse), Kept("b", 20, reuse), Kept("c", 11, reuse)], [], Now);

        Assert.Equal(["a", "b"], plan.Ends.Select(n => n.Name));
        Assert.Equal(Kept("c", 11, reuse).Created + reuse.MaxAge, plan.Next);
        Assert.Equal(["c"], KeptNodes.Plan([Kept("c", 240, reuse)], [], Now).Ends.Select(n => n.Name));
    }

    [Fact]
    public void One_whose_template_is_not_offered_any_more_ends_at_once_whatever_the_minimum_is()
    {
        var plan = KeptNodes.Plan([Kept("a", 0, Reuse with { MinIdle = 5 }) with { IsOffered = false }], [], Now);

        Assert.Single(plan.Ends);
        Assert.Null(plan.Next);
    }

    [Fact]
    public void A_minimum_is_made_up_for_counting_what_is_ready_and_not_what_ends_now()
    {
        var template = Template(minIdle: 3);

        Assert.Equal(2, KeptNodes.Plan([], [new SpareTemplate(_cloud, template, Ready: 1, default)], Now).Spares.Count);
        var old = Kept("old", 240, template.Reuse!);
        Assert.Equal(3, KeptNodes.Plan([old], [new SpareTemplate(_cloud, template, Ready: 1, default)], Now).Spares.Count);
        Assert.Empty(KeptNodes.Plan([], [new SpareTemplate(_cloud, template, Ready: 3, default)], Now).Spares);
    }

    [Fact]
    public void Spares_never_pass_a_cap_are_not_made_blindly_and_wait_after_a_failure()
    {
        var template = Template(minIdle: 3);
        var capped = new PodCloud(TimeProvider.System) { Cap = 2 }.See();
        var unseen = new PodCloud(TimeProvider.System);

        Assert.Equal(2, KeptNodes.Plan([], [new SpareTemplate(capped, template, 0, default)], Now).Spares.Count);
        Assert.Empty(KeptNodes.Plan([], [new SpareTemplate(unseen, template, 0, default)], Now).Spares);
        var later = KeptNodes.Plan([], [new SpareTemplate(_cloud, template, 0, Now.AddSeconds(30))], Now);
        Assert.Equal((0, Now.AddSeconds(30)), (later.Spares.Count, later.Next));
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(0, 1, true)]
    [InlineData(0, 2, false)]
    [InlineData(240, 0, false)]
    public void A_node_stays_while_it_is_young_and_few_wait(int age, int waiting, bool stays) =>
        Assert.Equal(stays, KeptNodes.MayStay(Reuse, Now.AddMinutes(-age), waiting, Now));

    [Fact]
    public void A_node_without_reuse_never_stays()
    {
        Assert.False(KeptNodes.MayStay(null, Now, 0, Now));
        Assert.False(KeptNodes.MayStay(Reuse with { Idle = TimeSpan.Zero }, Now, 0, Now));
    }

    [Fact]
    public void Work_gets_the_node_of_its_folder_before_a_fresh_one_and_never_that_of_another()
    {
        IdleOffer fresh = new("fresh", _cloud, "k", null) { Template = "t" }, own = new("own", _cloud, "k", JobPath.Parse("team")) { Template = "t" }, other = new("other", _cloud, "k", JobPath.Parse("rivals")) { Template = "t" }, changed = new("changed", _cloud, "k2", null) { Template = "t" };

        Assert.Equal(own, KeptNodes.Choose([other, fresh, own], _cloud, Reuse, JobPath.Parse("team")));
        Assert.Equal(fresh, KeptNodes.Choose([other, fresh], _cloud, Reuse, JobPath.Parse("team")));
        Assert.Null(KeptNodes.Choose([other, changed], _cloud, Reuse, JobPath.Parse("team")));
    }

    private KeptNode Kept(string name, int idle, NodeReuse? reuse = null) => new(name, _cloud, reuse ?? Reuse, null, Now.AddMinutes(-idle), Now.AddMinutes(-idle), IsOffered: true);

    private static NodeTemplate Template(int minIdle) => new("base", ["base"], NodeMode.Normal) { Reuse = Reuse with { MinIdle = minIdle } };
}
