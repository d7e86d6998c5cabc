using System.Text;

namespace Slipway.Groovy.Syntax;

public enum DiagnosticSeverity
{
    Warning,
    Error,
}

/// <summary>A fault in a script, with its place. Parsers and validators collect these; they never stop at the first that they can get past.</summary>
/// <param name="Code">A stable id from the error catalogue, such as <c>GRV001</c>.</param>
/// <param name="Message">What is wrong and what to write instead, in one or two sentences.</param>
public sealed record Diagnostic(DiagnosticSeverity Severity, string Code, string Message, SourceText Source, Span Span)
{
    /// <summary>Of a longer line only the part around the fault is shown: a script may be one line of megabytes.</summary>
    private const int LongestLineShown = 200;

    public SourcePosition Position => Source.PositionOf(Span.Start);

    /// <summary><c>file:line:column: error: message</c>, then the line and a caret below its column.</summary>
    public string Render()
    {
        var position = Position;
        var line = Source.Line(position.Line);
        var text = new StringBuilder();
        text.Append(Source.Name).Append(':').Append(position.Line).Append(':').Append(position.Column).Append(": ");
        text.Append(Severity == DiagnosticSeverity.Error ? "error: " : "warning: ").Append(Message).Append('\n');
        var start = line.Length <= LongestLineShown ? 0 : Math.Clamp(position.Column - (LongestLineShown / 2), 0, line.Length - LongestLineShown);
        var shown = line.AsSpan(start, Math.Min(LongestLineShown, line.Length - start));
        text.Append("  ").Append(start > 0 ? "…" : "").Append(shown).Append(start + shown.Length < line.Length ? "…" : "").Append('\n').Append(start > 0 ? "   " : "  ");
        for (var i = start; i < position.Column - 1 && i < start + shown.Length; i++)
        {
            text.Append(line[i] == '\t' ? '\t' : ' ');
        }

        return text.Append('^').ToString();
    }

    public override string ToString() => Render();
}
