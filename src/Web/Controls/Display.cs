using System.Globalization;

namespace Slipway.Web.Controls;

/// <summary>Numbers in the words that people read.</summary>
internal static class Display
{
    public static string Duration(TimeSpan span)
    {
        if (span < TimeSpan.Zero)
        {
            span = TimeSpan.Zero;
        }

        return span switch
        {
            { TotalMilliseconds: < 995 } => $"{Math.Round(span.TotalMilliseconds / 10) * 10:0} ms",
            { TotalSeconds: < 9.95 } => span.TotalSeconds.ToString("0.0 's'", CultureInfo.InvariantCulture),
            { TotalSeconds: < 60 } => $"{(int)span.TotalSeconds} s",
            { TotalMinutes: < 60 } => $"{(int)span.TotalMinutes} min {span.Seconds} s",
            { TotalHours: < 24 } => $"{(int)span.TotalHours} h {span.Minutes} min",
            _ => $"{(int)span.TotalDays} d {span.Hours} h",
        };
    }

    /// <summary>A reason as it stands alone: reasons are written to stand in a list or behind a colon.</summary>
    public static string Sentence(string reason) => reason.Length == 0 ? reason : char.ToUpperInvariant(reason[0]) + reason[1..];

    /// <summary>How long ago, as the server sees it; the browser keeps it true.</summary>
    public static string Ago(TimeSpan span) => span switch
    {
        { TotalSeconds: < 5 } => "just now",
        { TotalSeconds: < 60 } => $"{(int)span.TotalSeconds} s ago",
        { TotalMinutes: < 60 } => $"{(int)span.TotalMinutes} min ago",
        { TotalHours: < 24 } => $"{(int)span.TotalHours} h ago",
        { TotalDays: < 60 } => $"{(int)span.TotalDays} d ago",
        _ => $"{(int)(span.TotalDays / 30.4)} months ago",
    };

    public static string Bytes(long size) => size switch
    {
        < 1024 => $"{size} B",
        < 1024 * 1024 => (size / 1024.0).ToString("0.#", CultureInfo.InvariantCulture) + " KiB",
        < 1024L * 1024 * 1024 => (size / 1024.0 / 1024).ToString("0.#", CultureInfo.InvariantCulture) + " MiB",
        _ => (size / 1024.0 / 1024 / 1024).ToString("0.##", CultureInfo.InvariantCulture) + " GiB",
    };

    public static string Count(int count, string one, string? many = null) => count == 1 ? $"1 {one}" : $"{count} {many ?? one + "s"}";

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    public static string ShortCommit(string commit) => commit.Length > 8 && commit.All(char.IsAsciiHexDigit) ? commit[..8] : commit;

    /// <summary>A point in time as an attribute for the browser's clock.</summary>
    public static string Epoch(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}
