using System.Diagnostics;

namespace Slipway.Bench;

/// <summary>Server start to first answer, beside what the runtime alone takes to start a program.</summary>
internal static class StartBench
{
    private const int Times = 9;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchContext context)
    {
        var ours = new List<double>();
        var limit = new List<double>();
        for (var i = 0; i < Times; i++)
        {
            await using (var server = await ServerUnderTest.StartAsync(context))
            {
                ours.Add(server.StartTime.TotalMilliseconds);
            }

            var clock = Stopwatch.StartNew();
            using var process = Process.Start(new ProcessStartInfo("dotnet", [context.Cli, "--version"]) { RedirectStandardOutput = true })!;
            await process.WaitForExitAsync();
            limit.Add(clock.Elapsed.TotalMilliseconds);
        }

        var p50 = Statistics.Percentile(ours, 0.5);
        var floor = Statistics.Percentile(limit, 0.5);
        return [new Row("server start → first answer, empty data directory (median)", $"{p50:0} ms", $"the program's `--version`: {floor:0} ms", $"{p50 / floor:0.0} ×", "< 1 s")];
    }
}
