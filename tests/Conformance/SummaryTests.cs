using System.Text;

namespace Slipway.Conformance;

/// <summary>The lists of exclusions are exact, and the documents show them.</summary>
public sealed class SummaryTests
{
    private const string Begin = "<!-- generated from the exclusion lists; SLIPWAY_UPDATE_DOCS=1 writes it anew -->";
    private const string End = "<!-- end of the generated part -->";

    private static string Document { get; } = Path.Combine(Corpus.SourceDirectory(), "..", "..", "docs", "compatibility", "declarative.md");

    [Fact]
    public void Every_exclusion_names_an_entry_of_the_corpus()
    {
        Assert.SkipWhen(Corpus.Instance is null, Corpus.Absent);

        Assert.Empty(Exclusions.Instance.Ids.Except(Corpus.Instance!.Entries.Select(e => e.Id)));
    }

    [Fact]
    public void The_compatibility_page_shows_what_passes()
    {
        Assert.SkipWhen(Corpus.Instance is null, Corpus.Absent);
        var text = File.ReadAllText(Document);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        var current = text[..from] + Begin + "\n\n" + Summary() + "\n" + text[to..];
        if (Environment.GetEnvironmentVariable("SLIPWAY_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Document, current);
            return;
        }

        Assert.True(current == text, "The table in docs/compatibility/declarative.md is out of date: run this test with SLIPWAY_UPDATE_DOCS=1.");
    }

    private static string Summary()
    {
        var text = new StringBuilder("| kind of check | entries | pass | not yet | never |\n|---|---|---|---|---|\n");
        Row("a wrong pipeline is refused, with Jenkins' words", e => e.Kind == "run" && !RunTests.IsRun(e));
        Row("a right pipeline is accepted", e => e.Kind == "validate");
        Row("a pipeline runs to the expected result and log", RunTests.IsRun);
        Row("the JSON form of a pipeline", e => e.Kind == "json");
        Reasons("Not yet", Exclusions.Instance.Temporary);
        Reasons("Never", Exclusions.Instance.Permanent);
        return text.ToString();

        void Row(string name, Func<CorpusEntry, bool> belongs)
        {
            var entries = Corpus.Instance!.Entries.Where(belongs).ToList();
            var exclusions = entries.Select(Exclusions.Instance.Of).OfType<Exclusion>().ToList();
            var never = exclusions.Count(e => e.IsPermanent);
            text.Append($"| {name} | {entries.Count} | {entries.Count - exclusions.Count} | {exclusions.Count - never} | {never} |\n");
        }

        void Reasons(string title, IReadOnlyList<ExclusionGroup> groups)
        {
            text.Append($"\n| {title} | entries |\n|---|---|\n");
            foreach (var group in groups.OrderByDescending(g => g.Entries.Count).ThenBy(g => g.Reason, StringComparer.Ordinal))
            {
                text.Append($"| {group.Reason} | {group.Entries.Count} |\n");
            }
        }
    }
}
