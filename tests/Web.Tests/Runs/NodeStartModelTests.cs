using Slipway.Feeds;
using Slipway.Web.Runs;

namespace Slipway.Web.Tests.Runs;

public sealed class NodeStartModelTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_words_name_the_link_that_took_longest()
    {
        var model = Of("k8s", ("requested", 0), ("matched", 1), ("created", 100), ("scheduled", 200), ("pulled", 3400), ("started", 3700), ("connected", 4000), ("ready", 4100))!;

        Assert.Equal("pulling images 3.2 s of 4.1 s", model.Words);
        Assert.Equal("pulling images", Assert.Single(model.Bars, b => b.IsLongest).Name);
    }

    [Fact]
    public void Bars_follow_each_other_within_the_whole()
    {
        var bars = Of("k8s", ("requested", 0), ("created", 500), ("started", 1000))!.Bars;

        Assert.Equal([(0, 500), (500, 500)], bars.Select(b => (b.From, b.Width)));
    }

    [Fact]
    public void Moments_of_clocks_that_differ_never_make_a_negative_time()
    {
        var model = Of("k8s", ("requested", 0), ("scheduled", 300), ("created", 200), ("ready", 400))!;

        Assert.All(model.Bars, bar => Assert.True(bar.Duration >= TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromMilliseconds(400), model.Total);
    }

    [Fact]
    public void A_node_that_was_there_already_was_had_at_once() => Assert.Equal("nowhere, the agent was there at once", Of(null, ("requested", 0), ("matched", 1), ("ready", 20))!.Words);

    [Fact]
    public void A_node_that_did_not_come_shows_what_was_waited_for()
    {
        var model = Of("k8s", ("requested", 0), ("failed", 9000), ("matched", 9001), ("planned", 9002), ("created", 9100), ("given-up", 20000))!;

        Assert.Equal(["starts that failed", "finding a template", "waiting for room", "creating the pod", "waiting for what did not come"], model.Bars.Select(b => b.Name));
        Assert.Equal("waiting for what did not come 10 s of 20 s", model.Words);
    }

    [Fact]
    public void A_start_without_moments_is_not_shown() => Assert.Null(Of(null, ("requested", 0)));

    private static NodeStartModel? Of(string? cloud, params (string Link, int Milliseconds)[] moments) =>
        NodeStartModel.Of(new NodeStartView(3, "node", cloud, "label", true, [.. moments.Select(m => new NodeStartMoment(m.Link, Begin.AddMilliseconds(m.Milliseconds)))]));
}
