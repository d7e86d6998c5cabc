using System.Diagnostics;
using Slipway.Groovy.Parsing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Tests.Parsing;

public sealed class CorpusTests(ITestOutputHelper output)
{
    // It assigns to a string, so that Declarative's tests see the error that Groovy itself gives.
    private static readonly string[] RefusedByGroovy = ["envIdentifierString.groovy"];

    [Fact]
    public void Every_real_Jenkinsfile_and_Declarative_case_parses()
    {
        Assert.SkipWhen(Corpus.Root is null, Corpus.AbsentReason);
        var refused = Corpus.Scripts.Where(file => !GroovyParser.Parse(new SourceText(file, File.ReadAllText(file))).Succeeded).Select(Path.GetFileName);
        Assert.Equal(RefusedByGroovy, refused);
    }

    [Fact]
    public void Every_node_of_every_script_spans_its_own_tokens_within_its_parent()
    {
        Assert.SkipWhen(Corpus.Root is null, Corpus.AbsentReason);
        var faults = Corpus.Scripts
            .Select(file => new SourceText(Path.GetRelativePath(Corpus.Root, file), File.ReadAllText(file)))
            .SelectMany(source => SpanCheck.Faults(GroovyParser.Parse(source).Script!));
        Assert.Empty(faults);
    }

    /// <summary>A floor far below what is usual (a hundred million lines a minute), so that it fails for a quadratic parser and never for a busy machine.</summary>
    [Fact]
    public void A_million_lines_take_less_than_a_minute()
    {
        Assert.SkipWhen(Corpus.Root is null, Corpus.AbsentReason);
        var sources = Corpus.Scripts.Select(file => new SourceText(file, File.ReadAllText(file))).ToList();
        long lines = 0;
        var watch = Stopwatch.StartNew();
        do
        {
            foreach (var source in sources)
            {
                GroovyParser.Parse(source);
                lines += source.LineCount;
            }
        }
        while (lines < 100_000);
        var perMinute = lines / watch.Elapsed.TotalMinutes;
        output.WriteLine($"{perMinute:N0} lines/min");
        Assert.True(perMinute > 1_000_000, $"{perMinute:N0} lines/min");
    }
}
