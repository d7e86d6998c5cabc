using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using Slipway.Model.Operations;
using Slipway.Protocol;

namespace Slipway.Bench.Pods;

/// <summary>
/// A thousand pods that are records at the API server only: bound to a node that has no kubelet, and marked running by this program, which also plays their agents over one connection each. So the server's own cost
/// shows, and no machine's room for containers does.
/// </summary>
internal static class ScaleBench
{
    private const int Pods = 1000;
    private const string Node = "slipway-bench-node";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchContext context)
    {
        if (!ClusterUnderTest.IsThere)
        {
            Console.WriteLine($"   left out: there is no cluster ({ClusterUnderTest.Kubeconfig}); ./dev cluster up makes one");
            return [];
        }

        await using var cluster = await ClusterUnderTest.CreateAsync();
        await ClusterUnderTest.KubectlAsync(JsonSerializer.Serialize(new { apiVersion = "v1", kind = "Node", metadata = new { name = Node }, spec = new { unschedulable = true } }), "apply", "-f", "-");
        try
        {
            await using var server = await ServerUnderTest.StartAsync(context, agents: 0, configuration: Configuration(cluster.Namespace));
            return await MeasureAsync(cluster, server);
        }
        finally
        {
            await ClusterUnderTest.KubectlAsync(null, "delete", "node", Node, "--wait=false");
            await ClusterUnderTest.KubectlAsync(null, "-n", cluster.Namespace, "delete", "pods", "--all", "--grace-period=0", "--force", "--wait=false");
        }
    }

    private static async Task<IReadOnlyList<Row>> MeasureAsync(ClusterUnderTest cluster, ServerUnderTest server)
    {
        var idle = server.ResidentMiB();
        await server.CreateJobAsync("held", "node('scale') { sh 'sleep 100000' }", parameter: "N");
        using var stop = new CancellationTokenSource();
        var agents = new ConcurrentDictionary<string, Task>();
        var working = 0;
        var playing = PlayAsync(cluster, (name, secret, url) => agents.GetOrAdd(name, _ => new PlayedAgent(name, secret, url, () => Interlocked.Increment(ref working)).RunAsync(stop.Token)), stop.Token);

        var processor = server.ProcessorTime();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Pods; i++)
        {
            // Told apart by a parameter, for equal requests that wait become one.
            await server.TriggerAsync("held", $"N={i}");
        }

        var queued = clock.Elapsed;
        while (await server.ReadMetricAsync("slipway_kubernetes_pod_creates") < Pods)
        {
            await Task.Delay(10);
        }

        var created = clock.Elapsed;
        while (Volatile.Read(ref working) < Pods)
        {
            if (clock.Elapsed > TimeSpan.FromMinutes(10))
            {
                throw new InvalidOperationException($"Only {working} of {Pods} agents work after ten minutes; {agents.Count} were started.");
            }

            await Task.Delay(20);
        }

        var all = clock.Elapsed;
        var busy = server.ProcessorTime() - processor;
        await Task.Delay(TimeSpan.FromSeconds(5));
        var memory = server.ResidentMiB();
        var before = server.ProcessorTime();
        var rest = Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromSeconds(20));
        var atRest = (server.ProcessorTime() - before) / rest.Elapsed;
        await stop.CancelAsync();
        await Task.WhenAll([playing, .. agents.Values]).ContinueWith(_ => { }, TaskScheduler.Default);
        return
        [
            new Row($"{Pods} queued items → {Pods} create calls", $"{(created - queued).TotalMilliseconds:0} ms after the last of them was queued, {created.TotalSeconds:0.0} s after the first", null, null, "p50 < 20 ms, p99 < 200 ms at 50/s"),
            new Row($"{Pods} queued items → {Pods} agents at work", $"{all.TotalSeconds:0.0} s, {busy.TotalSeconds:0.0} s of processor time", null, null, "–"),
            new Row($"server with {Pods} connected agents at work", $"{memory:0} MiB (idle before: {idle:0} MiB), {atRest:0.0 %} of a core", null, null, "< 512 MiB"),
        ];
    }

    /// <summary>Follows the namespace's pods with kubectl, marks each as running, and starts its agent.</summary>
    private static async Task PlayAsync(ClusterUnderTest cluster, Action<string, string, string> start, CancellationToken stop)
    {
        using var proxy = ClusterUnderTest.Start("proxy", "--port=0", "--disable-filter=true");
        var port = (await proxy.StandardOutput.ReadLineAsync(stop))!.Split(':')[^1].Trim();
        using var api = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/namespaces/{cluster.Namespace}/"), Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            var seen = new HashSet<string>();
            while (!stop.IsCancellationRequested)
            {
                using var answer = await api.GetAsync("pods?watch=true", HttpCompletionOption.ResponseHeadersRead, stop);
                using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(stop));
                while (await reader.ReadLineAsync(stop) is { } line)
                {
                    using var change = JsonDocument.Parse(line);
                    var pod = change.RootElement.GetProperty("object");
                    var name = pod.GetProperty("metadata").GetProperty("name").GetString()!;
                    if (change.RootElement.GetProperty("type").GetString() != "ADDED" || !seen.Add(name))
                    {
                        continue;
                    }

                    var variables = pod.GetProperty("spec").GetProperty("containers").EnumerateArray().SelectMany(c => c.TryGetProperty("env", out var env) ? env.EnumerateArray() : [])
                        .Where(v => v.TryGetProperty("value", out _)).GroupBy(v => v.GetProperty("name").GetString()!).ToDictionary(g => g.Key, g => g.First().GetProperty("value").GetString()!);
                    var status = new
                    {
                        phase = "Running",
                        conditions = new[] { new { type = "Ready", status = "True" } },
                        containerStatuses = pod.GetProperty("spec").GetProperty("containers").EnumerateArray().Select(c => new
                        {
                            name = c.GetProperty("name").GetString(),
                            image = "x",
                            imageID = "x",
                            ready = true,
                            restartCount = 0,
                            state = new { running = new { startedAt = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) } },
                        }),
                    };
                    using var patch = new HttpRequestMessage(HttpMethod.Patch, $"pods/{name}/status")
                    {
                        Content = new StringContent(JsonSerializer.Serialize(new { status }), System.Text.Encoding.UTF8, "application/strategic-merge-patch+json"),
                    };
                    using var patched = await api.SendAsync(patch, stop);
                    start(name, variables["JENKINS_SECRET"], variables["JENKINS_URL"]);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
        finally
        {
            proxy.Kill();
        }
    }

    /// <summary>An agent that prepares workspaces, begins steps and never ends them.</summary>
    private sealed class PlayedAgent(string name, string secret, string url, Action works)
    {
        public async Task RunAsync(CancellationToken stop)
        {
            try
            {
                using var socket = new ClientWebSocket();
                socket.Options.SetRequestHeader(AgentProtocol.NodeNameHeader, name);
                socket.Options.SetRequestHeader(AgentProtocol.SecretHeader, secret);
                socket.Options.SetRequestHeader(AgentProtocol.VersionHeader, AgentProtocol.Version.ToString(CultureInfo.InvariantCulture));
                var root = new UriBuilder(url) { Scheme = "ws" };
                await socket.ConnectAsync(new Uri(root.Uri, AgentProtocol.SocketPath), stop);
                await SendAsync(socket, new Hello(AgentProtocol.Version, "bench", name, "linux", "x64", name, 1, "/w", [], []), stop);
                var buffer = new byte[64 * 1024];
                while (true)
                {
                    var length = 0;
                    WebSocketReceiveResult part;
                    do
                    {
                        part = await socket.ReceiveAsync(buffer.AsMemory(length).ToArraySegment(), stop);
                        length += part.Count;
                    }
                    while (!part.EndOfMessage);

                    if (part.MessageType == WebSocketMessageType.Close)
                    {
                        return;
                    }

                    if (AgentFrame.ReadControllerMessage(buffer.AsSpan(0, length)) is RunOperation run)
                    {
                        if (run.Operation is PrepareWorkspace)
                        {
                            await SendAsync(socket, new OperationReport(run.OperationId, 0, new WorkspacePrepared("/w/job", "/w/job@tmp", true, new Dictionary<string, string>())), stop);
                        }
                        else
                        {
                            works();
                        }
                    }
                }
            }
            catch (Exception fault) when (fault is OperationCanceledException or WebSocketException)
            {
                if (!stop.IsCancellationRequested)
                {
                    Console.Error.WriteLine($"   {name}: {fault.Message}");
                }
            }
        }

        private static async Task SendAsync(ClientWebSocket socket, AgentMessage message, CancellationToken stop)
        {
            var frame = new ArrayBufferWriter<byte>();
            AgentFrame.Write(frame, message);
            await socket.SendAsync(frame.WrittenMemory, WebSocketMessageType.Binary, endOfMessage: true, stop);
        }
    }

    private static ArraySegment<byte> ToArraySegment(this Memory<byte> memory) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray<byte>(memory, out var segment) ? segment : throw new InvalidOperationException();

    private static string Configuration(string @namespace) => $"""
        jenkins:
          numExecutors: 0
          clouds:
          - kubernetes:
              name: kubernetes
              namespace: {@namespace}
              webSocket: true
              containerCapStr: "2000"
              maxRequestsPerHostStr: "64"
              templates:
              - name: scale
                label: scale
                showRawYaml: false
                yaml: |
                  spec:
                    nodeName: {Node}
        """;
}
