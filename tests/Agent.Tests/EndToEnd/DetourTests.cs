using Slipway.Agent.Tests.Testing;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.EndToEnd;

/// <summary>Connections to another place than the URL's.</summary>
public sealed class DetourTests
{
    [Theory]
    [InlineData("-tunnel")]
    [InlineData("-direct")]
    public async Task An_agent_connects_and_transfers_files_by_way_of_its_tunnel_with_the_urls_path(string option)
    {
        var agents = new KnownAgents();
        var sink = new MemorySink();
        await using var controller = await ControllerHost.StartAsync(agents, new MemoryTransfers());
        var root = Directory.CreateTempSubdirectory("slipway-agent-test-").FullName;

        // A name that nothing answers to: only the tunnel can lead to the controller.
        using var agent = AgentProcess.Start(["-url", "http://ci.invalid/", "-name", "n", "-secret", agents.Add("n"), "-workDir", root, option, $"127.0.0.1:{controller.Url.Port}"], new Dictionary<string, string> { ["SLIPWAY_ONE_SHOT"] = "1" });
        await controller.Hub.WaitConnectedAsync("n", TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
        var there = new Surroundings(root, new Dictionary<string, string?>(), []);

        await controller.Hub.RunAsync(new("n", "e1", "a1", new WriteTextFile("f", "text", null) { Surroundings = there }, sink), default);
        var uploaded = await controller.Hub.RunAsync(new("n", "e2", "a1", new UploadFiles(UploadPurpose.Stash, "s", ["f"], [], true, false) { Surroundings = there }, sink), default);

        Assert.Equal(new FilesUploaded(1, 4), uploaded);
        agent.Process.Kill();
        await agent.WaitForExitAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task A_direct_connection_works_without_a_url()
    {
        var agents = new KnownAgents();
        await using var controller = await ControllerHost.StartAsync(agents, new MemoryTransfers());
        var root = Directory.CreateTempSubdirectory("slipway-agent-test-").FullName;

        using var agent = AgentProcess.Start(["-direct", $"127.0.0.1:{controller.Url.Port}", "-name", "n", "-secret", agents.Add("n"), "-workDir", root]);
        await controller.Hub.WaitConnectedAsync("n", TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));

        agent.Process.Kill();
        await agent.WaitForExitAsync();
        Directory.Delete(root, recursive: true);
    }
}
