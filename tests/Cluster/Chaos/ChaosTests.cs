using System.Diagnostics;
using System.Globalization;
using System.Net;
using Slipway.Cluster.Harness;
using Slipway.Scenarios.Harness;

namespace Slipway.Cluster.Chaos;

/// <summary>
/// Builds, while everything around them breaks: the server is killed, the API server stands still for 20 seconds, pods are deleted, connections of agents are cut. In the end every build has succeeded
/// with its whole log, no step has run twice on the same pod, and no pod is left. It takes as many minutes as SLIPWAY_CHAOS_MINUTES says.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ChaosTests : IDisposable
{
    private const string ApiServerPid = "/var/lib/testkube/run/apiserver.pid";
    private const int Steps = 6;
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(double.Parse(Environment.GetEnvironmentVariable("SLIPWAY_CHAOS_MINUTES") ?? "2", CultureInfo.InvariantCulture));

    private readonly string _marks = Directory.CreateTempSubdirectory("slipway-chaos-").FullName;

    public void Dispose() => Directory.Delete(_marks, recursive: true);

    [Fact]
    public async Task Every_build_ends_well_no_step_runs_twice_and_no_pod_is_left()
    {
        TestCluster.Require();
        Assert.SkipUnless(FindApiServer() is not null, "the API server is no process of this machine that the test may stop");
        File.SetUnixFileMode(_marks, (UnixFileMode)0b111_111_111);
        CuttingProxy? proxy = null;
        await using var cluster = await ClusterServer.StartAsync("containerCapStr: \"8\"", port => (proxy = new CuttingProxy(port, IPAddress.Parse(TestCluster.Host))).Port);
        await using (proxy)
        {
            var server = cluster.Server;
            await server.CreateJobAsync("chaos", Script(_marks));
            var clock = Stopwatch.StartNew();
            var random = new Random(1);
            var builds = 0;
            var done = new List<string>();
            while (clock.Elapsed < Length)
            {
                for (var more = 0; more < 2; more++)
                {
                    await server.BuildAsync("chaos");
                    builds++;
                }

                done.Add(await BreakSomethingAsync(random.Next(4), random, cluster, proxy!));
                await Task.Delay(random.Next(500, 4000), TestContext.Current.CancellationToken);

                // As many as the cluster can carry; the rest of the time is for breaking things.
                await WaitUntilUnderWayAsync(server, builds, atMost: 12);
            }

            TestContext.Current.SendDiagnosticMessage($"{builds} builds; {string.Join(", ", done.GroupBy(d => d).Select(g => $"{g.Count()} × {g.Key}"))}");
            for (var number = 1; number <= builds; number++)
            {
                var result = await server.WaitForResultAsync("chaos", number);
                var log = await server.ReadConsoleAsync("chaos", number);
                Assert.True(result == "SUCCESS", $"#{number} ended as {result}.\n{log}");
                for (var step = 1; step <= Steps; step++)
                {
                    Assert.True(log.Contains($"said {step} of {number}\n", StringComparison.Ordinal), $"#{number} lacks the output of step {step}.\n{log}");
                }
            }

            foreach (var file in Directory.EnumerateFiles(_marks))
            {
                var marks = await File.ReadAllLinesAsync(file);
                Assert.True(marks.Distinct().Count() == marks.Length, $"A step ran twice on the same pod: {Path.GetFileName(file)}: {string.Join(", ", marks)}");
            }

            Assert.Equal(builds, Directory.EnumerateFiles(_marks).Count());
            await Eventually.TrueAsync("no pod is left", async () => (await cluster.Namespace.PodsAsync()).Length == 0);
        }
    }

    private static async Task<string> BreakSomethingAsync(int what, Random random, ClusterServer cluster, CuttingProxy proxy)
    {
        switch (what)
        {
            case 0:
                cluster.Server.Kill();
                await Task.Delay(random.Next(0, 1500));
                await cluster.Server.StartAgainAsync();
                return "server killed";
            case 1 when random.Next(3) == 0:
                var apiServer = FindApiServer()!.Value;
                Signal(apiServer, "STOP");
                await Task.Delay(TimeSpan.FromSeconds(20));
                Signal(apiServer, "CONT");
                return "API server stopped for 20 s";
            case 2:
                var pods = await cluster.Namespace.PodsAsync();
                if (pods.Length > 0)
                {
                    await TestCluster.TryKubectlAsync(null, "-n", cluster.Namespace.Name, "delete", "pod", pods[random.Next(pods.Length)].GetProperty("metadata").GetProperty("name").GetString()!, "--wait=false");
                }

                return "pod deleted";
            default:
                proxy.Cut();
                return "connections cut";
        }
    }

    private static async Task WaitUntilUnderWayAsync(ServerProcess server, int builds, int atMost)
    {
        await Eventually.TrueAsync("builds end", async () =>
        {
            var underWay = 0;
            for (var number = Math.Max(1, builds - 40); number <= builds; number++)
            {
                underWay += await server.FindRunAsync("chaos", number) is { } run && !run.GetProperty("building").GetBoolean() ? 0 : 1;
            }

            return underWay <= atMost;
        });
    }

    private static string Script(string marks) => $$"""
        podTemplate(yaml: '''
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - name: tools
            image: busybox
            imagePullPolicy: IfNotPresent
            command: [cat]
            tty: true
            volumeMounts:
            - {name: marks, mountPath: /marks}
          - name: jnlp
            volumeMounts:
            - {name: marks, mountPath: /marks}
          volumes:
          - name: marks
            hostPath: {path: {{marks}}}
        ''') {
          retry(count: 20, conditions: [kubernetesAgent(), nonresumable()]) {
            node(POD_LABEL) {
              for (int i = 1; i <= {{Steps}}; i++) {
                def script = "echo \"\$HOSTNAME ${i}\" >> /marks/${env.BUILD_NUMBER}; sleep 1; echo said ${i} of ${env.BUILD_NUMBER}"
                if (i % 2 == 0) {
                  container('tools') { sh script }
                } else {
                  sh script
                }
              }
            }
          }
        }
        """;

    private static int? FindApiServer() => File.Exists(ApiServerPid) && int.TryParse(File.ReadAllText(ApiServerPid).Trim(), out var pid) && Directory.Exists($"/proc/{pid}") ? pid : null;

    private static void Signal(int pid, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
