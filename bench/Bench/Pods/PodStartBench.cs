using System.Diagnostics;

namespace Slipway.Bench.Pods;

/// <summary>
/// From the request of a build to the first thing that its step does, in a new pod, in a kept one, and a hundred at once; beside it the bare pod of the same image, created and watched by kubectl in the same run.
/// </summary>
internal static class PodStartBench
{
    private const int Times = 30;

    /// <summary>Enough that the slowest hundredth is more than the one slowest.</summary>
    private const int WarmTimes = 120;

    private const int AtOnce = 100;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchContext context)
    {
        if (!ClusterUnderTest.IsThere)
        {
            Console.WriteLine($"   left out: there is no cluster ({ClusterUnderTest.Kubeconfig}); ./dev cluster up makes one");
            return [];
        }

        await using var cluster = await ClusterUnderTest.CreateAsync();
        await using var bell = new Bell();
        await using var server = await ServerUnderTest.StartAsync(context, agents: 0, configuration: Configuration(cluster.Namespace));
        return
        [
            .. await ColdAsync(cluster, bell, server),
            .. await WarmAsync(bell, server),
            .. await ManyAsync(cluster, bell, server),
        ];
    }

    private static async Task<IReadOnlyList<Row>> ColdAsync(ClusterUnderTest cluster, Bell bell, ServerUnderTest server)
    {
        List<double> ours = [];
        List<double> bare = [];
        var links = new Dictionary<string, List<double>>();
        await server.CreateJobAsync("cold", $"node('cold') {{ container('tools') {{ sh \"{bell.Command("cold-${env.BUILD_NUMBER}")}\" }} }}");
        for (var i = 1; i <= Times; i++)
        {
            bare.Add(await BarePodAsync(cluster, bell, $"bare-{i}"));
            var before = await server.ReadStartupAsync();
            var clock = Stopwatch.GetTimestamp();
            await server.TriggerAsync("cold");
            ours.Add(Milliseconds(clock, await bell.RungAsync($"cold-{i}").WaitAsync(TimeSpan.FromMinutes(2))));
            await server.WaitForEndAsync("cold", i);
            Console.Write($"\r   cold {i}/{Times}: {ours[^1]:0} ms, bare {bare[^1]:0} ms   ");
            foreach (var (link, seconds) in await server.ReadStartupAsync())
            {
                if (seconds - before.GetValueOrDefault(link) is var took)
                {
                    (links.TryGetValue(link, out var list) ? list : links[link] = []).Add(took * 1000);
                }
            }
        }

        var (p50, floor) = (Statistics.Percentile(ours, 0.5), Statistics.Percentile(bare, 0.5));
        return
        [
            new Row("request → first effect of a step in a new pod, p50", $"{p50:0} ms", $"bare pod by kubectl: {floor:0} ms", $"{p50 - floor:+0;-0} ms", "bare pod + 200 ms"),
            new Row("the same, p99", $"{Statistics.Percentile(ours, 0.99):0} ms", $"bare pod by kubectl: {Statistics.Percentile(bare, 0.99):0} ms", null, "–"),
            .. links.Where(l => l.Key != "total").Select(l => new Row($"start-up chain: until {l.Key}, p50 / p99", $"{Statistics.Percentile(l.Value, 0.5):0} / {Statistics.Percentile(l.Value, 0.99):0} ms", null, null, l.Key is "connected" ? "< 150 ms with what follows" : "–")),
        ];
    }

    private static async Task<IReadOnlyList<Row>> WarmAsync(Bell bell, ServerUnderTest server)
    {
        List<double> ours = [];
        await server.CreateJobAsync("warm", $"node('warm') {{ container('tools') {{ sh \"{bell.Command("warm-${env.BUILD_NUMBER}")}\" }} }}");
        for (var i = 1; i <= WarmTimes + 3; i++)
        {
            var clock = Stopwatch.GetTimestamp();
            await server.TriggerAsync("warm");
            var took = Milliseconds(clock, await bell.RungAsync($"warm-{i}").WaitAsync(TimeSpan.FromMinutes(2)));
            await server.WaitForEndAsync("warm", i);
            Console.Write($"\r   kept {i}: {took:0} ms   ");
            await server.WaitForIdleNodeAsync();
            if (i > 3)
            {
                ours.Add(took);
            }
        }

        return [new Row("request → first effect of a step on a kept agent, p50 / p99", $"{Statistics.Percentile(ours, 0.5):0.0} / {Statistics.Percentile(ours, 0.99):0.0} ms", null, null, "< 50 ms")];
    }

    private static async Task<IReadOnlyList<Row>> ManyAsync(ClusterUnderTest cluster, Bell bell, ServerUnderTest server)
    {
        await server.CreateJobAsync("many", $"node('cold') {{ container('tools') {{ sh \"{bell.Command("many-${env.BUILD_NUMBER}")}\" }} }}", parameter: "N");
        var requests = await server.ReadMetricAsync("slipway_kubernetes_request_duration_seconds_count");
        var earlier = await server.ReadMetricAsync("slipway_kubernetes_pod_creates");
        var clock = Stopwatch.GetTimestamp();
        for (var i = 1; i <= AtOnce; i++)
        {
            await server.TriggerAsync("many", $"N={i}");
        }

        var created = 0.0;
        while (true)
        {
            // The cluster's own word on how many of ours there are or were.
            if (await server.ReadMetricAsync("slipway_kubernetes_pod_creates") - earlier >= AtOnce)
            {
                created = Milliseconds(clock, Stopwatch.GetTimestamp());
                break;
            }

            await Task.Delay(5);
        }

        var rings = await Task.WhenAll(Enumerable.Range(1, AtOnce).Select(i => bell.RungAsync($"many-{i}"))).WaitAsync(TimeSpan.FromMinutes(15));
        var all = Milliseconds(clock, rings.Max());
        for (var i = 1; i <= AtOnce; i++)
        {
            await server.WaitForEndAsync("many", i);
        }

        requests = await server.ReadMetricAsync("slipway_kubernetes_request_duration_seconds_count") - requests;

        // The peer: as many bare pods by one kubectl.
        clock = Stopwatch.GetTimestamp();
        await ClusterUnderTest.KubectlAsync(string.Join("\n---\n", Enumerable.Range(1, AtOnce).Select(i => BarePod(bell, $"herd-{i}"))), "-n", cluster.Namespace, "create", "-f", "-");
        var herdCreated = Milliseconds(clock, Stopwatch.GetTimestamp());
        var herd = Milliseconds(clock, (await Task.WhenAll(Enumerable.Range(1, AtOnce).Select(i => bell.RungAsync($"herd-{i}"))).WaitAsync(TimeSpan.FromMinutes(15))).Max());
        await ClusterUnderTest.KubectlAsync(null, "-n", cluster.Namespace, "delete", "pods", "--all", "--grace-period=0", "--force", "--wait=false");
        return
        [
            new Row($"{AtOnce} builds at once: until all pods are created", $"{created:0} ms", $"kubectl create: {herdCreated:0} ms", $"{created / herdCreated:0.0} ×", "as fast as the API server takes them"),
            new Row($"{AtOnce} builds at once: until the last step has run", $"{all / 1000:0.0} s", $"bare pods: {herd / 1000:0.0} s", $"{all / herd:0.00} ×", "–"),
            new Row("API requests per pod", $"{requests / AtOnce:0.0}", null, null, "–"),
        ];
    }

    private static async Task<double> BarePodAsync(ClusterUnderTest cluster, Bell bell, string name)
    {
        var clock = Stopwatch.GetTimestamp();
        await ClusterUnderTest.KubectlAsync(BarePod(bell, name), "-n", cluster.Namespace, "create", "-f", "-");
        var took = Milliseconds(clock, await bell.RungAsync(name).WaitAsync(TimeSpan.FromMinutes(2)));
        await ClusterUnderTest.KubectlAsync(null, "-n", cluster.Namespace, "delete", "pod", name, "--grace-period=1", "--wait=false");
        return took;
    }

    private static string BarePod(Bell bell, string name) => $$"""
        apiVersion: v1
        kind: Pod
        metadata:
          name: {{name}}
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 1
          containers:
          - name: tools
            image: busybox
            imagePullPolicy: IfNotPresent
            resources:
              requests:
                cpu: 1m
                memory: 8Mi
            command: [sh, -c, "{{bell.Command(name)}}; exec sleep 3600"]
        """;

    private static double Milliseconds(long from, long to) => (to - from) * 1000.0 / Stopwatch.Frequency;

    private static string Configuration(string @namespace) => $"""
        jenkins:
          numExecutors: 0
          clouds:
          - kubernetes:
              name: kubernetes
              namespace: {@namespace}
              webSocket: true
              templates:
              - name: cold
                label: cold
                showRawYaml: false
                containers: {Containers}
              - name: warm
                label: warm
                idleMinutes: 30
                showRawYaml: false
                containers: {Containers}
        """;

    private const string Containers = """[{name: tools, image: busybox, command: cat, ttyEnabled: true, resourceRequestCpu: 1m, resourceRequestMemory: 8Mi}, {name: jnlp, resourceRequestCpu: 1m, resourceRequestMemory: 8Mi}]""";
}
