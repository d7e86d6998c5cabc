using System.Diagnostics;
using Slipway.Feeds;

namespace Slipway.Server.Metrics;

/// <summary>What is not counted as it happens but read when somebody asks: queue, nodes, the process.</summary>
internal static class ServerSamples
{
    public static async Task<IReadOnlyList<MetricSample>> ReadAsync(IQueueReads queue, INodeReads nodes, CancellationToken cancellation) =>
    [
        Build(),
        Queue(await queue.ListAsync(cancellation)),
        .. Nodes(await nodes.ListAsync(cancellation)),
        .. Process(),
    ];

    /// <summary>Why an item waits, as one of a few words.</summary>
    public static string ReasonOf(QueueItemView item) => item switch
    {
        { Stuck: true } => "nobody_offers",
        { Why: var why } when why.StartsWith("In the quiet period", StringComparison.Ordinal) => "quiet_period",
        { Kind: QueueItemKind.Run } => "concurrency",
        { Why: var why } when why.EndsWith("busy", StringComparison.Ordinal) => "busy",
        { Why: var why } when why.Contains("offline", StringComparison.Ordinal) => "offline",
        { Why: var why } when why.Contains("cloud", StringComparison.Ordinal) || why.Contains("quota", StringComparison.Ordinal) || why.Contains("at most", StringComparison.Ordinal) => "capacity",
        _ => "starting",
    };

    private static MetricSample Build() =>
        new("slipway_build_info", MetricKind.Gauge, "Always 1; the version is its label.", [([new("version", typeof(ServerSamples).Assembly.GetName().Version!.ToString(3))], 1)]);

    private static MetricSample Queue(IReadOnlyList<QueueItemView> items) =>
        new("slipway_queue_items", MetricKind.Gauge, "Items of the queue, by kind (run, node) and by why they wait: quiet_period, concurrency, capacity, busy, offline, starting, nobody_offers.",
            [.. items.GroupBy(i => (i.Kind, Reason: ReasonOf(i))).OrderBy(g => g.Key).Select(g => ((IReadOnlyList<KeyValuePair<string, string>>)[new("kind", g.Key.Kind == QueueItemKind.Run ? "run" : "node"), new("reason", g.Key.Reason)], (double)g.Count()))]);

    private static IEnumerable<MetricSample> Nodes(IReadOnlyList<NodeView> nodes)
    {
        yield return new("slipway_nodes", MetricKind.Gauge, "Nodes, by the cloud that made them (empty: permanent ones) and state: online, offline.",
            [.. nodes.GroupBy(n => (Cloud: n.Cloud ?? "", State: n.IsOnline && !n.IsTakenOffline ? "online" : "offline")).OrderBy(g => g.Key).Select(g => ((IReadOnlyList<KeyValuePair<string, string>>)[new("cloud", g.Key.Cloud), new("state", g.Key.State)], (double)g.Count()))]);
        var busy = nodes.Sum(n => n.Busy.Count);
        var all = nodes.Where(n => n.IsOnline && !n.IsTakenOffline).Sum(n => n.Executors);
        yield return new("slipway_executors", MetricKind.Gauge, "Executors of all nodes that are online, by state: busy, idle.",
            [([new("state", "busy")], busy), ([new("state", "idle")], Math.Max(0, all - busy))]);
    }

    private static IEnumerable<MetricSample> Process()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        yield return Single("process_cpu_seconds_total", MetricKind.Counter, "Processor time of the server's process.", process.TotalProcessorTime.TotalSeconds);
        yield return Single("process_resident_memory_bytes", MetricKind.Gauge, "Resident memory of the server's process.", process.WorkingSet64);
        yield return Single("process_start_time_seconds", MetricKind.Gauge, "When the server's process started, in seconds since 1970.", new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000d);
        yield return Single("process_threads", MetricKind.Gauge, "Threads of the server's process.", process.Threads.Count);
        if (Directory.Exists("/proc/self/fd"))
        {
            yield return Single("process_open_fds", MetricKind.Gauge, "Open files and sockets of the server's process.", Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        }
    }

    private static MetricSample Single(string name, MetricKind kind, string help, double value) => new(name, kind, help, [([], value)]);
}
