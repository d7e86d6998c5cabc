using System.Diagnostics;
using Slipway.Agent.Tests.Testing;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.EndToEnd;

public sealed class BadWeatherTests
{
    [Fact]
    public async Task A_disk_that_fills_up_ends_the_step_with_a_failure_that_says_so_and_harms_nothing_else()
    {
        await using var agent = await AgentFixture.StartAsync();
        var disk = Path.Combine(agent.Root, "disk");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk) == 0, "A small file system can only be mounted by root.");
        try
        {
            agent.Agent!.Process.Kill();
            await agent.Agent.WaitForExitAsync();
            agent.StartAgent(workDirectory: Path.Combine(disk, "work"));
            var id = agent.NextId();

            var result = await agent.RunAsync(new RunShell("#!/bin/sh\necho $$ > script; while true; do echo 'a line that takes some room on the disk of the agent'; done", false, null) { Surroundings = agent.In("ws") }, id);

            var failed = Assert.IsType<OperationFailed>(result);
            Assert.True(failed.IsInfrastructure);
            Assert.Contains("The disk of agent 'test-node' is full", failed.Message);
            Assert.True(agent.Sink.Bytes(id).Length > 1_000_000, "what had been written was told");
            var script = int.Parse(await File.ReadAllTextAsync(Path.Combine(agent.Root, "ws", "script")));
            await AgentFixture.UntilAsync(() => !Directory.Exists($"/proc/{script}"), "the script ended");

            agent.Hub.Acknowledge(AgentFixture.Node, id);
            await AgentFixture.UntilAsync(() => !Directory.Exists(Path.Combine(disk, "work/slipway/operations", id)), "the spool was deleted");
            var (next, _) = await agent.ShellAsync("exit 0");
            Assert.Equal(0, next.ExitCode);
        }
        finally
        {
            agent.Agent!.Dispose();
            Run("umount", "-l", disk);
        }
    }

    [Fact]
    public async Task A_result_that_promises_more_output_than_is_there_is_lost_and_not_a_success()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = agent.NextId();
        var operation = new RunShell("echo a lot", false, null) { Surroundings = agent.In("ws") };
        Assert.IsType<ShellEnded>(await agent.RunAsync(operation, id));
        agent.Agent!.Process.Kill();
        await agent.Agent.WaitForExitAsync();

        // As after a power cut: the record reached the disk, the output did not.
        await File.WriteAllTextAsync(Path.Combine(agent.WorkDirectory, "slipway/operations", id, "output"), "+ ec");
        agent.StartAgent();

        var failed = Assert.IsType<OperationFailed>(await agent.RunAsync(operation, id));
        Assert.True(failed.IsInfrastructure);
        Assert.Contains("were promised", failed.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"outputLength\":1")]
    public async Task A_torn_result_is_lost_and_not_a_success(string torn)
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = agent.NextId();
        var operation = new RunShell("true", false, null) { Surroundings = agent.In("ws") };
        Assert.IsType<ShellEnded>(await agent.RunAsync(operation, id));
        agent.Agent!.Process.Kill();
        await agent.Agent.WaitForExitAsync();
        await File.WriteAllTextAsync(Path.Combine(agent.WorkDirectory, "slipway/operations", id, "result.json"), torn);
        agent.StartAgent();

        Assert.True(Assert.IsType<OperationFailed>(await agent.RunAsync(operation, id)).IsInfrastructure);
    }

    [Fact]
    public async Task Twenty_steps_at_once_each_get_their_own_output()
    {
        await using var agent = await AgentFixture.StartAsync();
        var steps = Enumerable.Range(1, 20).Select(async number =>
        {
            var id = agent.NextId();
            await agent.RunAsync(new RunShell($"#!/bin/sh\nseq -f '{number}:%g' 1 2000", false, null) { Surroundings = agent.In($"ws{number}") }, id);
            return (number, log: agent.Sink.Text(id));
        });

        foreach (var (number, log) in await Task.WhenAll(steps))
        {
            Assert.Equal(string.Concat(Enumerable.Range(1, 2000).Select(line => $"{number}:{line}\n")), log);
        }
    }

    [Fact]
    public async Task A_word_without_a_line_end_is_shown_while_its_step_goes_on()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = agent.NextId();
        var go = Path.Combine(agent.Root, "go");

        var running = agent.RunAsync(new RunShell($"#!/bin/sh\nprintf 'Password: '; while ! [ -e {go} ]; do sleep 0.02; done", false, null) { Surroundings = agent.In("ws") }, id);

        await AgentFixture.UntilAsync(() => agent.Sink.Text(id) == "Password: ", "the prompt arrived");
        await File.WriteAllTextAsync(go, "");
        Assert.IsType<ShellEnded>(await running);
    }

    [Fact]
    public async Task Lines_begin_with_their_time_where_the_pipeline_wants_it()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = agent.NextId();

        await agent.RunAsync(new RunShell("#!/bin/sh\necho one; printf tw; echo o", false, null) { Surroundings = agent.In("ws") with { Timestamps = true } }, id);

        Assert.Matches(@"^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] one\n\[[^\]]+\] two\n$", agent.Sink.Text(id));
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
