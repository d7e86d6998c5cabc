using System.Diagnostics.Metrics;
using Slipway.Model.Effects;

namespace Slipway.Controller.Telemetry;

/// <summary>The start-up chain (DESIGN D7) of on-demand nodes as numbers: how long each link took, and all of them together.</summary>
internal static class StartupChain
{
    private static readonly Histogram<double> Seconds = ControllerMeter.Instance.CreateHistogram(
        "slipway.node.startup",
        "s",
        "Time that a link of a node's start took, from the moment before it: failed (starts before the one that went well), matched, planned, created, scheduled, pulled, started, connected, containers, ready; total is the whole.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600] });

    /// <summary>The links in the order in which they come about.</summary>
    private static readonly string[] Order = ["requested", "failed", "matched", "planned", "created", "scheduled", "pulled", "started", "connected", "containers", "ready", "given-up"];

    /// <summary>
    /// Moments that different parties saw, in the order in which they must have happened: what the cluster told late has happened before what came after it.
    /// </summary>
    public static IReadOnlyList<StartupTiming> InOrder(IEnumerable<StartupTiming> timings)
    {
        var ordered = timings.GroupBy(t => t.Link, StringComparer.Ordinal).Select(g => g.Last()).OrderBy(t => Array.IndexOf(Order, t.Link)).ToList();
        for (var i = ordered.Count - 2; i >= 0; i--)
        {
            if (ordered[i].Time > ordered[i + 1].Time)
            {
                ordered[i] = ordered[i] with { Time = ordered[i + 1].Time };
            }
        }

        return ordered;
    }

    /// <param name="timings">In the order in which they happened, beginning with <c>requested</c>.</param>
    public static void Record(string cloud, IReadOnlyList<StartupTiming> timings)
    {
        for (var i = 1; i < timings.Count; i++)
        {
            Seconds.Record((timings[i].Time - timings[i - 1].Time).TotalSeconds, new("cloud", cloud), new("link", timings[i].Link));
        }

        if (timings.Count > 1)
        {
            Seconds.Record((timings[^1].Time - timings[0].Time).TotalSeconds, new("cloud", cloud), new("link", "total"));
        }
    }
}

/// <summary>The meter that everything of the controller is counted under.</summary>
internal static class ControllerMeter
{
    public static Meter Instance { get; } = new("Slipway.Controller");
}
