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
    public SourcePosition Position => Source.PositionOf(Span.Start);

    /// <summary><c>file:line:column: error: message</c>, then the line and a caret below its column.</summary>
    public string Render()
    {
        var place = new SourcePlace(Source, Position);
        return $"{place}: {(Severity == DiagnosticSeverity.Error ? "error" : "warning")}: {Message}\n{place.Excerpt("  ")}";
    }

    public override string ToString() => Render();
}
