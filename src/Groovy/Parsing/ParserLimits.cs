namespace Slipway.Groovy.Parsing;

/// <summary>What a script may cost the parser. Scripts are not trusted: whatever they contain, parsing ends in time and never overflows the stack.</summary>
/// <param name="MaxLength">Characters of the whole text.</param>
/// <param name="MaxNesting">How deep blocks, closures, brackets and prefix operators may stand in one another.</param>
/// <param name="MaxTreeDepth">The deepest tree, chains of operators and calls included: everything that walks the tree by recursion relies on it.</param>
/// <param name="MaxDiagnostics">Faults reported before the parser gives up.</param>
public sealed record ParserLimits(int MaxLength = 16 * 1024 * 1024, int MaxNesting = 250, int MaxTreeDepth = 1000, int MaxDiagnostics = 50)
{
    public static ParserLimits Default { get; } = new();
}
