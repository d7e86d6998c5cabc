using System.Diagnostics.Metrics;
using Slipway.Model;

namespace Slipway.Controller.Telemetry;

/// <summary>Runs that ended, by their result.</summary>
internal static class RunMetrics
{
    private static readonly Counter<long> Runs = ControllerMeter.Instance.CreateCounter<long>("slipway.runs", "{run}", "Runs that ended since the server started, by result.");

    private static readonly Histogram<double> Duration = ControllerMeter.Instance.CreateHistogram(
        "slipway.run.duration",
        "s",
        "From the start of a run to its end, by result.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600] });

    public static void Ended(RunResult result, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("result", WordOf(result));
        Runs.Add(1, tag);
        Duration.Record(duration.TotalSeconds, tag);
    }

    private static string WordOf(RunResult result) => result switch
    {
        RunResult.NotBuilt => "not_built",
        _ => result.ToString().ToLowerInvariant(),
    };
}
