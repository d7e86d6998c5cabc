using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Store.Projections;
using Slipway.Store.Runs;

namespace Slipway.Store.Contract;

public abstract class JournalContract : StoreTest
{
    private async Task<List<JournalEntry>> ReadAsync(RunId run, long from = 1)
    {
        var entries = new List<JournalEntry>();
        await foreach (var entry in Store.Journal.ReadAsync(run, from, TestContext.Current.CancellationToken))
        {
            entries.Add(entry);
        }

        return entries;
    }

    [Fact]
    public async Task Appended_events_come_back_in_order_with_sequence_and_time()
    {
        var run = await MakeRunAsync();
        var first = await Store.Journal.AppendAsync(run.Id, [Make.Started(run), Make.Note("one")]);
        Time.Advance(TimeSpan.FromSeconds(5));
        var second = await Store.Journal.AppendAsync(run.Id, [Make.Note("two")]);

        var read = await ReadAsync(run.Id);

        Assert.Equal([1, 2, 3], read.Select(e => e.Sequence));
        Assert.Equal([.. first.Select(e => e.Time), .. second.Select(e => e.Time)], read.Select(e => e.Time));
        Assert.Equal(TimeSpan.FromSeconds(5), read[2].Time - read[1].Time);
        Assert.Equal(Make.Note("two"), read[2].Event);
        var started = Assert.IsType<RunStarted>(read[0].Event);
        Assert.Equal("echo 'hello'", started.Program.Script);
        Assert.Equal("Ada", Assert.IsType<UserCause>(Assert.Single(started.Program.Causes)).UserName);
    }

    [Fact]
    public async Task Reading_can_begin_anywhere_and_goes_over_pages()
    {
        var run = await MakeRunAsync();
        await Store.Journal.AppendAsync(run.Id, [.. Enumerable.Range(1, 1000).Select(i => Make.Note($"note {i}"))]);

        var read = await ReadAsync(run.Id, from: 200);

        Assert.Equal(801, read.Count);
        Assert.Equal(Make.Note("note 200"), read[0].Event);
        Assert.Equal(Make.Note("note 1000"), read[^1].Event);
        Assert.Empty(await ReadAsync(run.Id, from: 1001));
    }

    [Fact]
    public async Task From_the_first_record_with_a_password_on_a_journal_lies_sealed_and_reads_the_same()
    {
        const string Secret = "correct-horse-battery-staple";
        var run = await MakeRunAsync();
        var plain = Make.Note("readable");
        var parameter = new PasswordParameter("P", null, Secret);
        List<RunEvent> events = [Make.Started(run), plain, new JobPropertiesDeclared([parameter], null, null, null), Make.Note($"a command with {Secret}")];
        await Store.Journal.AppendAsync(run.Id, events);
        await ReopenAsync();
        await Store.Journal.AppendAsync(run.Id, [Make.Note($"after a restart {Secret}")]);

        var read = await ReadAsync(run.Id);

        Assert.Equal([1, 2, 3, 4, 5], read.Select(e => e.Sequence));
        Assert.Equal(plain, read[1].Event);
        Assert.Equal(parameter, Assert.Single(Assert.IsType<JobPropertiesDeclared>(read[2].Event).Parameters!));
        Assert.Equal(Make.Note($"a command with {Secret}"), read[3].Event);
        Assert.Equal(Make.Note($"after a restart {Secret}"), read[4].Event);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_pod_with_values_of_secrets_among_its_variables_seals_what_follows(bool hasSecrets)
    {
        var pod = new NodePod("kubernetes", "agents", "pod", "jnlp", ["jnlp"]) { SecretVariables = hasSecrets ? new Dictionary<string, IReadOnlyList<string>> { ["jnlp"] = ["TOKEN"] } : new Dictionary<string, IReadOnlyList<string>>() };
        var workspace = new Slipway.Model.Operations.WorkspacePrepared("/w", "/w@tmp", true, new Dictionary<string, string> { ["TOKEN"] = "correct-horse" });

        var isSealed = Slipway.Store.Secrets.JournalSecrets.AreIn(new EffectCompleted(1, new Slipway.Model.Effects.NodeAllocated("pod", [], 0, workspace, []) { Pod = pod }));

        Assert.Equal(hasSecrets, isSealed);
    }

    [Fact]
    public async Task Nothing_is_appended_after_the_end()
    {
        var run = await MakeRunAsync();
        await Store.Journal.AppendAsync(run.Id, [Make.Started(run), new RunFinished(RunResult.Success, null)]);

        var refused = await Assert.ThrowsAsync<RunEndedException>(() => Store.Journal.AppendAsync(run.Id, [Make.Note("late")]));
        await ReopenAsync();
        await Assert.ThrowsAsync<RunEndedException>(() => Store.Journal.AppendAsync(run.Id, [new RunFinished(RunResult.Failure, null)]));

        Assert.Equal(run.Id, refused.Run);
        Assert.Equal(2, (await ReadAsync(run.Id)).Count);
        Assert.Equal(RunResult.Success, (await Store.Runs.FindAsync(run.Id))!.Result);
    }

    [Fact]
    public async Task An_event_behind_the_end_in_the_same_call_refuses_the_whole_call()
    {
        var run = await MakeRunAsync();

        await Assert.ThrowsAsync<RunEndedException>(() => Store.Journal.AppendAsync(run.Id, [new RunFinished(RunResult.Success, null), Make.Note("late")]));

        Assert.Empty(await ReadAsync(run.Id));
        Assert.Equal(RunState.Queued, (await Store.Runs.FindAsync(run.Id))!.State);
    }

    [Fact]
    public async Task Appending_to_a_run_that_does_not_exist_is_refused() =>
        await Assert.ThrowsAsync<RunMissingException>(() => Store.Journal.AppendAsync(new RunId(4711), [Make.Note("lost")]));

    [Fact]
    public async Task A_refused_append_does_not_harm_those_that_share_its_commit()
    {
        var job = await MakeJobAsync();
        var ended = await MakeFinishedAsync(job, RunResult.Success);
        var run = await MakeRunAsync(job);

        var good = Enumerable.Range(0, 50).Select(i => Store.Journal.AppendAsync(run.Id, [Make.Note($"{i}")])).ToList();
        var bad = Enumerable.Range(0, 50).Select(i => Store.Journal.AppendAsync(ended.Id, [Make.Note($"{i}")])).ToList();
        good.AddRange(Enumerable.Range(50, 50).Select(i => Store.Journal.AppendAsync(run.Id, [Make.Note($"{i}")])));

        foreach (var append in bad)
        {
            await Assert.ThrowsAsync<RunEndedException>(() => append);
        }

        await Task.WhenAll(good);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => Make.Note($"{i}")), (await ReadAsync(run.Id)).Select(e => (RunAnnotated)e.Event));
    }

    [Fact]
    public async Task Many_runs_append_at_once_and_each_keeps_its_own_order()
    {
        var job = await MakeJobAsync();
        var runs = new List<RunId>();
        for (var i = 0; i < 40; i++)
        {
            runs.Add((await MakeRunAsync(job)).Id);
        }

        await Task.WhenAll(runs.Select(run => Task.Run(async () =>
        {
            var appends = new List<Task>();
            for (var i = 1; i <= 100; i++)
            {
                appends.Add(Store.Journal.AppendAsync(run, [Make.Note($"{run} {i}")]));
                if (i % 10 == 0)
                {
                    await Task.WhenAll(appends);
                }
            }

            await Task.WhenAll(appends);
        })));

        foreach (var run in runs)
        {
            Assert.Equal(Enumerable.Range(1, 100).Select(i => Make.Note($"{run} {i}")), (await ReadAsync(run)).Select(e => (RunAnnotated)e.Event));
        }
    }

    [Fact]
    public async Task Checkouts_are_known_by_branch_to_the_runs_after_them_and_their_changes_to_the_run()
    {
        var job = await MakeJobAsync();
        var runs = new List<RunRecord>();
        for (var i = 1; i <= 3; i++)
        {
            runs.Add(await MakeRunAsync(job));
        }

        var change = new ChangeEntry("c1", "Ada", "ada@example.org", DateTimeOffset.UnixEpoch, "Mended\n\nat last", ["a", "b"], "AD");
        await CheckOutAsync(runs[0], 1, "origin/main", "one");
        await CheckOutAsync(runs[0], 2, "origin/side", "aside");
        await CheckOutAsync(runs[1], 1, "origin/main", "two", change);
        await CheckOutAsync(runs[1], 2, "origin/main", "two", change);
        await CheckOutAsync(runs[1], 3, "origin/main", "two");

        Assert.Empty(await FindAsync(1));
        Assert.Equal(new Dictionary<string, string> { ["origin/main"] = "one", ["origin/side"] = "aside" }, await FindAsync(2));
        Assert.Equal(new Dictionary<string, string> { ["origin/main"] = "two", ["origin/side"] = "aside" }, await FindAsync(3));
        Assert.Empty(await Store.Runs.FindRevisionsAsync(job.Id, 3, "https://elsewhere/x.git"));
        var set = Assert.Single(await Store.Runs.ReadChangesAsync(runs[1].Id));
        Assert.Equal(("https://git/x.git", "origin/main", "two"), (set.Url, set.Branch, set.Revision));
        var read = Assert.Single(set.Changes);
        Assert.Equal((change.Message, "Mended", "AD", "add", "delete"), (read.Message, read.Title, read.Edits, read.EditType(0), read.EditType(1)));
        Assert.Equal(change.Paths, read.Paths);
        Assert.Empty(await Store.Runs.ReadChangesAsync(runs[0].Id));

        Task<IReadOnlyDictionary<string, string>> FindAsync(int before) => Store.Runs.FindRevisionsAsync(job.Id, before, "https://git/x.git");
        Task CheckOutAsync(RunRecord run, long effect, string branch, string commit, params IReadOnlyList<ChangeEntry> changes) =>
            Store.Journal.AppendAsync(run.Id, [new EffectCompleted(effect, new OperationEnded(new GitCheckedOut(commit, branch, "https://git/x.git", null, "subject", changes)))]);
    }

    [Fact]
    public async Task The_row_follows_the_journal()
    {
        var run = await MakeRunAsync();
        Assert.Equal(RunState.Queued, run.State);

        await Store.Journal.AppendAsync(run.Id, [Make.Started(run)]);
        Assert.Equal(RunState.Running, (await Store.Runs.FindAsync(run.Id))!.State);

        await Store.Journal.AppendAsync(run.Id, [new RunAnnotated(RunResult.Unstable, "1.2.3", "a release")]);
        await Store.Journal.AppendAsync(run.Id, [new EffectCompleted(1, new NodeAllocated("builder-1", [], 0, new WorkspacePrepared("/w", "/w@tmp", true, new Dictionary<string, string>()), []))]);
        var running = (await Store.Runs.FindAsync(run.Id))!;
        Assert.Equal((RunState.Running, RunResult.Unstable, "1.2.3", "a release"), (running.State, running.Result, running.DisplayName, running.Description));
        Assert.Equal(["builder-1"], running.Nodes);
        Assert.Null(running.Ended);

        Time.Advance(TimeSpan.FromMinutes(3));
        await Store.Journal.AppendAsync(run.Id, [new RunFinished(RunResult.Failure, "the agent was lost", IsInfrastructure: true)]);
        var finished = (await Store.Runs.FindAsync(run.Id))!;
        Assert.Equal((RunState.Finished, RunResult.Failure, "the agent was lost", true), (finished.State, finished.Result, finished.Error, finished.ErrorIsInfrastructure));
        Assert.Equal(TimeSpan.FromMinutes(3), finished.Ended - finished.Started);
    }

    [Fact]
    public async Task The_graph_is_what_the_journal_draws()
    {
        var run = await MakeRunAsync();
        await Store.Journal.AppendAsync(run.Id, [Make.Started(run), new FlowNodeStarted(1, null, FlowNodeKind.Stage, "stage", "Build", null)]);
        Time.Advance(TimeSpan.FromSeconds(1));
        await Store.Journal.AppendAsync(run.Id, [new FlowNodeStarted(3, 1, FlowNodeKind.Step, "sh", null, "make"), new FlowNodeStarted(2, 1, FlowNodeKind.Step, "echo", null, "hi")]);
        await Store.Journal.AppendAsync(run.Id, [new FlowNodeEnded(3, FlowNodeStatus.Failure, "exit code 2")]);

        var nodes = await Store.Runs.ReadFlowNodesAsync(run.Id);

        Assert.Equal([1, 3, 2], nodes.Select(n => n.Id));
        Assert.Equal((1, FlowNodeStatus.Failure, "exit code 2"), (nodes[1].Parent, nodes[1].Status, nodes[1].Reason));
        Assert.Equal(FlowNodeProjection.Fold(await ReadAsync(run.Id)), nodes);
    }

    [Fact]
    public async Task A_summary_has_the_outermost_stages_wherever_they_stand()
    {
        var run = await MakeRunAsync();
        var bare = await MakeRunAsync();
        await Store.Journal.AppendAsync(run.Id,
        [
            Make.Started(run),
            new FlowNodeStarted(1, null, FlowNodeKind.Step, "node", null, "linux"),
            new FlowNodeStarted(2, 1, FlowNodeKind.Step, "withEnv", null, null),
            new FlowNodeStarted(3, 2, FlowNodeKind.Stage, "stage", "Build", null),
            new FlowNodeStarted(4, 3, FlowNodeKind.Step, "timeout", null, null),
            new FlowNodeStarted(5, 4, FlowNodeKind.Stage, "stage", "Compile", null),
            new FlowNodeEnded(3, FlowNodeStatus.Success, null),
            new FlowNodeStarted(7, null, FlowNodeKind.Branch, "parallel", "left", null),
            new FlowNodeStarted(6, 7, FlowNodeKind.Stage, "stage", "Inner", null),
        ]);

        var summaries = await Store.Runs.SummarizeAsync([bare.Id, new RunId(987654321), run.Id]);

        Assert.Equal([bare.Id, run.Id], summaries.Select(s => s.Run.Id));
        Assert.Empty(summaries[0].Stages);
        Assert.Equal([(3, "Build"), (7, "left")], summaries[1].Stages.Select(n => (n.Id, n.Name)));
        Assert.Equal(FlowNodeStatus.Success, summaries[1].Stages[0].Status);
    }

    [Fact]
    public async Task What_people_wrote_on_a_run_stays_when_it_goes_on()
    {
        var run = await MakeRunAsync();
        await Store.Journal.AppendAsync(run.Id, [Make.Started(run), new RunAnnotated(null, "mine", null)]);

        await Store.Runs.DescribeAsync(run.Id, null, "looked at by Ada");
        await Store.Journal.AppendAsync(run.Id, [new RunFinished(RunResult.Success, null)]);

        var found = (await Store.Runs.FindAsync(run.Id))!;
        Assert.Equal(("mine", "looked at by Ada"), (found.DisplayName, found.Description));
    }

    [Fact]
    public async Task Unfinished_runs_are_listed_after_a_restart_oldest_first()
    {
        var job = await MakeJobAsync();
        await MakeFinishedAsync(job, RunResult.Success);
        var going = await MakeRunAsync(job);
        await Store.Journal.AppendAsync(going.Id, [Make.Started(going)]);
        var queued = await MakeRunAsync(job);

        await ReopenAsync();

        Assert.Equal([(going.Id, RunState.Running), (queued.Id, RunState.Queued)], (await Store.Journal.ListUnfinishedAsync()).Select(r => (r.Id, r.State)));
        Assert.Equal([2], (await Store.Journal.AppendAsync(going.Id, [Make.Note("on")])).Select(e => e.Sequence));
    }

    [Fact]
    public async Task Large_and_strange_texts_come_back_as_they_were()
    {
        var run = await MakeRunAsync();
        var text = "äöü \u2028 \0 \ud83d\ude80 " + new string('x', 3_000_000);

        await Store.Journal.AppendAsync(run.Id, [new EffectCompleted(1, new OperationEnded(new ShellEnded(0, text)))]);

        var completed = Assert.IsType<EffectCompleted>(Assert.Single(await ReadAsync(run.Id)).Event);
        Assert.Equal(text, Assert.IsType<ShellEnded>(Assert.IsType<OperationEnded>(completed.Result).Result).Output);
    }
}
