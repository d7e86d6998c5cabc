using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Slipway.Kubernetes.Http;

/// <summary>How many requests are under way at once; the others wait in the order they came. Retries wait outside, without a place.</summary>
internal sealed class RequestLimiter(int maxConcurrent) : IDisposable
{
    private readonly SemaphoreSlim _places = new(maxConcurrent, maxConcurrent);

    public async ValueTask<Place> EnterAsync(string verb, CancellationToken cancellation)
    {
        if (_places.Wait(0, CancellationToken.None))
        {
            return new Place(_places);
        }

        var tag = new KeyValuePair<string, object?>("verb", verb);
        var since = Stopwatch.GetTimestamp();
        KubernetesMetrics.Waiting.Add(1);
        try
        {
            await _places.WaitAsync(cancellation);
            return new Place(_places);
        }
        finally
        {
            KubernetesMetrics.Waiting.Add(-1);
            KubernetesMetrics.WaitSeconds.Add(Stopwatch.GetElapsedTime(since).TotalSeconds, tag);
            KubernetesMetrics.Waits.Add(1, tag);
        }
    }

    public void Dispose() => _places.Dispose();

    public readonly struct Place(SemaphoreSlim places) : IDisposable
    {
        public void Dispose() => places.Release();
    }
}

/// <summary>What the client counts, under the meter <c>Slipway.Kubernetes</c>.</summary>
internal static class KubernetesMetrics
{
    public const string MeterName = "Slipway.Kubernetes";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>Requests answered or failed, by verb, resource and HTTP status (0: no answer).</summary>
    public static readonly Counter<long> Requests = Meter.CreateCounter<long>("slipway.kubernetes.requests", "{request}", "Requests to the Kubernetes API.");

    public static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("slipway.kubernetes.request.duration", "s", "From sending a request to the end of its answer; without waiting for a place.");

    public static readonly Counter<double> WaitSeconds = Meter.CreateCounter<double>("slipway.kubernetes.limiter.wait", "s", "Time that requests waited for their turn (maxRequestsPerHost).");

    public static readonly Counter<long> Waits = Meter.CreateCounter<long>("slipway.kubernetes.limiter.waits", "{request}", "Requests that had to wait for their turn.");

    public static readonly UpDownCounter<long> Waiting = Meter.CreateUpDownCounter<long>("slipway.kubernetes.limiter.waiting", "{request}", "Requests waiting for their turn now.");

    public static readonly Counter<long> Throttled = Meter.CreateCounter<long>("slipway.kubernetes.throttled", "{request}", "Answers by which the server asked to come again later.");

    public static readonly Counter<long> Lists = Meter.CreateCounter<long>("slipway.kubernetes.watch.lists", "{list}", "Lists that a watch needed, its first included.");
}
