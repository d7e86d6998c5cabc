namespace Slipway.Cli.Output;

internal static class Durations
{
    /// <summary>As people say it: <c>0.4 s</c>, <c>12 s</c>, <c>3 min 05 s</c>, <c>2 h 10 min</c>.</summary>
    public static string Say(TimeSpan time) => time switch
    {
        { TotalSeconds: < 10 } => $"{Math.Max(0, time.TotalSeconds):0.0} s",
        { TotalMinutes: < 1 } => $"{time.TotalSeconds:0} s",
        { TotalHours: < 1 } => $"{(int)time.TotalMinutes} min {time.Seconds:00} s",
        _ => $"{(int)time.TotalHours} h {time.Minutes:00} min",
    };
}
