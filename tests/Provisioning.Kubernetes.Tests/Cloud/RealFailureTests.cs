using System.Text.Json.Nodes;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Tests;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>Each failure that one machine can be made to show, as the real cluster shows it.</summary>
[Trait("needs", "cluster")]
public sealed class RealFailureTests(RealCluster cluster) : IClassFixture<RealCluster>, IAsyncLifetime
{
    private CloudUnderTest _under = null!;

    public async ValueTask InitializeAsync()
    {
        cluster.SkipIfAbsent();
        _under = cluster.Cloud(owner: $"tests-{Guid.NewGuid():n}"[..12]);
        await _under.Cloud.StartAsync(Waiting.Limit());
    }

    public async ValueTask DisposeAsync()
    {
        if (_under is null)
        {
            return;
        }

        foreach (var node in _under.Cloud.Nodes)
        {
            await _under.Cloud.StopNodeAsync(node.NodeName, Waiting.Limit());
        }

        await _under.DisposeAsync();
    }

    [Fact]
    public async Task An_image_that_is_in_no_registry_fails_at_once_by_its_name_and_the_registrys_words()
    {
        var failure = await FailAsync("spec: {containers: [{name: tools, image: 'nobody/has-this:1.2', command: [cat]}]}");

        Is(failure, NodeFailureReason.ImagePull, isInfrastructure: false, mayRetry: false);
        Assert.Contains("ERROR: Unable to pull container image \"nobody/has-this:1.2\"", failure.Message, StringComparison.Ordinal);
        Assert.Contains("not found", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_that_wants_a_login_is_told_apart()
    {
        var failure = await FailAsync("spec: {containers: [{name: tools, image: '127.0.0.1:5000/library/busybox', imagePullPolicy: Always, command: [cat]}]}");

        Is(failure, NodeFailureReason.ImagePull, isInfrastructure: false, mayRetry: false);
        Assert.Contains("imagePullSecrets", failure.Message, StringComparison.Ordinal);
        Assert.Contains("401", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Secret_that_a_variable_needs_and_nobody_made()
    {
        var failure = await FailAsync("spec: {containers: [{name: tools, image: busybox, command: [cat], env: [{name: T, valueFrom: {secretKeyRef: {name: no-such-secret, key: token}}}]}]}");

        Is(failure, NodeFailureReason.ContainerConfig, isInfrastructure: false, mayRetry: false);
        Assert.Contains("secret \"no-such-secret\" not found", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ConfigMap_that_a_volume_needs_and_nobody_made()
    {
        var failure = await FailAsync("spec: {containers: [{name: tools, image: busybox, command: [cat], volumeMounts: [{name: c, mountPath: /c}]}], volumes: [{name: c, configMap: {name: no-such-map}}]}");

        Is(failure, NodeFailureReason.ContainerConfig, isInfrastructure: false, mayRetry: false);
        Assert.Contains("no-such-map", failure.Message, StringComparison.Ordinal);
        Assert.Contains("[FailedMount]", _under.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_crashes_takes_its_last_words_into_the_log()
    {
        var failure = await FailAsync("spec: {containers: [{name: service, image: busybox, command: [sh, -c, 'echo cannot find my settings; exit 3']}]}");

        Is(failure, NodeFailureReason.ContainerEnded, isInfrastructure: false, mayRetry: false);
        Assert.Contains("Container service was terminated (Exit Code: 3, Reason: Error)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("- service -- terminated (3) Error", failure.Details);
        Assert.Contains("cannot find my settings", failure.Details);
        Assert.Contains("-----Logs-------------", failure.Details);
    }

    [Fact]
    public async Task A_container_that_takes_more_memory_than_it_may()
    {
        var failure = await FailAsync("spec: {containers: [{name: hog, image: busybox, command: [sh, -c, 'tail /dev/zero'], resources: {limits: {memory: 16Mi}}}]}");

        Is(failure, NodeFailureReason.OutOfMemory, isInfrastructure: false, mayRetry: false);
        Assert.Contains("resources.limits.memory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_the_image_does_not_have()
    {
        var failure = await FailAsync("spec: {containers: [{name: service, image: busybox, command: [mongod2]}]}");

        Is(failure, NodeFailureReason.CannotStart, isInfrastructure: false, mayRetry: false);
        Assert.Contains("mongod2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_without_a_shell_works_at_the_second_try()
    {
        var template = _under.DeclareYaml("spec: {containers: [{name: tools, image: 'slipway/test-no-shell:1', command: [sleep, infinity]}]}");
        var first = await _under.StartAsync(template);
        var failure = await _under.FailureAsync(first);
        await _under.Cloud.StopNodeAsync(first, Waiting.Limit());

        var second = await _under.StartAsync(template);
        await Waiting.UntilAsync(() => _under.Links(second).Contains("started"));

        Is(failure, NodeFailureReason.CannotStart, isInfrastructure: true, mayRetry: true);
        Assert.Contains("has no shell", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_under.Failures, other => other.NodeName == second);
    }

    [Fact]
    public async Task A_pod_that_runs_longer_than_it_may()
    {
        var failure = await FailAsync("spec: {activeDeadlineSeconds: 2, containers: [{name: tools, image: busybox, command: [cat]}]}");

        Is(failure, NodeFailureReason.Deadline, isInfrastructure: false, mayRetry: false);
        Assert.Contains("Pod just failed. Reason: DeadlineExceeded, Message: Pod was active on the node longer than the specified deadline.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_that_somebody_deletes_says_what_its_containers_were_doing()
    {
        var node = await _under.StartAsync(_under.DeclareYaml("spec: {terminationGracePeriodSeconds: 3, containers: [{name: tools, image: busybox, command: [sh, -c, 'echo at work; while :; do sleep 1; done']}]}"));
        await Waiting.UntilAsync(() => _under.Links(node).Contains("started"));
        await cluster.Client.DeleteAsync(ResourceType.Pods, cluster.Space, node, Waiting.Limit());

        var failure = await _under.FailureAsync(node);

        Is(failure, NodeFailureReason.Deleted, isInfrastructure: true, mayRetry: true);
        Assert.Contains(failure.Details, line => line.StartsWith("- tools -- ", StringComparison.Ordinal));
        Assert.Contains(failure.Details, line => line.StartsWith("- jnlp -- ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pod_that_no_machine_takes_waits_and_says_what_is_missing()
    {
        var node = await _under.StartAsync(_under.Declare("""{"slaveConnectTimeout":3,"yaml":"spec: {nodeSelector: {disk: ssd-that-is-not-there}}"}"""));
        await Waiting.UntilAsync(() => _under.Log.Contains("Pod [Pending][Unschedulable] 0/1 nodes are available", StringComparison.Ordinal));
        await Waiting.UntilAsync(() => _under.Log.Contains("[FailedScheduling]", StringComparison.Ordinal));
        Assert.True(_under.Cloud.Nodes.Single(candidate => candidate.NodeName == node).IsAlive);
        var failure = await _under.FailureAsync(node);

        Is(failure, NodeFailureReason.Unschedulable, isInfrastructure: true, mayRetry: true);
        Assert.Contains("Pod [Pending][Unschedulable] 0/1 nodes are available", failure.Message, StringComparison.Ordinal);
        Assert.Contains("slaveConnectTimeout", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_that_kubernetes_does_not_take_as_it_is_written()
    {
        var start = await _under.Cloud.StartNodeAsync(_under.Request(_under.DeclareYaml("spec: {containers: [{name: tools, image: busybox, command: [cat], resources: {requests: {cpu: 2}, limits: {cpu: 1}}}]}")), Waiting.Limit());

        var failure = Assert.IsType<NodeStart.Failed>(start).Failure;
        Is(failure, NodeFailureReason.InvalidTemplate, isInfrastructure: false, mayRetry: false);
        Assert.StartsWith("ERROR: Unable to create pod", failure.Message, StringComparison.Ordinal);
        Assert.Contains("cpu", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_namespace_that_is_not_there()
    {
        var start = await _under.Cloud.StartNodeAsync(_under.Request(_under.Declare("""{"namespace":"slipway-nobody-made-this"}""")), Waiting.Limit());

        var failure = Assert.IsType<NodeStart.Failed>(start).Failure;
        Is(failure, NodeFailureReason.Refused, isInfrastructure: true, mayRetry: false);
        Assert.Contains("Create the namespace 'slipway-nobody-made-this'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_account_that_is_not_there()
    {
        var start = await _under.Cloud.StartNodeAsync(_under.Request(_under.Declare("""{"serviceAccount":"nobody"}""")), Waiting.Limit());

        var failure = Assert.IsType<NodeStart.Failed>(start).Failure;
        Is(failure, NodeFailureReason.Refused, isInfrastructure: false, mayRetry: false);
        Assert.Contains("Create the service account", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_never_connects_is_described_with_its_own_words()
    {
        var node = await _under.StartAsync(_under.Declare("{}"));
        await Waiting.UntilAsync(() => _under.Links(node).Contains("started"));
        IReadOnlyList<string> lines = [];
        for (var limit = Waiting.Limit(); !lines.Any(line => line.Contains("cannot be reached", StringComparison.Ordinal));)
        {
            lines = await _under.Cloud.DescribeSilenceAsync(node, limit);
        }

        Assert.Contains("- jnlp -- running", lines);
        Assert.Contains(lines, line => line.StartsWith("1. It cannot reach http://10.88.0.1:1/", StringComparison.Ordinal));
    }

    private async Task<NodeFailure> FailAsync(string yaml) => await _under.FailureAsync(await _under.StartAsync(_under.DeclareYaml(yaml)));

    private static void Is(NodeFailure failure, NodeFailureReason reason, bool isInfrastructure, bool mayRetry) =>
        Assert.Equal((reason, isInfrastructure, mayRetry), (failure.Reason, failure.IsInfrastructure, failure.MayRetry));
}
