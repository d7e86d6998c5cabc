using System.Diagnostics;
using System.Text;
using Slipway.Agent.Tests.Testing;
using Slipway.Controller.Agents;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.EndToEnd;

/// <summary>A step belongs to its agent, not to a connection (DESIGN D3): nothing is lost, nothing comes twice, nothing runs twice.</summary>
public sealed class ResumeTests
{
    private const string Counting = "#!/bin/sh\necho run >> runs\ni=0; while [ $i -lt 3000 ]; do echo \"line $i of the output\"; i=$((i+1)); [ $((i % 100)) = 0 ] && sleep 0.02; done; exit 7";

    private static string Expected { get; } = string.Concat(Enumerable.Range(0, 3000).Select(number => $"line {number} of the output\n"));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Connections_cut_at_random_bytes_lose_and_double_nothing(int seed)
    {
        await using var agent = await AgentFixture.StartAsync();
        await using var proxy = new CuttingProxy(() => agent.Controller.Url.Port, seed, meanBytes: 12_000);
        agent.StartAgent(proxy.Url);
        var id = agent.NextId();

        var result = await agent.RunAsync(new RunShell(Counting, false, null) { Surroundings = agent.In("ws") }, id);

        Assert.Equal(7, Assert.IsType<ShellEnded>(result).ExitCode);
        Assert.Equal(Expected, agent.Sink.Text(id));
        Assert.Equal("run\n", await File.ReadAllTextAsync(Path.Combine(agent.Root, "ws", "runs")));
        Assert.True(proxy.Cuts > 0, "the test cut nothing");
    }

    [Fact]
    public async Task A_controller_that_restarts_again_and_again_picks_the_operation_up_where_it_stands()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = agent.NextId();
        var operation = new RunShell(Counting, false, null) { Surroundings = agent.In("ws") };
        var random = new Random(4);
        OperationResult? result = null;
        for (var attempt = 0; attempt < 6 && result is null; attempt++)
        {
            var running = agent.RunAsync(operation, id);
            var before = agent.Sink.Bytes(id).Length;
            var target = before + random.Next(1, 15_000);
            await AgentFixture.UntilAsync(() => running.IsCompleted || agent.Sink.Bytes(id).Length >= target, "some output arrived");
            if (running.IsCompleted || attempt == 5)
            {
                result = await running;
            }
            else
            {
                await agent.RestartControllerAsync();
                await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
            }
        }

        Assert.Equal(7, Assert.IsType<ShellEnded>(result).ExitCode);
        Assert.Equal(Expected, agent.Sink.Text(id));
        Assert.Equal("run\n", await File.ReadAllTextAsync(Path.Combine(agent.Root, "ws", "runs")));
    }

    [Fact]
    public async Task A_result_that_was_not_acknowledged_is_given_again_to_the_next_controller()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = agent.NextId();
        var operation = new RunShell("echo once >> runs; exit 4", false, null) { Surroundings = agent.In("ws") };
        Assert.Equal(new ShellEnded(4, null), await agent.RunAsync(operation, id));

        await agent.RestartControllerAsync();

        Assert.Equal(new ShellEnded(4, null), await agent.RunAsync(operation, id));
        Assert.Equal("once\n", await File.ReadAllTextAsync(Path.Combine(agent.Root, "ws", "runs")));
    }

    [Fact]
    public async Task A_step_goes_on_while_its_agent_is_killed_and_started_again()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = agent.NextId();
        var running = agent.RunAsync(new RunShell(Counting, false, null) { Surroundings = agent.In("ws") }, id);
        await AgentFixture.UntilAsync(() => agent.Sink.Bytes(id).Length > 5000, "some output arrived");

        agent.Agent!.Process.Kill();
        await agent.Agent.WaitForExitAsync();
        agent.StartAgent();

        Assert.Equal(7, Assert.IsType<ShellEnded>(await running).ExitCode);
        Assert.Equal(Expected, agent.Sink.Text(id));
        Assert.Equal("run\n", await File.ReadAllTextAsync(Path.Combine(agent.Root, "ws", "runs")));
    }

    [Fact]
    public async Task A_step_that_ends_while_its_agent_is_down_is_reported_by_the_next_start()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = agent.NextId();
        var go = Path.Combine(agent.Root, "go");
        var running = agent.RunAsync(new RunShell($"echo begin; while ! [ -e {go} ]; do sleep 0.02; done; echo end > done; exit 9", false, null) { Surroundings = agent.In("ws") }, id);
        await AgentFixture.UntilAsync(() => agent.Sink.Text(id).Contains("\nbegin\n", StringComparison.Ordinal), "the step began");
        agent.Agent!.Process.Kill();
        await agent.Agent.WaitForExitAsync();
        await File.WriteAllTextAsync(go, "");
        await AgentFixture.UntilAsync(() => File.Exists(Path.Combine(agent.WorkDirectory, "slipway", "operations", id, "result.json")), "the step ended");

        agent.StartAgent();

        Assert.Equal(9, Assert.IsType<ShellEnded>(await running).ExitCode);
    }

    [Fact]
    public async Task A_supervisor_that_is_killed_is_an_infrastructure_failure_and_takes_its_script_with_it()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = agent.NextId();
        var running = agent.RunAsync(new RunShell("echo $$ > script; sleep 300", false, null) { Surroundings = agent.In("ws") }, id);
        var mark = Path.Combine(agent.Root, "ws", "script");
        await AgentFixture.UntilAsync(() => File.Exists(mark) && new FileInfo(mark).Length > 0, "the script started");
        var supervisor = int.Parse(await File.ReadAllTextAsync(Path.Combine(agent.WorkDirectory, "slipway", "operations", id, "supervisor")));

        using (var process = Process.GetProcessById(supervisor))
        {
            process.Kill();
        }

        var failed = Assert.IsType<OperationFailed>(await running);
        Assert.True(failed.IsInfrastructure);
        Assert.Contains("without an exit code", failed.Message);
        var script = int.Parse(await File.ReadAllTextAsync(mark));
        await AgentFixture.UntilAsync(() => !Directory.Exists($"/proc/{script}"), "the script ended");
    }

    [Fact]
    public async Task A_sink_that_fails_for_a_while_holds_the_operation_back_and_loses_nothing()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = agent.NextId();
        agent.Sink.FailNext(2);

        var result = await agent.RunAsync(new RunShell(Counting, false, null) { Surroundings = agent.In("ws") }, id);

        Assert.IsType<ShellEnded>(result);
        Assert.Equal(Expected, agent.Sink.Text(id));
    }

    [Fact]
    public async Task A_window_smaller_than_the_output_only_slows_it_down()
    {
        await using var agent = await AgentFixture.StartAsync(new AgentHubOptions { OutputWindow = 8 * 1024 });
        var id = agent.NextId();

        await agent.RunAsync(new RunShell("#!/bin/sh\nseq 1 100000", false, null) { Surroundings = agent.In("ws") }, id);

        Assert.Equal(string.Concat(Enumerable.Range(1, 100_000).Select(number => $"{number}\n")), agent.Sink.Text(id));
    }

    [Fact]
    public async Task An_operation_cancelled_while_its_agent_is_away_ends_in_bounded_time_and_is_ended_when_the_agent_is_back()
    {
        await using var agent = await AgentFixture.StartAsync(new AgentHubOptions { CancelGrace = TimeSpan.FromSeconds(1), CancelMargin = TimeSpan.FromMilliseconds(300) });
        await using var proxy = new CuttingProxy(() => agent.Controller.Url.Port, 1, meanBytes: 0);
        agent.StartAgent(proxy.Url);
        using var cancel = new CancellationTokenSource();
        var mark = Path.Combine(agent.Root, "ws", "script");
        var running = agent.RunAsync(new RunShell("echo $$ > script; exec sleep 300", false, null) { Surroundings = agent.In("ws") }, cancellation: cancel.Token);
        await AgentFixture.UntilAsync(() => File.Exists(mark) && new FileInfo(mark).Length > 0, "the script started");
        var script = int.Parse(await File.ReadAllTextAsync(mark));
        agent.Agent!.Process.Kill();
        await agent.Agent.WaitForExitAsync();
        await AgentFixture.UntilAsync(() => agent.Hub.Agents.Single().Connection == AgentConnectionState.Disconnected, "the controller noticed");

        await cancel.CancelAsync();

        Assert.IsType<OperationCancelled>(await running);
        Assert.True(Directory.Exists($"/proc/{script}"));
        agent.StartAgent();
        await AgentFixture.UntilAsync(() => !Directory.Exists($"/proc/{script}"), "the agent was told to end it");
    }

    [Fact]
    public async Task A_connection_that_falls_silent_is_noticed_by_both_sides_and_replaced()
    {
        await using var agent = await AgentFixture.StartAsync(new AgentHubOptions { HeartbeatInterval = TimeSpan.FromMilliseconds(100), HeartbeatTimeout = TimeSpan.FromMilliseconds(500) });
        var proxy = new CuttingProxy(() => agent.Controller.Url.Port, 1, meanBytes: 0);
        agent.StartAgent(proxy.Url);
        var go = Path.Combine(agent.Root, "go");
        var id = agent.NextId();
        var running = agent.RunAsync(new RunShell($"echo begun; while ! [ -e {go} ]; do sleep 0.02; done; echo done", false, null) { Surroundings = agent.In("ws") }, id);
        await AgentFixture.UntilAsync(() => agent.Sink.Text(id).Contains("\nbegun\n", StringComparison.Ordinal), "the step began");

        proxy.FallSilent();

        await AgentFixture.UntilAsync(() => agent.Hub.Agents.Single().Connection == AgentConnectionState.Disconnected, "the controller noticed");
        await AgentFixture.UntilAsync(() => agent.Agent!.Log.Contains("does not answer heartbeats", StringComparison.Ordinal), "the agent noticed");
        await File.WriteAllTextAsync(go, "");
        var port = proxy.Url.Port;
        await proxy.DisposeAsync();
        await using var healed = new CuttingProxy(() => agent.Controller.Url.Port, 1, meanBytes: 0, port);
        Assert.IsType<ShellEnded>(await running);
        Assert.EndsWith("\ndone\n", agent.Sink.Text(id));
    }

    [Fact]
    public async Task A_node_declared_lost_fails_its_operations_as_infrastructure_with_the_reason()
    {
        await using var agent = await AgentFixture.StartAsync();
        var running = agent.RunAsync(new RunShell("sleep 300", false, null) { Surroundings = agent.In("ws") });
        await AgentFixture.UntilAsync(() => agent.Hub.Agents.Single().Operations == 1, "the operation is pending");

        agent.Hub.MarkLost(AgentFixture.Node, "its pod was evicted");

        var failed = Assert.IsType<OperationFailed>(await running);
        Assert.True(failed.IsInfrastructure);
        Assert.Contains("its pod was evicted", failed.Message);
    }

    [Fact]
    public async Task A_second_agent_of_the_name_takes_over_at_once_and_the_first_leaves()
    {
        await using var agent = await AgentFixture.StartAsync();
        var first = agent.Agent!;
        using var second = AgentProcess.Start(["-url", agent.Controller.Url.ToString(), "-name", AgentFixture.Node, "-secret", agent.Agents.Add(AgentFixture.Node), "-workDir", Path.Combine(agent.Root, "other")]);

        Assert.Equal(5, await first.WaitForExitAsync());

        Assert.Contains("Another agent connected", first.Log);
        var (result, _) = await agent.ShellAsync("exit 0");
        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith("other", agent.Hub.Agents.Single().Info!.WorkDirectory);
    }

    [Fact]
    public async Task An_agent_whose_controller_never_comes_back_ends_with_everything_that_it_runs()
    {
        await using var agent = await AgentFixture.StartAsync(environment: new Dictionary<string, string> { ["SLIPWAY_ORPHAN_TIMEOUT"] = "1", ["SLIPWAY_ONE_SHOT"] = "1" });
        var mark = Path.Combine(agent.Root, "ws", "script");
        var running = agent.RunAsync(new RunShell("echo $$ > script; exec sleep 300", false, null) { Surroundings = agent.In("ws") });
        await AgentFixture.UntilAsync(() => File.Exists(mark) && new FileInfo(mark).Length > 0, "the script started");
        var script = int.Parse(await File.ReadAllTextAsync(mark));

        await agent.Controller.DisposeAsync();

        Assert.Equal(4, await agent.Agent!.WaitForExitAsync());
        await AgentFixture.UntilAsync(() => !Directory.Exists($"/proc/{script}"), "the script ended");
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
    }
}
