using Slipway.Groovy.Lexing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

/// <summary>What came of parsing: a tree where one could be made, and every fault found on the way. <see cref="Script"/> is null only where <see cref="Diagnostics"/> has an error.</summary>
/// <remarks>With errors, a script that is there lacks the statements that could not be read: good for finding more faults, not for running.</remarks>
public sealed record ParseResult(ScriptNode? Script, IReadOnlyList<Diagnostic> Diagnostics)
{
    public bool Succeeded => Script is not null && !Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error);
}

/// <summary>
/// The parser of Groovy 2.4, the version that Jenkins embeds. It reads what that version reads, and a few things more that later versions brought and that
/// cannot be mistaken: <c>do … while</c>, <c>!in</c>, <c>!instanceof</c>, <c>try (resource)</c>, array initializers, <c>return</c> with a command.
/// </summary>
public static class GroovyParser
{
    /// <summary>Parses a whole file. Never throws for what the text contains; takes time linear in its length.</summary>
    public static ParseResult Parse(SourceText source, ParserLimits? limits = null)
    {
        limits ??= ParserLimits.Default;
        var sink = new DiagnosticSink(source, limits.MaxDiagnostics);
        if (source.Text.Length > limits.MaxLength)
        {
            sink.Error(Codes.TooLong, $"The script has {source.Text.Length} characters; at most {limits.MaxLength} are read.", new Span(0, 0));
            return new ParseResult(null, sink.InOrder());
        }

        var tokens = Lexer.Tokenize(source, sink);
        var script = new Parser(source, tokens, sink, limits).ParseScript();
        return new ParseResult(script, sink.InOrder());
    }
}
