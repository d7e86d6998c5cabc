using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Lint;

namespace Slipway.Conformance;

/// <summary>What the linter says of the corpus' pipelines, against what Jenkins says.</summary>
public sealed class ValidationTests
{
    public static TheoryData<string> Ids { get; } =
        [.. Corpus.Instance?.Entries.Where(e => e.Kind == "validate" || (e.Kind == "run" && (e.Errors.Count > 0 || e.Valid == false))).Select(e => e.Id) ?? [""]];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_pipeline_is_accepted_or_refused_with_the_expected_errors(string id)
    {
        Assert.SkipWhen(Corpus.Instance is null, Corpus.Absent);
        var entry = Corpus.Instance!.Entries.Single(e => e.Id == id);
        Verdicts.Expect(entry, Check(entry));
    }

    /// <summary>Null where it is as expected, else what differs.</summary>
    internal static string? Check(CorpusEntry entry)
    {
        var diagnostics = PipelineLinter.Check(new SourceText("Jenkinsfile", Corpus.Instance!.TextOf(entry.File)));
        var errors = diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        if (entry.Valid == true && entry.Errors.Count == 0)
        {
            return errors.Count == 0 ? null : "it should be accepted:\n" + CompilationErrors.Render(errors);
        }

        var log = CompilationErrors.Render(errors);
        if (errors.Count == 0)
        {
            return "it should be refused, with: " + string.Join(" / ", entry.Errors);
        }

        var missing = entry.Errors.Concat(entry.LogContains).Where(e => !log.Contains(e, StringComparison.Ordinal)).ToList();
        return missing.Count == 0 ? null : $"missing: {string.Join(" / ", missing)}\nbut there is:\n{log}";
    }
}
