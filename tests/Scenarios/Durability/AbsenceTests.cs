using Slipway.Scenarios.Harness;

namespace Slipway.Scenarios.Durability;

/// <summary>An agent that is away for longer than a moment is told of in the logs of its builds.</summary>
[Trait("Speed", "Slow")]
public sealed class AbsenceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-absence-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task The_log_of_a_build_says_that_its_agent_is_away_and_that_it_is_back_once_each_over_a_restart_too()
    {
        var go = Path.Combine(_directory, "go");
        var port = ServerProcess.FreePort();
        await using var proxy = new CuttingProxy(port);
        await using var server = await ServerProcess.StartAsync(Path.Combine(_directory, "data"), port, "--agent-url", $"http://127.0.0.1:{proxy.Port}/");
        await server.CreateJobAsync("job", $"node {{ sh 'echo begun; until [ -e {go} ]; do sleep 0.1; done; echo went on' }}");
        await server.BuildAsync("job");
        await Eventually.TrueAsync("the step runs", () => SaysAsync(server, "begun"));

        proxy.IsShut = true;
        proxy.Cut();
        await Eventually.TrueAsync("the log says that the agent is away", () => SaysAsync(server, " lost its connection to the server at "));
        server.Kill();
        await server.StartAgainAsync();
        proxy.IsShut = false;
        await Eventually.TrueAsync("the log says that the agent is back", () => SaysAsync(server, " is connected again"));
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);

        Assert.Equal("SUCCESS", await server.WaitForResultAsync("job", 1));
        var log = await server.ReadConsoleAsync("job", 1);
        Assert.Equal(1, Count(log, " lost its connection to the server at "));
        Assert.Equal(1, Count(log, " is connected again"));
        Assert.Equal(1, Count(log, "\nwent on\n"));
    }

    private static async Task<bool> SaysAsync(ServerProcess server, string text) =>
        await server.FindRunAsync("job", 1) is not null && (await server.ReadConsoleAsync("job", 1)).Contains(text, StringComparison.Ordinal);

    private static int Count(string log, string text) => log.Split(text).Length - 1;
}
