using Slipway.Model;
using Slipway.Model.Events;

namespace Slipway.Store.Contract;

public abstract class RunContract : StoreTest
{
    [Fact]
    public async Task Permalinks_lead_to_the_newest_run_of_their_kind()
    {
        var job = await MakeJobAsync();
        Assert.Null(await Store.Runs.FindAsync(job.Id, RunPermalink.LastBuild));
        foreach (var result in (RunResult[])[RunResult.Success, RunResult.Unstable, RunResult.Failure, RunResult.Aborted])
        {
            await MakeFinishedAsync(job, result);
        }

        var going = await MakeRunAsync(job);
        await Store.Journal.AppendAsync(going.Id, [Make.Started(going), new RunAnnotated(RunResult.Failure, null, null)]);

        async Task<int?> NumberOf(RunPermalink permalink) => (await Store.Runs.FindAsync(job.Id, permalink))?.Number;
        Assert.Equal(5, await NumberOf(RunPermalink.LastBuild));
        Assert.Equal(4, await NumberOf(RunPermalink.LastCompletedBuild));
        Assert.Equal(2, await NumberOf(RunPermalink.LastSuccessfulBuild));
        Assert.Equal(1, await NumberOf(RunPermalink.LastStableBuild));
        Assert.Equal(2, await NumberOf(RunPermalink.LastUnstableBuild));
        Assert.Equal(4, await NumberOf(RunPermalink.LastUnsuccessfulBuild));
        Assert.Equal(3, await NumberOf(RunPermalink.LastFailedBuild));

        var other = await MakeJobAsync("other");
        var latest = await Store.Runs.ReadLatestAsync([job.Id, other.Id]);
        Assert.Equal((5, 4, 2, 3), (latest[job.Id].Last!.Number, latest[job.Id].LastCompleted!.Number, latest[job.Id].LastSuccessful!.Number, latest[job.Id].LastFailed!.Number));
        Assert.Null(latest[other.Id].Last);
    }

    [Fact]
    public async Task Runs_are_listed_newest_first_in_pages()
    {
        var job = await MakeJobAsync();
        var other = await MakeJobAsync("other");
        for (var i = 0; i < 5; i++)
        {
            await MakeFinishedAsync(job, RunResult.Success);
        }

        var last = await MakeFinishedAsync(other, RunResult.Failure);

        var page = await Store.Runs.ListAsync(job.Id, null, 3);
        Assert.Equal([5, 4, 3], page.Select(r => r.Number));
        Assert.Equal([2, 1], (await Store.Runs.ListAsync(job.Id, 3, 10)).Select(r => r.Number));
        var recent = await Store.Runs.ListRecentAsync(null, 2);
        Assert.Equal(last.Id, recent[0].Id);
        Assert.Equal(4, (await Store.Runs.ListRecentAsync(recent[1].Id, 10)).Count);
        Assert.Equal(3, (await Store.Runs.FindAsync(job.Id, 3))!.Number);
        Assert.Null(await Store.Runs.FindAsync(job.Id, 6));
    }

    [Fact]
    public async Task The_estimate_is_the_mean_of_the_last_three_successes()
    {
        var job = await MakeJobAsync();
        Assert.Null(await Store.Runs.EstimateDurationAsync(job.Id));
        foreach (var (seconds, result) in ((int, RunResult)[])[(100, RunResult.Success), (10, RunResult.Success), (20, RunResult.Success), (500, RunResult.Failure), (30, RunResult.Success)])
        {
            var run = await MakeRunAsync(job);
            await Store.Journal.AppendAsync(run.Id, [Make.Started(run)]);
            Time.Advance(TimeSpan.FromSeconds(seconds));
            await Store.Journal.AppendAsync(run.Id, [new RunFinished(result, null)]);
        }

        Assert.Equal(TimeSpan.FromSeconds(20), await Store.Runs.EstimateDurationAsync(job.Id));
    }

    [Fact]
    public async Task Descriptions_are_set_kept_and_removed()
    {
        var run = await MakeRunAsync();
        Assert.Equal("#1", run.ShownName);

        await Store.Runs.DescribeAsync(run.Id, "v1", "first");
        await Store.Runs.DescribeAsync(run.Id, null, "better");
        var described = (await Store.Runs.FindAsync(run.Id))!;
        Assert.Equal(("v1", "better"), (described.ShownName, described.Description));

        await Store.Runs.DescribeAsync(run.Id, "", "");
        var bare = (await Store.Runs.FindAsync(run.Id))!;
        Assert.Equal(("#1", null), (bare.ShownName, bare.Description));
        Assert.False(await Store.Runs.DescribeAsync(new RunId(99), "x", null));
    }

    [Fact]
    public async Task A_run_is_deleted_with_all_that_belongs_to_it_once_it_has_ended()
    {
        var job = await MakeJobAsync();
        var going = await MakeRunAsync(job);
        Assert.False(await Store.Runs.DeleteAsync(going.Id));

        var run = await MakeFinishedAsync(job, RunResult.Success);
        await Store.Artifacts.SaveAsync(run.Id, "x", new MemoryStream([1]));
        await Store.Tests.AddAsync(run.Id, 1, [new("suite", TimeSpan.Zero, [new("C", "t", TestStatus.Passed, TimeSpan.Zero, null, null, null)])]);

        Assert.True(await Store.Runs.DeleteAsync(run.Id));
        Assert.False(await Store.Runs.DeleteAsync(run.Id));
        Assert.Null(await Store.Runs.FindAsync(run.Id));
        await Store.ReclaimAsync();

        Assert.Empty(await Store.Journal.ReadAsync(run.Id).ToListAsync());
        Assert.Empty(await Store.Runs.ReadFlowNodesAsync(run.Id));
        Assert.Empty(await Store.Artifacts.ListAsync(run.Id));
        Assert.Null(await Store.Tests.FindSummaryAsync(run.Id));
        Assert.Empty(await Store.Tests.ReadAsync(run.Id));
        Assert.True((await MakeRunAsync(job)).Id.Value > run.Id.Value);
    }

    [Fact]
    public async Task The_newest_ended_runs_of_several_jobs_are_listed_without_those_that_go_on()
    {
        var (job, other, empty) = (await MakeJobAsync(), await MakeJobAsync("other"), await MakeJobAsync("empty"));
        foreach (var result in (RunResult[])[RunResult.Success, RunResult.Failure, RunResult.Unstable])
        {
            await MakeFinishedAsync(job, result);
        }

        await MakeRunAsync(job);
        await MakeFinishedAsync(other, RunResult.Aborted);

        var ended = await Store.Runs.ListEndedAsync([job.Id, other.Id, empty.Id], 2);

        Assert.Equal([3, 2], ended[job.Id].Select(r => r.Number));
        Assert.Equal([RunResult.Aborted], ended[other.Id].Select(r => r.Result));
        Assert.Empty(ended[empty.Id]);
    }

    [Fact]
    public async Task Retention_by_number_keeps_the_newest_the_last_good_ones_and_what_is_kept_for_ever()
    {
        var job = await MakeJobAsync();
        foreach (var result in (RunResult[])[
            RunResult.Success, RunResult.Success, RunResult.Success, RunResult.Unstable, RunResult.Failure, RunResult.Failure, RunResult.Failure, RunResult.Failure])
        {
            await MakeFinishedAsync(job, result);
        }

        var first = (await Store.Runs.FindAsync(job.Id, 1))!;
        Assert.True(await Store.Runs.SetKeptForeverAsync(first.Id, true));

        var outcome = await Store.Runs.ApplyRetentionAsync(job.Id, new BuildRetention(null, 2, null, null));

        Assert.Equal([8, 7, 4, 3, 1], (await Store.Runs.ListAsync(job.Id, null, 10)).Select(r => r.Number));
        Assert.Equal(3, outcome.Runs.Count);
        Assert.Empty(outcome.Artifacts);
    }

    [Fact]
    public async Task Retention_by_days_spares_what_is_unfinished()
    {
        var job = await MakeJobAsync();
        var going = await MakeRunAsync(job);
        await Store.Journal.AppendAsync(going.Id, [Make.Started(going)]);
        await MakeFinishedAsync(job, RunResult.Failure);
        Time.Advance(TimeSpan.FromDays(8));
        await MakeFinishedAsync(job, RunResult.Success);

        await Store.Runs.ApplyRetentionAsync(job.Id, new BuildRetention(7, null, null, null));

        Assert.Equal([3, 1], (await Store.Runs.ListAsync(job.Id, null, 10)).Select(r => r.Number));
    }

    [Fact]
    public async Task Retention_of_artifacts_leaves_the_runs()
    {
        var job = await MakeJobAsync();
        var runs = new List<RunId>();
        for (var i = 0; i < 4; i++)
        {
            var run = await MakeFinishedAsync(job, RunResult.Success);
            await Store.Artifacts.SaveAsync(run.Id, "a.txt", new MemoryStream([1]));
            runs.Add(run.Id);
        }

        var outcome = await Store.Runs.ApplyRetentionAsync(job.Id, new BuildRetention(null, null, null, 2));
        await Store.ReclaimAsync();

        Assert.Equal(runs[..2], outcome.Artifacts);
        Assert.Empty(await Store.Artifacts.ListAsync(runs[1]));
        Assert.Single(await Store.Artifacts.ListAsync(runs[2]));
        Assert.Equal(4, (await Store.Runs.ListAsync(job.Id, null, 10)).Count);
        Assert.Empty((await Store.Runs.ApplyRetentionAsync(job.Id, new BuildRetention(null, null, null, 2))).Artifacts);
    }

    [Fact]
    public async Task A_milestone_lets_newer_runs_pass_and_holds_older_ones_back()
    {
        var job = await MakeJobAsync();

        Assert.Null(await Store.Milestones.PassAsync(job.Id, 1, 5));
        Assert.Null(await Store.Milestones.PassAsync(job.Id, 1, 5));
        Assert.Equal(5, await Store.Milestones.PassAsync(job.Id, 1, 4));
        Assert.Null(await Store.Milestones.PassAsync(job.Id, 2, 4));
        Assert.Null(await Store.Milestones.PassAsync(job.Id, 3, 7));
        await ReopenAsync();
        Assert.Equal(7, await Store.Milestones.PassAsync(job.Id, 1, 6));
        Assert.Null(await Store.Milestones.PassAsync(new JobId(99), 1, 1));
    }
}
