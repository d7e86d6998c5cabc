using System.Diagnostics;
using System.Net.Sockets;

namespace Slipway.Bench;

/// <summary>Request to first byte of a step's output on the local cloud: agent process, connection, workspace and shell included. Beside it the least that this takes: a process that starts a shell.</summary>
internal static class FirstByteBench
{
    private const int Times = 100;
    private const string Mark = "first-byte";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchContext context)
    {
        await using var server = await ServerUnderTest.StartAsync(context);
        await server.CreateJobAsync("hello", $"node {{ sh 'echo {Mark}' }}");
        var ours = new List<double>();
        var limit = new List<double>();
        for (var i = 1; i <= Times + 5; i++)
        {
            var clock = Stopwatch.StartNew();
            await server.TriggerAsync("hello");
            while (!(await ReadAsync(server, i)).Contains($"\n{Mark}", StringComparison.Ordinal))
            {
                await Task.Yield();
            }

            var elapsed = clock.Elapsed.TotalMilliseconds;
            while (!await server.HasEndedAsync("hello", i))
            {
                await Task.Delay(1);
            }

            clock.Restart();
            using var process = Process.Start(new ProcessStartInfo(context.Agent, ["-version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"echo {Mark}"]) { RedirectStandardOutput = true })!;
            await shell.WaitForExitAsync();
            if (i > 5)
            {
                // The first few warm both sides up.
                ours.Add(elapsed);
                limit.Add(clock.Elapsed.TotalMilliseconds);
            }
        }

        var p50 = Statistics.Percentile(ours, 0.5);
        var p99 = Statistics.Percentile(ours, 0.99);
        var floor = Statistics.Percentile(limit, 0.5);
        return
        [
            new Row("request → first log byte, local cloud, p50", $"{p50:0.0} ms", $"agent start + shell alone: {floor:0.0} ms", $"{p50 / floor:0.0} ×", "< 50 ms"),
            new Row("request → first log byte, local cloud, p99", $"{p99:0.0} ms", $"agent start + shell alone: {Statistics.Percentile(limit, 0.99):0.0} ms", null, "–"),
        ];
    }

    private static async Task<string> ReadAsync(ServerUnderTest server, int number)
    {
        using var answer = await server.Http.GetAsync($"job/hello/{number}/logText/progressiveText?start=0");
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : "";
    }
}
