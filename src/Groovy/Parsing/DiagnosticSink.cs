using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

/// <summary>Collects the faults of one file: at most one per place, at most <see cref="ParserLimits.MaxDiagnostics"/>.</summary>
internal sealed class DiagnosticSink(SourceText source, int limit)
{
    private readonly List<Diagnostic> _found = [];
    private readonly HashSet<int> _places = [];

    public bool IsFull => _found.Count >= limit;

    public int Count => _found.Count;

    public void Error(string code, string message, Span span)
    {
        if (!IsFull && _places.Add(span.Start))
        {
            _found.Add(new Diagnostic(DiagnosticSeverity.Error, code, message, source, span));
        }
    }

    public void Warning(string code, string message, Span span)
    {
        if (!IsFull && _places.Add(span.Start))
        {
            _found.Add(new Diagnostic(DiagnosticSeverity.Warning, code, message, source, span));
        }
    }

    public bool Has(string code) => _found.Exists(d => d.Code == code);

    /// <summary>Whether something is already known to be wrong on a line: what else fails there is likely to be its consequence.</summary>
    public bool HasErrorOnLine(int line) => _found.Exists(d => d.Severity == DiagnosticSeverity.Error && d.Position.Line == line);

    public IReadOnlyList<Diagnostic> InOrder()
    {
        var ordered = _found.OrderBy(d => d.Span.Start).ToList();
        if (IsFull)
        {
            var last = ordered[^1];
            ordered.Add(last with { Code = Codes.TooManyFaults, Message = $"Only the first {limit} faults are shown; correct these first." });
        }

        return ordered;
    }
}
