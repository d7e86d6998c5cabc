using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Cluster.Harness;
using Slipway.Scenarios.Harness;

namespace Slipway.Cluster.Life;

/// <summary>How pods come, are shared out, stay and go.</summary>
[Trait("Category", "Slow")]
public sealed class LifeTests
{
    private const string Small = """
        templates:
        - name: small
          label: small
          nodeUsageMode: NORMAL
          showRawYaml: false
          containers:
          - name: busybox
            image: busybox
            command: cat
            ttyEnabled: true
            resourceRequestCpu: 1m
            resourceRequestMemory: 8Mi
          - name: jnlp
            resourceRequestCpu: 1m
            resourceRequestMemory: 8Mi
        """;

    [Fact]
    public async Task Work_that_names_no_label_gets_a_pod_when_the_controller_has_no_executors()
    {
        await using var cluster = await ClusterServer.StartAsync(Small);
        await cluster.Server.CreateJobAsync("any", "pipeline { agent any; stages { stage('x') { steps { sh 'echo ran on $NODE_NAME' } } } }");
        await cluster.Server.BuildAsync("any");

        Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("any", 1));

        Assert.Matches(@"ran on small-\w+", await cluster.Server.ReadConsoleAsync("any", 1));
        await NoPodIsLeftAsync(cluster);
    }

    [Theory]
    [InlineData("webSocket: true")]
    [InlineData("jenkinsUrl: http://127.0.0.1:1/\njenkinsTunnel: '{agents}'")]
    [InlineData("directConnection: true")]
    public async Task The_agent_comes_by_the_way_that_the_cloud_names(string way)
    {
        await using var cluster = await ClusterServer.StartAsync(way + "\n" + Small);
        await cluster.Server.CreateJobAsync("way", "node('small') { sh 'echo it came' }");
        await cluster.Server.BuildAsync("way");

        var result = await cluster.Server.WaitForResultAsync("way", 1);

        var log = await cluster.Server.ReadConsoleAsync("way", 1);
        Assert.True(result == "SUCCESS", log);
    }

    [Fact]
    public async Task Many_builds_at_once_never_pass_the_cap_also_when_the_server_is_killed_in_the_middle()
    {
        await using var cluster = await ClusterServer.StartAsync("containerCapStr: \"4\"\n" + Small);
        await cluster.Server.CreateJobAsync("many", "node('small') { sh 'sleep 1' }");
        using var watching = new CancellationTokenSource();
        var most = WatchMostAsync(cluster, watching.Token);
        for (var build = 0; build < 16; build++)
        {
            await cluster.Server.BuildAsync("many");
        }

        await Eventually.TrueAsync("some have ended", async () => await cluster.Server.FindRunAsync("many", 3) is { } run && !run.GetProperty("building").GetBoolean());
        cluster.Server.Kill();
        await cluster.Server.StartAgainAsync();

        for (var build = 1; build <= 16; build++)
        {
            Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("many", build));
        }

        await watching.CancelAsync();
        Assert.InRange(await most, 1, 4);
        await NoPodIsLeftAsync(cluster);
    }

    [Fact]
    public async Task A_kept_pod_serves_the_next_build_of_its_folder_with_an_empty_workspace()
    {
        await using var cluster = await ClusterServer.StartAsync(Small.Replace("  showRawYaml: false", "  showRawYaml: false\n  idleMinutes: 5", StringComparison.Ordinal));
        await cluster.Server.CreateJobAsync("warm", "node('small') { sh 'set +x; ls -A; echo left > rest; (sleep 300 &); (JENKINS_NODE_COOKIE=x setsid sleep 300 &); echo on $NODE_NAME' ; container('busybox') { sh 'echo too > more; sleep 300 & JENKINS_NODE_COOKIE=x SLIPWAY_OPERATION=x setsid sleep 300 &' } }");
        var nodes = new List<string>();
        for (var build = 1; build <= 2; build++)
        {
            await cluster.Server.BuildAsync("warm");
            Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("warm", build));
            var log = await cluster.Server.ReadConsoleAsync("warm", build);
            Assert.DoesNotContain("\nrest\n", log, StringComparison.Ordinal);
            Assert.DoesNotContain("\nmore\n", log, StringComparison.Ordinal);
            var match = Regex.Match(log, @"^on (\S+)$", RegexOptions.Multiline);
            Assert.True(match.Success, log);
            nodes.Add(match.Groups[1].Value);
            await Eventually.TrueAsync("the pod waits for work", async () => (await cluster.Server.Http.GetStringAsync("computer/api/json")).Contains("\"idle\":true", StringComparison.Ordinal));
        }

        Assert.Equal(nodes[0], nodes[1]);
        var pod = Assert.Single(await cluster.Namespace.PodsAsync()).GetProperty("metadata").GetProperty("name").GetString()!;
        foreach (var container in (string[])["busybox", "jnlp"])
        {
            Assert.DoesNotContain("sleep 300", await cluster.Namespace.KubectlAsync("exec", pod, "-c", container, "--", "sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Steps_in_another_container_have_its_files_environment_exit_code_and_signals()
    {
        await using var cluster = await ClusterServer.StartAsync();
        await cluster.Server.CreateJobAsync("inside", """
            podTemplate(showRawYaml: false, containers: [containerTemplate(name: 'mvn', image: 'maven:3.3.9-jdk-8-alpine', command: 'cat', ttyEnabled: true, envVars: [envVar(key: 'FROM', value: 'the container')])]) {
              node(POD_LABEL) {
                container('mvn') {
                  sh 'mvn -version; echo "FROM=$FROM POD_CONTAINER=$POD_CONTAINER BUILD=$BUILD_NUMBER"'
                  echo "status ${sh(returnStatus: true, script: 'exit 42')}"
                  echo "out ${sh(returnStdout: true, script: 'echo captured').trim()}"
                  writeFile file: 'shared.txt', text: 'from the agent'
                  sh 'cat shared.txt; echo; echo and back > back.txt'
                  sh 'i=0; while [ $i -lt 2000 ]; do echo "0123456789 line $i"; i=$((i+1)); done'
                  timeout(time: 2, unit: 'SECONDS') { catchError(buildResult: 'SUCCESS', catchInterruptions: true) { sh 'trap "echo was told; exit 0" TERM; sleep 60 & wait' } }
                }
                echo readFile('back.txt')
                containerLog 'mvn'
              }
            }
            """);
        await cluster.Server.BuildAsync("inside");

        var result = await cluster.Server.WaitForResultAsync("inside", 1);

        var log = await cluster.Server.ReadConsoleAsync("inside", 1);
        Assert.True(result is "SUCCESS" or "ABORTED", log);
        foreach (var line in (string[])["Apache Maven 3.3.9", "FROM=the container POD_CONTAINER=mvn BUILD=1", "status 42", "out captured", "from the agent", "0123456789 line 1999", "was told", "and back"])
        {
            Assert.Contains(line, log, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_container_that_is_left_alone_runs_steps_too_and_the_log_warns()
    {
        await using var cluster = await ClusterServer.StartAsync();
        await cluster.Server.CreateJobAsync("service", """
            podTemplate(showRawYaml: false, yaml: '''
            spec:
              containers:
              - name: db
                image: busybox
                imagePullPolicy: IfNotPresent
                command: [sh, -c, 'echo serving; while true; do sleep 1; done']
            ''') { node(POD_LABEL) { container('db') { sh 'echo in the service'; sh 'exit 5' } } }
            """);
        await cluster.Server.BuildAsync("service");

        Assert.Equal("FAILURE", await cluster.Server.WaitForResultAsync("service", 1));

        var log = await cluster.Server.ReadConsoleAsync("service", 1);
        Assert.Contains("in the service", log, StringComparison.Ordinal);
        Assert.Contains("exit code 5", log, StringComparison.Ordinal);
        Assert.Contains("WARN", log, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_image_without_a_shell_runs_the_agent_all_the_same()
    {
        await using var cluster = await ClusterServer.StartAsync();
        await cluster.Server.CreateJobAsync("bare", """
            podTemplate(showRawYaml: false, yaml: '''
            spec:
              containers:
              - name: bare
                image: slipway/test-no-shell:1
                imagePullPolicy: IfNotPresent
                command: [sleep, infinity]
            ''') { node(POD_LABEL) { container('bare') { echo "bare: ${sh(returnStatus: true, script: 'true')}" }; sh 'echo went on' } }
            """);
        await cluster.Server.BuildAsync("bare");

        var result = await cluster.Server.WaitForResultAsync("bare", 1);

        var log = await cluster.Server.ReadConsoleAsync("bare", 1);
        Assert.True(result == "SUCCESS", log);
        Assert.Contains("went on", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_left_of_a_run_that_was_stopped_nor_of_one_whose_server_came_back_after_it_had_ended()
    {
        await using var cluster = await ClusterServer.StartAsync(Small);
        await cluster.Server.CreateJobAsync("stopped", "node('small') { echo 'is there'; sh 'sleep 600' }");
        await cluster.Server.BuildAsync("stopped");
        await Eventually.TrueAsync("it runs", async () => await cluster.Server.FindRunAsync("stopped", 1) is not null && (await cluster.Server.ReadConsoleAsync("stopped", 1)).Contains("+ sleep", StringComparison.Ordinal));
        cluster.Server.Kill();
        await TestCluster.ApplyAsync($"apiVersion: v1\nkind: Pod\nmetadata: {{name: foreign, namespace: {cluster.Namespace.Name}}}\nspec: {{containers: [{{name: x, image: busybox, imagePullPolicy: IfNotPresent, command: [cat], stdin: true}}]}}\n");
        await cluster.Server.StartAgainAsync();

        using (await cluster.Server.Http.PostAsync("job/stopped/1/stop", null))
        {
            Assert.Equal("ABORTED", await cluster.Server.WaitForResultAsync("stopped", 1));
        }

        await Eventually.TrueAsync("only the pod that is not ours is left", async () => (await cluster.Namespace.PodsAsync()).Length == 1);
    }

    [Fact]
    public async Task A_build_that_only_sleeps_in_its_pod_is_told_at_once_when_the_pod_is_deleted()
    {
        await using var cluster = await ClusterServer.StartAsync(Small);
        await cluster.Server.CreateJobAsync("plain", "node('small') { sleep 600; echo 'too late' }");
        await cluster.Server.CreateJobAsync("again", """
            def attempt = 0
            retry(count: 2, conditions: [kubernetesAgent(), nonresumable()]) {
              node('small') { parallel(asleep: { if (attempt++ == 0) sleep 600 }, beside: { sh 'echo on $NODE_NAME' }) }
            }
            """);
        foreach (var job in (string[])["plain", "again"])
        {
            await cluster.Server.BuildAsync(job);
            await Eventually.TrueAsync("it sleeps", async () => await cluster.Server.FindRunAsync(job, 1) is not null && (await cluster.Server.ReadConsoleAsync(job, 1)) is var log && log.Contains("Sleeping for ", StringComparison.Ordinal) && (job == "plain" || log.Contains("\non ", StringComparison.Ordinal)));
        }

        await cluster.Namespace.KubectlAsync("delete", "pod", "--all", "--wait=false");
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Assert.Equal("ABORTED", await cluster.Server.WaitForResultAsync("plain", 1));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"It was told after {clock.Elapsed}.");
        Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("again", 1));
        var plain = await cluster.Server.ReadConsoleAsync("plain", 1);
        var again = await cluster.Server.ReadConsoleAsync("again", 1);
        Assert.Contains("was deleted by somebody else than this server", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("too late", plain, StringComparison.Ordinal);
        Assert.Contains("\nRetrying\n", again, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Matches(again, @"^on (\S+)$", RegexOptions.Multiline).Select(m => m.Groups[1].Value).Distinct().Count());
        await NoPodIsLeftAsync(cluster);
    }

    [Fact]
    public async Task The_log_says_that_the_agent_of_a_running_pod_is_away_what_is_seen_of_the_pod_and_that_it_is_back()
    {
        CuttingProxy? proxy = null;
        await using var cluster = await ClusterServer.StartAsync("podDeadlineSeconds: 7200\n" + Small, port => (proxy = new CuttingProxy(port, IPAddress.Parse(TestCluster.Host))).Port);
        await using var closing = proxy!;
        await cluster.Server.CreateJobAsync("away", "node('small') { sh 'echo begun; sleep 20; echo went on' }");
        await cluster.Server.BuildAsync("away");
        await Eventually.TrueAsync("it runs", () => SaysAsync("begun"));

        proxy!.IsShut = true;
        proxy.Cut();
        await Eventually.TrueAsync("the log says that the agent is away", () => SaysAsync(" lost its connection to the server at "));
        proxy.IsShut = false;

        Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("away", 1));
        var log = await cluster.Server.ReadConsoleAsync("away", 1);
        Assert.True(Regex.IsMatch(log, $@"\nAgent (small-\S+) lost its connection to the server at \S+ \S+ UTC; waiting up to 1 h 59 min, which is the node's own deadline, for it to come back \(pod {cluster.Namespace.Name}/\1 is Running on node \S+\)\.\n"), log);
        Assert.True(Regex.IsMatch(log, @"\nAgent small-\S+ is connected again after \d+ s; its steps went on meanwhile\.\n"), log);

        async Task<bool> SaysAsync(string text) => await cluster.Server.FindRunAsync("away", 1) is not null && (await cluster.Server.ReadConsoleAsync("away", 1)).Contains(text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_the_configuration_is_taken_up_without_touching_what_runs()
    {
        await using var cluster = await ClusterServer.StartAsync(Small);
        await cluster.Server.CreateJobAsync("before", "node('small') { echo 'is there'; sh 'sleep 6; echo survived' }");
        await cluster.Server.BuildAsync("before");
        await Eventually.TrueAsync("it runs", async () => await cluster.Server.FindRunAsync("before", 1) is not null && (await cluster.Server.ReadConsoleAsync("before", 1)).Contains("+ sleep", StringComparison.Ordinal));

        await File.WriteAllTextAsync(cluster.ConfigFile, ClusterServer.Configuration(cluster.Namespace.Name, Small.Replace("label: small", "label: renamed", StringComparison.Ordinal)));
        await cluster.Server.CreateJobAsync("after", "node('renamed') { sh 'true' }");
        await cluster.Server.BuildAsync("after");

        Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("after", 1));
        Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("before", 1));
    }

    [Fact]
    public async Task What_a_cloud_has_is_looked_after_though_its_configuration_went_while_the_server_was_away()
    {
        await using var cluster = await ClusterServer.StartAsync(Small.Replace("  showRawYaml: false", "  showRawYaml: false\n  idleMinutes: 5", StringComparison.Ordinal));
        await cluster.Server.CreateJobAsync("goes-on", "node('small') { sh 'sleep 12; echo survived' }");
        await cluster.Server.CreateJobAsync("leaves", "node('small') { sh 'true' }");
        await cluster.Server.BuildAsync("goes-on");
        await Eventually.TrueAsync("it runs", async () => await cluster.Server.FindRunAsync("goes-on", 1) is not null && (await cluster.Server.ReadConsoleAsync("goes-on", 1)).Contains("+ sleep", StringComparison.Ordinal));
        await cluster.Server.BuildAsync("leaves");
        Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("leaves", 1));
        Assert.Equal(2, (await cluster.Namespace.PodsAsync()).Length);

        cluster.Server.Kill();
        await File.WriteAllTextAsync(cluster.ConfigFile, "jenkins:\n  numExecutors: 0\n");
        await cluster.Server.StartAgainAsync();

        Assert.Equal("SUCCESS", await cluster.Server.WaitForResultAsync("goes-on", 1));
        Assert.Contains("survived", await cluster.Server.ReadConsoleAsync("goes-on", 1), StringComparison.Ordinal);
        await NoPodIsLeftAsync(cluster);
    }

    private static async Task<int> WatchMostAsync(ClusterServer cluster, CancellationToken cancellation)
    {
        var most = 0;
        while (!cancellation.IsCancellationRequested)
        {
            most = Math.Max(most, (await cluster.Namespace.PodsAsync()).Count(pod => !HasEnded(pod)));
        }

        return most;
    }

    /// <summary>Its containers have, and the cluster is tidying up.</summary>
    private static bool HasEnded(JsonElement pod) =>
        pod.GetProperty("metadata").TryGetProperty("deletionTimestamp", out _) && pod.GetProperty("status").GetProperty("phase").GetString() is "Succeeded" or "Failed";

    private static Task NoPodIsLeftAsync(ClusterServer cluster) => Eventually.TrueAsync("no pod is left", async () => (await cluster.Namespace.PodsAsync()).Length == 0);
}
