using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Controller.Agents;
using Slipway.Controller.Capacity;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;
using Slipway.Provisioning;

namespace Slipway.Controller.Tests.Capacity;

/// <summary>What the allocator makes of nodes that an earlier life of the server has left.</summary>
public sealed class RestartedAllocatorTests : IAgentTransferHandler, IAsyncDisposable
{
    private static readonly RunId Run = new(7);
    private readonly LeftCloud _cloud = new();
    private readonly AgentHub _hub;
    private readonly ExecutorAllocator _allocator;

    public RestartedAllocatorTests()
    {
        var directory = new Directory();
        _hub = new AgentHub(directory, this, new AgentHubOptions(), TimeProvider.System, NullLogger<AgentHub>.Instance);
        _allocator = directory.Allocator = new ExecutorAllocator(
            new FixedClouds([_cloud]), _hub, new AllocatorOptions { ControllerUrl = new Uri("http://127.0.0.1:1/"), SecretKey = new byte[32] }, TimeProvider.System, NullLogger<ExecutorAllocator>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _allocator.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task An_agent_that_dials_before_its_run_asks_again_is_let_in_with_the_secret_it_was_given()
    {
        _cloud.Leave("local-app-r7e1-1", Run, isAlive: true);

        Assert.NotNull(await _allocator.FindAsync("local-app-r7e1-1", default));
        Assert.Null(await _allocator.FindAsync("local-app-r7e1-2", default));
    }

    [Fact]
    public async Task A_dead_node_of_the_same_request_makes_room_even_in_a_full_cloud()
    {
        _cloud.Leave("local-app-r7e1-1", Run, isAlive: false);
        _cloud.Leave("local-app-r7e1-2", Run, isAlive: false);
        using var stop = new CancellationTokenSource();

        var allocating = _allocator.AllocateAsync(Request(1), stop.Token);

        var asked = await _cloud.Started.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("local-app-r7e1-1", asked.NodeName);
        Assert.Equal(["local-app-r7e1-1", "local-app-r7e1-2"], _cloud.Stopped);
        await stop.CancelAsync();
        Assert.IsType<EffectCancelled>(await allocating);
    }

    [Fact]
    public async Task A_node_that_was_started_for_the_request_is_waited_for_and_no_other_is_started()
    {
        _cloud.Leave("local-app-r7e1-1", Run, isAlive: true);
        using var stop = new CancellationTokenSource();

        var allocating = _allocator.AllocateAsync(Request(1), stop.Token);

        Assert.Equal("local-app-r7e1-1", Assert.Single(_allocator.Busy).Node);
        Assert.False(_cloud.Started.Task.IsCompleted);
        await stop.CancelAsync();
        Assert.IsType<EffectCancelled>(await allocating);
        Assert.Equal(["local-app-r7e1-1"], _cloud.Stopped);
    }

    [Fact]
    public async Task An_allocation_whose_node_died_meanwhile_fails_as_infrastructure_and_its_rest_is_removed_with_the_release()
    {
        _cloud.Leave("local-app-r7e1-1", Run, isAlive: false);
        _allocator.Restore(Run, 1, JobPath.Parse("app"), 1, new NodeAllocated("local-app-r7e1-1", ["local"], 0, new WorkspacePrepared("/w", "/w@tmp", true, new Dictionary<string, string>()), []), DateTimeOffset.UnixEpoch);

        var result = await _hub.RunAsync(new AgentWork("local-app-r7e1-1", "r7.e2", "r7.e1", new RunShell("true", false, null), NoOutput.Instance), default);
        Assert.True(Assert.IsType<OperationFailed>(result).IsInfrastructure);

        await _allocator.ReleaseAsync(Run, 1);
        Assert.Equal(["local-app-r7e1-1"], _cloud.Stopped);
        Assert.Empty(_hub.Agents);
    }

    [Fact]
    public async Task A_node_that_dies_while_its_run_waits_gives_its_room_to_others_and_the_next_step_there_fails_as_infrastructure()
    {
        _cloud.Leave("local-app-r7e1-1", Run, isAlive: true);
        _cloud.Leave("local-app-r6e1-1", new RunId(6), isAlive: true);
        _allocator.Restore(Run, 1, JobPath.Parse("app"), 1, new NodeAllocated("local-app-r7e1-1", ["local"], 0, new WorkspacePrepared("/w", "/w@tmp", true, new Dictionary<string, string>()), []), DateTimeOffset.UnixEpoch);
        using var stop = new CancellationTokenSource();
        var other = _allocator.AllocateAsync(Request(2), stop.Token);
        Assert.Single(_allocator.Waiting);

        _cloud.Fail("local-app-r7e1-1", "its process was killed");

        await _cloud.Started.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["local-app-r7e1-1"], _cloud.Stopped);
        var result = await _hub.RunAsync(new AgentWork("local-app-r7e1-1", "r7.e3", "r7.e1", new RunShell("true", false, null), NoOutput.Instance), default);
        var failed = Assert.IsType<OperationFailed>(result);
        Assert.Equal((true, "The agent 'local-app-r7e1-1' is lost: its process was killed"), (failed.IsInfrastructure, failed.Message));

        await _allocator.ReleaseAsync(Run, 1);
        Assert.Equal(["local-app-r7e1-1"], _cloud.Stopped);
        Assert.DoesNotContain(_hub.Agents, a => a.NodeName == "local-app-r7e1-1");
        await stop.CancelAsync();
        Assert.IsType<EffectCancelled>(await other);
    }

    [Fact]
    public async Task Leftovers_of_ended_runs_are_removed_at_start_and_those_of_the_others_at_their_end()
    {
        _cloud.Leave("local-app-r6e1-1", new RunId(6), isAlive: true);
        _cloud.Leave("local-app-r7e1-1", Run, isAlive: false);

        await _allocator.RemoveLeftoversAsync(() => new HashSet<RunId> { Run }, default);
        Assert.Equal(["local-app-r6e1-1"], _cloud.Stopped);

        await _allocator.ReleaseAllAsync(Run);
        Assert.Equal(["local-app-r6e1-1", "local-app-r7e1-1"], _cloud.Stopped);
    }

    [Fact]
    public async Task A_request_that_was_let_go_keeps_its_node_for_who_asks_again()
    {
        _cloud.Leave("local-app-r7e1-1", Run, isAlive: true);
        using var life = new CancellationTokenSource();
        var first = _allocator.AllocateAsync(Request(1) with { LetGo = life.Token }, default);
        await life.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        using var stop = new CancellationTokenSource();
        var second = _allocator.AllocateAsync(Request(1), stop.Token);

        Assert.Empty(_cloud.Stopped);
        Assert.Equal("local-app-r7e1-1", Assert.Single(_allocator.Busy).Node);
        await stop.CancelAsync();
        Assert.IsType<EffectCancelled>(await second);
    }

    public Task ReceiveAsync(AgentTransfer transfer, UploadFiles upload, Stream archive, CancellationToken cancellation) => Task.CompletedTask;

    public Task SendAsync(AgentTransfer transfer, DownloadFiles download, Stream archive, CancellationToken cancellation) => Task.CompletedTask;

    private static ExecutorRequest Request(long effect) => new(Run, effect, JobPath.Parse("app"), 1, null, null, DateTimeOffset.UnixEpoch, _ => ValueTask.CompletedTask) { IsAskedAgain = true };

    private sealed class Directory : IAgentDirectory
    {
        public ExecutorAllocator? Allocator { get; set; }

        public ValueTask<ExpectedAgent?> FindAsync(string name, CancellationToken cancellation) => Allocator!.FindAsync(name, cancellation);
    }

    /// <summary>A cloud for two nodes, which holds what it is told that it had before.</summary>
    private sealed class LeftCloud : ICloud
    {
        private readonly List<ObservedNode> _nodes = [];

        public event Action<NodeFailure>? NodeFailed;

        public event Action<NodeProgress>? NodeProgressed
        {
            add { }
            remove { }
        }

        public event Action? CapacityChanged
        {
            add { }
            remove { }
        }

        public string Kind => "local";

        public List<string> Stopped { get; } = [];

        public TaskCompletionSource<NodeRequest> Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "local";

        public IReadOnlyList<NodeTemplate> Templates { get; } = [new NodeTemplate("local", ["local"], NodeMode.Normal)];

        public IReadOnlyList<ObservedNode> Nodes => [.. _nodes];

        public void Leave(string name, RunId run, bool isAlive) => _nodes.Add(new ObservedNode(name, "local", run, "app", DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, isAlive, "process 1") { Effect = 1 });

        public void Fail(string name, string message) => NodeFailed?.Invoke(new NodeFailure(name, NodeFailureReason.AgentEnded, message, IsInfrastructure: true, MayRetry: true));

        public string NameNode(NodeTemplate template, JobPath job, int runNumber, string seed) => $"local-{job.Name}-{seed}";

        public Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;

        public string? WhyNotNow(NodeTemplate template) => _nodes.Count >= 2 ? "full" : null;

        public Task<NodeStart> StartNodeAsync(NodeRequest request, CancellationToken cancellation)
        {
            Leave(request.NodeName, request.Run!.Value, isAlive: true);
            Started.TrySetResult(request);
            return Task.FromResult<NodeStart>(new NodeStart.Started(request.NodeName, "process 2"));
        }

        public Task StopNodeAsync(string nodeName, CancellationToken cancellation)
        {
            Stopped.Add(nodeName);
            _nodes.RemoveAll(n => n.NodeName == nodeName);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
