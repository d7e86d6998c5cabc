using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Controller.Agents;
using Slipway.Controller.Capacity;
using Slipway.Controller.Tests.Testing;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;
using Slipway.Provisioning;

namespace Slipway.Controller.Tests.Capacity;

public sealed class PodAllocationTests : IAsyncDisposable
{
    private static readonly NodeTemplate Plain = new("base", ["base"], NodeMode.Normal);
    private static readonly NodeTemplate Kept = Plain with { Reuse = new NodeReuse("k1", TimeSpan.FromMinutes(10), MinIdle: 0, MaxIdle: 2, MaxAge: TimeSpan.FromHours(4)) };

    private readonly ManualClock _clock = new();
    private readonly ObedientHub _hub = new();
    private readonly ConcurrentQueue<string> _log = [];
    private ExecutorAllocator? _allocator;

    [Fact]
    public async Task A_node_of_a_template_without_reuse_goes_away_with_its_block()
    {
        var cloud = Use(new PodCloud(_clock, Plain).See());

        var node = await TakeAsync("team/app", 1);
        await _allocator!.ReleaseAsync(new RunId(1), 1);

        Assert.Equal([node], cloud.Stopped);
    }

    [Fact]
    public async Task A_kept_node_is_cleaned_and_serves_the_next_run_of_its_folder_without_a_new_pod()
    {
        var cloud = Use(new PodCloud(_clock, Kept).See());
        var first = await TakeAsync("team/app", 1);
        await _allocator!.ReleaseAsync(new RunId(1), 1);
        await IdleAsync(1);

        var second = await TakeAsync("team/other", 2);

        Assert.Equal(first, second);
        Assert.Single(cloud.Started);
        Assert.Empty(cloud.Stopped);
        Assert.Equal((first, "r1.e1", true), Assert.Single(_hub.Released));
        Assert.Equal([(first, null), (first, new RunId(2))], cloud.Assigned.Select(a => (a.Node, a.Assignment.Run)));
    }

    [Fact]
    public async Task The_containers_of_a_kept_node_are_opened_for_its_first_block_only()
    {
        var cloud = new PodCloud(_clock, Kept) { Containers = ["maven"] }.See();
        Use(cloud);
        await TakeAsync("team/app", 1);
        await _allocator!.ReleaseAsync(new RunId(1), 1);
        await IdleAsync(1);

        await TakeAsync("team/other", 2);

        Assert.Equal(["r1.e1.open.maven", "r1.e1.workspace", "r2.e1.workspace"], _hub.Operations);
    }

    [Fact]
    public async Task A_job_of_another_folder_never_gets_a_kept_node()
    {
        var cloud = Use(new PodCloud(_clock, Kept).See());
        var first = await TakeAsync("team/app", 1);
        await _allocator!.ReleaseAsync(new RunId(1), 1);
        await IdleAsync(1);

        var second = await TakeAsync("rivals/app", 2);

        Assert.NotEqual(first, second);
        Assert.Equal(2, cloud.Started.Count);
    }

    [Fact]
    public async Task Room_that_comes_in_the_moment_of_a_refusal_is_not_missed()
    {
        var cloud = Use(new PodCloud(_clock, Plain).See());
        var answers = 0;
        cloud.Answer = _ =>
        {
            if (answers++ > 0)
            {
                return null;
            }

            cloud.Tell();
            return new NodeStart.AtCapacity("full a moment ago");
        };

        Assert.Equal("base-r1e1-1", await TakeAsync("team/app", 1).WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_cloud_that_has_no_room_after_all_is_not_asked_without_end()
    {
        var cloud = Use(new PodCloud(_clock, Plain).See());
        var answers = 0;
        cloud.Answer = _ =>
        {
            answers++;
            return new NodeStart.AtCapacity("full");
        };
        using var stop = new CancellationTokenSource();

        var waiting = _allocator!.AllocateAsync(Request("team/app", 1), stop.Token);

        Assert.Equal("waiting for an agent: full", Assert.Single(_allocator.Waiting).Why);
        Assert.Equal(1, answers);
        await stop.CancelAsync();
        await waiting;
    }

    [Fact]
    public async Task An_agent_that_came_once_more_after_its_node_was_given_back_is_forgotten()
    {
        Use(new PodCloud(_clock, Plain).See());
        _hub.MarkLost("base-of-yesterday", "gone");
        var taken = await TakeAsync("team/app", 1);

        await _allocator!.RemoveLeftoversAsync(() => new HashSet<RunId> { new(1) }, default);

        Assert.Equal([taken], _hub.Agents.Select(a => a.NodeName));
    }

    [Fact]
    public async Task A_kept_node_that_nobody_wants_is_ended_after_its_idle_time()
    {
        var cloud = Use(new PodCloud(_clock, Kept).See());
        var node = await TakeAsync("team/app", 1);
        await _allocator!.ReleaseAsync(new RunId(1), 1);
        await IdleAsync(1);

        _clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Empty(cloud.Stopped);
        _clock.Advance(TimeSpan.FromMinutes(2));

        await UntilAsync(() => cloud.Stopped.Count == 1);
        Assert.Equal([node], cloud.Stopped);
        Assert.DoesNotContain(_hub.Agents, a => a.NodeName == node);
    }

    [Fact]
    public async Task No_more_nodes_are_kept_than_the_template_allows()
    {
        var cloud = Use(new PodCloud(_clock, Kept).See());
        for (var run = 1; run <= 3; run++)
        {
            await TakeAsync("team/app", run);
        }

        for (var run = 1; run <= 3; run++)
        {
            await _allocator!.ReleaseAsync(new RunId(run), 1);
            await UntilAsync(() => cloud.Nodes.Count == cloud.Nodes.Count(n => _hub.Agents.Any(a => a.NodeName == n.NodeName)));
        }

        await UntilAsync(() => cloud.Stopped.Count == 1);
        Assert.Equal(2, cloud.Nodes.Count);
    }

    [Fact]
    public async Task A_node_that_has_grown_too_old_is_not_kept()
    {
        var cloud = Use(new PodCloud(_clock, Kept).See());
        var node = await TakeAsync("team/app", 1);
        _clock.Advance(TimeSpan.FromHours(5));

        await _allocator!.ReleaseAsync(new RunId(1), 1);

        Assert.Equal([node], cloud.Stopped);
    }

    [Fact]
    public async Task A_node_whose_agent_is_away_when_it_should_be_cleaned_is_ended()
    {
        var cloud = Use(new PodCloud(_clock, Kept).See());
        var node = await TakeAsync("team/app", 1);
        _hub.Disconnect(node);

        await _allocator!.ReleaseAsync(new RunId(1), 1);

        Assert.Equal([node], cloud.Stopped);
    }

    [Fact]
    public async Task A_minimum_of_spare_nodes_is_made_at_once_and_made_up_for_when_one_is_taken()
    {
        var cloud = Use(new PodCloud(_clock, Kept with { Reuse = Kept.Reuse! with { MinIdle = 2 } }).See());
        await UntilAsync(() => cloud.Started.Count == 2);
        await IdleAsync(2);

        var node = await TakeAsync("team/app", 1);

        Assert.Contains(node, cloud.Started.Take(2).Select(s => s.NodeName));
        await UntilAsync(() => cloud.Started.Count == 3);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(cloud.Stopped);
    }

    [Fact]
    public async Task A_spare_node_that_fails_to_start_is_tried_again_later_and_not_at_once()
    {
        var cloud = new PodCloud(_clock, Kept with { Reuse = Kept.Reuse! with { MinIdle = 1 } }).See();
        var tries = 0;
        cloud.Answer = request => ++tries == 1 ? new NodeStart.Failed(new NodeFailure(request.NodeName, NodeFailureReason.Refused, "no", true, false)) : null;
        Use(cloud);
        await UntilAsync(() => tries == 1);
        Assert.Empty(cloud.Started);

        _clock.Advance(TimeSpan.FromSeconds(31));

        await UntilAsync(() => cloud.Started.Count == 1);
    }

    [Fact]
    public async Task A_hundred_requests_at_once_never_pass_the_cap_and_are_served_in_their_order()
    {
        var cloud = Use(new PodCloud(_clock, Plain) { Cap = 7 }.See());
        var waiting = Enumerable.Range(1, 100).Select(run => (Run: run, Task: _allocator!.AllocateAsync(Request("team/app", run) with { Since = _clock.GetUtcNow().AddMilliseconds(run) }, default))).ToList();
        await UntilAsync(() => cloud.Started.Count == 7);

        foreach (var (run, task) in waiting)
        {
            Assert.IsType<NodeAllocated>(await task);
            await _allocator!.ReleaseAsync(new RunId(run), 1);
        }

        Assert.Equal(7, cloud.Most);
        Assert.Equal(Enumerable.Range(1, 100), cloud.Started.Select(s => (int)s.Run!.Value.Value));
    }

    [Fact]
    public async Task What_a_pipeline_declares_becomes_its_node_whatever_else_offers_the_label()
    {
        var declared = new NodeTemplate("app-1-xyz", ["maven"], NodeMode.Exclusive);
        var cloud = new PodCloud(_clock, Plain with { Labels = ["maven"] }) { Resolution = _ => declared }.See();
        Use(cloud);

        var allocated = Assert.IsType<NodeAllocated>(await _allocator!.AllocateAsync(Declaring("maven"), default));

        Assert.Equal(declared, Assert.Single(cloud.Started).Template);
        Assert.Equal(new NodePod("kubernetes", "agents", allocated.Node, "jnlp", ["jnlp"]).Name, allocated.Pod?.Name);
    }

    [Fact]
    public async Task A_declared_template_that_cannot_become_a_pod_fails_the_step_with_its_reason()
    {
        Use(new PodCloud(_clock, Plain) { Resolution = _ => throw new NodeTemplateException("Container Names MUST match RFC 1123") }.See());

        var failed = Assert.IsType<EffectFailed>(await _allocator!.AllocateAsync(Declaring("maven"), default));

        Assert.Equal((false, "Container Names MUST match RFC 1123"), (failed.IsInfrastructure, failed.Message));
    }

    [Fact]
    public async Task A_declared_template_without_a_cloud_of_pods_fails_instead_of_waiting_for_ever()
    {
        Use();

        var failed = Assert.IsType<EffectFailed>(await _allocator!.AllocateAsync(Declaring("maven"), default));

        Assert.Contains("no Kubernetes cloud is configured", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_cannot_be_pulled_takes_the_request_out_of_the_queue_and_its_log_tells_why()
    {
        var cloud = new PodCloud(_clock, Plain).See();
        cloud.OnStarted = name => cloud.Fail(new NodeFailure(name, NodeFailureReason.ImagePull, "ERROR: Unable to pull container image \"nope\".", true, MayRetry: false) { Details = ["[Warning][agents/x][Failed] not found"] });
        Use(cloud, connects: false);

        var refused = Assert.IsType<EffectRefused>(await _allocator!.AllocateAsync(Request("team/app", 1), default));

        Assert.Equal(RunResult.Aborted, refused.Result);
        Assert.Contains("Unable to pull container image", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["[Warning][agents/x][Failed] not found\n"], _log);
        Assert.Single(cloud.Stopped);
    }

    [Fact]
    public async Task A_pod_that_is_lost_while_it_starts_is_tried_again_under_another_name_after_a_pause()
    {
        var cloud = new PodCloud(_clock, Plain).See();
        var lost = false;
        cloud.OnStarted = name =>
        {
            if (!lost)
            {
                lost = true;
                cloud.Fail(new NodeFailure(name, NodeFailureReason.Evicted, "the pod was evicted.", true, MayRetry: true));
            }
            else
            {
                _hub.Connect(name);
            }
        };
        Use(cloud, connects: false);

        var allocating = _allocator!.AllocateAsync(Request("team/app", 1), default);
        await UntilAsync(() => _allocator.Waiting.Count == 1);
        _clock.Advance(TimeSpan.FromSeconds(3));

        var allocated = Assert.IsType<NodeAllocated>(await allocating);
        Assert.Equal("base-r1e1-2", allocated.Node);
        Assert.Equal("the pod was evicted. Trying again (2 of 3).\n", Assert.Single(_log));
        Assert.Equal(["requested", "failed", "matched", "planned"], allocated.Timings.Select(t => t.Link).Take(4));
    }

    [Theory]
    [InlineData(NodeFailureReason.Evicted, true)]
    [InlineData(NodeFailureReason.Deadline, false)]
    public async Task A_pod_that_is_lost_at_work_is_given_up_as_the_cloud_judges_it(NodeFailureReason reason, bool isInfrastructure)
    {
        var cloud = Use(new PodCloud(_clock, Plain).See());
        var node = await TakeAsync("team/app", 1);
        cloud.Fail(new NodeFailure(node, reason, "the pod ended.", isInfrastructure, MayRetry: isInfrastructure));

        Assert.Equal((node, isInfrastructure), _hub.Lost.First());
    }

    [Fact]
    public async Task What_the_cloud_says_of_a_starting_node_goes_into_the_build_log_in_its_order_and_its_moments_into_the_chain()
    {
        var cloud = new PodCloud(_clock, Plain).See();
        cloud.OnStarted = name =>
        {
            cloud.Say(new NodeProgress(name, "created", _clock.GetUtcNow(), "Created Pod: kubernetes agents/" + name));
            cloud.Say(new NodeProgress(name, null, _clock.GetUtcNow(), "[Normal][Scheduled]"));
            cloud.Say(new NodeProgress(name, "scheduled", _clock.GetUtcNow(), null));
            _hub.Connect(name);
        };
        Use(cloud, connects: false);

        var allocated = Assert.IsType<NodeAllocated>(await _allocator!.AllocateAsync(Request("team/app", 1), default));

        Assert.Equal(["Created Pod: kubernetes agents/base-r1e1-1\n", "[Normal][Scheduled]\n"], _log);
        Assert.Equal(["requested", "matched", "planned", "created", "scheduled", "connected", "ready"], allocated.Timings.Select(t => t.Link));
    }

    [Fact]
    public async Task A_cloud_that_does_not_answer_is_passed_over_where_another_offers_the_label()
    {
        var away = new PodCloud(_clock, Plain) { Name = "away", Silence = new CloudSilence(_clock.GetUtcNow(), "connection refused") }.See();
        var there = new PodCloud(_clock, Plain) { Name = "there", OnStarted = name => _hub.Connect(name) }.See();
        Use([away, there]);

        await TakeAsync("team/app", 1);

        Assert.Empty(away.Started);
        Assert.Single(there.Started);
    }

    [Fact]
    public async Task A_request_that_a_cloud_gives_back_goes_to_another_one()
    {
        var full = new PodCloud(_clock, Plain) { Name = "full" }.See();
        full.Answer = _ =>
        {
            full.Cap = 0;
            return new NodeStart.AtCapacity("the cluster of the cloud 'full' takes no pods now");
        };
        var there = new PodCloud(_clock, Plain) { Name = "there", OnStarted = name => _hub.Connect(name) }.See();
        Use([full, there]);

        await TakeAsync("team/app", 1);

        Assert.Single(there.Started);
    }

    [Fact]
    public async Task Nodes_that_only_wait_for_work_give_way_to_work_and_are_made_again_when_there_is_room()
    {
        var spare = new NodeTemplate("spare", ["spare"], NodeMode.Normal) { Reuse = new NodeReuse("k2", TimeSpan.FromMinutes(10), MinIdle: 2, MaxIdle: 2, MaxAge: TimeSpan.FromHours(4)) };
        var cloud = Use(new PodCloud(_clock, Plain, spare) { Cap = 2 }.See());
        cloud.Tell();
        await IdleAsync(2);

        var node = await TakeAsync("team/app", 1);

        Assert.Single(cloud.Stopped);
        Assert.Equal(2, cloud.Most);
        await _allocator!.ReleaseAsync(new RunId(1), 1);
        await IdleAsync(2);
        Assert.Equal(["spare", "spare", "base", "spare"], cloud.Started.Select(r => r.Template.Name));
        Assert.Contains(node, cloud.Stopped);
    }

    [Fact]
    public async Task One_idle_node_is_ended_for_one_request_however_long_the_cloud_takes_for_it()
    {
        var spare = new NodeTemplate("spare", ["spare"], NodeMode.Normal) { Reuse = new NodeReuse("k2", TimeSpan.FromMinutes(10), MinIdle: 2, MaxIdle: 2, MaxAge: TimeSpan.FromHours(4)) };
        var cloud = Use(new PodCloud(_clock, Plain, spare) { Cap = 2 }.See());
        cloud.Tell();
        await IdleAsync(2);
        cloud.Lingers = true;

        var allocating = _allocator!.AllocateAsync(Request("team/app", 1), default);
        await UntilAsync(() => cloud.Stopped.Count == 1);
        cloud.Tell();
        cloud.Tell();

        Assert.Single(cloud.Stopped);
        Assert.Equal("waiting for an agent with label 'base': an idle one of the cloud 'kubernetes' is ended to make room", Assert.Single(_allocator.Waiting).Why);
        cloud.Go();
        Assert.IsType<NodeAllocated>(await allocating);
        Assert.Single(cloud.Stopped);
    }

    [Fact]
    public async Task The_log_says_why_a_build_waits_once_that_takes_longer_than_a_start_and_says_it_once()
    {
        var cloud = Use(new PodCloud(_clock, Plain) { Cap = 0 }.See());
        var allocating = _allocator!.AllocateAsync(Request("team/app", 1), default);
        await UntilAsync(() => _allocator.Waiting.Count == 1);
        _clock.Advance(WaitNotes.Patience - TimeSpan.FromSeconds(1));
        Assert.Empty(_log);

        _clock.Advance(TimeSpan.FromSeconds(1));
        cloud.Tell();
        _clock.Advance(WaitNotes.Patience);
        Assert.Equal(["Still waiting to schedule task\n", "Waiting for an agent with label 'base': the cloud 'kubernetes' has its 0 pods\n"], _log);

        cloud.Cap = 1;
        cloud.Tell();
        var allocated = Assert.IsType<NodeAllocated>(await allocating);
        var moments = allocated.Timings.ToDictionary(t => t.Link, t => t.Time);
        Assert.Equal(TimeSpan.Zero, moments["matched"] - moments["requested"]);
        Assert.Equal(2 * WaitNotes.Patience, moments["planned"] - moments["matched"]);
    }

    [Fact]
    public async Task A_build_that_waits_no_more_is_not_told_that_it_does()
    {
        Use(new PodCloud(_clock, Plain) { Cap = 0 }.See());
        using var cancelled = new CancellationTokenSource();
        var allocating = _allocator!.AllocateAsync(Request("team/app", 1), cancelled.Token);
        await UntilAsync(() => _allocator.Waiting.Count == 1);
        await cancelled.CancelAsync();
        Assert.IsType<EffectCancelled>(await allocating);

        _clock.Advance(2 * WaitNotes.Patience);

        Assert.Empty(_log);
    }

    [Theory]
    [InlineData(-2, true)]
    [InlineData(-4, false)]
    [InlineData(1, false)]
    public async Task When_the_agent_was_started_is_its_own_to_say_within_what_is_known(int secondsFromConnecting, bool counts)
    {
        var cloud = new PodCloud(_clock, Plain).See();
        cloud.OnStarted = name =>
        {
            cloud.Say(new NodeProgress(name, "created", _clock.GetUtcNow(), null));
            _clock.Advance(TimeSpan.FromSeconds(3));
            _hub.Connect(name, started: _clock.GetUtcNow() + TimeSpan.FromSeconds(secondsFromConnecting));
        };
        Use(cloud, connects: false);

        var allocated = Assert.IsType<NodeAllocated>(await _allocator!.AllocateAsync(Request("team/app", 1), default));

        Assert.Equal(counts ? _clock.GetUtcNow().AddSeconds(secondsFromConnecting) : null, allocated.Timings.SingleOrDefault(t => t.Link == "started")?.Time);
    }

    [Fact]
    public async Task An_agent_that_stays_silent_after_its_start_fails_the_node_after_the_usual_patience_not_after_the_templates()
    {
        var cloud = new PodCloud(_clock, Plain with { ConnectTimeout = TimeSpan.FromSeconds(1000) }).See();
        Use(cloud, connects: false);
        var allocating = _allocator!.AllocateAsync(Request("team/app", 1), default);
        await UntilAsync(() => _allocator.Busy.Count == 1);
        _clock.Advance(TimeSpan.FromSeconds(500));
        Assert.Empty(cloud.Stopped);

        cloud.Say(new NodeProgress("base-r1e1-1", "started", _clock.GetUtcNow(), null));
        await UntilAsync(() => _clock.FiresWithin(TimeSpan.FromMinutes(2)));
        _clock.Advance(TimeSpan.FromMinutes(2));

        await UntilAsync(() => cloud.Stopped.Count == 1);
        Assert.False(allocating.IsCompleted);
    }

    [Fact]
    public async Task A_cloud_that_has_not_been_seen_yet_is_no_reason_to_give_a_restored_node_up()
    {
        var cloud = Use(new PodCloud(_clock, Plain));
        _allocator!.Restore(new RunId(7), 1, JobPath.Parse("team/app"), 1, new NodeAllocated("base-r7e1-1", ["base"], 0, new WorkspacePrepared("/w", "/w@tmp", true, new Dictionary<string, string>()), []) { Pod = new NodePod("kubernetes", "agents", "base-r7e1-1", "jnlp", ["jnlp"]) }, default);

        Assert.NotNull(await _allocator.FindAsync("base-r7e1-1", default));
        _hub.Connect("base-r7e1-1");
        Assert.Contains(_hub.Agents, a => a.Connection == AgentConnectionState.Connected);
        await _allocator.RemoveLeftoversAsync(() => new HashSet<RunId>(), default);
        Assert.Empty(cloud.Stopped);

        cloud.See();
        await UntilAsync(() => _hub.Agents.Any(a => a.Connection == AgentConnectionState.Lost));
    }

    [Fact]
    public async Task Nodes_that_waited_for_work_when_the_server_stopped_wait_on_and_are_cleaned_of_what_they_still_hold()
    {
        var cloud = new PodCloud(_clock, Kept).See();
        cloud.Add(new ObservedNode("base-old", "base", null, "", _clock.GetUtcNow(), DateTimeOffset.MaxValue, true, "base-old") { ReuseKey = "k1", IdleFor = JobPath.Parse("team") });
        cloud.Add(new ObservedNode("base-dirty", "base", new RunId(5), "team/app", _clock.GetUtcNow(), DateTimeOffset.MaxValue, true, "base-dirty") { ReuseKey = "k1" });
        Use(cloud);
        _hub.Connect("base-old", "r5.e1");

        await _allocator!.RemoveLeftoversAsync(() => new HashSet<RunId>(), default);
        Assert.Equal(["base-dirty"], cloud.Stopped);

        Assert.Equal("base-old", await TakeAsync("team/app", 9));
        Assert.Equal(("base-old", "r5.e1", true), Assert.Single(_hub.Released));
    }

    [Theory]
    [InlineData(null, 48d)]
    [InlineData(1d, 1d)]
    [InlineData(-1d, null)]
    public async Task The_deadline_of_a_node_is_that_of_its_cloud(double? life, double? hours)
    {
        var cloud = Use(new PodCloud(_clock, Plain with { LongestLife = life is { } l ? l < 0 ? TimeSpan.MaxValue : TimeSpan.FromHours(l) : null }).See());

        await TakeAsync("team/app", 1);

        Assert.Equal(hours is { } h ? _clock.GetUtcNow() + TimeSpan.FromHours(h) : DateTimeOffset.MaxValue, Assert.Single(cloud.Started).Deadline);
        Assert.Equal(hours is { } ? cloud.Started[0].Deadline : null, _allocator!.Look(cloud.Started[0].NodeName).Deadline);
    }

    [Fact]
    public async Task A_cloud_that_is_not_given_to_the_folder_is_named_as_the_reason()
    {
        Use(new PodCloud(_clock, Plain) { Admission = job => job.Parent == JobPath.Parse("team") }.See());
        using var stop = new CancellationTokenSource();

        var refused = _allocator!.AllocateAsync(Request("rivals/app", 1), stop.Token);

        Assert.Contains("not to jobs of this folder", Assert.Single(_allocator.Waiting).Why, StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.IsType<EffectCancelled>(await refused);
        await TakeAsync("team/app", 2);
    }

    public async ValueTask DisposeAsync()
    {
        if (_allocator is { } allocator)
        {
            await allocator.DisposeAsync();
        }
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!holds())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private Task IdleAsync(int count) => UntilAsync(() => _allocator!.IdleNodes == count);

    private PodCloud Use(PodCloud cloud, bool connects = true)
    {
        if (connects)
        {
            cloud.OnStarted = name => _hub.Connect(name);
        }

        Use([cloud]);
        return cloud;
    }

    private void Use(params ICloud[] clouds) => _allocator = new ExecutorAllocator(
        new FixedClouds(clouds), _hub, new AllocatorOptions { ControllerUrl = new Uri("http://127.0.0.1:1/"), SecretKey = new byte[32] }, _clock, NullLogger<ExecutorAllocator>.Instance);

    private async Task<string> TakeAsync(string job, int run) => Assert.IsType<NodeAllocated>(await _allocator!.AllocateAsync(Request(job, run), default)).Node;

    private ExecutorRequest Declaring(string label) => Request("team/app", 1) with { Label = label, Templates = [new DeclaredPodTemplate("app-1-xyz", label, null, "{}")] };

    private ExecutorRequest Request(string job, int run) => new(new RunId(run), 1, JobPath.Parse(job), run, "base", null, _clock.GetUtcNow(), line =>
    {
        _log.Enqueue(line);
        return ValueTask.CompletedTask;
    });
}
