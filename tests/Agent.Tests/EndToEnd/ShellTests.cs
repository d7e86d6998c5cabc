using System.Text;
using Slipway.Agent.Tests.Testing;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.EndToEnd;

/// <summary>With a supervisor for each operation.</summary>
public sealed class SupervisedShellTests() : ShellTests(isOneShot: false);

/// <summary>On an agent that does its operations itself.</summary>
public sealed class OneShotShellTests() : ShellTests(isOneShot: true);

public abstract class ShellTests(bool isOneShot)
{
    [Fact]
    public async Task A_script_runs_with_sh_xe_and_its_output_and_exit_code_arrive()
    {
        await using var agent = await StartAsync();

        var (result, log) = await agent.ShellAsync("echo hello\nexit 3");

        Assert.Equal(3, result.ExitCode);
        Assert.Equal("+ echo hello\nhello\n+ exit 3\n", log);
    }

    [Fact]
    public async Task Many_short_scripts_side_by_side_each_report_their_own_output_and_exit_code()
    {
        await using var agent = await StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => agent.ShellAsync($"#!/bin/sh\nexec 1>&- 2>&-; exit {number}")).Concat(
            Enumerable.Range(0, 100).Select(number => agent.ShellAsync($"#!/bin/sh\necho {number}; exit {number}"))));

        Assert.Equal(Enumerable.Range(0, 100).Concat(Enumerable.Range(0, 100)), answers.Select(answer => answer.Result.ExitCode));
        Assert.Equal(Enumerable.Range(0, 100).Select(number => $"{number}\n"), answers[100..].Select(answer => answer.Log));
    }

    [Fact]
    public async Task A_script_stops_at_its_first_failing_command()
    {
        await using var agent = await StartAsync();

        var (result, log) = await agent.ShellAsync("false\necho never");

        Assert.Equal(1, result.ExitCode);
        Assert.DoesNotContain("never", log);
    }

    [Fact]
    public async Task A_scripts_own_first_line_names_its_interpreter()
    {
        await using var agent = await StartAsync();

        var (result, log) = await agent.ShellAsync("#!/bin/bash\nfor i in {1..3}; do echo $i; done");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("1\n2\n3\n", log);
    }

    [Fact]
    public async Task An_interpreter_that_is_not_installed_is_named_with_exit_code_127()
    {
        await using var agent = await StartAsync();

        var (result, log) = await agent.ShellAsync("#!/no/such/shell\necho x");

        Assert.Equal(127, result.ExitCode);
        Assert.Contains("/no/such/shell: not found", log);
    }

    [Fact]
    public async Task Captured_output_becomes_the_result_and_only_the_trace_is_logged()
    {
        await using var agent = await StartAsync();

        var (result, log) = await agent.ShellAsync("echo value; echo trouble >&2", capture: true);

        Assert.Equal("value\n", result.Output);
        Assert.Contains("trouble\n", log);
        Assert.DoesNotContain("\nvalue", log);
    }

    [Fact]
    public async Task Background_children_neither_hold_the_step_nor_are_cut_off_with_it()
    {
        await using var agent = await StartAsync();

        var (result, _) = await agent.ShellAsync("sleep 300 & echo $! > child");

        Assert.Equal(0, result.ExitCode);
        var child = int.Parse(await File.ReadAllTextAsync(Path.Combine(agent.Root, "ws", "child")));
        Assert.True(Directory.Exists($"/proc/{child}"));

        await agent.Hub.ReleaseAsync(AgentFixture.Node, AgentFixture.Allocation, default);

        await AgentFixture.UntilAsync(() => !IsRunning(child), "the child ended with its allocation");
    }

    [Fact]
    public async Task A_child_in_its_own_session_that_closed_everything_is_found_at_the_allocations_end()
    {
        await using var agent = await StartAsync();

        await agent.ShellAsync("setsid sh -c 'echo $$ > daemon; exec sleep 300' </dev/null >/dev/null 2>&1 &\nwhile ! [ -s daemon ]; do sleep 0.05; done");
        var daemon = int.Parse(await File.ReadAllTextAsync(Path.Combine(agent.Root, "ws", "daemon")));
        await agent.Hub.ReleaseAsync(AgentFixture.Node, AgentFixture.Allocation, default);

        await AgentFixture.UntilAsync(() => !IsRunning(daemon), "the daemon ended with its allocation");
    }

    [Fact]
    public async Task Cancelling_ends_the_whole_process_tree()
    {
        await using var agent = await StartAsync();
        using var cancel = new CancellationTokenSource();
        var running = agent.RunAsync(new RunShell("sh -c 'echo $$ > inner; sleep 300'; echo after", false, null) { Surroundings = agent.In("ws") }, cancellation: cancel.Token);
        var file = Path.Combine(agent.Root, "ws", "inner");
        await AgentFixture.UntilAsync(() => File.Exists(file) && new FileInfo(file).Length > 0, "the script started");

        await cancel.CancelAsync();

        Assert.IsType<OperationCancelled>(await running);
        var inner = int.Parse(await File.ReadAllTextAsync(file));
        await AgentFixture.UntilAsync(() => !IsRunning(inner), "the inner process ended");
    }

    [Fact]
    public async Task A_script_that_ignores_SIGTERM_is_killed_after_the_grace_time()
    {
        await using var agent = await StartAsync();
        using var cancel = new CancellationTokenSource();
        var running = agent.RunAsync(new RunShell("trap '' TERM; echo ready > mark; while true; do sleep 0.1; done", false, null) { Surroundings = agent.In("ws") }, cancellation: cancel.Token);
        await AgentFixture.UntilAsync(() => File.Exists(Path.Combine(agent.Root, "ws", "mark")), "the script started");

        await cancel.CancelAsync();

        Assert.IsType<OperationCancelled>(await running);
    }

    [Fact]
    public async Task A_line_of_100_MB_without_an_end_arrives_whole()
    {
        await using var agent = await StartAsync();
        var id = agent.NextId();

        await agent.RunAsync(new RunShell("#!/bin/sh\nhead -c 100000000 /dev/zero | tr '\\0' x", false, null) { Surroundings = agent.In("ws") }, id);

        var bytes = agent.Sink.Bytes(id);
        Assert.Equal(100_000_000, bytes.Length);
        Assert.Equal(-1, bytes.AsSpan().IndexOfAnyExcept((byte)'x'));
    }

    [Fact]
    public async Task Binary_output_arrives_byte_for_byte()
    {
        await using var agent = await StartAsync();
        var bytes = new byte[300_000];
        new Random(5).NextBytes(bytes);
        var file = Path.Combine(agent.Root, "binary");
        await File.WriteAllBytesAsync(file, bytes);
        var id = agent.NextId();

        await agent.RunAsync(new RunShell($"#!/bin/sh\ncat {file}", false, null) { Surroundings = agent.In("ws") }, id);

        Assert.Equal(bytes, agent.Sink.Bytes(id));
    }

    [Fact]
    public async Task Another_encoding_of_the_output_is_turned_into_UTF_8()
    {
        await using var agent = await StartAsync();
        var id = agent.NextId();

        await agent.RunAsync(new RunShell("#!/bin/sh\nprintf 'gr\\374n\\n'", false, "ISO-8859-1") { Surroundings = agent.In("ws") }, id);

        Assert.Equal("grün\n", agent.Sink.Text(id));
    }

    [Fact]
    public async Task Variables_are_set_changed_and_removed_and_the_agents_secret_is_not_among_them()
    {
        await using var agent = await StartAsync(new Dictionary<string, string> { ["GONE"] = "here", ["JENKINS_SECRET"] = "overruled" });
        var id = agent.NextId();
        var surroundings = agent.In("ws", new Dictionary<string, string?> { ["GREETING"] = "salve amice", ["GONE"] = null });

        await agent.RunAsync(new RunShell("#!/bin/sh\nenv", false, null) { Surroundings = surroundings }, id);

        var log = agent.Sink.Text(id);
        Assert.Contains("GREETING=salve amice\n", log);
        Assert.DoesNotContain("GONE=", log);
        Assert.DoesNotContain("JENKINS_SECRET", log);
        Assert.DoesNotContain(agent.Agents.Add(AgentFixture.Node), log);
    }

    [Fact]
    public async Task Scripts_see_what_they_know_of_their_agent()
    {
        await using var agent = await StartAsync(new Dictionary<string, string> { ["JENKINS_URL"] = "http://ci/", ["JENKINS_AGENT_NAME"] = "pod-1", ["JENKINS_NAME"] = "pod-1", ["JENKINS_AGENT_WORKDIR"] = "/home/jenkins/agent" });

        Assert.Equal("http://ci/ pod-1 pod-1 /home/jenkins/agent\n", (await agent.ShellAsync("#!/bin/sh\necho $JENKINS_URL $JENKINS_AGENT_NAME $JENKINS_NAME $JENKINS_AGENT_WORKDIR")).Log);
    }

    [Fact]
    public async Task The_agents_secret_stands_in_no_list_of_processes_no_environment_and_no_log()
    {
        await using var agent = await AgentFixture.StartInPodAsync(environment: new Dictionary<string, string> { ["JENKINS_SECRET"] = "overruled-secret" });
        var secret = agent.Agents.Add(AgentFixture.Node);
        var process = $"/proc/{agent.Agent!.Process.Id}";

        Assert.Contains("-secret\0***", await File.ReadAllTextAsync($"{process}/cmdline"), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, await File.ReadAllTextAsync($"{process}/cmdline"), StringComparison.Ordinal);
        if (Environment.UserName == "root")
        {
            Assert.Contains("JENKINS_SECRET=****", await File.ReadAllTextAsync($"{process}/environ"), StringComparison.Ordinal);
            Assert.DoesNotContain("overruled", await File.ReadAllTextAsync($"{process}/environ"), StringComparison.Ordinal);
        }

        Assert.Equal("****\n", (await agent.ShellAsync($"#!/bin/sh\necho {secret}")).Log);
    }

    [Fact]
    public async Task Secrets_are_masked_before_they_reach_the_disk()
    {
        await using var agent = await StartAsync();
        var id = agent.NextId();
        var surroundings = agent.In("ws", new Dictionary<string, string?> { ["TOKEN"] = "s3cr3t/töken" }, "s3cr3t/töken");

        await agent.RunAsync(new RunShell("echo $TOKEN; printf 'user:%s' \"$TOKEN\" | base64; echo plain", false, null) { Surroundings = surroundings }, id);

        var log = agent.Sink.Text(id);
        Assert.DoesNotContain("s3cr3t", log);
        Assert.Contains("****", log);
        Assert.Contains("plain", log);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes("user:s3cr3t/töken"))[8..20], log);
        var spooled = await File.ReadAllTextAsync(Path.Combine(agent.WorkDirectory, "slipway", "operations", id, "output"));
        Assert.Equal(log, spooled);
    }

    [Fact]
    public async Task The_spool_is_gone_once_the_result_is_acknowledged()
    {
        await using var agent = await StartAsync();
        var id = agent.NextId();
        await agent.RunAsync(new RunShell("echo x", false, null) { Surroundings = agent.In("ws") }, id);
        var spool = Path.Combine(agent.WorkDirectory, "slipway", "operations", id);
        Assert.True(Directory.Exists(spool));

        agent.Hub.Acknowledge(AgentFixture.Node, id);

        await AgentFixture.UntilAsync(() => !Directory.Exists(spool), "the spool was deleted");
    }

    private static bool IsRunning(int pid)
    {
        try
        {
            // A zombie has ended; its parent has only not looked yet.
            return File.ReadAllText($"/proc/{pid}/stat") is var stat && stat[(stat.LastIndexOf(')') + 2)..][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    private Task<AgentFixture> StartAsync(IReadOnlyDictionary<string, string>? environment = null) =>
        AgentFixture.StartAsync(environment: isOneShot ? new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["SLIPWAY_ONE_SHOT"] = "1" } : environment);
}
