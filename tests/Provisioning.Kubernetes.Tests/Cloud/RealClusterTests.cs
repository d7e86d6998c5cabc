using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Tests;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Provisioning.Kubernetes.Cloud;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>Pods that really run.</summary>
[Trait("needs", "cluster")]
public sealed class RealClusterTests(RealCluster cluster) : IClassFixture<RealCluster>
{
    private const string Busybox = """
        spec:
          containers:
          - {name: tools, image: busybox, command: [sleep, 99d]}
        """;

    [Fact]
    public async Task A_pod_starts_tells_each_link_of_its_start_and_goes_when_it_is_stopped()
    {
        cluster.SkipIfAbsent();
        await using var under = cluster.Cloud();
        await under.Cloud.StartAsync(Waiting.Limit());

        var node = await under.StartAsync(under.DeclareYaml(Busybox));
        await Waiting.UntilAsync(() => under.Links(node).Contains("started"));
        var pod = under.Cloud.FindPod(node);
        var observed = Assert.Single(under.Cloud.Nodes);
        await under.Cloud.StopNodeAsync(node, Waiting.Limit());
        await cluster.UntilGoneAsync(node);
        await Waiting.UntilAsync(() => under.Cloud.Nodes.Count == 0);

        Assert.Equal(["created", "scheduled", "pulled", "started"], under.Links(node));
        Assert.Equal(new[] { "jnlp", "tools" }, pod!.Containers.Order());
        Assert.Equal(("jnlp", cluster.Space, "kubernetes"), (pod.AgentContainer, pod.Namespace, pod.Cloud));
        Assert.Equal((node, new RunId(12), 7L, "team/app", true), (observed.NodeName, observed.Run!.Value, observed.Effect, observed.Job, observed.IsAlive));
        Assert.Contains($"Created Pod: kubernetes {cluster.Space}/{node}", under.Log, StringComparison.Ordinal);
        Assert.Contains("image: \"busybox\"", under.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(CloudUnderTest.AgentSecret, under.Log, StringComparison.Ordinal);
        Assert.Contains($"[Normal][{cluster.Space}/{node}][Scheduled] Successfully assigned", under.Log, StringComparison.Ordinal);
        Assert.Contains("Container [jnlp] waiting [ContainerCreating]", under.Log, StringComparison.Ordinal);
        Assert.Contains("Pod [Pending][ContainersNotReady] containers with unready status: [tools jnlp]", under.Log, StringComparison.Ordinal);
        Assert.Empty(under.Failures);
    }

    [Fact]
    public async Task The_shim_takes_the_place_of_idle_commands_in_any_image_and_services_are_opened_by_one_exec()
    {
        cluster.SkipIfAbsent();
        await using var under = cluster.Cloud();
        await under.Cloud.StartAsync(Waiting.Limit());

        var node = await under.StartAsync(under.DeclareYaml("""
            spec:
              containers:
              - {name: jnlp, image: busybox}
              - {name: tools, image: busybox, command: [cat], tty: true}
              - {name: service, image: busybox, command: [sh, -c, "echo serving; while :; do sleep 1; echo beat; done"]}
            """));
        await Waiting.UntilAsync(() => under.Links(node).Contains("started"));
        await Waiting.UntilAsync(() => Running(node) == 3);
        Assert.Null(await under.Cloud.PrepareContainerAsync(node, "jnlp", Waiting.Limit()));
        Assert.Null(await under.Cloud.PrepareContainerAsync(node, "tools", Waiting.Limit()));
        var warning = await under.Cloud.PrepareContainerAsync(node, "service", Waiting.Limit());
        var again = await under.Cloud.PrepareContainerAsync(node, "service", Waiting.Limit());
        var sockets = await cluster.Client.ExecAsync(cluster.Space, node, "tools", ["/bin/sh", "-c", "ls /run/slipway"], Waiting.Limit());
        var log = await under.Cloud.ReadContainerLogAsync(node, new ReadContainerLog(1, "service", TailLines: null, SinceSeconds: null, LimitBytes: null), Waiting.Limit());
        var unknown = await Assert.ThrowsAsync<ContainerException>(() => under.Cloud.PrepareContainerAsync(node, "nobody", Waiting.Limit()));
        await under.Cloud.StopNodeAsync(node, Waiting.Limit());

        Assert.StartsWith("The container 'service' runs a program of its own", warning, StringComparison.Ordinal);
        Assert.Null(again);
        Assert.Contains("tools.sock", sockets.Output, StringComparison.Ordinal);
        Assert.Contains("service.sock", sockets.Output, StringComparison.Ordinal);
        Assert.StartsWith("serving\n", log, StringComparison.Ordinal);
        Assert.Contains("It has: jnlp, tools, service.", unknown.Message, StringComparison.Ordinal);
        Assert.False(unknown.IsInfrastructure);

        int Running(string name) => new PodView(cluster.Client.GetAsync(ResourceType.Pods, cluster.Space, name, CancellationToken.None).Result).Containers.Count(status => status.State.Kind == ContainerStateKind.Running);
    }
}
