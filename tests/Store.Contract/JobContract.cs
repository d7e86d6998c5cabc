using Slipway.Model;
using Slipway.Store.Jobs;

namespace Slipway.Store.Contract;

public abstract class JobContract : StoreTest
{
    private async Task<JobRecord> FolderAsync(string path) => (await Store.Jobs.CreateAsync(JobPath.Parse(path), "<folder/>", Make.Folder)).Job!;

    [Fact]
    public async Task A_job_comes_back_as_it_was_given()
    {
        await FolderAsync("team");
        var definition = Make.Pipeline with
        {
            DisplayName = "The app",
            Script = new ScmScript("https://example.org/app.git", ["*/main"], "git-key", "ci/Jenkinsfile"),
            Parameters = [new ChoiceParameter("COLOR", "pick", ["red", "green"]), new BooleanParameter("FAST", null, true)],
            Retention = new BuildRetention(30, 100, null, null),
            IsEnabled = false,
        };

        var made = await Store.Jobs.CreateAsync(JobPath.Parse("team/app"), "<flow-definition>ä</flow-definition>", definition);
        await ReopenAsync();
        var found = (await Store.Jobs.FindAsync(JobPath.Parse("team/app")))!;

        Assert.Equal(made.Job!.Id, found.Id);
        Assert.Equal("<flow-definition>ä</flow-definition>", await Store.Jobs.ReadConfigAsync(found.Id));
        Assert.Equal("git-key", Assert.IsType<ScmScript>(found.Definition.Script).CredentialsId);
        Assert.Equal(["red", "green"], Assert.IsType<ChoiceParameter>(found.Parameters[0]).Choices);
        Assert.Equal((false, 100, 1), (found.IsEnabled, found.Retention!.NumberToKeep, found.NextNumber));
        Assert.Equal(found.Path, (await Store.Jobs.FindAsync(found.Id))!.Path);
    }

    [Fact]
    public async Task A_name_is_given_once_in_a_folder()
    {
        await MakeJobAsync();
        await FolderAsync("team");

        var again = await Store.Jobs.CreateAsync(JobPath.Parse("app"), "", Make.Pipeline);
        var elsewhere = await Store.Jobs.CreateAsync(JobPath.Parse("team/app"), "", Make.Pipeline);

        Assert.Equal(JobChangeStatus.Taken, again.Status);
        Assert.Contains("already exists", again.Fault, StringComparison.Ordinal);
        Assert.True(elsewhere.Succeeded);
    }

    [Fact]
    public async Task A_job_lies_in_a_folder_that_exists()
    {
        await MakeJobAsync();

        Assert.Equal(JobChangeStatus.NotFound, (await Store.Jobs.CreateAsync(JobPath.Parse("nowhere/app"), "", Make.Pipeline)).Status);
        Assert.Equal(JobChangeStatus.NotFound, (await Store.Jobs.CreateAsync(JobPath.Parse("app/inner"), "", Make.Pipeline)).Status);
        Assert.Equal(JobChangeStatus.Refused, (await Store.Jobs.CreateAsync(JobPath.Root, "", Make.Folder)).Status);
    }

    [Fact]
    public async Task Children_are_listed_by_name_in_pages()
    {
        await FolderAsync("team");
        foreach (var name in (string[])["c", "a", "b", "d"])
        {
            await MakeJobAsync($"team/{name}");
        }

        await MakeJobAsync("team2");
        var first = await Store.Jobs.ListAsync(JobPath.Parse("team"), null, 3);
        var second = await Store.Jobs.ListAsync(JobPath.Parse("team"), first[^1].Path.Name, 3);

        Assert.Equal(["a", "b", "c"], first.Select(j => j.Path.Name));
        Assert.Equal(["d"], second.Select(j => j.Path.Name));
        Assert.Equal(["team", "team2"], (await Store.Jobs.ListAsync(JobPath.Root, null, 10)).Select(j => j.Path.Name));
        Assert.Empty(await Store.Jobs.ListAsync(JobPath.Parse("nowhere"), null, 10));
    }

    [Fact]
    public async Task All_jobs_can_be_gone_through()
    {
        await FolderAsync("f");
        for (var i = 0; i < 450; i++)
        {
            await MakeJobAsync($"f/job{i:d3}");
        }

        Assert.Equal(451, (await Store.Jobs.ReadAllAsync().ToListAsync()).Select(j => j.Id).Distinct().Count());
    }

    [Fact]
    public async Task Configuring_replaces_the_definition_but_not_the_kind()
    {
        var job = await MakeJobAsync();
        await Store.Jobs.SetEnabledAsync(job.Id, false, "<off/>");
        Assert.False((await Store.Jobs.FindAsync(job.Id))!.IsEnabled);
        Assert.Equal("<off/>", await Store.Jobs.ReadConfigAsync(job.Id));

        var changed = await Store.Jobs.ConfigureAsync(job.Id, "<new/>", Make.Pipeline with { Description = "better" });
        Assert.Equal(("better", true), (changed.Job!.Definition.Description, changed.Job.IsEnabled));
        Assert.Equal("<new/>", await Store.Jobs.ReadConfigAsync(job.Id));

        Assert.Equal(JobChangeStatus.Refused, (await Store.Jobs.ConfigureAsync(job.Id, "", Make.Folder)).Status);
        Assert.Equal(JobChangeStatus.NotFound, (await Store.Jobs.ConfigureAsync(new JobId(99), "", Make.Pipeline)).Status);
        Assert.False(await Store.Jobs.SetEnabledAsync(new JobId(99), true, ""));
    }

    [Fact]
    public async Task What_a_pipeline_declares_stands_before_the_configuration()
    {
        var job = await MakeJobAsync();
        await Store.Jobs.ConfigureAsync(job.Id, "", Make.Pipeline with { Parameters = [new StringParameter("A", null, "1", false)], DisallowsConcurrentRuns = true });

        await Store.Jobs.DeclareAsync(job.Id, new DeclaredProperties([new StringParameter("B", null, "2", true)], Retention: new BuildRetention(null, 5, null, null)));
        var declared = (await Store.Jobs.FindAsync(job.Id))!;
        Assert.Equal(new StringParameter("B", null, "2", true), Assert.Single(declared.Parameters));
        Assert.True(declared.DisallowsConcurrentRuns);
        Assert.Equal(5, declared.Retention!.NumberToKeep);

        await Store.Jobs.DeclareAsync(job.Id, null);
        Assert.Equal("A", Assert.Single((await Store.Jobs.FindAsync(job.Id))!.Parameters).Name);
    }

    [Fact]
    public async Task Moving_a_folder_takes_everything_along()
    {
        var folder = await FolderAsync("a");
        await FolderAsync("a/b");
        await FolderAsync("z");
        var job = await MakeJobAsync("a/b/c");
        await MakeJobAsync("a0");
        var run = await MakeFinishedAsync(job, RunResult.Success);

        Assert.Equal(JobChangeStatus.Refused, (await Store.Jobs.MoveAsync(folder.Id, JobPath.Parse("a/b/a"))).Status);
        Assert.Equal(JobChangeStatus.Taken, (await Store.Jobs.MoveAsync(folder.Id, JobPath.Parse("z"))).Status);
        Assert.Equal(JobChangeStatus.NotFound, (await Store.Jobs.MoveAsync(folder.Id, JobPath.Parse("nowhere/a"))).Status);
        var moved = await Store.Jobs.MoveAsync(folder.Id, JobPath.Parse("z/äa"));

        Assert.Equal("z/äa", moved.Job!.Path.Value);
        Assert.Equal(job.Id, (await Store.Jobs.FindAsync(JobPath.Parse("z/äa/b/c")))!.Id);
        Assert.Null(await Store.Jobs.FindAsync(JobPath.Parse("a/b/c")));
        Assert.Equal("z/äa/b/c", (await Store.Runs.FindAsync(run.Id))!.JobPath.Value);
        Assert.NotNull(await Store.Jobs.FindAsync(JobPath.Parse("a0")));
        Assert.True((await Store.Jobs.MoveAsync(moved.Job.Id, JobPath.Parse("z/äa"))).Succeeded);
    }

    [Fact]
    public async Task Deleting_a_folder_removes_all_below_it_with_runs_and_queue_items()
    {
        var folder = await FolderAsync("a");
        var job = await MakeJobAsync("a/b");
        var kept = await MakeJobAsync("ab");
        var run = await MakeFinishedAsync(job, RunResult.Success);
        var item = (await Store.Queue.EnqueueAsync(Make.Request(job, Time))).Item!;
        await Store.Artifacts.SaveAsync(run.Id, "x", new MemoryStream([1]));

        Assert.True((await Store.Jobs.DeleteAsync(folder.Id)).Succeeded);

        Assert.Null(await Store.Jobs.FindAsync(JobPath.Parse("a/b")));
        Assert.Null(await Store.Runs.FindAsync(run.Id));
        Assert.Empty(await Store.Runs.ListRecentAsync(null, 10));
        Assert.Null(await Store.Queue.FindAsync(item.Id));
        Assert.Empty(await Store.Queue.ListWaitingAsync());
        Assert.NotNull(await Store.Jobs.FindAsync(kept.Id));

        await Store.ReclaimAsync();
        Assert.Empty(await Store.Artifacts.ListAsync(run.Id));
        Assert.Empty(await Store.Journal.ReadAsync(run.Id).ToListAsync());

        var again = await MakeJobAsync("a2");
        Assert.NotEqual(job.Id, again.Id);
    }

    [Fact]
    public async Task A_deletion_that_was_cut_short_goes_on_after_a_restart()
    {
        var job = await MakeJobAsync();
        var run = await MakeFinishedAsync(job, RunResult.Success);
        await Store.Artifacts.SaveAsync(run.Id, "x", new MemoryStream([1]));
        await Store.Jobs.DeleteAsync(job.Id);
        await ReopenAsync();

        await Store.ReclaimAsync();

        Assert.Empty(await Store.Artifacts.ListAsync(run.Id));
    }

    [Fact]
    public async Task A_job_with_an_unfinished_run_is_not_deleted()
    {
        var job = await MakeJobAsync();
        await MakeRunAsync(job);

        var refused = await Store.Jobs.DeleteAsync(job.Id);

        Assert.Equal(JobChangeStatus.Refused, refused.Status);
        Assert.Contains("app #1", refused.Fault, StringComparison.Ordinal);
        Assert.NotNull(await Store.Jobs.FindAsync(job.Id));
    }

    [Fact]
    public async Task The_next_number_only_goes_up()
    {
        var job = await MakeJobAsync();
        Assert.Equal(1, (await MakeFinishedAsync(job, RunResult.Success)).Number);

        Assert.Equal(JobChangeStatus.Refused, (await Store.Jobs.SetNextNumberAsync(job.Id, 1)).Status);
        Assert.True((await Store.Jobs.SetNextNumberAsync(job.Id, 100)).Succeeded);

        Assert.Equal(100, (await MakeRunAsync(job)).Number);
        Assert.Equal(101, (await MakeRunAsync(job)).Number);
    }
}
