using Slipway.Cluster.Harness;
using Slipway.Scenarios.Harness;

namespace Slipway.Cluster.Life;

/// <summary>Whatever keeps a pod from its work is told in the build's log by its reason, in words that say what to do; and it never looks like a failed build.</summary>
[Trait("Category", "Slow")]
public sealed class FailureTests(FailureTests.World world) : IClassFixture<FailureTests.World>
{
    [Fact]
    public async Task An_image_that_does_not_exist_is_named_with_the_registrys_answer()
    {
        var (result, log) = await RunAsync("image: 127.0.0.1:5000/nobody/has-this:1");

        Assert.True(result == "ABORTED", log);
        Assert.Contains("ERROR: Unable to pull container image", log, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:5000/nobody/has-this:1", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_no_image_is_refused_at_once()
    {
        var (result, log) = await RunAsync("image: 'NOT an image'");

        Assert.True(result == "ABORTED", log);
        Assert.Contains("NOT an image", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_that_no_node_can_take_says_what_is_missing_and_gives_up_when_its_time_is_over()
    {
        var (result, log) = await RunAsync("image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [cat]", spec: "  nodeSelector: {disktype: nowhere}\n", arguments: "slaveConnectTimeout: 8, ");

        Assert.True(result == "ABORTED", log);
        Assert.Contains("0/1 nodes are available", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Secret_that_does_not_exist_is_named()
    {
        var (result, log) = await RunAsync("image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [cat]\n    env:\n    - {name: X, valueFrom: {secretKeyRef: {name: no-such-secret, key: x}}}");

        Assert.True(result == "ABORTED", log);
        Assert.Contains("no-such-secret", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ConfigMap_that_should_be_mounted_and_does_not_exist_is_named()
    {
        var (result, log) = await RunAsync("image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [cat]\n    volumeMounts:\n    - {name: c, mountPath: /c}", spec: "  volumes:\n  - {name: c, configMap: {name: no-such-map}}\n");

        Assert.True(result == "ABORTED", log);
        Assert.Contains("no-such-map", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_account_that_does_not_exist_is_refused_with_the_API_servers_words()
    {
        var (result, log) = await RunAsync("image: busybox\n    command: [cat]", arguments: "serviceAccount: 'nobody', ");

        Assert.True(result == "ABORTED", log);
        Assert.Contains("ERROR: Unable to create pod", log, StringComparison.Ordinal);
        Assert.Contains("nobody", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_container_that_ends_with_an_error_is_told_with_its_exit_code_and_last_lines()
    {
        var (result, log) = await RunAsync("image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [sh, -c, 'echo the last words; sleep 2; exit 3']", body: "sh 'sleep 60'");

        Assert.NotEqual("SUCCESS", result);
        Assert.NotEqual("FAILURE", result);
        Assert.Contains("Container x was terminated", log, StringComparison.Ordinal);
        Assert.Contains("the last words", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_takes_more_memory_than_it_may_is_told_as_that()
    {
        var (result, log) = await RunAsync(
            "image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [cat]\n    resources: {limits: {memory: 32Mi}, requests: {memory: 16Mi}}",
            body: "container('x') { sh 'set +x; x=a; while true; do x=$x$x; done' }; sh 'sleep 30'");

        Assert.NotEqual("SUCCESS", result);
        Assert.True(log.Contains("OOM", StringComparison.OrdinalIgnoreCase), log);
    }

    [Fact]
    public async Task A_pod_past_its_deadline_says_so()
    {
        var (result, log) = await RunAsync("image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [cat]", spec: "  activeDeadlineSeconds: 6\n", body: "sh 'sleep 60'");

        Assert.True(result == "ABORTED", log);
        Assert.Contains("Reason: DeadlineExceeded", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_of_the_users_own_is_never_tried_again()
    {
        var (result, log) = await RunAsync("image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [cat]", body: "echo 'one try'; sh 'exit 7'", around: "retry(count: 3, conditions: [kubernetesAgent(), nonresumable()])");

        Assert.Equal("FAILURE", result);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(log, "^one try$", System.Text.RegularExpressions.RegexOptions.Multiline));
        Assert.Contains("script returned exit code 7", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quota_that_is_used_up_makes_the_next_build_wait_and_say_so_until_there_is_room()
    {
        await using var cluster = await ClusterServer.StartAsync();
        await cluster.Namespace.KubectlAsync("create", "quota", "one", "--hard=pods=1");
        await Eventually.TrueAsync("the quota counts", async () => (await cluster.Namespace.KubectlAsync("get", "quota", "one", "-o", "jsonpath={.status.hard.pods}")) == "1");
        await cluster.Server.CreateJobAsync("first", Script("image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [cat]", "", "", "echo 'has the pod'; sh 'sleep 12'", ""));
        await cluster.Server.CreateJobAsync("second", Script("image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [cat]", "", "", "sh 'true'", ""));

        await cluster.Server.BuildAsync("first");
        await Eventually.TrueAsync("the first has its pod", async () => await cluster.Server.FindRunAsync("first", 1) is not null && (await cluster.Server.ReadConsoleAsync("first", 1)).Contains("has the pod", StringComparison.Ordinal));
        await cluster.Server.BuildAsync("second");
        await Eventually.TrueAsync("the second says that it waits for the quota", async () => (await cluster.Server.Http.GetStringAsync("queue/api/json")).Contains("quota", StringComparison.OrdinalIgnoreCase));

        Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("first", 1));
        Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("second", 1));
    }

    [Fact]
    public async Task An_agent_that_cannot_reach_the_server_is_told_with_its_own_log()
    {
        await using var cluster = await ClusterServer.StartAsync($"jenkinsUrl: http://{TestCluster.Host}:1/");
        await cluster.Server.CreateJobAsync("silent", Script("image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [cat]", "", "slaveConnectTimeout: 10, ", "sh 'true'", ""));
        await cluster.Server.BuildAsync("silent");

        var result = await cluster.Server.WaitForResultAsync("silent", 1);

        var log = await cluster.Server.ReadConsoleAsync("silent", 1);
        Assert.NotEqual("SUCCESS", result);
        Assert.Contains("did not connect in time", log, StringComparison.Ordinal);
        Assert.Contains("refused", log, StringComparison.OrdinalIgnoreCase);
    }

    private async Task<(string Result, string Log)> RunAsync(string container, string spec = "", string arguments = "", string body = "sh 'true'", string around = "")
    {
        TestCluster.Require();
        var job = $"job{Guid.NewGuid():N}"[..12];
        await world.Cluster.Server.CreateJobAsync(job, Script(container, spec, arguments, body, around));
        await world.Cluster.Server.BuildAsync(job);
        var result = await world.Cluster.Server.WaitForResultAsync(job, 1);
        return (result, await world.Cluster.Server.ReadConsoleAsync(job, 1));
    }

    private static string Script(string container, string spec, string arguments, string body, string around)
    {
        var node = $"node(POD_LABEL) {{ {body} }}";
        return $$"""
            podTemplate({{arguments}}showRawYaml: false, yaml: '''
            spec:
            {{spec}}  containers:
              - name: x
                {{container}}
            ''') {
              {{(around.Length == 0 ? node : $"{around} {{ {node} }}")}}
            }
            """;
    }

    public sealed class World : IAsyncLifetime
    {
        private ClusterServer? _cluster;

        internal ClusterServer Cluster => _cluster!;

        public async ValueTask InitializeAsync()
        {
            // Where there is no cluster the tests say so, and are skipped; a fixture that says so fails them.
            if (TestCluster.Absence is null)
            {
                _cluster = await ClusterServer.StartAsync();
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_cluster is not null)
            {
                await _cluster.DisposeAsync();
            }
        }
    }
}
