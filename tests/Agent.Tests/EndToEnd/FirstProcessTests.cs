using Slipway.Agent.Tests.Testing;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.EndToEnd;

/// <summary>The agent as the first process of its container: here, of a namespace of its own.</summary>
public sealed class FirstProcessTests
{
    [Fact]
    public async Task It_tells_every_exit_code_takes_leave_of_orphans_and_ends_quickly_with_all_when_asked()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Namespaces of one's own need root.");
        var agents = new KnownAgents();
        var sink = new MemorySink();
        await using var controller = await ControllerHost.StartAsync(agents, new MemoryTransfers());
        var root = Directory.CreateTempSubdirectory("slipway-agent-test-").FullName;
        using var agent = TestContainer.Launch(
            ["unshare", "-pfm", "--mount-proc", "--kill-child=KILL", .. TestContainer.Program, "-url", controller.Url.ToString(), "-name", "n", "-secret", agents.Add("n"), "-workDir", root], new Dictionary<string, string>());
        await controller.Hub.WaitConnectedAsync("n", TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
        var number = 0;
        Task<OperationResult> ShellAsync(string script) => controller.Hub.RunAsync(
            new("n", $"e{++number}", "a1", new RunShell(script, false, null) { Surroundings = new(root, new Dictionary<string, string?>(), []) }, sink), default).WaitAsync(TimeSpan.FromSeconds(30));

        var codes = await Task.WhenAll(Enumerable.Range(0, 20).Select(code => ShellAsync($"#!/bin/sh\nexit {code}")));
        var orphans = await ShellAsync("#!/bin/sh\n(sh -c 'sleep 0.05 & echo $! > orphan')\nn=$(cat orphan)\nwhile [ -e /proc/$n ]; do :; done");
        var running = ShellAsync("echo begun > begun; exec sleep 307");
        await AgentFixture.UntilAsync(() => File.Exists(Path.Combine(root, "begun")), "the script began");

        Assert.Equal(Enumerable.Range(0, 20).Select(code => (OperationResult)new ShellEnded(code, null)), codes);
        Assert.Equal(new ShellEnded(0, null), orphans);
        Assert.False(running.IsCompleted);

        // unshare waits for its child, which is the one to be asked.
        var child = int.Parse((await File.ReadAllTextAsync($"/proc/{agent.Id}/task/{agent.Id}/children")).Trim());
        _ = Slipway.Agent.Processes.Native.Kill(child, Slipway.Agent.Processes.Native.SIGTERM);

        await agent.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, agent.ExitCode);
        Directory.Delete(root, recursive: true);
    }
}
