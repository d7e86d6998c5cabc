using System.Text.Json;
using Slipway.Cluster.Harness;
using Slipway.Scenarios.Harness;

namespace Slipway.Cluster.Corpus;

/// <summary>Every pipeline of the corpus runs in real pods and behaves as its index says.</summary>
[Trait("Category", "Slow")]
public sealed class PodPipelineTests(PodPipelineTests.World world) : IClassFixture<PodPipelineTests.World>
{
    public static TheoryData<string> Names => [.. PodPipelines.Names];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Names))]
    public async Task It_behaves_as_the_index_says(string name)
    {
        PodPipelines.Require();
        TestCluster.Require();
        var pipeline = PodPipelines.Get(name);
        var run = await world.FindOrBeginAsync(pipeline);

        await Meanwhile.DoAsync(name, run);
        var result = await run.WaitForResultAsync();

        var log = await run.ReadLogAsync();
        Assert.True(pipeline.Result is null || pipeline.Result == result, $"It ended as {result}, and {pipeline.Result} was expected.\n{log}");
        Assert.All(pipeline.LogContains, text => Assert.True(log.Contains(Expected(run, text), StringComparison.Ordinal), $"The log lacks: {text}\n{log}"));
        Assert.All(pipeline.LogNotContains, text => Assert.False(log.Contains(text, StringComparison.Ordinal), $"The log holds what it must not: {text}\n{log}"));
        await Afterwards.CheckAsync(name, run);
    }

    private static string Expected(PodRun run, string text) => text == "-overridden-namespace" ? run.World.Namespace.Name : text;

    /// <summary>A cluster as the corpus' index describes it, with a server beside it.</summary>
    public sealed class World : IAsyncLifetime
    {
        private ClusterServer? _server;
        private bool _hasBegun;

        internal TestNamespace Namespace => _server!.Namespace;

        internal ServerProcess Server => _server!.Server;

        public async ValueTask InitializeAsync()
        {
            if (TestCluster.Absence is not null || !PodPipelines.AreHere)
            {
                // The tests say so, and are skipped; a fixture that says so fails them.
                return;
            }

            _server = await ClusterServer.StartAsync(Templates);
            await Namespace.KubectlAsync("create", "secret", "generic", "container-secret", "--from-literal=password=container-pa55w0rd");
            await Namespace.KubectlAsync("create", "secret", "generic", "pod-secret", "--from-literal=password=pod-pa55w0rd");
            await Namespace.KubectlAsync("create", "secret", "generic", "empty-secret", "--from-literal=password=");
            await Namespace.KubectlAsync("create", "serviceaccount", "jenkins");
            await Namespace.KubectlAsync("create", "rolebinding", "jenkins", "--clusterrole=admin", $"--serviceaccount={Namespace.Name}:jenkins");
            await TestCluster.TryKubectlAsync(null, "label", "node", "--all", "disktype-");
        }

        public async ValueTask DisposeAsync()
        {
            if (_server is not null)
            {
                await _server.DisposeAsync();
            }
        }

        /// <summary>The pipelines that need nothing done to them were begun together: much of their time is waiting.</summary>
        internal async Task<PodRun> FindOrBeginAsync(PodPipeline pipeline)
        {
            if (!_hasBegun)
            {
                _hasBegun = true;
                foreach (var independent in PodPipelines.Independent)
                {
                    await BeginAsync(independent);
                }
            }

            return Meanwhile.Concerns(pipeline.Name) ? await BeginAsync(pipeline) : new PodRun(this, Uri.EscapeDataString(pipeline.Job));
        }

        private async Task<PodRun> BeginAsync(PodPipeline pipeline)
        {
            var job = Uri.EscapeDataString(pipeline.Job);
            await Server.CreateJobAsync(job, pipeline.Script);
            await Server.BuildAsync(job);
            return new PodRun(this, job);
        }

        private const string Templates = """
            directConnection: false
            templates:
            - name: busybox
              label: busybox
              nodeUsageMode: NORMAL
              envVars:
              - envVar:
                  key: POD_ENV_VAR
                  value: pod-env-var-value
              containers:
              - name: busybox
                image: busybox
                command: cat
                ttyEnabled: true
                envVars:
                - envVar:
                    key: CONTAINER_ENV_VAR
                    value: container-env-var-value
            - name: two-labels
              label: "label1 label2"
              nodeUsageMode: EXCLUSIVE
              containers:
              - name: busybox
                image: busybox
                command: cat
                ttyEnabled: true
            - name: deadline
              label: podDeadlineExceededGlobalTemplate
              nodeUsageMode: EXCLUSIVE
              activeDeadlineSeconds: 30
            - name: special
              label: special-agent
              nodeUsageMode: EXCLUSIVE
            """;
    }
}

/// <summary>A run of one of these pipelines.</summary>
internal sealed record PodRun(PodPipelineTests.World World, string Job)
{
    public Task<string> ReadLogAsync() => World.Server.ReadConsoleAsync(Job, 1);

    public Task<string> WaitForResultAsync() => World.Server.WaitForResultAsync(Job, 1);

    public Task WaitForLogAsync(string text) => Eventually.TrueAsync($"the log of {Job} says '{text}'", async () => await World.Server.FindRunAsync(Job, 1) is not null && (await ReadLogAsync()).Contains(text, StringComparison.Ordinal));

    /// <summary>The pod of this run, once there is one.</summary>
    public async Task<JsonElement> PodAsync()
    {
        JsonElement? found = null;
        await Eventually.TrueAsync($"{Job} has a pod", async () => (found = (await PodsAsync()).Cast<JsonElement?>().FirstOrDefault()) is not null);
        return found!.Value;
    }

    public async Task<IReadOnlyList<JsonElement>> PodsAsync()
    {
        var path = $"job/{Job}/1/";
        return [.. (await World.Namespace.PodsAsync()).Where(p => p.GetProperty("metadata").TryGetProperty("annotations", out var notes)
            && notes.TryGetProperty("runUrl", out var url) && url.GetString() == path)];
    }

    public async Task StopAsync()
    {
        using var answer = await World.Server.Http.PostAsync($"job/{Job}/1/stop", null);
        Assert.True((int)answer.StatusCode < 400, $"stop: {answer.StatusCode}");
    }

    public async Task RestartServerAsync()
    {
        World.Server.Kill();
        await World.Server.StartAgainAsync();
    }
}
