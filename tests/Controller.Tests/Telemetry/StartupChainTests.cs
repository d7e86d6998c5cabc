using Slipway.Controller.Telemetry;
using Slipway.Model.Effects;

namespace Slipway.Controller.Tests.Telemetry;

public sealed class StartupChainTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_the_cluster_told_late_has_happened_before_what_came_after_it()
    {
        var chain = StartupChain.InOrder([At("requested", 0), At("created", 10), At("started", 200), At("connected", 210), At("scheduled", 250)]);

        Assert.Equal([("requested", 0), ("created", 10), ("scheduled", 200), ("started", 200), ("connected", 210)], chain.Select(t => (t.Link, (int)(t.Time - Begin).TotalMilliseconds)));
    }

    [Fact]
    public void A_moment_that_is_told_twice_counts_once() =>
        Assert.Equal([("requested", 0), ("created", 20)], StartupChain.InOrder([At("requested", 0), At("created", 10), At("created", 20)]).Select(t => (t.Link, (int)(t.Time - Begin).TotalMilliseconds)));

    private static StartupTiming At(string link, int milliseconds) => new(link, Begin.AddMilliseconds(milliseconds));
}
