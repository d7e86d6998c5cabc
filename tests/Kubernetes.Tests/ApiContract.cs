using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;
using Slipway.Kubernetes.Watching;

namespace Slipway.Kubernetes.Tests;

/// <summary>What holds for every API server: the fake is held to what the real one does.</summary>
public abstract class ApiContract : IAsyncLifetime
{
    private static readonly ResourceType Maps = ResourceType.ConfigMaps;

    protected KubernetesClient Client { get; set; } = null!;

    protected string Space { get; set; } = "ci";

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task An_object_lives_from_creation_over_a_patch_to_deletion()
    {
        var token = Waiting.Limit();
        var body = Waiting.Named("settings");
        body["data"] = new JsonObject { ["a"] = "1", ["b"] = "2" };

        var created = await Client.CreateAsync(Maps, Space, body, token);
        var patched = await Client.PatchAsync(Maps, Space, "settings", PatchKind.Merge, new JsonObject { ["data"] = new JsonObject { ["a"] = null, ["c"] = "3" } }, token);
        var read = await Client.GetAsync(Maps, Space, "settings", token);

        Assert.Equal(created.Uid, read.Uid);
        Assert.NotEqual(created.ResourceVersion, patched.ResourceVersion);
        Assert.Equal("""{"b":"2","c":"3"}""", read.Json.At("data")!.Value.GetRawText());
        Assert.True(await Client.DeleteAsync(Maps, Space, "settings", token));
        Assert.Null(await Client.FindAsync(Maps, Space, "settings", token));
        Assert.False(await Client.DeleteAsync(Maps, Space, "settings", token));
    }

    [Fact]
    public async Task A_name_that_is_taken_is_told_apart_from_other_conflicts()
    {
        await Client.CreateAsync(Maps, Space, Waiting.Named("taken"), Waiting.Limit());

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => Client.CreateAsync(Maps, Space, Waiting.Named("taken"), Waiting.Limit()));

        Assert.True(failure.IsAlreadyExists);
        Assert.False(failure.IsConflict);
        Assert.False(failure.IsTransient);
        Assert.StartsWith($"create configmaps taken in namespace {Space}: HTTP 409 AlreadyExists: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_with_another_objects_uid_is_a_conflict_and_deletes_nothing()
    {
        await Client.CreateAsync(Maps, Space, Waiting.Named("kept"), Waiting.Limit());

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => Client.DeleteAsync(Maps, Space, "kept", Waiting.Limit(), new Deletion(Uid: Guid.Empty.ToString())));

        Assert.True(failure.IsConflict);
        Assert.NotNull(await Client.FindAsync(Maps, Space, "kept", Waiting.Limit()));
    }

    [Fact]
    public async Task A_dry_run_keeps_nothing()
    {
        await Client.CreateAsync(Maps, Space, Waiting.Named("only-checked"), Waiting.Limit(), isDryRun: true);

        Assert.Null(await Client.FindAsync(Maps, Space, "only-checked", Waiting.Limit()));
    }

    [Fact]
    public async Task A_list_over_many_pages_holds_every_object_that_matches_once()
    {
        foreach (var index in Enumerable.Range(0, 7))
        {
            await Client.CreateAsync(Maps, Space, Waiting.Named($"page-{index}", label: "paged"), Waiting.Limit());
        }

        await Client.CreateAsync(Maps, Space, Waiting.Named("page-other", label: "other"), Waiting.Limit());

        var list = await Client.ListAsync(Maps, Space, new Selection(Labels: "app=paged") { PageSize = 3 }, Waiting.Limit());

        Assert.Equal(Enumerable.Range(0, 7).Select(index => $"page-{index}"), list.Items.Select(item => item.Name));
        Assert.NotEmpty(list.ResourceVersion);
    }

    [Fact]
    public async Task A_watcher_sees_what_was_there_and_each_change_after_it_in_order()
    {
        await Client.CreateAsync(Maps, Space, Waiting.Named("before", label: "watched"), Waiting.Limit());
        await using var watcher = new ResourceWatcher(Client, Maps, Space, new WatcherOptions { Selection = new Selection("app=watched") }, NullLogger.Instance);
        watcher.Start();
        using var subscription = await watcher.SubscribeAsync(Waiting.Limit());

        await Client.CreateAsync(Maps, Space, Waiting.Named("after", label: "watched"), Waiting.Limit());
        await Client.CreateAsync(Maps, Space, Waiting.Named("unseen", label: "other"), Waiting.Limit());
        await Client.PatchAsync(Maps, Space, "after", PatchKind.Merge, new JsonObject { ["data"] = new JsonObject { ["x"] = "1" } }, Waiting.Limit());
        await Client.DeleteAsync(Maps, Space, "before", Waiting.Limit());

        Assert.Equal(["before"], subscription.Snapshot.Select(item => item.Name));
        Assert.Equal("Added after", await subscription.NextAsync());
        Assert.Equal("Changed after", await subscription.NextAsync());
        Assert.Equal("Deleted before", await subscription.NextAsync());
        Assert.Equal(["after"], watcher.Snapshot().Select(item => item.Name));
    }

    [Fact]
    public async Task The_cluster_tells_its_version_its_clock_and_what_it_serves()
    {
        var probe = await Client.ProbeAsync(Waiting.Limit());

        Assert.StartsWith("v1.", probe.Version.GitVersion, StringComparison.Ordinal);
        Assert.NotNull(probe.ClockDifference);
        Assert.True(probe.ClockDifference.Value.Duration() < TimeSpan.FromMinutes(1));
        Assert.Contains("v1", await Client.ListApiVersionsAsync(Waiting.Limit()));
        Assert.Contains(await Client.ListResourcesAsync("v1", Waiting.Limit()), resource => resource is { Kind: "Pod", Type: { Plural: "pods", IsNamespaced: true } });
        Assert.Empty(await Client.ListResourcesAsync("absent.example.com/v1", Waiting.Limit()));
    }

    [Fact]
    public async Task Rights_can_be_asked_for_one_by_one_and_listed()
    {
        var question = new AccessQuestion("create", "pods", Space);

        Assert.True((await Client.CanAsync(question, Waiting.Limit())).IsAllowed);
        Assert.True((await Client.ListRulesAsync(Space, Waiting.Limit())).Allows(question));
    }
}

public sealed class FakeServerContract : ApiContract
{
    private FakeApiServer _server = null!;

    public override async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        Client = new KubernetesClient(_server.Connection());
    }

    public override async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }
}

/// <summary>The same on a real cluster, that of <c>$KUBECONFIG</c>; in a namespace of its own that it removes.</summary>
public sealed class RealClusterContract : ApiContract
{
    private const string ClusterOfThisMachine = "/var/lib/testkube/admin.kubeconfig";

    public override async ValueTask InitializeAsync()
    {
        var files = Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } ? Kubeconfig.DefaultFiles() : [ClusterOfThisMachine];
        Assert.SkipUnless(files.Any(File.Exists), $"no real cluster: set KUBECONFIG, or start one whose kubeconfig is {ClusterOfThisMachine}");
        Client = new KubernetesClient(Kubeconfig.Load(files));
        try
        {
            await Client.ProbeAsync(Waiting.Limit());
        }
        catch (KubernetesException e) when (e.StatusCode is null)
        {
            Client.Dispose();
            Assert.Skip($"the real cluster does not answer: {e.Message}");
        }

        Space = $"slipway-test-{Guid.NewGuid():n}"[..24];
        await Client.CreateAsync(ResourceType.Namespaces, null, Waiting.Named(Space, "Namespace"), Waiting.Limit());
    }

    public override async ValueTask DisposeAsync()
    {
        if (Client is not null && Space != "ci")
        {
            await Client.DeleteAsync(ResourceType.Namespaces, null, Space, CancellationToken.None);
            Client.Dispose();
        }
    }
}
