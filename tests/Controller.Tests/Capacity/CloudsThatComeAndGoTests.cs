using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Controller.Capacity;
using Slipway.Controller.Tests.Testing;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Provisioning;

namespace Slipway.Controller.Tests.Capacity;

/// <summary>What requests and nodes see of clouds that cannot be asked yet, and of those that configuration takes out while there is work for them.</summary>
public sealed class CloudsThatComeAndGoTests : IAsyncDisposable
{
    private static readonly NodeTemplate Plain = new("base", ["base"], NodeMode.Normal);
    private static readonly NodeTemplate Kept = Plain with { Reuse = new NodeReuse("k1", TimeSpan.FromMinutes(10), MinIdle: 0, MaxIdle: 2, MaxAge: TimeSpan.FromHours(4)) };

    private readonly ManualClock _clock = new();
    private readonly ObedientHub _hub = new();
    private readonly ConcurrentQueue<string> _log = [];
    private ExecutorAllocator? _allocator;

    [Fact]
    public async Task A_request_that_is_asked_again_waits_until_its_cloud_can_say_whether_it_has_a_node_and_takes_that_one()
    {
        var cloud = Connecting(new PodCloud(_clock, Plain));
        Use(cloud);
        var allocating = _allocator!.AllocateAsync(Again("team/app", 1), default);

        var waiting = Assert.Single(_allocator.Waiting);
        Assert.Equal("waiting until the cloud 'kubernetes' can be asked which nodes it has, for one may have been started for this before: it has not answered yet", waiting.Why);
        Assert.False(waiting.IsStuck);
        _clock.Advance(WaitNotes.Patience);
        cloud.Tell();
        _clock.Advance(WaitNotes.Patience);
        Assert.Equal(["Still waiting to schedule task\n", "W" + waiting.Why[1..] + "\n"], _log);

        // Of a second attempt: the name of the first would not have found it.
        cloud.Add(Left("base-r1e1-2", new RunId(1)));
        _hub.Connect("base-r1e1-2");
        cloud.See();

        Assert.Equal("base-r1e1-2", Assert.IsType<NodeAllocated>(await allocating).Node);
        Assert.Empty(cloud.Started);
        Assert.Empty(_allocator.Waiting);
    }

    [Fact]
    public async Task A_request_whose_cloud_had_nothing_for_it_is_planned_as_any_other_once_that_is_known()
    {
        var cloud = Connecting(new PodCloud(_clock, Plain));
        Use(cloud);
        var allocating = _allocator!.AllocateAsync(Again("team/app", 1), default);
        Assert.Empty(cloud.Started);

        cloud.Add(Left("base-r1e1-1", new RunId(1)) with { IsAlive = false });
        cloud.See();

        Assert.Equal("base-r1e1-1", Assert.IsType<NodeAllocated>(await allocating).Node);
        Assert.Equal("base-r1e1-1", Assert.Single(cloud.Stopped));
        Assert.Single(cloud.Started);
    }

    [Fact]
    public async Task A_cloud_that_cannot_be_asked_holds_up_neither_new_requests_nor_those_that_it_is_not_offered_to()
    {
        var away = new PodCloud(_clock, Plain with { Name = "other", Labels = ["other"] }) { Name = "away" };
        var forbidden = new PodCloud(_clock, Plain) { Name = "forbidden", Admission = _ => false };
        Use(away, forbidden, Connecting(new PodCloud(_clock, Plain).See()));

        Assert.IsType<NodeAllocated>(await _allocator!.AllocateAsync(Again("team/app", 1), default));
        Assert.IsType<NodeAllocated>(await _allocator.AllocateAsync(Request("team/app", 2), default));
        Assert.Empty(_log);
    }

    [Fact]
    public async Task A_request_that_no_cloud_serves_says_so_and_is_not_said_to_wait_for_one()
    {
        Use(new PodCloud(_clock, Plain));
        using var stop = new CancellationTokenSource();
        var allocating = _allocator!.AllocateAsync(Again("team/app", 1) with { Label = "nobody" }, stop.Token);

        var waiting = Assert.Single(_allocator.Waiting);
        Assert.True(waiting.IsStuck);
        Assert.Contains("no cloud or node offers it", waiting.Why, StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.IsType<EffectCancelled>(await allocating);
    }

    [Fact]
    public async Task A_request_that_is_held_can_be_cancelled_by_its_run_and_taken_out_of_the_queue()
    {
        Use(new PodCloud(_clock, Plain));
        using var stop = new CancellationTokenSource();
        var interrupted = _allocator!.AllocateAsync(Again("team/app", 1), stop.Token);
        var removed = _allocator.AllocateAsync(Again("team/app", 2), default);

        await stop.CancelAsync();
        Assert.IsType<EffectCancelled>(await interrupted);
        Assert.True(_allocator.CancelWaiting(new RunId(2), 1, "Somebody did not want it."));
        Assert.Equal("Somebody did not want it.", Assert.IsType<EffectRefused>(await removed).Message);
        Assert.Empty(_allocator.Waiting);
    }

    [Fact]
    public async Task A_held_request_goes_on_when_the_cloud_that_cannot_be_asked_is_taken_out()
    {
        var away = new PodCloud(_clock, Plain) { Name = "away" };
        var there = Connecting(new PodCloud(_clock, Plain).See());
        var clouds = Use(away, there);
        var allocating = _allocator!.AllocateAsync(Again("team/app", 1), default);
        Assert.Single(_allocator.Waiting);

        clouds.Become([there], [away]);

        Assert.IsType<NodeAllocated>(await allocating);
        Assert.Single(there.Started);
    }

    [Fact]
    public async Task A_new_request_whose_cloud_has_not_been_seen_says_what_the_cloud_says()
    {
        var cloud = Connecting(new PodCloud(_clock, Plain));
        Use(cloud);
        var allocating = _allocator!.AllocateAsync(Request("team/app", 1), default);

        var waiting = Assert.Single(_allocator.Waiting);
        Assert.Equal((false, "waiting for an agent with label 'base': the cloud 'kubernetes' has not been looked at yet"), (waiting.IsStuck, waiting.Why));

        cloud.See();
        Assert.IsType<NodeAllocated>(await allocating);
    }

    [Fact]
    public async Task A_declared_template_is_not_made_by_a_cloud_that_was_taken_out_while_it_waited()
    {
        var gone = Connecting(new PodCloud(_clock) { Name = "gone", Cap = 0, Resolution = _ => Plain with { Name = "of gone" } }.See());
        var there = Connecting(new PodCloud(_clock) { Name = "there", Cap = 0, Resolution = _ => Plain with { Name = "of there" } }.See());
        var added = Connecting(new PodCloud(_clock) { Name = "added", Resolution = _ => Plain with { Name = "of added" } }.See());
        var clouds = Use(gone, there);
        var allocating = _allocator!.AllocateAsync(Declaring("maven"), default);
        Assert.Contains("the cloud 'gone' has its 0 pods", Assert.Single(_allocator.Waiting).Why, StringComparison.Ordinal);

        clouds.Become([there], [gone]);
        Assert.Contains("the cloud 'there' has its 0 pods", Assert.Single(_allocator.Waiting).Why, StringComparison.Ordinal);
        clouds.Become([there, added], [gone]);

        Assert.IsType<NodeAllocated>(await allocating);
        Assert.Equal("of added", Assert.Single(added.Started).Template.Name);
    }

    [Fact]
    public async Task A_declared_template_is_made_as_the_settings_say_when_its_turn_comes()
    {
        var version = 1;
        var cloud = Connecting(new PodCloud(_clock) { Cap = 1, Resolution = _ => Plain with { Name = $"version {version}" } }.See());
        Use(cloud);
        var first = await _allocator!.AllocateAsync(Declaring("maven"), default);
        var second = _allocator.AllocateAsync(Declaring("maven", run: 2), default);

        version = 2;
        cloud.Templates = [Plain];
        cloud.Tell();
        await _allocator.ReleaseAsync(new RunId(1), 1);

        Assert.IsType<NodeAllocated>(first);
        Assert.IsType<NodeAllocated>(await second);
        Assert.Equal("version 2", cloud.Started[1].Template.Name);
    }

    [Fact]
    public async Task A_declared_template_whose_cloud_was_taken_out_waits_for_it_and_says_that_it_is_missing()
    {
        var cloud = Connecting(new PodCloud(_clock) { Cap = 1, Resolution = _ => Plain }.See());
        var clouds = Use(cloud);
        await _allocator!.AllocateAsync(Declaring("maven"), default);
        var waits = _allocator.AllocateAsync(Declaring("maven", run: 2), default);

        clouds.Become([], [cloud]);
        var waiting = Assert.Single(_allocator.Waiting);
        Assert.True(waiting.IsStuck);
        Assert.Contains("no Kubernetes cloud is configured", waiting.Why, StringComparison.Ordinal);

        clouds.Become([cloud]);
        await _allocator.ReleaseAsync(new RunId(1), 1);
        Assert.IsType<NodeAllocated>(await waits);
    }

    [Fact]
    public async Task A_cloud_that_was_taken_out_is_listened_to_until_it_has_drained_and_not_longer()
    {
        var cloud = Connecting(new PodCloud(_clock, Plain).See());
        var clouds = Use(cloud);
        var node = Assert.IsType<NodeAllocated>(await _allocator!.AllocateAsync(Request("team/app", 1), default)).Node;

        clouds.Become([], [cloud]);
        cloud.Fail(new NodeFailure(node, NodeFailureReason.Evicted, "evicted", true, true));
        Assert.Equal((node, true), _hub.Lost.First());

        clouds.Become([], []);
        Assert.Equal(0, cloud.Listeners);

        clouds.Become([cloud]);
        Assert.Equal(3, cloud.Listeners);
    }

    [Fact]
    public async Task What_is_left_in_a_cloud_that_was_taken_out_is_removed_like_that_of_any_other()
    {
        var cloud = new PodCloud(_clock, Kept).See();
        cloud.Add(Left("base-r6e1-1", new RunId(6)));
        cloud.Add(Left("base-idle", null) with { IdleFor = JobPath.Parse("team"), ReuseKey = "k1" });
        cloud.Add(Left("base-r7e1-1", new RunId(7)));
        Use().Become([], [cloud]);

        await _allocator!.RemoveLeftoversAsync(() => new HashSet<RunId> { new(7) }, default);
        Assert.Equal(["base-idle", "base-r6e1-1"], cloud.Stopped.Order());

        await _allocator.ReleaseAllAsync(new RunId(7));
        Assert.Empty(cloud.Nodes);
    }

    [Fact]
    public async Task A_node_of_a_cloud_that_was_taken_out_while_the_server_was_away_stays_with_its_run()
    {
        var cloud = new PodCloud(_clock, Plain);
        Use().Become([], [cloud]);
        _allocator!.Restore(new RunId(7), 1, JobPath.Parse("team/app"), 1, Allocated("base-r7e1-1"), default);
        cloud.Add(Left("base-r7e1-1", new RunId(7)));
        cloud.See();
        _hub.Connect("base-r7e1-1");

        while (_allocator.OnDemandNodes.Count == 0)
        {
            await Task.Yield();
        }

        Assert.Empty(_hub.Lost);
        await _allocator.ReleaseAsync(new RunId(7), 1);
        Assert.Equal(["base-r7e1-1"], cloud.Stopped);
    }

    public async ValueTask DisposeAsync()
    {
        if (_allocator is { } allocator)
        {
            await allocator.DisposeAsync();
        }
    }

    private PodCloud Connecting(PodCloud cloud)
    {
        cloud.OnStarted = name => _hub.Connect(name);
        return cloud;
    }

    private ChangingClouds Use(params ICloud[] clouds)
    {
        var set = new ChangingClouds(clouds);
        _allocator = new ExecutorAllocator(set, _hub, new AllocatorOptions { ControllerUrl = new Uri("http://127.0.0.1:1/"), SecretKey = new byte[32] }, _clock, NullLogger<ExecutorAllocator>.Instance);
        return set;
    }

    private ObservedNode Left(string name, RunId? run) => new(name, "base", run, "team/app", _clock.GetUtcNow(), DateTimeOffset.MaxValue, true, name) { Effect = 1 };

    private static NodeAllocated Allocated(string node) =>
        new(node, ["base"], 0, new Slipway.Model.Operations.WorkspacePrepared("/w", "/w@tmp", true, new Dictionary<string, string>()), []) { Pod = new NodePod("kubernetes", "agents", node, "jnlp", ["jnlp"]) };

    private ExecutorRequest Declaring(string label, int run = 1) => Request("team/app", run) with { Label = label, Templates = [new DeclaredPodTemplate("app-1-xyz", label, null, "{}")] };

    private ExecutorRequest Again(string job, int run) => Request(job, run) with { IsAskedAgain = true };

    private ExecutorRequest Request(string job, int run) => new(new RunId(run), 1, JobPath.Parse(job), run, "base", null, _clock.GetUtcNow(), line =>
    {
        _log.Enqueue(line);
        return ValueTask.CompletedTask;
    });
}
