using System.Diagnostics;
using System.Text.Json;
using Slipway.Scenarios.Harness;

namespace Slipway.Scenarios.Durability;

/// <summary>An agent that ends while its build only waits: the build is told at once.</summary>
[Trait("Speed", "Slow")]
public sealed class LostAgentTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-lost-").FullName;

    private string Data => Path.Combine(_directory, "data");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_build_that_sleeps_fails_as_infrastructure_when_its_agent_ends()
    {
        await using var server = await SleepAsync("node { echo 'sleeping'; sleep 3000; echo 'too late' }");

        KillAgent();

        Assert.Equal("FAILURE", await server.WaitForResultAsync("job", 1));
        var log = await server.ReadConsoleAsync("job", 1);
        Assert.Contains("' is lost: the agent's process ", log, StringComparison.Ordinal);
        Assert.Contains("This is a failure of the build's infrastructure", log, StringComparison.Ordinal);
        Assert.DoesNotContain("too late", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_for_lost_agents_starts_the_block_again()
    {
        await using var server = await SleepAsync("def n = 0; retry(count: 2, conditions: [agent()]) { node { if (n++ == 0) { echo 'sleeping'; sleep 3000 }; sh 'echo on a new one' } }");

        KillAgent();

        Assert.Equal("SUCCESS", await server.WaitForResultAsync("job", 1));
        Assert.Contains("\non a new one\n", await server.ReadConsoleAsync("job", 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_ended_while_the_server_was_away_is_told_when_the_build_goes_on()
    {
        await using var server = await SleepAsync("node { echo 'sleeping'; sleep 3000 }");

        server.Kill();
        KillAgent();
        await server.StartAgainAsync();

        Assert.Equal("FAILURE", await server.WaitForResultAsync("job", 1));
        Assert.Contains("Cancelling nested steps due to the loss of their node\n", await server.ReadConsoleAsync("job", 1), StringComparison.Ordinal);
    }

    private async Task<ServerProcess> SleepAsync(string script)
    {
        var server = await ServerProcess.StartAsync(Data);
        await server.CreateJobAsync("job", script);
        await server.BuildAsync("job");
        await Eventually.TrueAsync("the build sleeps", async () => await server.FindRunAsync("job", 1) is not null && (await server.ReadConsoleAsync("job", 1)).Contains("Sleeping for ", StringComparison.Ordinal));
        return server;
    }

    private void KillAgent()
    {
        var record = Assert.Single(Directory.GetFiles(Path.Combine(Data, "local"), "node.json", SearchOption.AllDirectories));
        using var node = JsonDocument.Parse(File.ReadAllText(record));
        var id = node.RootElement.EnumerateObject().Single(p => p.Name.Equals("processId", StringComparison.OrdinalIgnoreCase)).Value.GetInt32();
        using var agent = Process.GetProcessById(id);
        agent.Kill();
    }
}
