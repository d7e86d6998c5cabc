using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

/// <summary>What came of parsing: a tree where one could be made, and every fault found on the way. <see cref="Script"/> is null only where <see cref="Diagnostics"/> has an error.</summary>
public sealed record ParseResult(ScriptNode? Script, IReadOnlyList<Diagnostic> Diagnostics)
{
    public bool Succeeded => Script is not null && !Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error);
}
