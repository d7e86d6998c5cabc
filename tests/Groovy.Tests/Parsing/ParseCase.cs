using System.Text;

namespace Slipway.Groovy.Tests.Parsing;

/// <summary>
/// A piece of Groovy with what must come of it: <c>=> tree</c>, or <c>=> error</c> with the codes of its faults. Lines of four dashes part the cases of a
/// file. A first line that begins with <c># </c> says why we differ from Groovy 2.4 (only in <c>differences.txt</c>).
/// </summary>
public sealed record ParseCase(string File, int Number, string Text, string Expected)
{
    private const string Separator = "----\n";
    private const string Arrow = "=> ";

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Parsing", "Cases");

    public bool ExpectsError => Expected.StartsWith("error", StringComparison.Ordinal);

    public static IEnumerable<ParseCase> All() => Directory.EnumerateFiles(Folder, "*.txt").Order(StringComparer.Ordinal).SelectMany(Read);

    public static IEnumerable<ParseCase> Read(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        return System.IO.File.ReadAllText(file, Encoding.UTF8).Split(Separator).Select((text, index) => Parse(name, index + 1, text));
    }

    private static ParseCase Parse(string file, int number, string text)
    {
        if (text.StartsWith("# ", StringComparison.Ordinal))
        {
            text = text[(text.IndexOf('\n') + 1)..];
        }

        var arrow = text.LastIndexOf("\n" + Arrow, StringComparison.Ordinal) + 1;
        return new ParseCase(file, number, text[..arrow], text[(arrow + Arrow.Length)..].TrimEnd('\n'));
    }

    public override string ToString() => $"{File} {Number}: {Text.Trim().ReplaceLineEndings("⏎")}";
}
