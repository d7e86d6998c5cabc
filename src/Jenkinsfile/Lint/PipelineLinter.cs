using Slipway.Groovy.Parsing;
using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative;

namespace Slipway.Jenkinsfile.Lint;

/// <summary>A Jenkinsfile as far as it can be understood without running it.</summary>
/// <param name="Declarative">Null where the text is too broken to have a syntax tree.</param>
/// <param name="Diagnostics">Every fault, in the order of the text.</param>
public sealed record PipelineReading(SourceText Source, DeclarativeScript? Declarative, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Whether the script may be run.</summary>
    public bool IsValid => Declarative is not null && Diagnostics.All(d => d.Severity != DiagnosticSeverity.Error);

    public bool IsDeclarative => Declarative is { IsDeclarative: true };
}

/// <summary>Checks a Jenkinsfile without running it: its syntax, its Declarative structure, and the names and arguments of steps where they are certain.</summary>
public static class PipelineLinter
{
    /// <summary>All faults of a script, in the order of its text. Never throws for what the script says.</summary>
    public static IReadOnlyList<Diagnostic> Check(SourceText source, LintOptions? options = null) => Read(source, options).Diagnostics;

    /// <summary>As <see cref="Check"/>, with what was understood of the script.</summary>
    public static PipelineReading Read(SourceText source, LintOptions? options = null)
    {
        var parsed = GroovyParser.Parse(source);
        if (parsed.Script is null)
        {
            return new PipelineReading(source, null, parsed.Diagnostics);
        }

        var declarative = DeclarativeScript.Read(parsed.Script, options);
        return new PipelineReading(source, declarative, InOrder(parsed.Diagnostics, declarative.Diagnostics));
    }

    private static List<Diagnostic> InOrder(IReadOnlyList<Diagnostic> syntax, IReadOnlyList<Diagnostic> declarative)
    {
        // Where a statement could not be read, what is missing in the tree is the reader's fault, not the author's.
        var believed = syntax.Any(d => d.Severity == DiagnosticSeverity.Error) ? declarative.Where(d => !d.Message.StartsWith("Missing required section", StringComparison.Ordinal)) : declarative;
        return [.. syntax.Concat(believed).OrderBy(d => d.Span.Start)];
    }
}

/// <summary>What a script may use beyond what is built in.</summary>
public sealed record LintOptions
{
    public static LintOptions Default { get; } = new();

    /// <summary>Functions that shared libraries bring, callable like steps.</summary>
    public IReadOnlyCollection<string> LibraryFunctions { get; init; } = [];
}
