using System.Diagnostics;

namespace Slipway.Bench;

/// <summary>Hello-world runs per second beside Buildbot: server and workers on this machine, the same work, the same run of the benchmark.</summary>
internal static class ThroughputBench
{
    private const int Jobs = 8;
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
        await using var server = await ServerUnderTest.StartAsync(context, agents: Jobs);
        for (var job = 0; job < Jobs; job++)
        {
            await server.CreateJobAsync($"hello{job}", "node { sh 'echo hello' }", parameter: "number");
        }

        await RunAllAsync(server, 1, 5);
        var clock = Stopwatch.StartNew();
        await RunAllAsync(server, 6, 5 + (Runs / Jobs));
        return Runs / clock.Elapsed.TotalSeconds;
    }

    // As the peer gets them: all at the beginning, eight at a time, and looked at from afar now and then. Each with a parameter of its own, for equal requests that wait are folded into one.
    private static async Task RunAllAsync(ServerUnderTest server, int first, int last)
    {
        for (var number = first; number <= last; number++)
        {
            for (var job = 0; job < Jobs; job++)
            {
                await server.TriggerAsync($"hello{job}", $"number={number}");
            }
        }

        while (!await server.IsQueueEmptyAsync())
        {
            await Task.Delay(20);
        }

        for (var number = first; number <= last; number++)
        {
            for (var job = 0; job < Jobs; job++)
            {
                while (!await server.HasEndedAsync($"hello{job}", number))
                {
                    await Task.Delay(20);
                }
            }
        }
    }
}
