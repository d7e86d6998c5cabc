using Slipway.Scenarios.Harness;

namespace Slipway.Scenarios.Durability;

/// <summary>Whatever is killed or cut, and whenever: the run goes on where it stood, its log is complete, and each step ran once.</summary>
[Trait("Speed", "Slow")]
public sealed class KillTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-kill-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("declarative", 1)]
    [InlineData("declarative", 2)]
    [InlineData("scripted", 3)]
    [InlineData("scripted", 4)]
    [InlineData("parallel", 5)]
    [InlineData("parallel", 6)]
    public async Task A_run_goes_on_through_kills_of_the_server_at_random_moments(string kind, int seed)
    {
        var random = new Random(seed);
        var marks = Path.Combine(_directory, "marks");
        await using var server = await ServerProcess.StartAsync(Path.Combine(_directory, "data"));
        await server.CreateJobAsync("job", DurablePipelines.Script(kind, marks));
        await server.BuildAsync("job");

        for (var kill = 0; kill < 5; kill++)
        {
            // The moment itself is what is random here; nothing is waited for.
            await Task.Delay(random.Next(10, 700));
            server.Kill();
            await server.StartAgainAsync();
        }

        await ExpectWholeAsync(server, kind, marks);
    }

    [Theory]
    [InlineData("declarative", 7)]
    [InlineData("scripted", 8)]
    [InlineData("parallel", 9)]
    public async Task A_run_goes_on_through_cuts_of_its_agents_connections(string kind, int seed)
    {
        var random = new Random(seed);
        var marks = Path.Combine(_directory, "marks");
        var port = ServerProcess.FreePort();
        await using var proxy = new CuttingProxy(port);
        await using var server = await ServerProcess.StartAsync(Path.Combine(_directory, "data"), port, "--agent-url", $"http://127.0.0.1:{proxy.Port}/");
        await server.CreateJobAsync("job", DurablePipelines.Script(kind, marks));
        await server.BuildAsync("job");

        var cut = 0;
        for (var i = 0; i < 12; i++)
        {
            await Task.Delay(random.Next(10, 250));
            cut += proxy.Cut();
        }

        await ExpectWholeAsync(server, kind, marks);
        Assert.True(cut > 0, "No connection was open at any of the moments.");
    }

    private static async Task ExpectWholeAsync(ServerProcess server, string kind, string marks)
    {
        string result;
        try
        {
            result = await server.WaitForResultAsync("job", 1);
        }
        catch (Xunit.Sdk.TrueException fault)
        {
            throw new InvalidOperationException($"{fault.Message}\n{await server.ReadConsoleAsync("job", 1)}\n{server.Said}", fault);
        }

        var console = await server.ReadConsoleAsync("job", 1);
        Assert.True(result == "SUCCESS", $"{result}\n{console}\n{server.Said}");
        Assert.Equal(DurablePipelines.Marks(kind).Order(), File.ReadAllLines(marks).Order());

        var lines = console.Split('\n');
        foreach (var mark in DurablePipelines.Marks(kind))
        {
            var expected = Enumerable.Range(1, DurablePipelines.LinesPerStep).Select(i => $"line-{mark}-{i}");
            var found = lines.Where(l => l.StartsWith($"line-{mark}-", StringComparison.Ordinal));
            Assert.True(expected.SequenceEqual(found), $"The lines of step '{mark}' are not each there once, in order:\n{console}");
        }

        Assert.Single(lines, l => l == "[Pipeline] Start of Pipeline");
        Assert.Single(lines, l => l == "[Pipeline] End of Pipeline");
        Assert.Single(lines, l => l == "Finished: SUCCESS");
    }
}
