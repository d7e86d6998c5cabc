namespace Slipway.Bench;

/// <summary>Resident memory of the server's process: idle, and with two hundred runs that each hold an agent in the middle of a step.</summary>
internal static class MemoryBench
{
    private const int Runs = 200;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchContext context)
    {
        await using var server = await ServerUnderTest.StartAsync(context, agents: Runs);
        for (var i = 0; i < Runs; i++)
        {
            await server.CreateJobAsync($"hold{i}", "node { sh 'echo begun; exec sleep 600' }");
        }

        await Task.Delay(TimeSpan.FromSeconds(5));
        var idle = server.ResidentMiB();
        for (var i = 0; i < Runs; i++)
        {
            await server.TriggerAsync($"hold{i}");
        }

        for (var i = 0; i < Runs; i++)
        {
            while (!await HasBegunAsync(server, i))
            {
                await Task.Delay(20);
            }
        }

        await Task.Delay(TimeSpan.FromSeconds(5));
        return
        [
            new Row("resident memory, idle", $"{idle:0} MiB", null, null, "< 150 MiB"),
            new Row($"resident memory, {Runs} runs with connected agents", $"{server.ResidentMiB():0} MiB", null, null, "< 512 MiB with 1,000 agents"),
        ];
    }

    private static async Task<bool> HasBegunAsync(ServerUnderTest server, int job)
    {
        using var answer = await server.Http.GetAsync($"job/hold{job}/1/consoleText");
        return answer.IsSuccessStatusCode && (await answer.Content.ReadAsStringAsync()).Contains("\nbegun", StringComparison.Ordinal);
    }
}
