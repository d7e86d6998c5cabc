using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Slipway.Kubernetes.Connecting;
using Slipway.Provisioning.Kubernetes.Cloud;
using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Server.Metrics;

namespace Slipway.Server.Tests.Metrics;

public sealed class MetricsTests
{
    [Fact]
    public void Counters_histograms_and_gauges_are_written_as_Prometheus_reads_them()
    {
        using var meter = new Meter("Slipway.Tests.Text");
        using var collector = new MetricCollector();
        var counter = meter.CreateCounter<long>("slipway.test.things", "{thing}", "Things.\nTwo lines.");
        var histogram = meter.CreateHistogram<double>("slipway.test.time", "s", "Times.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        counter.Add(2, new KeyValuePair<string, object?>("kind", "a \"b\"\\"));
        counter.Add(1, new KeyValuePair<string, object?>("kind", "a \"b\"\\"));
        histogram.Record(0.5);
        histogram.Record(2);
        histogram.Record(7);
        meter.CreateObservableGauge("slipway.test.now", () => 4.5, "By");

        var text = Write(collector, isOpenMetrics: false);

        Assert.Contains("# HELP slipway_test_things_total Things.\\nTwo lines.\n# TYPE slipway_test_things_total counter\nslipway_test_things_total{kind=\"a \\\"b\\\"\\\\\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("slipway_test_time_seconds_bucket{le=\"1\"} 1\nslipway_test_time_seconds_bucket{le=\"2\"} 2\nslipway_test_time_seconds_bucket{le=\"+Inf\"} 3\nslipway_test_time_seconds_sum 9.5\nslipway_test_time_seconds_count 3\n", text, StringComparison.Ordinal);
        Assert.Contains("slipway_test_now_bytes 4.5\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE slipway_test_things counter\n", Write(collector, isOpenMetrics: true), StringComparison.Ordinal);
        Assert.EndsWith("# EOF\n", Write(collector, isOpenMetrics: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_without_end_share_one_series()
    {
        using var meter = new Meter("Slipway.Tests.Bound");
        using var collector = new MetricCollector();
        var counter = meter.CreateCounter<long>("slipway.test.unbounded");
        for (var i = 0; i < MetricCollector.MostSeries + 10; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("number", i));
        }

        var series = Assert.Single(collector.Collect(), i => i.Name == "slipway.test.unbounded").Read();

        Assert.Equal(MetricCollector.MostSeries + 1, series.Count);
        Assert.Equal(10, Assert.Single(series, s => s.Tags[0].Key == "otel_metric_overflow").Value);
    }

    [Fact]
    public void What_is_not_observed_again_is_not_told_again()
    {
        using var meter = new Meter("Slipway.Tests.Observed");
        using var collector = new MetricCollector();
        List<string> there = ["a", "b"];
        meter.CreateObservableGauge("slipway.test.there", () => there.Select(name => new Measurement<int>(1, new KeyValuePair<string, object?>("name", name))));
        Assert.Equal(2, Assert.Single(collector.Collect(), i => i.Name == "slipway.test.there").Read().Count);

        there.Remove("a");

        Assert.Equal("b", Assert.Single(Assert.Single(collector.Collect(), i => i.Name == "slipway.test.there").Read()).Tags[0].Value);
    }

    [Fact]
    public async Task Metrics_ask_for_a_login_unless_they_are_open()
    {
        await using var guarded = await RunningServer.StartAsync(s => s with { RequireLogin = true });
        await using var open = await RunningServer.StartAsync(s => s with { RequireLogin = true, OpenMetrics = true });

        Assert.Equal(HttpStatusCode.Unauthorized, (await guarded.Http.GetAsync("prometheus", TestContext.Current.CancellationToken)).StatusCode);
        guarded.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{guarded.Password}")));
        Assert.Contains("slipway_build_info", await guarded.TextAsync("prometheus"), StringComparison.Ordinal);
        var text = await open.TextAsync("prometheus");
        Assert.Contains("http_server_request_duration_seconds_bucket{", text + await open.TextAsync("prometheus/"), StringComparison.Ordinal);
        Assert.Contains("process_resident_memory_bytes ", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_collections_total", text, StringComparison.Ordinal);
    }

    /// <summary>The document is written from the code; where they differ it is written anew, and the test fails so that someone looks.</summary>
    [Fact]
    public async Task The_document_lists_every_metric_of_ours()
    {
        var found = new SortedDictionary<string, (string Kind, string Labels, string Help)>(StringComparer.Ordinal);
        using var collector = new MetricCollector();
        await using var server = await RunningServer.StartAsync();
        await using var cloud = new KubernetesCloud(
            new KubernetesCloudOptions { Settings = new KubernetesCloudSettings(), Connection = new ClusterConnection { Server = new Uri("http://127.0.0.1:1/") }, Owner = "tests", AgentImage = "agent" },
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        MakeStatics();
        foreach (var instrument in collector.Collect().Where(i => i.Name.StartsWith("slipway.", StringComparison.Ordinal) && !i.Name.StartsWith("slipway.test.", StringComparison.Ordinal)))
        {
            found[PrometheusText.NameOf(instrument.Name, instrument.Unit, instrument.Kind)] = (WordOf(instrument.Kind), "", instrument.Description ?? "");
        }

        var text = await server.TextAsync("prometheus");
        foreach (var line in text.Split('\n').Where(l => l.StartsWith("# HELP slipway_", StringComparison.Ordinal) || l.StartsWith("# HELP process_", StringComparison.Ordinal)))
        {
            var parts = line.Split(' ', 4);
            var kind = text.Split('\n').First(l => l.StartsWith($"# TYPE {parts[2]} ", StringComparison.Ordinal)).Split(' ')[3];
            if (!parts[2].StartsWith("slipway_test_", StringComparison.Ordinal))
            {
                found[parts[2]] = (kind, "", parts[3]);
            }
        }

        var rows = string.Concat(found.Select(m => $"| `{m.Key}` | {m.Value.Kind} | {m.Value.Help} |\n"));
        var document = Path.Combine(Root(), "docs", "operations", "metrics.md");
        var was = File.ReadAllText(document);
        var start = was.IndexOf("|---|---|---|\n", StringComparison.Ordinal) + "|---|---|---|\n".Length;
        var end = was.IndexOf("\n\n", start, StringComparison.Ordinal) + 1;
        var now = was[..start] + rows + was[Math.Max(end, start)..];
        if (now != was)
        {
            File.WriteAllText(document, now);
            Assert.Fail("Metrics have changed. docs/operations/metrics.md was written anew; look whether each change is meant, and commit it.");
        }
    }

    private static string WordOf(MetricKind kind) => kind.ToString().ToLowerInvariant();

    private static string Write(MetricCollector collector, bool isOpenMetrics)
    {
        var text = new PrometheusText(isOpenMetrics);
        text.Write([.. collector.Collect().Where(i => i.Name.StartsWith("slipway.test.", StringComparison.Ordinal))]);
        return text.End();
    }

    /// <summary>Instruments exist from the first use of the class that holds them.</summary>
    private static void MakeStatics()
    {
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies().Where(a => a.GetName().Name!.StartsWith("Slipway.", StringComparison.Ordinal)))
        {
            foreach (var type in assembly.GetTypes().Where(t => t.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public).Any(f => typeof(Instrument).IsAssignableFrom(f.FieldType))))
            {
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            }
        }
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Slipway.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("These tests run from a checkout.");
    }
}
