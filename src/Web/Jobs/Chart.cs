using System.Globalization;
using Slipway.Feeds;
using Slipway.Web.Controls;

namespace Slipway.Web.Jobs;

/// <summary>A bar of a trend, in the chart's units: 100 high, one slot per run.</summary>
public sealed record ChartBar(int Number, int Slot, double Height, Tone Tone, string Label);

/// <summary>A trend as shapes: pure, so that its scale can be tested without a browser.</summary>
internal static class Chart
{
    public const int Height = 100;
    public const int SlotWidth = 12;

    public static IReadOnlyList<ChartBar> Durations(IReadOnlyList<TrendPoint> points)
    {
        var top = Ceiling(points);
        return
        [
            .. points.Select((p, at) => new ChartBar(
                p.Number,
                at,
                Math.Max(1.5, Height * p.Duration.TotalMilliseconds / top.TotalMilliseconds),
                Tones.Of(p.Result),
                $"#{p.Number}: {Tones.Of(p.Result).Word()}, {Display.Duration(p.Duration)}")),
        ];
    }

    /// <summary>The least round time that no bar passes.</summary>
    public static TimeSpan Ceiling(IReadOnlyList<TrendPoint> points)
    {
        var longest = points.Count == 0 ? TimeSpan.Zero : points.Max(p => p.Duration);
        foreach (var step in RoundSeconds)
        {
            if (longest.TotalSeconds <= step)
            {
                return TimeSpan.FromSeconds(step);
            }
        }

        return TimeSpan.FromHours(Math.Ceiling(longest.TotalHours));
    }

    public static int TestCeiling(IReadOnlyList<TrendPoint> points) => Math.Max(1, points.Max(p => p.Tests?.Total ?? 0));

    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static readonly double[] RoundSeconds = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];
}
