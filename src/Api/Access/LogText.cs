namespace Slipway.Api.Access;

/// <summary>What strangers send, made fit for a line of the log: it cannot begin another line, nor fill the disk.</summary>
internal static class LogText
{
    private const int Longest = 200;

    public static string Of(string text) =>
        new([.. (text.Length > Longest ? text[..Longest] + "…" : text).Select(c => char.IsControl(c) ? '?' : c)]);
}
