using System.Globalization;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>Java's time units, as <c>sleep</c> and <c>timeout</c> take them.</summary>
internal static class TimeUnits
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    public static StepParameter Parameter(string @default) =>
        StepParameter.Choice("unit", @default, "NANOSECONDS", "MICROSECONDS", "MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS");

    /// <summary>The parameters <c>time</c> and <c>unit</c> of a call.</summary>
    public static TimeSpan Duration(StepCall call, string defaultUnit)
    {
        var time = call.Arguments.RequiredInteger("time");
        var ticks = time * (decimal)TicksOf(call.Arguments.Text("unit") ?? defaultUnit);
        if (time < 0 || ticks > Longest.Ticks)
        {
            throw Failures.IllegalArgument($"{call.Definition.Name}: {time} is not a time that can be waited for; give a number from 0 to ten years.");
        }

        return TimeSpan.FromTicks((long)ticks);
    }

    /// <summary>As Jenkins writes durations: the two largest units, <c>1 min 30 sec</c>.</summary>
    public static string Describe(TimeSpan duration)
    {
        var days = (long)duration.TotalDays;
        return duration switch
        {
            { TotalDays: >= 365 } => $"{days / 365} yr {days % 365 / 30} mo",
            { TotalDays: >= 30 } => $"{days / 30} mo {days % 30} days",
            { TotalDays: >= 1 } => $"{days} {(days == 1 ? "day" : "days")} {duration.Hours} hr",
            { TotalHours: >= 1 } => $"{duration.Hours} hr {duration.Minutes} min",
            { TotalMinutes: >= 1 } => $"{duration.Minutes} min {duration.Seconds} sec",
            { TotalSeconds: >= 10 } => $"{duration.Seconds} sec",
            { TotalSeconds: >= 1 } => $"{Math.Floor(duration.TotalSeconds * 10) / 10:0.#} sec",
            { TotalMilliseconds: >= 100 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(duration.TotalSeconds * 100) / 100:0.##} sec"),
            _ => $"{(long)duration.TotalMilliseconds} ms",
        };
    }

    private static decimal TicksOf(string unit) => unit switch
    {
        "NANOSECONDS" => 0.01m,
        "MICROSECONDS" => TimeSpan.TicksPerMicrosecond,
        "MILLISECONDS" => TimeSpan.TicksPerMillisecond,
        "SECONDS" => TimeSpan.TicksPerSecond,
        "MINUTES" => TimeSpan.TicksPerMinute,
        "HOURS" => TimeSpan.TicksPerHour,
        _ => TimeSpan.TicksPerDay,
    };
}
