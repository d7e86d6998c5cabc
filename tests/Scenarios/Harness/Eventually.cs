using System.Diagnostics;

namespace Slipway.Scenarios.Harness;

/// <summary>Waits for a condition of another process. The limit is there so that a fault ends the test; no test depends on how long it takes.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    public static async Task TrueAsync(string what, Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < Limit, $"It did not come true within {Limit.TotalSeconds:0} s that {what}.");
            await Task.Delay(20);
        }
    }
}
