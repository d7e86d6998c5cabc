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
    [InlineData("declarative", 3)]
    [InlineData("scripted", 4)]
    [InlineData("scripted", 14)]
    [InlineData("scripted", 24)]
    [InlineData("parallel", 5)]
    [InlineData("parallel", 15)]
    [InlineData("parallel", 25)]
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

    /// <summary>Before anything is known of the run but its place in the queue, while agents start, while the server itself starts.</summary>
    [Theory]
    [InlineData("parallel", 10)]
    [InlineData("scripted", 20)]
    [InlineData("files", 11)]
    public async Task A_run_goes_on_through_kills_at_its_very_beginning(string kind, int seed)
    {
        var random = new Random(seed);
        var marks = Path.Combine(_directory, "marks");
        await using var server = await ServerProcess.StartAsync(Path.Combine(_directory, "data"));
        await server.CreateJobAsync("job", DurablePipelines.Script(kind, marks, await NewRepositoryAsync()));
        await server.BuildAsync("job");

        for (var kill = 0; kill < 4; kill++)
        {
            await Task.Delay(random.Next(0, 100));
            server.Kill();
            server.Launch();
            await Task.Delay(random.Next(0, 1000));
            server.Kill();
            await server.StartAgainAsync();
        }

        await ExpectWholeAsync(server, kind, marks);
    }

    [Theory]
    [InlineData(12)]
    public async Task Checkouts_archives_reports_and_stashes_are_whole_after_kills(int seed)
    {
        var random = new Random(seed);
        var marks = Path.Combine(_directory, "marks");
        await using var server = await ServerProcess.StartAsync(Path.Combine(_directory, "data"));
        await server.CreateJobAsync("job", DurablePipelines.Script("files", marks, await NewRepositoryAsync()));
        await server.BuildAsync("job");

        for (var kill = 0; kill < 5; kill++)
        {
            await Task.Delay(random.Next(100, 500));
            server.Kill();
            await server.StartAgainAsync();
        }

        await ExpectWholeAsync(server, "files", marks);
        var large = await server.Http.GetByteArrayAsync("job/job/1/artifact/out/large");
        Assert.Equal(3_000_000, large.Length);
        var report = await server.Http.GetStringAsync("job/job/1/testReport/api/json");
        Assert.Contains("\"passCount\":2", report.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("declarative", 7)]
    [InlineData("declarative", 17)]
    [InlineData("scripted", 8)]
    [InlineData("scripted", 18)]
    [InlineData("parallel", 9)]
    [InlineData("parallel", 19)]
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
        for (var i = 0; i < 12 || (cut == 0 && !await HasEndedAsync(server)); i++)
        {
            // On a slow machine no agent may have connected yet after twelve times.
            await Task.Delay(random.Next(10, 250));
            cut += proxy.Cut();
        }

        await ExpectWholeAsync(server, kind, marks);
        Assert.True(cut > 0, "No connection was open at any of the moments.");
    }

    private static async Task<bool> HasEndedAsync(ServerProcess server) => await server.FindRunAsync("job", 1) is { } run && !run.GetProperty("building").GetBoolean();

    private async Task<string> NewRepositoryAsync()
    {
        var repository = Path.Combine(_directory, "repository");
        Directory.CreateDirectory(repository);
        await File.WriteAllTextAsync(Path.Combine(repository, "Jenkinsfile"), "echo 'hello'\n");
        foreach (var arguments in (string[])["init -q -b main", "add .", "-c user.name=Scenario -c user.email=scenario@example.org commit -q -m first"])
        {
            using var git = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("git", arguments) { WorkingDirectory = repository })!;
            await git.WaitForExitAsync();
            Assert.Equal(0, git.ExitCode);
        }

        return repository;
    }

    private async Task ExpectWholeAsync(ServerProcess server, string kind, string marks)
    {
        await RunExpectations.WholeAsync(server, kind, marks);
        var nodes = Path.Combine(_directory, "data", "local");
        await Eventually.TrueAsync("nothing is left of the agents", () => Task.FromResult(!Directory.EnumerateFileSystemEntries(nodes).Any()));
    }
}

/// <summary>What holds for a run of <see cref="DurablePipelines"/> that came through.</summary>
internal static class RunExpectations
{
    public static async Task WholeAsync(ServerProcess server, string kind, string marks)
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
