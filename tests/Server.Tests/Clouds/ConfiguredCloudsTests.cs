using Microsoft.Extensions.Logging;
using Slipway.Configuration;
using Slipway.Kubernetes.Connecting;
using Slipway.Provisioning;
using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Server.Clouds;
using Slipway.Store.Secrets;

namespace Slipway.Server.Tests.Clouds;

public sealed class ConfiguredCloudsTests : IAsyncDisposable
{
    private readonly List<FakeCloud> _made = [];
    private readonly FakeCloud _local = new("local");
    private readonly CloudMemory _memory = new(new SettingsInMemory(), new SecretSealer(new byte[32]));
    private readonly LineLog _log = new();
    private readonly HandTime _time = new();
    private readonly ConfiguredClouds _clouds;
    private int _changes;

    public ConfiguredCloudsTests()
    {
        _clouds = new ConfiguredClouds([_local], cloud => FakeCloud.Make(cloud, _made), _memory, _time, _log);
        _clouds.Changed += () => _changes++;
    }

    public ValueTask DisposeAsync() => _clouds.DisposeAsync();

    [Fact]
    public async Task Clouds_are_started_before_anybody_is_told_of_them()
    {
        var startedAtChange = false;
        _clouds.Changed += () => startedAtChange = _made.TrueForAll(cloud => cloud.IsStarted);

        await _clouds.StartAsync([Cloud("a"), Cloud("b")], default);

        Assert.True(startedAtChange);
        Assert.True(_local.IsStarted);
        Assert.Equal(["a", "b", "local"], _clouds.Clouds.Select(cloud => cloud.Name));
    }

    [Fact]
    public async Task What_did_not_change_is_not_touched()
    {
        await _clouds.StartAsync([Cloud("a")], default);

        Assert.Empty(await _clouds.ApplyAsync([Cloud("a")], default));

        Assert.Empty(_made[0].Reconfigured);
        Assert.Equal(1, _changes);
    }

    [Fact]
    public async Task New_settings_over_the_same_way_keep_the_connection()
    {
        await _clouds.StartAsync([Cloud("a")], default);
        var first = _clouds.FindConfiguration("a")!.Connection;

        await _clouds.ApplyAsync([Cloud("a", settings: "2")], default);
        await _clouds.ApplyAsync([Cloud("a", settings: "3", connection: "other")], default);

        Assert.Equal(2, _made[0].Reconfigured.Count);
        Assert.Same(first, _made[0].Reconfigured[0].Connection);
        Assert.NotSame(first, _made[0].Reconfigured[1].Connection);
        Assert.Single(_made);
    }

    [Fact]
    public async Task A_cloud_that_is_taken_out_stays_until_its_last_node_is_gone()
    {
        await _clouds.StartAsync([Cloud("a")], default);
        _made[0].Nodes = [Node("n")];

        await _clouds.ApplyAsync([], default);
        Look(5);

        Assert.Equal(["local"], _clouds.Clouds.Select(cloud => cloud.Name));
        Assert.Equal(["a"], _clouds.Draining.Select(cloud => cloud.Name));
        Assert.False(_made[0].IsDisposed);

        _made[0].Nodes = [];
        Look(3);

        Assert.True(_made[0].IsDisposed);
        Assert.Empty(_clouds.Draining);
    }

    [Fact]
    public async Task A_cloud_that_was_taken_out_and_does_not_answer_is_given_up_after_an_hour_and_its_nodes_are_named()
    {
        await _clouds.StartAsync([Cloud("a")], default);
        _made[0].Nodes = [Node("left-behind")];
        _made[0].Silence = new CloudSilence(_time.Now, "connection refused");
        await _clouds.ApplyAsync([], default);

        _time.Now += TimeSpan.FromMinutes(59);
        Look(5);
        Assert.False(_made[0].IsDisposed);

        _changes = 0;
        _time.Now += TimeSpan.FromMinutes(1);
        Look(1);

        Assert.True(_made[0].IsDisposed);
        Assert.Empty(_clouds.Draining);
        Assert.Equal(1, _changes);
        Assert.Contains("'a' is not configured any more and has not answered since", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Contains("connection refused", _log.Lines[0], StringComparison.Ordinal);
        Assert.Contains("left-behind", _log.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cloud_that_was_taken_out_while_the_server_was_away_is_drained_and_then_forgotten()
    {
        await _clouds.StartAsync([Cloud("a"), Cloud("b")], default);
        await using (var next = Next())
        {
            await next.StartAsync([Cloud("b")], default);
            var left = _made[2];

            Assert.Equal(["b", "local"], next.Clouds.Select(cloud => cloud.Name));
            Assert.Equal(["a"], next.Draining.Select(cloud => cloud.Name));
            Assert.True(left.IsStarted);

            Look(3);
            Assert.True(left.IsDisposed);
            Assert.Empty(next.Draining);
        }

        Assert.Equal(["b"], (await _memory.LoadAsync(default)).Select(cloud => cloud.Settings.Name));
    }

    [Fact]
    public async Task A_cloud_of_an_earlier_life_that_is_configured_again_gets_its_settings()
    {
        await _clouds.StartAsync([Cloud("a")], default);
        await using var next = Next();
        await next.StartAsync([], default);

        await next.ApplyAsync([Cloud("a")], default);

        Assert.Equal(2, _made.Count);
        Assert.Single(_made[1].Reconfigured);
        Assert.Equal(["a", "local"], next.Clouds.Select(cloud => cloud.Name));
    }

    [Fact]
    public async Task A_cloud_is_remembered_before_it_can_make_a_node_and_as_long_as_it_drains()
    {
        IReadOnlyList<string> atStart = [];
        await using var clouds = new ConfiguredClouds([], cloud => FakeCloud.Make(cloud, _made, () => atStart = Remembered()), _memory, _time, _log);
        await clouds.StartAsync([Cloud("a")], default);
        Assert.Equal(["a"], atStart);

        _made[0].Nodes = [Node("n")];
        await clouds.ApplyAsync([], default);
        Look(3);
        Assert.Equal(["a"], Remembered());

        _made[0].Nodes = [];
        Look(3);
        Assert.Empty(Remembered());
    }

    [Fact]
    public async Task A_cloud_that_was_taken_out_and_never_answered_is_given_up_too()
    {
        await _clouds.StartAsync([Cloud("a")], default);
        _made[0].Observed = new TaskCompletionSource().Task;
        _made[0].Silence = new CloudSilence(_time.Now, "connection refused");
        await _clouds.ApplyAsync([], default);

        Look(5);
        Assert.Single(_clouds.Draining);
        _time.Now += TimeSpan.FromHours(1);
        Look(1);

        Assert.True(_made[0].IsDisposed);
        Assert.Empty(_clouds.Draining);
    }

    [Fact]
    public async Task A_configured_cloud_that_does_not_answer_is_never_given_up()
    {
        await _clouds.StartAsync([Cloud("a")], default);
        _made[0].Silence = new CloudSilence(_time.Now, "connection refused");

        _time.Now += TimeSpan.FromDays(9);
        Look(5);

        Assert.False(_made[0].IsDisposed);
    }

    [Fact]
    public async Task A_cloud_that_comes_again_while_it_has_nodes_is_the_same_one()
    {
        await _clouds.StartAsync([Cloud("a")], default);
        _made[0].Nodes = [Node("n")];
        await _clouds.ApplyAsync([], default);

        await _clouds.ApplyAsync([Cloud("a", settings: "2")], default);

        Assert.Same(_made[0], _clouds.Clouds[0]);
        Assert.Single(_made);
        Assert.Single(_made[0].Reconfigured);
    }

    private IReadOnlyList<string> Remembered() => [.. _memory.LoadAsync(default).GetAwaiter().GetResult().Select(cloud => cloud.Settings.Name)];

    /// <summary>The clouds of the server's next life.</summary>
    private ConfiguredClouds Next() => new([_local], cloud => FakeCloud.Make(cloud, _made), _memory, _time, _log);

    private void Look(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _time.FireAll();
        }
    }

    private static ObservedNode Node(string name) => new(name, "t", null, "", DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, true, name);

    private static ConfiguredCloud Cloud(string name, string settings = "1", string connection = "one") =>
        new(new KubernetesCloudSettings { Name = name }, new ClusterConnection { Server = new Uri("https://k/") }, settings, connection);

    /// <summary>Keeps warnings.</summary>
    private sealed class LineLog : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Lines.Add(formatter(state, exception));
            }
        }
    }
}
