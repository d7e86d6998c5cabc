using System.Text.Json;
using Slipway.Cluster.Harness;
using Slipway.Scenarios.Harness;

namespace Slipway.Cluster.Life;

/// <summary>Who gets pods, which of them stay, and what of a cluster's own rules a build is told.</summary>
[Trait("Category", "Slow")]
public sealed class PolicyTests
{
    private const string Busybox = "image: busybox, imagePullPolicy: IfNotPresent, command: [cat]";

    [Fact]
    public async Task A_cloud_for_some_folders_serves_nobody_else()
    {
        await using var cluster = await ClusterServer.StartAsync("usageRestricted: true\nrestrictedToFolders: [team]\n" + Template());
        await CreateFolderAsync(cluster, "team");
        await CreateInFolderAsync(cluster, "team", "inside", "node('small') { sh 'true' }");
        await cluster.Server.CreateJobAsync("outside", "node('small') { sh 'true' }");
        await cluster.Server.BuildAsync("outside");
        await cluster.Server.BuildAsync("team/job/inside");

        Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("team/job/inside", 1));
        Assert.True((await cluster.Server.FindRunAsync("outside", 1))!.Value.GetProperty("building").GetBoolean());
        await NoPodIsLeftAsync(cluster);
    }

    [Fact]
    public async Task Retention_says_which_pods_stay_to_be_looked_at()
    {
        await using var cluster = await ClusterServer.StartAsync();
        foreach (var (job, retention, body) in new[] { ("always", "always()", "sh 'echo kept words'"), ("well", "onFailure()", "sh 'true'"), ("badly", "onFailure()", "sh 'kill 1; sleep 60'") })
        {
            await cluster.Server.CreateJobAsync(job, $"podTemplate(name: '{job}', showRawYaml: false, podRetention: {retention}) {{ node(POD_LABEL) {{ {body} }} }}");
            await cluster.Server.BuildAsync(job);
            await cluster.Server.WaitForResultAsync(job, 1);
        }

        await Eventually.TrueAsync("two pods stay, and nothing in them runs", async () => (await cluster.Namespace.PodsAsync()) is { Length: 2 } pods && pods.All(pod => IsKept(pod) && pod.GetProperty("status").GetProperty("phase").GetString() is "Failed" or "Succeeded"));
        Assert.Equal(["always", "badly"], (await cluster.Namespace.PodsAsync()).Select(Job).Order());
    }

    [Fact]
    public async Task A_minimum_is_kept_ready_without_any_build_and_no_more_than_the_maximum_waits()
    {
        await using var cluster = await ClusterServer.StartAsync(Template("idleMinutes: 5\n  minIdle: 1\n  maxIdle: 1"));
        await Eventually.TrueAsync("one waits", async () => (await cluster.Namespace.PodsAsync()) is [var pod] && pod.GetProperty("status").GetProperty("phase").GetString() == "Running");
        var ready = (await cluster.Namespace.PodsAsync())[0].GetProperty("metadata").GetProperty("name").GetString();
        await Eventually.TrueAsync("its agent is there", async () => (await cluster.Server.Http.GetStringAsync("computer/api/json")).Contains("\"idle\":true", StringComparison.Ordinal));
        await cluster.Server.CreateJobAsync("many", "parallel((1..3).collectEntries { n -> [\"$n\", { node('small') { sh 'echo on $NODE_NAME; sleep 2' } }] })");
        await cluster.Server.BuildAsync("many");

        Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("many", 1));

        Assert.Contains($"on {ready}", await cluster.Server.ReadConsoleAsync("many", 1), StringComparison.Ordinal);
        await Eventually.TrueAsync("one waits again", async () => (await cluster.Namespace.PodsAsync()).Length <= 2 && (await cluster.Server.Http.GetStringAsync("computer/api/json")).Contains("\"idle\":true", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_workspace_of_ones_own_is_where_it_is_said()
    {
        await using var cluster = await ClusterServer.StartAsync();
        await cluster.Server.CreateJobAsync("own", "pipeline { agent { kubernetes { showRawYaml false\ncustomWorkspace 'deep/own' } }\nstages { stage('x') { steps { sh 'pwd; env | sort' } } } }");
        await cluster.Server.BuildAsync("own");

        var result = await cluster.Server.WaitForResultAsync("own", 1);

        var log = await cluster.Server.ReadConsoleAsync("own", 1);
        Assert.True(result == "SUCCESS", log);
        Assert.Contains("\n/home/jenkins/agent/deep/own\n", log, StringComparison.Ordinal);
        Assert.Matches("\nJENKINS_AGENT_NAME=own-1-\\S+\nJENKINS_AGENT_WORKDIR=/home/jenkins/agent\nJENKINS_NAME=own-1-", log.Replace("\nJENKINS_URL=", "\n", StringComparison.Ordinal));
        Assert.DoesNotContain("JENKINS_SECRET", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_agents_secret_is_shown_to_no_step_though_it_was_an_argument()
    {
        await using var cluster = await ClusterServer.StartAsync();
        await cluster.Server.CreateJobAsync("secret", """
            podTemplate(showRawYaml: false, containers: [containerTemplate(name: 'jnlp', args: '^${computer.jnlpmac} ^${computer.name}')]) {
              node(POD_LABEL) { sh 'set +x; echo "arguments: $(tr "\\0" " " </proc/1/cmdline)"; cat /proc/1/environ >/dev/null 2>&1 && echo can read || echo cannot read' }
            }
            """);
        await cluster.Server.BuildAsync("secret");

        var result = await cluster.Server.WaitForResultAsync("secret", 1);

        var log = await cluster.Server.ReadConsoleAsync("secret", 1);
        Assert.True(result == "SUCCESS", log);
        Assert.Matches(@"arguments: \S+slipway-agent \*+ secret-1-", log);
        Assert.Contains("cannot read", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_is_deleted_takes_its_pods_with_it_those_that_run_and_those_that_wait_for_a_machine()
    {
        await using var cluster = await ClusterServer.StartAsync();
        await cluster.Server.CreateJobAsync("runs", "podTemplate(showRawYaml: false) { node(POD_LABEL) { sh 'sleep 600' } }");
        await cluster.Server.CreateJobAsync("waits", "podTemplate(showRawYaml: false, nodeSelector: 'disktype=nowhere') { node(POD_LABEL) { sh 'true' } }");
        await cluster.Server.BuildAsync("runs");
        await cluster.Server.BuildAsync("waits");
        await Eventually.TrueAsync("both have their pods", async () => (await cluster.Namespace.PodsAsync()).Length == 2 && (await cluster.Server.ReadConsoleAsync("runs", 1)).Contains("+ sleep", StringComparison.Ordinal));

        foreach (var job in (string[])["runs", "waits"])
        {
            using var answer = await cluster.Server.Http.PostAsync($"job/{job}/doDelete", null);
            Assert.True((int)answer.StatusCode < 400, $"doDelete: {answer.StatusCode}");
        }

        await NoPodIsLeftAsync(cluster);
    }

    [Fact]
    public async Task What_the_clusters_rules_refuse_is_told_in_their_words()
    {
        await using var cluster = await ClusterServer.StartAsync();
        await TestCluster.ApplyAsync($"apiVersion: v1\nkind: LimitRange\nmetadata: {{name: small, namespace: {cluster.Namespace.Name}}}\nspec: {{limits: [{{type: Container, max: {{memory: 1Gi}}}}]}}\n");

        var (result, log) = await RunAsync(cluster, $"spec: {{containers: [{{name: x, {Busybox}, resources: {{limits: {{memory: 2Gi}}}}}}]}}");

        Assert.True(result == "ABORTED", log);
        Assert.Contains("the cluster's admission refused it: ", log, StringComparison.Ordinal);
        Assert.Contains("maximum memory usage per Container is 1Gi", log, StringComparison.Ordinal);
        Assert.Contains("Queue task was cancelled", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kube-system/pods", "FAILURE", "'kube-system/pods', which is no name of a namespace")]
    [InlineData("../x", "FAILURE", "'../x', which is no name of a namespace")]
    [InlineData("no-such-namespace", "ABORTED", "Create the namespace 'no-such-namespace'")]
    public async Task A_namespace_that_is_none_is_refused(string name, string expected, string words)
    {
        await using var cluster = await ClusterServer.StartAsync();

        var (result, log) = await RunAsync(cluster, $"metadata: {{namespace: '{name}'}}");

        Assert.True(result == expected, log);
        Assert.Contains(words, log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_over_the_pods_own_limit_are_told_as_that_and_not_tried_again()
    {
        await using var cluster = await ClusterServer.StartAsync();

        var (result, log) = await RunAsync(cluster, $"spec: {{containers: [{{name: writer, {Busybox}, resources: {{limits: {{ephemeral-storage: 1Mi}}}}}}]}}",
            "retry(count: 2, conditions: [kubernetesAgent(), nonresumable()]) { node(POD_LABEL) { echo 'one try'; container('writer') { sh 'dd if=/dev/zero of=/tmp/x bs=1M count=20; sleep 240' } } }");

        Assert.NotEqual("SUCCESS", result);
        Assert.Contains("resources.limits.ephemeral-storage of its containers allow together (writer: 1Mi)", log, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(log, "^one try$", System.Text.RegularExpressions.RegexOptions.Multiline));
    }

    [Fact]
    public async Task What_a_container_lacks_is_told_though_its_time_to_start_is_short()
    {
        await using var cluster = await ClusterServer.StartAsync();

        var (result, log) = await RunAsync(cluster, $"spec: {{containers: [{{name: x, {Busybox}, envFrom: [{{configMapRef: {{name: no-such-map}}}}]}}]}}", arguments: "slaveConnectTimeout: 12, ");

        Assert.True(result == "ABORTED", log);
        Assert.Contains("The container 'x' cannot be made: configmap \"no-such-map\" not found", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_that_Kubernetes_drops_is_named_in_the_log()
    {
        await using var cluster = await ClusterServer.StartAsync();

        var (result, log) = await RunAsync(cluster, "spec: {containrs: [{name: x, image: busybox}]}");

        Assert.True(result == "SUCCESS", log);
        Assert.Contains("WARNING: Kubernetes has dropped 'spec.containrs' from the pod: it knows no such field there, or it is switched off in this cluster. Did you mean 'containers'?", log, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(log, "has dropped"));
    }

    private static async Task<(string Result, string Log)> RunAsync(ClusterServer cluster, string yaml, string body = "node(POD_LABEL) { sh 'true' }", string arguments = "")
    {
        await cluster.Server.CreateJobAsync("job", $"podTemplate({arguments}showRawYaml: false, yaml: '''{yaml}''') {{ {body} }}");
        await cluster.Server.BuildAsync("job");
        var result = await cluster.Server.WaitForResultAsync("job", 1);
        return (result, await cluster.Server.ReadConsoleAsync("job", 1));
    }

    private static string Template(string more = "") => $$"""
        templates:
        - name: small
          label: small
          nodeUsageMode: NORMAL
          showRawYaml: false
          {{more}}
          containers:
          - name: jnlp
            resourceRequestCpu: 1m
            resourceRequestMemory: 8Mi
        """;

    private static async Task CreateFolderAsync(ClusterServer cluster, string name)
    {
        using var answer = await cluster.Server.Http.PostAsync($"createItem?name={name}", new StringContent("<com.cloudbees.hudson.plugins.folder.Folder/>", System.Text.Encoding.UTF8, "application/xml"));
        Assert.True(answer.IsSuccessStatusCode, $"createItem: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    private static async Task CreateInFolderAsync(ClusterServer cluster, string folder, string name, string script)
    {
        var config = $"<flow-definition><definition class=\"org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition\"><script>{System.Security.SecurityElement.Escape(script)}</script></definition></flow-definition>";
        using var answer = await cluster.Server.Http.PostAsync($"job/{folder}/createItem?name={name}", new StringContent(config, System.Text.Encoding.UTF8, "application/xml"));
        Assert.True(answer.IsSuccessStatusCode, $"createItem: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    private static bool IsKept(JsonElement pod) => pod.GetProperty("metadata").GetProperty("annotations").TryGetProperty("slipway/kept", out _);

    private static string? Job(JsonElement pod) => pod.GetProperty("metadata").GetProperty("annotations").GetProperty("slipway/job").GetString();

    private static Task NoPodIsLeftAsync(ClusterServer cluster) => Eventually.TrueAsync("no pod is left", async () => (await cluster.Namespace.PodsAsync()).Length == 0);
}
