using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Live;

namespace Slipway.Web.Tests.Live;

public sealed class FeedFilterTests
{
    private static readonly Change Run = new Change.OfRun(new RunId(5), JobPath.Parse("a/b"), 12);
    private static readonly Change Job = new Change.OfJob(JobPath.Parse("a/b"));

    [Theory]
    [InlineData("", true, true, true)]
    [InlineData("?run=5", true, false, false)]
    [InlineData("?run=6", false, false, false)]
    [InlineData("?run=6&run=5", true, false, false)]
    [InlineData("?job=a/b", true, true, false)]
    [InlineData("?job=a", false, false, false)]
    [InlineData("?folder=a", true, true, false)]
    [InlineData("?folder=", true, true, false)]
    [InlineData("?folder=ab", false, false, false)]
    [InlineData("?queue", false, false, true)]
    [InlineData("?folder=&queue", true, true, true)]
    public void Only_what_was_asked_for_is_wanted(string query, bool run, bool job, bool queue)
    {
        var filter = Read(query)!;
        Assert.Equal((run, job, queue), (filter.Wants(Run), filter.Wants(Job), filter.Wants(new Change.OfQueue())));
    }

    [Fact]
    public void That_something_was_missed_concerns_everyone() => Assert.True(Read("?run=1")!.Wants(new Change.OfEverything()));

    [Theory]
    [InlineData("?run=x", "'x' is not a run's id")]
    [InlineData("?job=a/%3F", "unsafe character")]
    [InlineData("?log=5", "does not name a log")]
    [InlineData("?log=5:-1", "does not name a log")]
    public void A_wrong_value_is_named(string query, string fault)
    {
        Assert.Null(FeedFilter.Read(QueryOf(query), out var said));
        Assert.Contains(fault, said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_is_followed_besides() => Assert.Equal((new RunId(5), 70L), Read("?run=5&log=5:70")!.Log);

    private static FeedFilter? Read(string query) => FeedFilter.Read(QueryOf(query), out _);

    private static QueryCollection QueryOf(string query) => new(QueryHelpers.ParseQuery(query));
}
