using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Execution.Replay;
using Slipway.Jenkinsfile.Steps;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Execution;

public sealed class RunDriverTests
{
    [Fact]
    public async Task A_program_that_asks_for_nothing_ends_with_its_marks_in_the_log()
    {
        var run = await CodeRun.ExecuteAsync(c => c.CallStepAsync("echo", new Dictionary<string, object?> { ["message"] = "hello" }));

        Assert.Equal(RunResult.Success, run.Finished!.Result);
        Assert.Equal("[Pipeline] Start of Pipeline\n[Pipeline] echo\nhello\n[Pipeline] End of Pipeline\nFinished: SUCCESS\n", run.Log);
        Assert.IsType<RunFinished>(run.Events.Last());
    }

    [Fact]
    public async Task A_request_is_durable_before_it_is_carried_out_and_a_result_before_the_program_sees_it()
    {
        var order = new List<string>();
        var world = new FakeWorld();
        var run = new CodeRun(async c =>
        {
            await c.PerformAsync(new Wait(TimeSpan.FromSeconds(1)));
            order.Add("seen");
        })
        {
            World = world,
        };
        world.Answer = _ =>
        {
            order.Add("carried out");
            return null;
        };
        var recorder = new InMemoryRecorder(() => world.Now)
        {
            Appending = events => order.AddRange(events.Select(e => e.GetType().Name)),
        };
        await run.ExecuteAsync(recorder);

        Assert.Equal([nameof(EffectRequested), "carried out", nameof(EffectCompleted), "seen", nameof(RunFinished)], order);
    }

    [Fact]
    public async Task Effects_are_numbered_in_the_programs_order_whatever_order_they_complete_in()
    {
        var seen = new List<int>();
        var run = await CodeRun.ExecuteAsync(async c =>
        {
            async Task Branch(int seconds)
            {
                await c.PerformAsync(new Wait(TimeSpan.FromSeconds(seconds)));
                seen.Add(seconds);
            }

            await Task.WhenAll(Branch(3), Branch(1), Branch(2));
        });

        Assert.Equal([1, 2, 3], seen);
        Assert.Equal([3, 1, 2], run.Events.OfType<EffectRequested>().OrderBy(e => e.Effect).Select(e => ((Wait)e.Request).Duration.Seconds));
    }

    [Fact]
    public async Task Shutdown_leaves_the_run_open_and_a_later_execution_goes_on_without_doing_anything_twice()
    {
        var world = new FakeWorld();
        var run = new CodeRun(async c =>
        {
            for (var i = 1; i <= 3; i++)
            {
                await c.PerformAsync(new Wait(TimeSpan.FromMinutes(i)));
                await c.CallStepAsync("echo", new Dictionary<string, object?> { ["message"] = $"after {i}" });
            }
        })
        {
            World = world,
        };
        using var shutdown = new CancellationTokenSource();
        world.Answer = e =>
        {
            if (e.Effect == 2)
            {
                shutdown.Cancel();
            }

            return null;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.ExecuteAsync(shutdown.Token));
        Assert.DoesNotContain(run.Events, e => e is RunFinished);

        await run.ExecuteAsync(run.Recorder, CancellationToken.None);

        Assert.Equal(RunResult.Success, run.Finished!.Result);
        Assert.Equal(3, world.Performed.Count);
        Assert.Equal(3, run.Events.OfType<EffectRequested>().Count());
        Assert.Equal(3, run.Events.OfType<EffectCompleted>().Count());
    }

    [Fact]
    public async Task A_finished_run_is_not_run_again()
    {
        var run = await CodeRun.ExecuteAsync(c => c.PerformAsync(new Wait(TimeSpan.FromSeconds(1))));
        var records = run.Recorder.Entries.Count;
        await run.ExecuteAsync(run.Recorder);

        Assert.Equal(RunResult.Success, run.Finished!.Result);
        Assert.Equal(records, run.Recorder.Entries.Count);
    }

    [Fact]
    public async Task A_program_that_disagrees_with_its_history_fails_the_run_and_says_both_sides()
    {
        var run = await CodeRun.ExecuteAsync(c => c.PerformAsync(new Wait(TimeSpan.FromSeconds(5))));
        var history = InMemoryRecorder.After(run.Recorder, 1, () => run.World.Now);
        var other = new CodeRun(async c =>
        {
            try
            {
                await c.PerformAsync(new PassMilestone(4, null));
            }
            catch (Exception)
            {
                Assert.Fail("No program may catch a disagreement.");
            }
        });
        await other.ExecuteAsync(history);

        Assert.Equal(RunResult.Failure, other.Finished!.Result);
        Assert.True(other.Finished.IsInfrastructure);
        Assert.Contains("The script no longer agrees with its history: as its effect 1 the journal holds a wait of 00:00:05, but in the test's program the script now asks for milestone 4.", other.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_fails_stops_the_run_where_it_stands()
    {
        var world = new FakeWorld();
        var run = new CodeRun(c => c.PerformAsync(new Wait(TimeSpan.FromSeconds(5)))) { World = world };
        var recorder = new InMemoryRecorder(() => world.Now)
        {
            Appending = events => throw new IOException("No space left on device"),
        };

        var suspended = await Assert.ThrowsAsync<RunSuspendedException>(() => run.ExecuteAsync(recorder));
        Assert.Contains("No space left on device", suspended.Message, StringComparison.Ordinal);
        Assert.Empty(world.Performed);
        Assert.Null(run.Finished);
    }

    [Fact]
    public async Task A_store_that_fails_in_the_middle_of_a_step_is_no_exception_of_the_scripts()
    {
        var world = new FakeWorld();
        var caught = false;
        var run = new CodeRun(async c =>
        {
            try
            {
                for (var i = 0; i < 1000; i++)
                {
                    await c.CallStepAsync("echo", new Dictionary<string, object?> { ["message"] = "x" });
                }

                await c.PerformAsync(new Wait(TimeSpan.FromSeconds(1)));
            }
            catch (Exception)
            {
                caught = true;
            }
        })
        {
            World = world,
        };
        var recorder = new InMemoryRecorder(() => world.Now)
        {
            Appending = events => throw new IOException("No space left on device"),
        };

        await Assert.ThrowsAsync<RunSuspendedException>(() => run.ExecuteAsync(recorder));
        Assert.False(caught);
    }

    [Fact]
    public async Task A_performer_that_stops_leaves_its_effect_open()
    {
        var world = new FakeWorld { Delay = _ => throw new InvalidOperationException("stopping"), Resting = () => true };
        var run = new CodeRun(c => c.PerformAsync(new PassMilestone(1, null))) { World = world };
        await Assert.ThrowsAsync<RunSuspendedException>(() => run.ExecuteAsync());

        Assert.DoesNotContain(run.Events, e => e is EffectCompleted or RunFinished);
    }

    [Fact]
    public async Task An_interruption_reaches_what_waits_and_the_run_ends_with_its_result()
    {
        var world = new FakeWorld();
        var run = new CodeRun(c => c.PerformAsync(new Wait(TimeSpan.FromHours(5)))) { World = world };
        world.Resting = Once(() => run.Execution.Interrupt(new InterruptRequested(RunResult.Aborted, "Aborted by admin", "admin")));
        await run.ExecuteAsync();

        Assert.Equal(RunResult.Aborted, run.Finished!.Result);
        Assert.EndsWith("[Pipeline] End of Pipeline\nAborted by admin\nFinished: ABORTED\n", run.Log, StringComparison.Ordinal);
        Assert.Contains(run.Events, e => e is EffectCancelRequested { Effect: 1 });
    }

    [Fact]
    public async Task A_second_interruption_cuts_off_what_ignored_the_first()
    {
        var world = new FakeWorld { IgnoresCancel = _ => true };
        var run = new CodeRun(async c =>
        {
            try
            {
                await c.PerformAsync(new Wait(TimeSpan.FromHours(5)));
            }
            finally
            {
                await c.CallStepAsync("echo", new Dictionary<string, object?> { ["message"] = "never" });
            }
        })
        {
            World = world,
        };
        var rests = 0;
        world.Resting = () =>
        {
            run.Execution.Interrupt(new InterruptRequested(RunResult.Aborted, $"Aborted {++rests}", null));
            return true;
        };
        await run.ExecuteAsync();

        Assert.Equal(RunResult.Aborted, run.Finished!.Result);
        Assert.DoesNotContain("never", run.Log, StringComparison.Ordinal);
    }

    public static Func<bool> Once(Action action)
    {
        var done = false;
        return () =>
        {
            if (done)
            {
                return false;
            }

            done = true;
            action();
            return true;
        };
    }
}
