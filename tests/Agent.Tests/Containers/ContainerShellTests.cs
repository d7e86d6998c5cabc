using System.Security.Cryptography;
using Slipway.Agent.Processes;
using Slipway.Agent.Tests.Testing;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.Containers;

/// <summary>Steps in another container of the agent's pod, with real shims.</summary>
public sealed class ContainerShellTests
{
    [Fact]
    public async Task A_script_runs_in_the_container_with_its_environment_and_the_steps_variables_over_it()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven", new Dictionary<string, string> { ["MAVEN_HOME"] = "home-of-maven", ["STAGE"] = "image", ["JENKINS_SECRET"] = "not for steps", ["GONE"] = "1" });
        await agent.RunAsync(new OpenContainer("maven"));

        var (result, log) = await agent.ShellInAsync("maven", "#!/bin/sh\necho $MAVEN_HOME $STAGE $HOME [$JENKINS_SECRET] [$GONE]\npwd\nexit 7", environment: new Dictionary<string, string?> { ["STAGE"] = "step", ["GONE"] = null });

        Assert.Equal(new ShellEnded(7, null), result);
        Assert.Equal($"home-of-maven step /root-of-container [] []\n{agent.Root}/work/ws\n", log);
    }

    [Fact]
    public async Task A_container_is_waited_for_until_its_shim_answers_and_tells_its_environment()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        var opening = agent.RunAsync(new OpenContainer("maven"));
        await agent.RunAsync(new OpenContainer("jnlp"));
        Assert.False(opening.IsCompleted);

        using var container = TestContainer.Start(agent, "maven", new Dictionary<string, string> { ["MAVEN_HOME"] = "home-of-maven" });

        var opened = Assert.IsType<ContainerOpened>(await opening);
        Assert.Equal("home-of-maven", opened.Environment["MAVEN_HOME"]);
        Assert.Equal("/root-of-container", opened.Environment["HOME"]);
        Assert.Null(opened.Warning);
    }

    [Fact]
    public async Task What_a_build_lets_loose_ends_before_its_pod_goes_to_another()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven");
        const string LetLoose = "#!/bin/sh\nJENKINS_NODE_COOKIE=x SLIPWAY_OPERATION=x SLIPWAY_NODE=x setsid sleep 555 >/dev/null 2>&1 </dev/null &\necho $!";
        var own = int.Parse((await agent.ShellInAsync("jnlp", LetLoose)).Log);
        var other = int.Parse((await agent.ShellInAsync("maven", LetLoose)).Log);
        Assert.True(IsRunning(own) && IsRunning(other));

        await agent.Hub.ReleaseAsync(AgentFixture.Node, AgentFixture.Allocation, TestContext.Current.CancellationToken, deletesWorkspaces: true);

        Assert.False(IsRunning(own));
        Assert.False(IsRunning(other));
        Assert.Equal("+ echo on\non\n", (await agent.ShellInAsync("maven", "echo on")).Log);

        static bool IsRunning(int pid) => File.Exists($"/proc/{pid}/cmdline") && File.ReadAllText($"/proc/{pid}/cmdline").Contains("555", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_a_container_can_be_cancelled()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var cancel = new CancellationTokenSource();
        var opening = agent.RunAsync(new OpenContainer("never"), cancellation: cancel.Token);
        await agent.RunAsync(new OpenContainer("jnlp"));

        await cancel.CancelAsync();

        Assert.IsType<OperationCancelled>(await opening);
    }

    [Fact]
    public async Task The_agents_own_container_needs_no_shim()
    {
        await using var agent = await AgentFixture.StartInPodAsync();

        Assert.Contains("PATH", Assert.IsType<ContainerOpened>(await agent.RunAsync(new OpenContainer("jnlp"))).Environment.Keys);
        Assert.Equal("+ echo here\nhere\n", (await agent.ShellInAsync("jnlp", "echo here")).Log);
    }

    [Fact]
    public async Task Outside_of_a_pod_a_container_is_refused_with_what_to_do()
    {
        await using var agent = await AgentFixture.StartAsync();

        var opened = Assert.IsType<OperationFailed>(await agent.RunAsync(new OpenContainer("maven")));
        var (ran, _) = await agent.ShellInAsync("maven", "echo x");

        Assert.StartsWith($"Agent '{AgentFixture.Node}' is not a Kubernetes agent: it runs in no pod, so there is no container 'maven' to run in.", opened.Message);
        Assert.False(opened.IsInfrastructure);
        Assert.Equal(opened, ran);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("Maven")]
    [InlineData("")]
    public async Task What_cannot_be_a_containers_name_is_refused(string name)
    {
        await using var agent = await AgentFixture.StartInPodAsync();

        Assert.StartsWith($"'{name}' cannot be the name of a container", Assert.IsType<OperationFailed>(await agent.RunAsync(new OpenContainer(name))).Message);
    }

    [Fact]
    public async Task Captured_output_becomes_the_result_and_only_the_trace_is_logged()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven");

        var (result, log) = await agent.ShellInAsync("maven", "echo value; echo trouble >&2", capture: true);

        Assert.Equal("value\n", Assert.IsType<ShellEnded>(result).Output);
        Assert.Equal("+ echo value\n+ echo trouble\ntrouble\n", log);
    }

    [Fact]
    public async Task A_hundred_megabytes_of_any_bytes_arrive_as_they_were_written()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven");
        Directory.CreateDirectory(Path.Combine(agent.Root, "work/ws"));
        var bytes = RandomNumberGenerator.GetBytes(1024 * 1024);
        await File.WriteAllBytesAsync(Path.Combine(agent.Root, "work/ws/noise"), bytes);

        var id = agent.NextId();
        var result = await agent.RunAsync(new RunShell("#!/bin/sh\ni=0; while [ $i -lt 100 ]; do cat noise; i=$((i+1)); done", false, null) { Surroundings = agent.In("work/ws") with { Container = "maven" } }, id);

        Assert.Equal(new ShellEnded(0, null), result);
        var output = agent.Sink.Bytes(id);
        Assert.Equal(100 * bytes.Length, output.Length);
        for (var offset = 0; offset < output.Length; offset += bytes.Length)
        {
            Assert.True(output.AsSpan(offset, bytes.Length).SequenceEqual(bytes));
        }
    }

    [Fact]
    public async Task Standard_output_and_error_keep_their_order()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven");

        var (_, log) = await agent.ShellInAsync("maven", "#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9; do echo $i; echo $i >&2; echo $i > /dev/stderr; done");

        Assert.Equal(string.Concat(Enumerable.Range(1, 9).Select(number => $"{number}\n{number}\n{number}\n")), log);
    }

    [Fact]
    public async Task Many_scripts_side_by_side_each_report_their_own_output_and_exit_code()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven");

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => agent.ShellInAsync("maven", $"#!/bin/sh\necho {number}; exit {number}")));

        Assert.Equal(Enumerable.Range(0, 60).Select(number => (OperationResult)new ShellEnded(number, null)), answers.Select(answer => answer.Result));
        Assert.Equal(Enumerable.Range(0, 60).Select(number => $"{number}\n"), answers.Select(answer => answer.Log));
    }

    [Fact]
    public async Task An_interpreter_that_the_container_lacks_is_named_with_the_container()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "scratch", new Dictionary<string, string> { ["PATH"] = "/nothing" }, prefix: ["/usr/bin/env", "PATH=/nothing", .. AbsoluteProgram()]);

        var (result, log) = await agent.ShellInAsync("scratch", "echo x");

        Assert.Equal(new ShellEnded(127, null), result);
        Assert.Contains("sh: not found. The script's interpreter is not installed in container 'scratch'", log);
    }

    [Fact]
    public async Task A_directory_that_the_container_does_not_share_is_a_fault_of_the_pipeline()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Namespaces of one's own need root.");
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven", prefix: ["unshare", "-m", "sh", "-c", $"mount -t tmpfs none /mnt && exec \"$@\"", "sh"]);

        var result = await agent.RunAsync(new RunShell("pwd", false, null) { Surroundings = new Surroundings($"/mnt/{agent.Marker}", new Dictionary<string, string?>(), []) { Container = "maven" } });

        Directory.Delete($"/mnt/{agent.Marker}");
        var failed = Assert.IsType<OperationFailed>(result);
        Assert.StartsWith($"The directory '/mnt/{agent.Marker}' does not exist in container 'maven'.", failed.Message);
        Assert.False(failed.IsInfrastructure);
    }

    [Fact]
    public async Task Where_the_volume_is_mounted_elsewhere_the_steps_directory_and_script_follow()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Namespaces of one's own need root.");
        await using var agent = await AgentFixture.StartInPodAsync();
        Directory.CreateDirectory(agent.WorkDirectory);

        // The agent's own path of it is hidden in the container: only the other one leads there.
        using var container = TestContainer.Start(
            agent, "maven",
            prefix: ["unshare", "-m", "sh", "-c", $"mkdir -p /mnt/v && mount -t tmpfs none /mnt && mkdir /mnt/v && mount --bind {agent.WorkDirectory} /mnt/v && mount -t tmpfs none {agent.WorkDirectory} && exec \"$@\"", "sh"],
            options: ["--workdir", "/mnt/v"]);

        var (result, log) = await agent.ShellInAsync("maven", "pwd\necho made > file");

        Assert.Equal(new ShellEnded(0, null), result);
        Assert.Contains("/mnt/v/ws\n", log);
        Assert.Equal("made\n", await File.ReadAllTextAsync(Path.Combine(agent.WorkDirectory, "ws/file")));
    }

    [Fact]
    public async Task In_namespaces_of_its_own_the_shim_is_the_first_process_and_takes_leave_of_orphans()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Namespaces of one's own need root.");
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven", prefix: ["unshare", "-pfm", "--mount-proc"]);

        var (_, log) = await agent.ShellInAsync("maven", "#!/bin/sh\ncat /proc/1/cmdline | tr '\\0' ' '\n(sh -c 'sleep 0.05 & echo $! > orphan')\nn=$(cat orphan)\nwhile [ -e /proc/$n ]; do :; done\necho reaped");

        Assert.Contains("shim --socket", log);
        Assert.EndsWith("reaped\n", log);
    }

    [Fact]
    public async Task Cancelling_ends_the_whole_tree_and_strays_of_the_operation_in_the_container()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven");
        using var cancel = new CancellationTokenSource();
        var running = agent.ShellInAsync("maven", "#!/bin/sh\nsetsid sleep 301 &\necho $! > stray\nsh -c 'echo $$ > inner; sleep 302'; echo after", cancellation: cancel.Token);
        var (stray, inner) = (await PidAsync(agent, "stray"), await PidAsync(agent, "inner"));

        await cancel.CancelAsync();

        Assert.IsType<OperationCancelled>((await running).Result);
        await AgentFixture.UntilAsync(() => !IsRunning(stray) && !IsRunning(inner), "the processes ended");
    }

    [Fact]
    public async Task What_ignores_SIGTERM_is_killed_after_the_grace_time()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven");
        using var cancel = new CancellationTokenSource();
        var running = agent.ShellInAsync("maven", "#!/bin/sh\ntrap 'echo asked' TERM\necho $$ > stubborn\nwhile :; do sleep 0.1; done", cancellation: cancel.Token);
        var stubborn = await PidAsync(agent, "stubborn");

        await cancel.CancelAsync();

        var (result, log) = await running;
        Assert.IsType<OperationCancelled>(result);
        Assert.Contains("asked", log);
        await AgentFixture.UntilAsync(() => !IsRunning(stubborn), "the process was killed");
    }

    [Fact]
    public async Task What_a_step_leaves_behind_in_a_container_ends_with_its_allocation()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven");
        var (result, _) = await agent.ShellInAsync("maven", "setsid sleep 303 </dev/null >/dev/null 2>&1 &\necho $! > daemon");
        var daemon = await PidAsync(agent, "daemon");
        Assert.Equal(new ShellEnded(0, null), result);
        Assert.True(IsRunning(daemon));

        await agent.Hub.ReleaseAsync(AgentFixture.Node, AgentFixture.Allocation, default);

        Assert.False(IsRunning(daemon));
    }

    [Fact]
    public async Task When_the_agent_dies_its_processes_in_the_container_are_ended()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven");
        _ = agent.ShellInAsync("maven", "echo $$ > orphan; exec sleep 304");
        var orphan = await PidAsync(agent, "orphan");

        agent.Agent!.Process.Kill();

        await AgentFixture.UntilAsync(() => !IsRunning(orphan), "the process ended");
    }

    [Fact]
    public async Task A_container_that_is_killed_under_its_step_is_infrastructure_and_named()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven");
        var running = agent.ShellInAsync("maven", "echo begun; echo $$ > begun; exec sleep 305");
        await PidAsync(agent, "begun");

        container.Terminate(Native.SIGKILL);

        var (result, log) = await running;
        var failed = Assert.IsType<OperationFailed>(result);
        Assert.StartsWith("Container maven was terminated while the step ran in it", failed.Message);
        Assert.True(failed.IsInfrastructure);
        Assert.False(failed.IsNodeLost);
        Assert.Contains("begun\n", log);
    }

    [Fact]
    public async Task A_container_that_is_asked_to_end_ends_at_once_with_all_that_runs_in_it_and_tells_no_exit_code()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using var container = TestContainer.Start(agent, "maven");
        var running = agent.ShellInAsync("maven", "#!/bin/sh\necho $$ > begun\nsleep 306");
        var process = await PidAsync(agent, "begun");

        container.Terminate();

        Assert.Equal(0, await container.WaitForExitAsync());
        Assert.False(IsRunning(process));
        Assert.StartsWith("Container maven was terminated", Assert.IsType<OperationFailed>((await running).Result).Message);
    }

    [Fact]
    public async Task A_step_for_a_container_that_has_gone_says_so()
    {
        await using var agent = await AgentFixture.StartInPodAsync();
        using (var container = TestContainer.Start(agent, "maven"))
        {
            await agent.RunAsync(new OpenContainer("maven"));
            container.Terminate();
            await container.WaitForExitAsync();
        }

        var (result, _) = await agent.ShellInAsync("maven", "echo x");

        Assert.Contains("Container maven was terminated", Assert.IsType<OperationFailed>(result).Message);
    }

    [Fact]
    public async Task Another_user_of_the_pod_can_run_the_script_and_open_its_standard_error_anew()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Becoming another user needs root.");
        Assert.SkipUnless(File.Exists(NativeProgram), "The native agent is not built: ./dev agent");
        await using var agent = await AgentFixture.StartInPodAsync();
        File.SetUnixFileMode(agent.Root, (UnixFileMode)0x1ED);
        Directory.CreateDirectory(TestContainer.Sockets(agent));
        File.SetUnixFileMode(TestContainer.Sockets(agent), (UnixFileMode)0x1FF);
        var program = Path.Combine(agent.Root, "slipway-agent");
        File.Copy(NativeProgram, program);
        using var process = TestContainer.Launch(["setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", program, "shim", "--socket", Path.Combine(TestContainer.Sockets(agent), "maven.sock")], new Dictionary<string, string> { ["SLIPWAY_NODE"] = agent.Marker });

        var (result, log) = await agent.ShellInAsync("maven", "#!/bin/sh\nid -u\necho again > /dev/stderr");

        Assert.Equal(new ShellEnded(0, null), result);
        Assert.Equal("1234\nagain\n", log);
    }

    internal static string NativeProgram { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../agent/linux-x64/slipway-agent"));

    private static string[] AbsoluteProgram()
    {
        var dotnet = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, "dotnet")).First(File.Exists);
        return ["/bin/sh", "-c", $"shift; exec {dotnet} \"$@\"", "sh"];
    }

    private static async Task<int> PidAsync(AgentFixture agent, string file)
    {
        var path = Path.Combine(agent.Root, "work/ws", file);
        await AgentFixture.UntilAsync(() => File.Exists(path) && File.ReadAllText(path).EndsWith('\n'), $"'{file}' was written");
        return int.Parse(await File.ReadAllTextAsync(path));
    }

    private static bool IsRunning(int process) =>
        File.Exists($"/proc/{process}/stat") && ReadState(process) is not ('Z' or 'X');

    private static char ReadState(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return 'X';
        }
    }
}
