namespace Slipway.Cli.Output;

/// <summary>The terminal: colours only where a person looks at it and has not asked for none (<c>NO_COLOR</c>).</summary>
internal static class Terminal
{
    private const string Reset = "\u001b[0m";

    public static bool HasColour { get; } = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not "dumb";

    public static string Green(string text) => Paint("\u001b[32m", text);

    public static string Red(string text) => Paint("\u001b[31m", text);

    public static string Yellow(string text) => Paint("\u001b[33m", text);

    public static string Dim(string text) => Paint("\u001b[2m", text);

    public static string Bold(string text) => Paint("\u001b[1m", text);

    public static void Line(string text = "") => Console.Out.WriteLine(text);

    public static void Error(string text) => Console.Error.WriteLine(text);

    private static string Paint(string colour, string text) => HasColour ? colour + text + Reset : text;
}
