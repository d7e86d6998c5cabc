using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Watching;

namespace Slipway.Kubernetes.Tests;

public sealed class WatcherTests : IAsyncLifetime
{
    private FakeApiServer _server = null!;
    private KubernetesClient _client = null!;
    private ResourceWatcher _watcher = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _client = new KubernetesClient(_server.Connection());
        _watcher = Watcher(new WatcherOptions { FirstPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromMilliseconds(50) });
        Put("one");
        Put("two");
    }

    public async ValueTask DisposeAsync()
    {
        await _watcher.DisposeAsync();
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_cut_the_watch_resumes_and_announces_each_change_once(bool inLine)
    {
        using var subscription = await StartAsync();

        _server.CutWatches(inLine);
        await Waiting.UntilAsync(() => _server.OpenWatches == 0 || Watches() > 1);
        Put("three");
        _server.Remove("pods", "ci", "one");

        Assert.Equal("Added three", await subscription.NextAsync());
        Assert.Equal("Deleted one", await subscription.NextAsync());
        Assert.Equal(1, Lists());
    }

    [Fact]
    public async Task An_interruption_is_said_once_a_minute_with_whom_it_concerns_and_so_is_its_end()
    {
        var log = new KeptLog();
        await _watcher.DisposeAsync();
        _watcher = Watcher(new WatcherOptions { Purpose = "the cloud 'a'", FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(5) }, log);
        using var subscription = await StartAsync();

        _server.Refuses = _ => true;
        var before = _server.Requests.Count;
        _server.CutWatches();
        await Waiting.UntilAsync(() => _server.Requests.Count > before + 20);
        _server.Refuses = null;
        await Waiting.UntilAsync(() => _server.OpenWatches == 1);
        Put("three");
        await subscription.NextAsync();
        await Waiting.UntilAsync(() => log.Lines.Count > 1);

        Assert.Collection(
            log.Lines,
            line => Assert.StartsWith("Warning: Watching pods in namespace ci for the cloud 'a' is interrupted (failure 1): ", line, StringComparison.Ordinal),
            line => Assert.Equal("Information: Watching pods in namespace ci for the cloud 'a' goes on", line));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_server_has_forgotten_the_moment_only_real_differences_are_announced(bool refusesInStream)
    {
        _server.RefusesInStream = refusesInStream;
        using var subscription = await StartAsync();
        var isAway = true;
        foreach (var _ in Enumerable.Range(0, 1000))
        {
            // Away until the changes are made and forgotten.
            _server.Next(_ => Volatile.Read(ref isAway), context => { context.Abort(); return Task.CompletedTask; });
        }

        _server.CutWatches();
        await Waiting.UntilAsync(() => Watches() > 1);
        Put("three");
        Put("two", label: "new");
        _server.Remove("pods", "ci", "one");
        Put("short-lived");
        _server.Remove("pods", "ci", "short-lived");
        _server.Forget();
        Volatile.Write(ref isAway, false);

        Assert.Equal("Deleted one", await subscription.NextAsync());
        Assert.Equal(["Added three", "Changed two"], new[] { await subscription.NextAsync(), await subscription.NextAsync() }.Order());
        Put("last");
        Assert.Equal("Added last", await subscription.NextAsync());
        Assert.Equal(["last", "three", "two"], _watcher.Snapshot().Select(item => item.Name).Order());
    }

    [Fact]
    public async Task Another_object_of_the_same_name_is_a_deletion_and_an_addition()
    {
        using var subscription = await StartAsync();
        var isAway = true;
        foreach (var _ in Enumerable.Range(0, 1000))
        {
            _server.Next(_ => Volatile.Read(ref isAway), context => { context.Abort(); return Task.CompletedTask; });
        }

        _server.CutWatches();
        await Waiting.UntilAsync(() => Watches() > 1);
        _server.Remove("pods", "ci", "one");
        Put("one");
        _server.Forget();
        Volatile.Write(ref isAway, false);

        Assert.Equal("Deleted one", await subscription.NextAsync());
        Assert.Equal("Added one", await subscription.NextAsync());
    }

    [Fact]
    public async Task A_bookmark_moves_the_moment_that_a_watch_resumes_from()
    {
        using var subscription = await StartAsync();
        // Changes of another resource: the version goes on, this watch hears nothing.
        _server.Put("configmaps", "ci", Waiting.Named("elsewhere"));
        _server.Bookmark();
        _server.EndWatches();
        await Waiting.UntilAsync(() => Watches() > 1);

        var resumed = _server.Requests.Last(request => request.Query.Contains("watch=true", StringComparison.Ordinal));
        Assert.Contains("resourceVersion=103", resumed.Query, StringComparison.Ordinal);
        Assert.Contains("allowWatchBookmarks=true", resumed.Query, StringComparison.Ordinal);
        Assert.Equal(1, Lists());
    }

    [Fact]
    public async Task A_huge_object_arrives_whole()
    {
        using var subscription = await StartAsync();
        var huge = Waiting.Named("huge", "Pod");
        huge["spec"] = new JsonObject { ["text"] = new string('é', 1_500_000) };

        _server.Put("pods", "ci", huge);

        Assert.Equal("Added huge", await subscription.NextAsync());
        Assert.Equal(1_500_000, _watcher.Find(new ObjectKey("ci", "huge"))!.Json.TextAt("spec", "text")!.Length);
    }

    [Fact]
    public async Task What_interrupts_a_watch_shows_in_its_health_until_it_is_over()
    {
        foreach (var _ in Enumerable.Range(0, 3))
        {
            _server.Next(_ => true, context => FakeApiServer.Refuse(context, 403, "Forbidden", "pods is forbidden: User \"x\" cannot list resource \"pods\""));
        }

        var failures = new List<Exception>();
        _watcher.Start();
        await Waiting.UntilAsync(() =>
        {
            if (_watcher.Health.Failure is { } failure)
            {
                failures.Add(failure);
            }

            return _watcher.Synced.IsCompleted;
        });

        Assert.All(failures, failure => Assert.True(((KubernetesException)failure).IsForbidden));
        Assert.NotEmpty(failures);
        Assert.Null(_watcher.Health.Failure);
        Assert.Equal(2, _watcher.Snapshot().Count);
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_is_cut_off_and_the_others_go_on()
    {
        await using var watcher = Watcher(new WatcherOptions { SubscriberCapacity = 2 });
        watcher.Start();
        using var idle = await watcher.SubscribeAsync(Waiting.Limit());
        using var reading = await watcher.SubscribeAsync(Waiting.Limit());

        foreach (var name in new[] { "a", "b", "c" })
        {
            Put(name);
            Assert.Equal($"Added {name}", await reading.NextAsync());
        }

        Assert.Equal("Added a", await idle.NextAsync());
        Assert.Equal("Added b", await idle.NextAsync());
        await Assert.ThrowsAsync<WatcherOverrunException>(() => idle.Changes.Completion.WaitAsync(Waiting.Limit()));
    }

    [Fact]
    public async Task Disposing_a_watcher_ends_its_watch_and_its_subscriptions()
    {
        using var subscription = await StartAsync();

        await _watcher.DisposeAsync();

        await subscription.Changes.Completion.WaitAsync(Waiting.Limit());
        await Waiting.UntilAsync(() => _server.OpenWatches == 0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Watcher(new WatcherOptions()).SubscribeAsync(new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task No_update_is_lost_while_the_server_cuts_ends_and_forgets()
    {
        using var subscription = await StartAsync();
        var known = subscription.Snapshot.ToDictionary(item => item.Name, item => item.ResourceVersion);
        var random = new Random(7);
        string[] names = [.. Enumerable.Range(0, 20).Select(index => $"p{index}")];
        for (var step = 0; step < 400; step++)
        {
            var name = names[random.Next(names.Length)];
            if (random.Next(3) == 0)
            {
                _server.Remove("pods", "ci", name);
            }
            else
            {
                Put(name, label: step.ToString());
            }

            switch (random.Next(40))
            {
                case 0: _server.CutWatches(inLine: true); break;
                case 1: _server.EndWatches(); break;
                case 2: _server.Forget(); break;
                case 3: _server.Bookmark(); break;
                case 4: await Waiting.UntilAsync(() => _server.OpenWatches > 0); break;
            }
        }

        Put("the-end");
        for (var name = ""; name != "the-end";)
        {
            var change = await subscription.Changes.ReadAsync(Waiting.Limit());
            name = change.Object.Name;
            switch (change.Kind)
            {
                case ResourceChangeKind.Added: Assert.True(known.TryAdd(name, change.Object.ResourceVersion), $"{name} was added twice"); break;
                case ResourceChangeKind.Changed: Assert.NotEqual(known[name], change.Object.ResourceVersion); known[name] = change.Object.ResourceVersion; break;
                default: Assert.True(known.Remove(name), $"{name} was deleted twice"); break;
            }
        }

        // A list that brings the end may bring others after it.
        while (subscription.Changes.TryRead(out var change))
        {
            Assert.NotEqual(ResourceChangeKind.Deleted, change.Kind);
            known[change.Object.Name] = change.Object.ResourceVersion;
        }

        var truth = await _client.ListAsync(ResourceType.Pods, "ci", null, Waiting.Limit());
        Assert.Equal(truth.Items.Select(item => (item.Name, item.ResourceVersion)).Order(), known.Select(entry => (entry.Key, entry.Value)).Order());
    }

    private ResourceWatcher Watcher(WatcherOptions options, ILogger? logger = null) => new(_client, ResourceType.Pods, "ci", options, logger ?? NullLogger.Instance);

    private async Task<WatcherSubscription> StartAsync()
    {
        _watcher.Start();
        var subscription = await _watcher.SubscribeAsync(Waiting.Limit());
        await Waiting.UntilAsync(() => _server.OpenWatches == 1);
        return subscription;
    }

    private void Put(string name, string? label = null) => _server.Put("pods", "ci", Waiting.Named(name, "Pod", label));

    private int Lists() => _server.Requests.Count(request => request.Path.EndsWith("/pods", StringComparison.Ordinal) && !request.Query.Contains("watch=true", StringComparison.Ordinal));

    private int Watches() => _server.Requests.Count(request => request.Query.Contains("watch=true", StringComparison.Ordinal));
}
