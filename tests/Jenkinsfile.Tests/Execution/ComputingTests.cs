using Slipway.Jenkinsfile.Execution;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Execution;

/// <summary>Scripts that compute without running a step: they can be stopped, take no other run's time, and replay.</summary>
public sealed class ComputingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("def f(n) { n > 0 ? f(n - 1) : 0 }; for (;;) { f(10) }")]
    [InlineData("while (true) { [3, 1, 2].sort { a, b -> a <=> b } }")]
    [InlineData("(1..1000000000).each { it + 1 }")]
    [InlineData("while (true) { \"${1..20}\".replaceAll(/\\d/) { it } }")]
    [InlineData("class A { String toString() { while (true) { } } }; echo \"${new A()}\"")]
    [InlineData("node { stage('s') { parallel(a: { while (true) { } }, b: { sleep 5 }) } }")]
    public async Task A_script_that_computes_is_aborted(string script)
    {
        var run = New(script);
        var ending = run.ExecuteAsync(TestContext.Current.CancellationToken);
        run.Interrupt("Aborted by admin");
        await ending.WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.EndsWith("Aborted by admin\nFinished: ABORTED\n", run.Log, StringComparison.Ordinal);
        Assert.Empty(run.World.HeldNodes);
    }

    [Fact]
    public async Task A_timeout_ends_code_that_computes_and_a_replay_ends_it_there_again()
    {
        const string script = """
            try { timeout(time: 10, unit: 'MILLISECONDS') { n = 0; while (true) { n++ } } } catch (e) { echo "caught ${e.class.simpleName} at ${n}" }
            try {
              timeout(time: 10, unit: 'MILLISECONDS') { m = 0; while (true) { try { while (true) { m++ } } catch (e) { echo "I go on at ${m}" } } }
            } catch (e) { echo "cut off: ${m > 0}" }
            """;
        var recorder = new InMemoryRecorder(() => DateTimeOffset.UtcNow);
        var finished = await Execute(recorder);
        Assert.Equal(RunResult.Success, finished.Result);
        Assert.Contains("\ncaught FlowInterruptedException at ", recorder.Log, StringComparison.Ordinal);
        Assert.Contains("Body did not finish within grace period; terminating with extreme prejudice\n", recorder.Log, StringComparison.Ordinal);
        Assert.True(recorder.Events.OfType<EffectCompleted>().Count(e => e.During > 0) >= 3);

        var again = InMemoryRecorder.After(recorder, recorder.Entries.Count - 1, () => DateTimeOffset.UtcNow);
        Assert.Equal(finished, await Execute(again));
        Assert.Equal(recorder.Log, again.Log);

        Task<RunFinished> Execute(InMemoryRecorder to) =>
            new PipelineRun(ScriptRun.NewProgram(script), [.. to.Entries], to, new TimedWorld(), new PipelineRunOptions { TimeoutGrace = TimeSpan.FromMilliseconds(10) })
                .ExecuteAsync(TestContext.Current.CancellationToken)
                .WaitAsync(Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_server_that_stops_does_not_wait_for_a_script_that_computes_and_the_run_goes_on_later()
    {
        var run = New("node { echo 'computing'; try { while (true) { } } finally { echo 'not now' } }");
        using var stop = new CancellationTokenSource();
        var allocated = new TaskCompletionSource();
        var recorder = new InMemoryRecorder(() => run.World.Now)
        {
            Appending = events =>
            {
                if (events.Any(e => e is EffectCompleted))
                {
                    allocated.TrySetResult();
                }
            },
        };
        var ending = run.ExecuteAsync(recorder, stop.Token);
        await allocated.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ending.WaitAsync(Limit, TestContext.Current.CancellationToken));
        Assert.DoesNotContain("not now", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Events, e => e is RunFinished);

        var resumed = New(run.Program.Script);
        resumed.World.Resume(run.Recorder.Entries);
        ending = resumed.ExecuteAsync(InMemoryRecorder.After(run.Recorder, run.Recorder.Entries.Count, () => resumed.World.Now), TestContext.Current.CancellationToken);
        resumed.Interrupt("Aborted by admin");
        await ending.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(RunResult.Aborted, resumed.Result);
        Assert.Contains("computing\n", resumed.Log, StringComparison.Ordinal);
        Assert.Contains("not now\n", resumed.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_refuses_the_interruption_suspends_the_run()
    {
        var run = New("echo 'computing'; while (true) { }");
        var recorder = new InMemoryRecorder(() => run.World.Now) { Appending = _ => throw new IOException("no space") };
        var ending = run.ExecuteAsync(recorder, TestContext.Current.CancellationToken);
        run.Interrupt("Aborted by admin");
        await Assert.ThrowsAsync<RunSuspendedException>(() => ending.WaitAsync(Limit, TestContext.Current.CancellationToken));
        Assert.DoesNotContain("End of Pipeline", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_that_compute_leave_others_their_time()
    {
        var computing = Enumerable.Range(0, (4 * Environment.ProcessorCount) + 8).Select(_ => New("while (true) { }")).ToList();
        var endings = computing.Select(r => r.ExecuteAsync(TestContext.Current.CancellationToken)).ToList();
        for (var i = 0; i < 20; i++)
        {
            var other = await ScriptRun.ExecuteAsync("node { sh 'true' }; sleep 1; echo 'done'", NewWorld()).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            Assert.Equal(RunResult.Success, other.Result);
        }

        foreach (var run in computing)
        {
            run.Interrupt("Aborted by admin");
        }

        await Task.WhenAll(endings).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.All(computing, r => Assert.Equal(RunResult.Aborted, r.Result));
    }

    [Fact]
    public async Task A_second_request_ends_what_catches_the_first()
    {
        var run = New("while (true) { try { while (true) { } } catch (e) { echo 'caught' } }");
        var ending = run.ExecuteAsync(TestContext.Current.CancellationToken);
        run.Interrupt("Aborted by admin");
        run.Interrupt("Aborted by admin again");
        await ending.WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.Equal(RunResult.Aborted, run.Result);
    }

    [Fact]
    public async Task A_replay_sees_the_interruption_where_the_script_stood()
    {
        const string script = """
            def n = 0
            try { sleep 1; while (true) { n++ } } catch (e) { echo "caught ${e.class.simpleName} at ${n}" }
            sleep 1
            node { sh 'clean up' }
            echo "after ${n}"
            """;
        var whole = New(script);
        var ending = whole.ExecuteAsync(TestContext.Current.CancellationToken);
        var interrupted = false;
        whole.World.Resting = () =>
        {
            // With the end of the first sleep: it arrives at the loop, or a few instructions before it.
            if (!interrupted && whole.World.Performed.Count == 1)
            {
                interrupted = true;
                whole.World.Advance();
                whole.Interrupt("Aborted by admin");
                return true;
            }

            return false;
        };
        await ending.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Contains("caught FlowInterruptedException at ", whole.Log, StringComparison.Ordinal);
        Assert.Contains("\nafter ", whole.Log, StringComparison.Ordinal);

        var entries = whole.Recorder.Entries;
        var first = entries.ToList().FindIndex(e => e.Event is InterruptRequested) + 1;
        Assert.True(first > 0);
        for (var cut = first; cut < entries.Count; cut++)
        {
            var world = NewWorld();
            world.Resume(entries.Take(cut));
            var resumed = new ScriptRun { Program = whole.Program, World = world };
            await resumed.ExecuteAsync(InMemoryRecorder.After(whole.Recorder, cut, () => world.Now)).WaitAsync(Limit, TestContext.Current.CancellationToken);
            Assert.Equal(whole.Log, resumed.Log);
            Assert.Equal(whole.Finished, resumed.Finished);
        }
    }

    [Fact]
    public async Task A_lost_node_ends_code_that_computes_in_its_block_and_a_replay_ends_it_there_again()
    {
        const string script = """
            def n = 0
            node { try { sleep 1; while (true) { n++ } } catch (e) { echo "caught ${e.class.simpleName} at ${n}" }; sleep 1 }
            echo "after ${n}"
            """;
        var whole = New(script);
        var isLost = false;
        whole.World.Resting = () =>
        {
            if (!isLost && whole.World.Performed.Any(p => p.Request is Wait))
            {
                isLost = true;
                whole.World.Resting = null;
                whole.World.Advance();
                whole.Lose(1);
                return true;
            }

            return false;
        };
        await whole.ExecuteAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Contains("caught FlowInterruptedException at ", whole.Log, StringComparison.Ordinal);
        Assert.Equal(RunResult.Success, whole.Result);

        var entries = whole.Recorder.Entries;
        for (var cut = entries.ToList().FindIndex(e => e.Event is AllocationLost) + 1; cut < entries.Count; cut++)
        {
            var world = NewWorld();
            world.Resume(entries.Take(cut));
            var resumed = new ScriptRun { Program = whole.Program, World = world };
            await resumed.ExecuteAsync(InMemoryRecorder.After(whole.Recorder, cut, () => world.Now)).WaitAsync(Limit, TestContext.Current.CancellationToken);
            Assert.Equal(whole.Log, resumed.Log);
            Assert.Equal(whole.Finished, resumed.Finished);
        }
    }

    private static FakeWorld NewWorld() => new() { Shell = _ => new Model.Operations.ShellEnded(0, null) };

    private static ScriptRun New(string script) => new() { Program = ScriptRun.NewProgram(script), World = NewWorld() };

    /// <summary>Only time passes, and it does so by itself.</summary>
    private sealed class TimedWorld : IEffectPerformer
    {
        public async Task<EffectResult> PerformAsync(EffectRequested effect, DateTimeOffset requested, bool again, CancellationToken cancellation)
        {
            try
            {
                await Task.Delay(((Wait)effect.Request).Duration, cancellation);
                return new EffectDone();
            }
            catch (OperationCanceledException)
            {
                return new EffectCancelled();
            }
        }
    }
}
