namespace Slipway.Conformance;

/// <summary>The JSON form of a pipeline, which Jenkins' visual editors exchange.</summary>
public sealed class JsonTests
{
    [Fact]
    public void The_JSON_form_is_excluded_as_a_whole_while_it_is_not_offered()
    {
        Assert.SkipWhen(Corpus.Instance is null, Corpus.Absent);

        Assert.All(Corpus.Instance!.Entries.Where(e => e.Kind == "json"), e => Assert.NotNull(Exclusions.Instance.Of(e)));
    }
}
