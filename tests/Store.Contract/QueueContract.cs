using Slipway.Model;
using Slipway.Store.Queue;

namespace Slipway.Store.Contract;

public abstract class QueueContract : StoreTest
{
    private static ParameterValue P(string name, string value) => new(name, value);

    [Fact]
    public async Task A_request_waits_until_it_becomes_a_run()
    {
        var job = await MakeJobAsync();
        var item = (await Store.Queue.EnqueueAsync(Make.Request(job, Time, P("A", "1")))).Item!;
        Assert.Equal([item.Id], (await Store.Queue.ListWaitingAsync()).Select(i => i.Id));
        Assert.Null(item.Run);
        Time.Advance(TimeSpan.FromSeconds(7));

        var run = (await Store.Queue.StartAsync(item.Id))!;

        Assert.Equal((1, RunState.Queued, item.Id), (run.Number, run.State, run.QueueItem));
        Assert.Equal(TimeSpan.FromSeconds(7), run.Started - run.Queued);
        Assert.Equal(P("A", "1"), Assert.Single(run.Parameters));
        Assert.Equal("Ada", Assert.IsType<UserCause>(Assert.Single(run.Causes)).UserName);
        Assert.Empty(await Store.Queue.ListWaitingAsync());
        var left = (await Store.Queue.FindAsync(item.Id))!;
        Assert.Equal((run.Id, 1, false), (left.Run, left.Number, left.IsWaiting));
        Assert.Null(await Store.Queue.StartAsync(item.Id));
        Assert.Equal(2, (await Store.Jobs.FindAsync(job.Id))!.NextNumber);
    }

    [Fact]
    public async Task Equal_requests_that_wait_join_and_different_ones_do_not()
    {
        var job = await MakeJobAsync();
        var first = await Store.Queue.EnqueueAsync(Make.Request(job, Time, P("A", "1"), P("B", "2")));
        var second = await Store.Queue.EnqueueAsync(Make.Request(job, Time, P("B", "2"), P("A", "1")) with { Causes = [new RemoteCause("10.0.0.1", null)] });
        var third = await Store.Queue.EnqueueAsync(Make.Request(job, Time, P("A", "1"), P("B", "3")));

        Assert.Equal((first.Item!.Id, true), (second.Item!.Id, second.Joined));
        Assert.Equal(2, (await Store.Queue.FindAsync(first.Item.Id))!.Causes.Count);
        Assert.False(third.Joined);

        await Store.Queue.StartAsync(first.Item.Id);
        Assert.False((await Store.Queue.EnqueueAsync(Make.Request(job, Time, P("A", "1"), P("B", "2")))).Joined);
    }

    [Fact]
    public async Task Joining_puts_the_quiet_period_off_and_a_request_for_now_ends_it()
    {
        var job = await MakeJobAsync();
        var start = Time.Now;
        QueueRequest In(int seconds, bool atOnce) => Make.Request(job, Time) with { Due = start.AddSeconds(seconds), AtOnce = atOnce };
        await Store.Queue.EnqueueAsync(In(10, false));

        Assert.Equal(start.AddSeconds(15), (await Store.Queue.EnqueueAsync(In(15, false))).Item!.Due);
        Assert.Equal(start.AddSeconds(15), (await Store.Queue.EnqueueAsync(In(12, false))).Item!.Due);
        Assert.Equal(start, (await Store.Queue.EnqueueAsync(In(0, true))).Item!.Due);
        Assert.Equal(start, Assert.Single(await Store.Queue.ListWaitingAsync(job.Id)).Due);
    }

    [Fact]
    public async Task Cancelling_works_once_and_only_while_it_waits()
    {
        var job = await MakeJobAsync();
        var item = (await Store.Queue.EnqueueAsync(Make.Request(job, Time))).Item!;

        Assert.True(await Store.Queue.CancelAsync(item.Id));
        Assert.False(await Store.Queue.CancelAsync(item.Id));
        Assert.Null(await Store.Queue.StartAsync(item.Id));
        Assert.False(await Store.Queue.CancelAsync(new QueueItemId(99)));

        var found = (await Store.Queue.FindAsync(item.Id))!;
        Assert.Equal((true, false, null), (found.IsCancelled, found.IsWaiting, found.Run));
    }

    [Fact]
    public async Task What_left_is_kept_until_it_is_pruned_and_ids_are_never_given_twice()
    {
        var job = await MakeJobAsync();
        var item = (await Store.Queue.EnqueueAsync(Make.Request(job, Time))).Item!;
        await Store.Queue.CancelAsync(item.Id);
        Time.Advance(TimeSpan.FromMinutes(6));

        await Store.Queue.PruneAsync(Time.Now - TimeSpan.FromMinutes(7));
        Assert.NotNull(await Store.Queue.FindAsync(item.Id));
        await Store.Queue.PruneAsync(Time.Now - TimeSpan.FromMinutes(5));
        Assert.Null(await Store.Queue.FindAsync(item.Id));

        await ReopenAsync();
        Assert.True((await Store.Queue.EnqueueAsync(Make.Request(job, Time))).Item!.Id.Value > item.Id.Value);
    }

    [Fact]
    public async Task A_request_for_a_job_that_is_gone_is_not_taken()
    {
        var job = await MakeJobAsync();
        await Store.Jobs.DeleteAsync(job.Id);

        Assert.Null((await Store.Queue.EnqueueAsync(Make.Request(job, Time))).Item);
    }

    [Fact]
    public async Task Numbers_are_given_without_gaps_or_doubles_under_load()
    {
        var job = await MakeJobAsync();
        var runs = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(async () =>
        {
            var item = (await Store.Queue.EnqueueAsync(Make.Request(job, Time, P("N", $"{i}")))).Item!;
            return (await Store.Queue.StartAsync(item.Id))!;
        })));

        Assert.Equal(Enumerable.Range(1, 100), runs.Select(r => r.Number).Order());
        Assert.Equal(100, runs.Select(r => r.Id).Distinct().Count());
    }

    [Fact]
    public async Task What_waits_waits_still_after_a_restart()
    {
        var job = await MakeJobAsync();
        var first = (await Store.Queue.EnqueueAsync(Make.Request(job, Time, P("A", "1")))).Item!;
        var second = (await Store.Queue.EnqueueAsync(Make.Request(job, Time, P("A", "2")))).Item!;

        await ReopenAsync();

        Assert.Equal([first.Id, second.Id], (await Store.Queue.ListWaitingAsync()).Select(i => i.Id));
    }
}
