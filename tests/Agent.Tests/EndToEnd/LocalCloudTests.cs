using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Agent.Tests.Testing;
using Slipway.Controller.Agents;
using Slipway.Model;
using Slipway.Model.Operations;
using Slipway.Provisioning;
using Slipway.Provisioning.Local;

namespace Slipway.Agent.Tests.EndToEnd;

public sealed class LocalCloudTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-cloud-test-").FullName;
    private readonly KnownAgents _agents = new();
    private readonly MemorySink _sink = new();
    private ControllerHost _controller = null!;

    public async ValueTask InitializeAsync() => _controller = await ControllerHost.StartAsync(_agents, new MemoryTransfers());

    public async ValueTask DisposeAsync()
    {
        await using (var cloud = NewCloud())
        {
            await cloud.StartAsync(default);
            foreach (var node in cloud.Nodes)
            {
                await cloud.StopNodeAsync(node.NodeName, default);
            }
        }

        await _controller.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_node_is_an_agent_in_a_fresh_directory_and_both_are_gone_afterwards()
    {
        await using var cloud = await StartCloudAsync();

        var started = Assert.IsType<NodeStart.Started>(await StartAsync(cloud, "n1"));
        var info = await _controller.Hub.WaitConnectedAsync("n1", default).WaitAsync(TimeSpan.FromSeconds(30));
        var node = Assert.Single(cloud.Nodes);
        Assert.Equal(started.Agent, node.Agent);
        Assert.True(node.IsAlive);

        await cloud.StopNodeAsync("n1", default);

        Assert.Empty(cloud.Nodes);
        Assert.False(Directory.Exists(Path.Combine(_root, "n1")));
        await AgentFixture.UntilAsync(() => !IsRunning(info.ProcessId), "the agent ended");
    }

    [Fact]
    public async Task Stopping_a_node_ends_what_runs_on_it()
    {
        await using var cloud = await StartCloudAsync();
        await StartAsync(cloud, "n1");
        var mark = Path.Combine(_root, "mark");
        var running = _controller.Hub.RunAsync(
            new AgentWork("n1", "e1", "a1", new RunShell($"setsid sleep 300 & echo $! > {mark}; sleep 300", false, null) { Surroundings = new(Path.Combine(_root, "n1", "ws"), new Dictionary<string, string?>(), []) }, _sink), default);
        await AgentFixture.UntilAsync(() => File.Exists(mark) && new FileInfo(mark).Length > 0, "the script started");
        var child = int.Parse(await File.ReadAllTextAsync(mark));

        await cloud.StopNodeAsync("n1", default);
        _controller.Hub.Remove("n1");

        await AgentFixture.UntilAsync(() => !Directory.Exists($"/proc/{child}"), "the child ended");
        Assert.True(Assert.IsType<OperationFailed>(await running).IsInfrastructure);
    }

    [Fact]
    public async Task Nodes_can_be_looked_at_and_stopped_by_several_at_once_while_they_go()
    {
        await using var cloud = await StartCloudAsync();
        for (var i = 0; i < 5; i++)
        {
            await StartAsync(cloud, $"n{i}");
            using var isGone = new CancellationTokenSource();
            var looking = Task.Run(() =>
            {
                while (!isGone.IsCancellationRequested)
                {
                    _ = cloud.Nodes;
                }
            });

            await Task.WhenAll(cloud.StopNodeAsync($"n{i}", default), cloud.StopNodeAsync($"n{i}", default));

            await isGone.CancelAsync();
            await looking;
        }

        Assert.Empty(cloud.Nodes);
    }

    [Fact]
    public async Task At_its_cap_the_cloud_says_so_and_starts_nothing()
    {
        await using var cloud = await StartCloudAsync(NewOptions() with { MaxNodes = 1 });
        await StartAsync(cloud, "n1");

        var second = Assert.IsType<NodeStart.AtCapacity>(await StartAsync(cloud, "n2"));

        Assert.Equal("the cloud 'local' runs its 1 agents at most", second.Reason);
        Assert.Equal(second.Reason, cloud.WhyNotNow(cloud.Templates[0]));
        await cloud.StopNodeAsync("n1", default);
        Assert.Null(cloud.WhyNotNow(cloud.Templates[0]));
    }

    [Fact]
    public async Task Starting_a_name_twice_gives_the_node_that_is_there()
    {
        await using var cloud = await StartCloudAsync();

        var first = Assert.IsType<NodeStart.Started>(await StartAsync(cloud, "n1"));
        var second = Assert.IsType<NodeStart.Started>(await StartAsync(cloud, "n1"));

        Assert.Equal(first, second);
        Assert.Single(cloud.Nodes);
    }

    [Fact]
    public async Task A_node_whose_agent_is_gone_is_made_anew_when_its_name_is_started_again()
    {
        // What a server leaves that dies while it starts a node: a directory, with or without a record, and no process.
        await using (var before = await StartCloudAsync())
        {
            await StartAsync(before, "n1");
            var lost = await _controller.Hub.WaitConnectedAsync("n1", default).WaitAsync(TimeSpan.FromSeconds(30));
            Process.GetProcessById(lost.ProcessId).Kill();
            await AgentFixture.UntilAsync(() => !IsRunning(lost.ProcessId), "the agent ended");
        }

        Directory.CreateDirectory(Path.Combine(_root, "n2"));
        await using var after = await StartCloudAsync();
        Assert.All(after.Nodes, node => Assert.False(node.IsAlive));

        Assert.IsType<NodeStart.Started>(await StartAsync(after, "n1"));
        Assert.IsType<NodeStart.Started>(await StartAsync(after, "n2"));

        Assert.Equal(2, after.Nodes.Count);
        Assert.All(after.Nodes, node => Assert.True(node.IsAlive));
    }

    [Fact]
    public async Task After_a_restart_the_cloud_finds_its_nodes_and_can_stop_them()
    {
        var before = await StartCloudAsync();
        await StartAsync(before, "n1");
        var info = await _controller.Hub.WaitConnectedAsync("n1", default).WaitAsync(TimeSpan.FromSeconds(30));
        await before.DisposeAsync();

        await using var after = await StartCloudAsync();

        var node = Assert.Single(after.Nodes);
        Assert.Equal(("n1", "local", new RunId(7), "team/app", true), (node.NodeName, node.Template, node.Run, node.Job, node.IsAlive));
        await after.StopNodeAsync("n1", default);
        await AgentFixture.UntilAsync(() => !IsRunning(info.ProcessId), "the agent ended");
        Assert.Empty(Directory.EnumerateDirectories(_root));
    }

    [Fact]
    public async Task A_directory_with_a_damaged_record_is_seen_as_a_dead_node_and_can_be_removed()
    {
        Directory.CreateDirectory(Path.Combine(_root, "torn"));
        await File.WriteAllTextAsync(Path.Combine(_root, "torn", "node.json"), "{\"nodeNa");

        await using var cloud = await StartCloudAsync();

        Assert.False(Assert.Single(cloud.Nodes).IsAlive);
        await cloud.StopNodeAsync("torn", default);
        Assert.Empty(cloud.Nodes);
    }

    [Fact]
    public async Task An_agent_that_ends_by_itself_is_told_of_as_a_failure_of_infrastructure()
    {
        await using var cloud = await StartCloudAsync();
        var failures = new TaskCompletionSource<NodeFailure>();
        cloud.NodeFailed += failure => failures.TrySetResult(failure);
        await StartAsync(cloud, "n1");
        var info = await _controller.Hub.WaitConnectedAsync("n1", default).WaitAsync(TimeSpan.FromSeconds(30));

        using (var process = Process.GetProcessById(info.ProcessId))
        {
            process.Kill();
        }

        var failure = await failures.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(("n1", NodeFailureReason.AgentEnded, true, true), (failure.NodeName, failure.Reason, failure.IsInfrastructure, failure.MayRetry));
    }

    [Fact]
    public async Task An_agent_program_that_is_not_there_is_a_failure_that_names_it()
    {
        await using var cloud = await StartCloudAsync(NewOptions() with { AgentProgram = "/no/such/agent" });

        var failed = Assert.IsType<NodeStart.Failed>(await StartAsync(cloud, "n1"));

        Assert.Contains("/no/such/agent", failed.Failure.Message);
        Assert.True(failed.Failure.IsInfrastructure);
        Assert.Empty(cloud.Nodes);
        Assert.Empty(Directory.EnumerateDirectories(_root));
    }

    [Fact]
    public async Task A_workspace_in_place_is_used_as_it_is_and_survives_everything()
    {
        var checkout = Directory.CreateTempSubdirectory("slipway-checkout-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(checkout, "precious"), "mine");
            await using var cloud = await StartCloudAsync();
            await StartAsync(cloud, "n1", new NodeWorkspace.InPlace(checkout));
            var prepared = Assert.IsType<WorkspacePrepared>(await RunAsync("e1", new PrepareWorkspace("app", null)));
            Assert.Equal(checkout, prepared.Directory);

            var there = new Surroundings(checkout, new Dictionary<string, string?>(), []);
            await RunAsync("e2", new DeleteDirectory { Surroundings = there });
            await RunAsync("e3", new CleanWorkspace([], [], true) { Surroundings = there });
            await RunAsync("e4", new DeleteDirectory { Surroundings = there with { Directory = Path.GetDirectoryName(checkout)! } });
            await cloud.StopNodeAsync("n1", default);

            Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(checkout, "precious")));
            Assert.Contains("left alone", _sink.Text("e2"));
            Assert.Equal(["precious"], Directory.EnumerateFileSystemEntries(checkout).Select(Path.GetFileName));
        }
        finally
        {
            Directory.Delete(checkout, recursive: true);
        }
    }

    [Fact]
    public async Task The_secret_is_on_no_command_line()
    {
        await using var cloud = await StartCloudAsync();
        await StartAsync(cloud, "n1");
        var info = await _controller.Hub.WaitConnectedAsync("n1", default).WaitAsync(TimeSpan.FromSeconds(30));

        var commandLine = await File.ReadAllTextAsync($"/proc/{info.ProcessId}/cmdline");

        Assert.DoesNotContain(_agents.Add("n1"), commandLine);
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "for builds")]
    public async Task Builds_see_of_the_servers_environment_what_programs_need_and_what_is_listed(bool isListed, string seen)
    {
        const string Name = "LOCAL_CLOUD_TESTS_VARIABLE";
        Environment.SetEnvironmentVariable(Name, "for builds");
        Environment.SetEnvironmentVariable("LOCAL_CLOUD_TESTS_PASSWORD", "hunter2");
        try
        {
            await using var cloud = await StartCloudAsync(NewOptions() with { Environment = AgentEnvironment.Only(isListed ? [Name] : []) });
            await StartAsync(cloud, "n1");

            await RunAsync("e1", new RunShell($"echo \"[${Name}]\"; echo \"PATH=$PATH\"; env; cat /proc/$PPID/environ | tr '\\0' '\\n'", false, null) { Surroundings = new(Path.Combine(_root, "n1", "ws"), new Dictionary<string, string?>(), []) });

            Assert.Contains($"[{seen}]", _sink.Text("e1"), StringComparison.Ordinal);
            Assert.Contains($"PATH={Environment.GetEnvironmentVariable("PATH")}", _sink.Text("e1"), StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", _sink.Text("e1"), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Name, null);
            Environment.SetEnvironmentVariable("LOCAL_CLOUD_TESTS_PASSWORD", null);
        }
    }

    private static bool IsRunning(int pid)
    {
        try
        {
            // A zombie has ended; its parent has only not looked yet.
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private Task<OperationResult> RunAsync(string id, AgentOperation operation) =>
        _controller.Hub.RunAsync(new AgentWork("n1", id, "a1", operation, _sink), default).WaitAsync(TimeSpan.FromSeconds(30));

    private LocalCloudOptions NewOptions() => new() { Directory = _root, AgentProgram = Path.Combine(AppContext.BaseDirectory, "slipway-agent.dll") };

    private LocalCloud NewCloud(LocalCloudOptions? options = null) => new(options ?? NewOptions(), TimeProvider.System, NullLogger<LocalCloud>.Instance);

    private async Task<LocalCloud> StartCloudAsync(LocalCloudOptions? options = null)
    {
        var cloud = NewCloud(options);
        await cloud.StartAsync(default);
        return cloud;
    }

    private Task<NodeStart> StartAsync(LocalCloud cloud, string name, NodeWorkspace? workspace = null) =>
        cloud.StartNodeAsync(new NodeRequest(name, _agents.Add(name), new RunId(7), "team/app", cloud.Templates[0], _controller.Url, DateTimeOffset.UtcNow.AddHours(1), workspace), default);
}
