using System.Diagnostics.Metrics;

namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <summary>What clouds of pods count, under the meter <c>Slipway.Provisioning.Kubernetes</c>. Pods by state are a gauge of each cloud.</summary>
internal static class KubernetesMetrics
{
    public const string MeterName = "Slipway.Provisioning.Kubernetes";

    public static readonly Meter Meter = new(MeterName);

    /// <summary>By cloud and result: created, capacity, failed.</summary>
    public static readonly Counter<long> Creates = Meter.CreateCounter<long>("slipway.kubernetes.pod.creates", "{pod}", "Pods that were asked for, by how that ended.");

    public static readonly Histogram<double> CreateDuration = Meter.CreateHistogram<double>("slipway.kubernetes.pod.create.duration", "s", "From the request for a node to the API server's word that its pod exists.");

    public static readonly Counter<long> Failures = Meter.CreateCounter<long>("slipway.kubernetes.pod.failures", "{pod}", "Pods that failed, by reason.");
}
