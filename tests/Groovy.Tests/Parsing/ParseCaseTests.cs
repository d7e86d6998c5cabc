using Slipway.Groovy.Parsing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Tests.Parsing;

/// <summary>The language, case by case. Each case is checked against Groovy itself in <see cref="GroovyOracleTests"/>.</summary>
public sealed class ParseCaseTests
{
    public static TheoryData<string> Files() => [.. Directory.EnumerateFiles(ParseCase.Folder, "*.txt").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_case_gives_its_tree_or_its_error(string file)
    {
        var wrong = ParseCase.Read(Path.Combine(ParseCase.Folder, file))
            .Select(c => (Case: c, Actual: Outcome(c.Text)))
            .Where(x => x.Actual != x.Case.Expected)
            .Select(x => $"{x.Case}\n  expected {x.Case.Expected}\n  actual   {x.Actual}");
        Assert.Empty(wrong);
    }

    internal static string Outcome(string text)
    {
        var result = GroovyParser.Parse(new SourceText("case", text));
        return result.Succeeded
            ? TreeText.Of(result.Script!)
            : "error " + string.Join(' ', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.Code).Distinct().Order(StringComparer.Ordinal));
    }
}
