using Slipway.Controller.Changes;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Controller.Tests.Changes;

public class ChangeFeedTests
{
    [Fact]
    public async Task A_reader_resumes_behind_the_change_that_it_saw_last()
    {
        var feed = new ChangeFeed();
        var start = feed.Position;
        feed.Publish(new Change.OfNode("a"));
        feed.Publish(new Change.OfNode("b"));

        var first = await FirstAsync(feed, start);
        Assert.Equal(new Change.OfNode("a"), first.Change);
        Assert.Equal(new Change.OfNode("b"), (await FirstAsync(feed, first.Id)).Change);
    }

    [Fact]
    public async Task A_reader_that_waits_is_woken_by_the_next_change()
    {
        var feed = new ChangeFeed();
        var waiting = FirstAsync(feed, null);
        feed.Publish(new Change.OfQueue());

        Assert.Equal(new Change.OfQueue(), (await waiting).Change);
    }

    [Fact]
    public async Task Equal_changes_that_wait_together_are_folded()
    {
        var feed = new ChangeFeed();
        var start = feed.Position;
        var run = new Change.OfRun(new RunId(1), JobPath.Parse("a"), 1);
        for (var i = 0; i < 100; i++)
        {
            feed.Publish(run);
        }

        feed.Publish(new Change.OfQueue());

        Assert.Equal([run, new Change.OfQueue()], await TakeAsync(feed, start, 2));
    }

    [Fact]
    public async Task A_reader_that_fell_behind_is_told_to_read_everything()
    {
        var feed = new ChangeFeed();
        var start = feed.Position;
        for (var i = 0; i < 10_000; i++)
        {
            feed.Publish(new Change.OfNode($"{i}"));
        }

        Assert.Equal(new Change.OfEverything(), (await FirstAsync(feed, start)).Change);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("0123456789ab-5")]
    [InlineData("")]
    public async Task A_position_of_another_server_means_everything(string position)
    {
        Assert.Equal(new Change.OfEverything(), (await FirstAsync(new ChangeFeed(), position)).Change);
    }

    private static async Task<ChangeEvent> FirstAsync(ChangeFeed feed, string? after)
    {
        await foreach (var change in feed.SubscribeAsync(after, TestContext.Current.CancellationToken))
        {
            return change;
        }

        throw new InvalidOperationException("The feed ended.");
    }

    private static async Task<List<Change>> TakeAsync(ChangeFeed feed, string after, int count)
    {
        var taken = new List<Change>();
        await foreach (var change in feed.SubscribeAsync(after, TestContext.Current.CancellationToken))
        {
            taken.Add(change.Change);
            if (taken.Count == count)
            {
                break;
            }
        }

        return taken;
    }
}
