using System.Text;
using Slipway.Controller.Agents;
using Slipway.Controller.Runs;
using Slipway.Controller.Tests.Testing;
using Slipway.Model;
using Slipway.Store;
using Slipway.Store.Logs;
using Slipway.Store.Sqlite;

namespace Slipway.Controller.Tests.Runs;

/// <summary>What a build's log says of an agent that went away, with the real log below.</summary>
public sealed class NodeWatchTests : IAsyncLifetime
{
    private static readonly RunId Run = new(7);

    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-watch-").FullName;
    private readonly ManualClock _clock = new();
    private readonly ObedientHub _hub = new();
    private NodeSight _sight = new("pod agents/x is Running on node worker-2", null);
    private IStore _store = null!;
    private Builds _builds = null!;
    private NodeWatch _watch = null!;

    public async ValueTask InitializeAsync()
    {
        _sight = _sight with { Deadline = _clock.GetUtcNow() + TimeSpan.FromHours(48) };
        _store = await SqliteStore.OpenAsync(new StoreOptions(_directory), TimeProvider.System);
        await BeginAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_lost_connection_is_told_in_the_log_with_what_is_waited_for_and_for_how_long()
    {
        Hold(3, "x");

        Say("x", AgentConnectionState.Disconnected);
        Pass(NodeWatch.Blip);

        Assert.Equal(
            ["Agent x lost its connection to the server at 2026-11-20 12:00:00 UTC; waiting up to 47 h 59 min, which is the node's own deadline, for it to come back (pod agents/x is Running on node worker-2)."],
            await ReadAsync());
    }

    [Fact]
    public async Task The_return_is_told_with_how_long_it_took()
    {
        Hold(3, "x");
        Say("x", AgentConnectionState.Disconnected);
        Pass(TimeSpan.FromSeconds(34));

        Say("x", AgentConnectionState.Connected, operations: 1);

        Assert.Equal("Agent x is connected again after 34 s; its steps went on meanwhile.", (await ReadAsync())[1]);
    }

    [Fact]
    public async Task A_moment_without_connection_is_no_news()
    {
        Hold(3, "x");

        Say("x", AgentConnectionState.Disconnected);
        Pass(TimeSpan.FromSeconds(2));
        Say("x", AgentConnectionState.Connected, operations: 1);
        Pass(TimeSpan.FromMinutes(5));

        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task A_permanent_node_is_waited_for_without_a_limit()
    {
        _sight = default;
        Hold(3, "box");

        Say("box", AgentConnectionState.Disconnected);
        Pass(NodeWatch.Blip);

        Assert.Equal(["Agent box lost its connection to the server at 2026-11-20 12:00:00 UTC; waiting for it to come back, however long that takes."], await ReadAsync());
    }

    [Fact]
    public async Task A_build_that_holds_two_executors_of_the_agent_is_told_once()
    {
        Hold(3, "x");
        Hold(9, "x");

        Say("x", AgentConnectionState.Disconnected);
        Pass(NodeWatch.Blip);
        Say("x", AgentConnectionState.Connected);

        Assert.Equal(2, (await ReadAsync()).Count);
    }

    [Fact]
    public async Task A_build_that_has_nothing_on_the_agent_any_more_is_told_nothing()
    {
        Hold(3, "x");
        Hold(4, "y");
        _builds.Nodes.GiveBack(3);

        Say("x", AgentConnectionState.Disconnected);
        Pass(NodeWatch.Blip);

        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task Each_absence_is_told()
    {
        Hold(3, "x");
        for (var i = 0; i < 3; i++)
        {
            Say("x", AgentConnectionState.Disconnected);
            Pass(TimeSpan.FromMinutes(2) + TimeSpan.FromSeconds(i));
            Say("x", AgentConnectionState.Connected);
        }

        var log = await ReadAsync();
        Assert.Equal(6, log.Count);
        Assert.Equal("Agent x is connected again after 2 min 2 s.", log[5]);
    }

    [Fact]
    public async Task An_absence_that_was_told_before_a_restart_of_the_server_is_not_told_again_but_its_end_is()
    {
        Hold(3, "x");
        Say("x", AgentConnectionState.Disconnected);
        Pass(NodeWatch.Blip);
        await RestartAsync();

        Say("x", AgentConnectionState.Awaited);
        Hold(3, "x");
        Pass(TimeSpan.FromMinutes(2));
        Assert.Single(await ReadAsync());
        Say("x", AgentConnectionState.Connected, operations: 1);

        var log = await ReadAsync();
        Assert.Equal(2, log.Count);
        Assert.Equal("Agent x is connected again; its steps went on meanwhile.", log[1]);
    }

    [Fact]
    public async Task An_agent_that_came_back_before_its_build_went_on_after_a_restart_is_told_as_back()
    {
        Hold(3, "x");
        Say("x", AgentConnectionState.Disconnected);
        Pass(NodeWatch.Blip);
        await RestartAsync();

        Say("x", AgentConnectionState.Connected);
        Hold(3, "x");

        Assert.Equal("Agent x is connected again.", (await ReadAsync())[1]);
    }

    [Fact]
    public async Task An_agent_that_does_not_come_after_a_restart_of_the_server_is_told_after_a_while()
    {
        Hold(3, "x");
        await RestartAsync();
        Say("x", AgentConnectionState.Awaited);
        Hold(3, "x");

        Pass(TimeSpan.FromSeconds(10));
        Assert.Empty(await ReadAsync());
        Pass(TimeSpan.FromSeconds(30));

        Assert.StartsWith("Agent x has not connected again since the server started at 2026-11-20 12:00:00 UTC; waiting up to 47 h 59 min", Assert.Single(await ReadAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_loss_of_a_node_ends_the_waiting_for_it_without_a_word_of_a_return()
    {
        Hold(3, "x");
        Say("x", AgentConnectionState.Disconnected);

        Say("x", AgentConnectionState.Lost);
        Pass(TimeSpan.FromMinutes(5));

        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public void A_node_that_is_lost_is_told_for_each_block_that_it_was_given_to()
    {
        Hold(3, "x");
        Hold(9, "x");
        Hold(10, "y");

        _hub.Say(new AgentState("x", AgentConnectionState.Lost, _clock.GetUtcNow(), null, 0, "its memory ended") { IsInfrastructure = false });

        Assert.Equal([(3, "The agent 'x' is lost: its memory ended", false), (9, "The agent 'x' is lost: its memory ended", false)], _builds.Losses);
    }

    [Fact]
    public void A_node_that_was_given_back_is_not_told_of()
    {
        Hold(3, "x");
        _builds.Nodes.GiveBack(3);

        Say("x", AgentConnectionState.Lost);

        Assert.Empty(_builds.Losses);
    }

    [Fact]
    public async Task A_node_that_was_lost_while_the_server_was_away_is_told_when_its_build_goes_on()
    {
        Hold(3, "x");
        await RestartAsync();
        Say("x", AgentConnectionState.Lost);

        Hold(3, "x");

        Assert.Equal((3, "The agent 'x' is lost: the connection broke", true), Assert.Single(_builds.Losses));
    }

    [Fact]
    public void A_node_that_was_lost_in_the_moment_in_which_it_was_given_is_told()
    {
        Say("x", AgentConnectionState.Lost);
        _builds.Nodes.Add(3, "x", flowNode: 1);

        _watch.FollowNode(_builds, "x");

        Assert.Equal(3, Assert.Single(_builds.Losses).Allocation);
    }

    private void Say(string node, AgentConnectionState connection, int operations = 0) => _hub.Say(new AgentState(node, connection, _clock.GetUtcNow(), null, operations, "the connection broke"));

    private void Pass(TimeSpan time) => _clock.Advance(time);

    /// <summary>As a run that holds such a node, from now or from an earlier life of the server.</summary>
    private void Hold(long allocation, string node)
    {
        if (_hub.Find(node) is null)
        {
            Say(node, AgentConnectionState.Connected);
        }

        _builds.Nodes.Add(allocation, node, flowNode: 1);
        _watch.Follow(_builds);
    }

    private async Task BeginAsync()
    {
        _builds = new Builds(await _store.Logs.OpenAsync(Run));
        _watch = new NodeWatch(_hub, _ => _sight, () => [_builds], _clock);
    }

    private async Task StopAsync()
    {
        _watch.Dispose();
        await _builds.Log.FlushAsync();
        await _builds.Log.DisposeAsync();
    }

    private async Task RestartAsync()
    {
        await StopAsync();
        await BeginAsync();
    }

    private async Task<IReadOnlyList<string>> ReadAsync()
    {
        await _builds.Log.FlushAsync();
        using var bytes = new MemoryStream();
        await _store.Logs.CopyAsync(Run, LogScope.Whole, 0, null, bytes);
        return [.. Encoding.UTF8.GetString(bytes.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private sealed class Builds(IRunLogWriter log) : INodeHolder
    {
        public IRunLogWriter Log => log;

        public HeldNodes Nodes { get; } = new(log);

        public List<(long Allocation, string Message, bool IsInfrastructure)> Losses { get; } = [];

        public void Lose(long allocation, string message, bool isInfrastructure) => Losses.Add((allocation, message, isInfrastructure));
    }
}
