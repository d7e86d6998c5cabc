using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Tests;
using Slipway.Kubernetes.Watching;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>Many pods on the real API server, for a machine that only exists on paper: what runs them is played here.</summary>
[Trait("needs", "cluster")]
public sealed class RealScaleTests(RealCluster cluster) : IClassFixture<RealCluster>, IAsyncLifetime
{
    private const int Cap = 40;
    private readonly string _machine = $"paper-{Guid.NewGuid():n}"[..16];

    public async ValueTask InitializeAsync()
    {
        cluster.SkipIfAbsent();
        await cluster.Client.CreateAsync(ResourceType.Nodes, null, Waiting.Named(_machine, "Node"), Waiting.Limit());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pod in (await cluster.Client.ListAsync(ResourceType.Pods, cluster.Space, null, CancellationToken.None)).Items)
        {
            await cluster.Client.DeleteAsync(ResourceType.Pods, cluster.Space, pod.Name, CancellationToken.None, new Deletion(GracePeriod: TimeSpan.Zero));
        }

        await cluster.Client.DeleteAsync(ResourceType.Nodes, null, _machine, CancellationToken.None);
    }

    [Fact]
    public async Task A_hundred_wanted_pods_never_pass_the_cap_across_a_restart_in_the_middle()
    {
        var settings = cluster.Settings with { ContainerCap = Cap };
        await using var watcher = new ResourceWatcher(cluster.Client, ResourceType.Pods, cluster.Space, new WatcherOptions(), NullLogger.Instance);
        watcher.Start();
        using var seen = await watcher.SubscribeAsync(Waiting.Limit());
        var most = WatchMostAsync(seen);
        var names = Enumerable.Range(0, 100).Select(index => $"pod-{index}").ToHashSet();

        var first = cluster.Cloud(settings);
        await first.Cloud.StartAsync(Waiting.Limit());
        using var killed = new CancellationTokenSource();
        var starting = names.Select(name => TryStartAsync(first, name, killed.Token)).ToList();
        await Waiting.UntilAsync(() => watcher.Snapshot().Count >= Cap / 2);
        await first.DisposeAsync();

        await using var second = cluster.Cloud(settings);
        await second.Cloud.StartAsync(Waiting.Limit());
        var found = second.Cloud.Nodes.Count;
        await Task.WhenAll(starting);
        while (names.Count > 0)
        {
            await Task.WhenAll(names.Select(name => TryStartAsync(second, name, Waiting.Limit())));
            var there = second.Cloud.Nodes.Select(node => node.NodeName).ToList();
            Assert.InRange(there.Count, 1, Cap);
            foreach (var name in there)
            {
                names.Remove(name);
                await second.Cloud.StopNodeAsync(name, Waiting.Limit());
                // The kubelet's part: a pod is gone when its machine says so.
                await cluster.Client.DeleteAsync(ResourceType.Pods, cluster.Space, name, Waiting.Limit(), new Deletion(GracePeriod: TimeSpan.Zero));
            }

            await Waiting.UntilAsync(() => second.Cloud.Nodes.Count == 0);
        }

        await watcher.DisposeAsync();
        Assert.InRange(await most, Cap / 2, Cap);
        Assert.InRange(found, 1, Cap);

        // The first life, which a kill would have ended, tidies up what its cancelled calls have left: the second sees that as somebody else's doing.
        Assert.DoesNotContain(second.Failures, failure => failure.Reason != NodeFailureReason.Deleted);
    }

    [Fact]
    public async Task A_quota_of_the_cluster_is_filled_waited_for_and_used_again()
    {
        var space = $"{cluster.Space}-quota";
        await cluster.Client.CreateAsync(ResourceType.Namespaces, null, Waiting.Named(space, "Namespace"), Waiting.Limit());
        try
        {
            var quota = Waiting.Named("small", "ResourceQuota");
            quota["spec"] = new JsonObject { ["hard"] = new JsonObject { ["pods"] = "3" } };
            await cluster.Client.CreateAsync(ResourceType.ResourceQuotas, space, quota, Waiting.Limit());
            for (var limit = Waiting.Limit(); new ResourceQuotaView(await cluster.Client.GetAsync(ResourceType.ResourceQuotas, space, "small", limit)).Used.Count == 0;)
            {
                await Task.Delay(20, limit);
            }

            await using var under = cluster.Cloud(cluster.Settings with { Namespace = space });
            await under.Cloud.StartAsync(Waiting.Limit());

            var starts = await Task.WhenAll(Enumerable.Range(0, 6).Select(index => TryStartAsync(under, $"pod-{index}", Waiting.Limit())));
            Assert.Equal(3, starts.OfType<NodeStart.Started>().Count());
            var reason = Assert.IsType<NodeStart.AtCapacity>(starts.First(start => start is not NodeStart.Started)).Reason;
            Assert.Contains($"the quota of the namespace '{space}' is used up", reason, StringComparison.Ordinal);
            Assert.Contains("limited: pods=3", reason, StringComparison.Ordinal);
            var ended = starts.OfType<NodeStart.Started>().First().NodeName;
            await under.Cloud.StopNodeAsync(ended, Waiting.Limit());
            await cluster.Client.DeleteAsync(ResourceType.Pods, space, ended, Waiting.Limit(), new Deletion(GracePeriod: TimeSpan.Zero));
            NodeStart? next = null;
            for (var limit = Waiting.Limit(); next is not NodeStart.Started; limit.ThrowIfCancellationRequested())
            {
                var changes = under.CapacityChanges;
                next = await TryStartAsync(under, "pod-next", limit);
                if (next is NodeStart.AtCapacity)
                {
                    await Waiting.UntilAsync(() => under.CapacityChanges > changes);
                }
            }

            foreach (var node in under.Cloud.Nodes)
            {
                await cluster.Client.DeleteAsync(ResourceType.Pods, space, node.NodeName, Waiting.Limit(), new Deletion(GracePeriod: TimeSpan.Zero));
            }
        }
        finally
        {
            await cluster.Client.DeleteAsync(ResourceType.Namespaces, null, space, CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_machine_that_is_lost_takes_its_pods_along()
    {
        await using var under = cluster.Cloud(owner: "machine-tests");
        await under.Cloud.StartAsync(Waiting.Limit());
        Assert.IsType<NodeStart.Started>(await TryStartAsync(under, "pod-lost", Waiting.Limit()));
        var status = new JsonObject { ["status"] = new JsonObject { ["phase"] = "Running", ["reason"] = "NodeLost", ["message"] = $"Node {_machine} which was running pod pod-lost is unresponsive" } };
        await cluster.Client.PatchAsync(ResourceType.Pods, cluster.Space, "pod-lost", PatchKind.Merge, status, Waiting.Limit(), "status");

        var failure = await under.FailureAsync("pod-lost");

        Assert.Equal((NodeFailureReason.MachineLost, true, true), (failure.Reason, failure.IsInfrastructure, failure.MayRetry));
        Assert.Contains(_machine, failure.Message, StringComparison.Ordinal);
    }

    private async Task<NodeStart?> TryStartAsync(CloudUnderTest under, string name, CancellationToken cancellation)
    {
        try
        {
            return await under.Cloud.StartNodeAsync(under.Request(under.DeclareYaml($"spec: {{nodeName: {_machine}}}"), name), cancellation);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static async Task<int> WatchMostAsync(WatcherSubscription seen)
    {
        var (count, most) = (seen.Snapshot.Count, 0);
        await foreach (var change in seen.Changes.ReadAllAsync())
        {
            count += change.Kind switch { ResourceChangeKind.Added => 1, ResourceChangeKind.Deleted => -1, _ => 0 };
            most = Math.Max(most, count);
        }

        return most;
    }
}
