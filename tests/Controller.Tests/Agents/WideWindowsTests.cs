using Slipway.Controller.Agents;

namespace Slipway.Controller.Tests.Agents;

public sealed class WideWindowsTests
{
    private readonly ManualClock _time = new();

    [Fact]
    public void There_are_only_so_many_windows()
    {
        var windows = new WideWindows(2, _time);

        Assert.True(windows.TryTake(new object(), Nobody));
        Assert.True(windows.TryTake(new object(), Nobody));
        Assert.False(windows.TryTake(new object(), Nobody));
    }

    [Fact]
    public void A_released_window_is_free_for_the_next()
    {
        var windows = new WideWindows(1, _time);
        var first = new object();
        windows.TryTake(first, Nobody);

        windows.Release(first);

        Assert.True(windows.TryTake(new object(), Nobody));
    }

    [Fact]
    public void A_window_whose_holder_has_been_quiet_goes_to_the_next_and_the_holder_is_told()
    {
        var windows = new WideWindows(2, _time);
        var busy = new object();
        var told = 0;
        windows.TryTake(busy, Nobody);
        windows.TryTake(new object(), () => told++);
        _time.Advance(TimeSpan.FromSeconds(4));
        windows.Use(busy);
        _time.Advance(TimeSpan.FromSeconds(4));

        Assert.True(windows.TryTake(new object(), Nobody));

        Assert.Equal(1, told);
        Assert.False(windows.TryTake(new object(), Nobody));
    }

    private sealed class ManualClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan by) => _now += by.Ticks;
    }

    private static void Nobody() => Assert.Fail("This holder must keep its window.");
}
