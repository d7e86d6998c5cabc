using System.Diagnostics;

namespace Slipway.Bench;

/// <summary>Hello-world runs per second beside Buildbot: server and workers on this machine, the same work, the same run of the benchmark.</summary>
internal static class ThroughputBench
{
    private const int Runs = 400;
    private const int BuildbotRuns = 80;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchContext context)
    {
        var ours = await MeasureOursAsync(context);
        var peer = await BuildbotPeer.MeasureAsync(context, BuildbotRuns);
        return [new Row("hello-world runs per second, local cloud", $"{ours:0.0} /s", peer is null ? "Buildbot is not installed" : $"Buildbot: {peer:0.0} /s", peer is null ? null : $"{ours / peer:0.0} ×", "≥ 10 × Buildbot")];
    }

    private static async Task<double> MeasureOursAsync(BenchContext context)
    {
        await using var server = await ServerUnderTest.StartAsync(context);
        for (var i = 0; i < 8; i++)
        {
            await server.CreateJobAsync($"hello{i}", "node { sh 'echo hello' }");
        }

        await RunAllAsync(server, 5, 0);
        var clock = Stopwatch.StartNew();
        await RunAllAsync(server, Runs / 8, 5);
        return Runs / clock.Elapsed.TotalSeconds;
    }

    // Equal requests that wait are folded into one, as in Jenkins; so each job's runs are asked for one after the other, eight jobs side by side.
    private static Task RunAllAsync(ServerUnderTest server, int times, int before) => Task.WhenAll(Enumerable.Range(0, 8).Select(async job =>
    {
        for (var i = 1; i <= times; i++)
        {
            await server.TriggerAsync($"hello{job}");
            while (!await server.HasEndedAsync($"hello{job}", before + i))
            {
                await Task.Delay(2);
            }
        }
    }));
}
