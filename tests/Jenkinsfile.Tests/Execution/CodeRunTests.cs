using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Execution;

/// <summary>The steps as the engine's own code calls them, as a Declarative pipeline does.</summary>
public sealed class CodeRunTests
{
    private static Dictionary<string, object?> Args(params (string Name, object? Value)[] arguments) => arguments.ToDictionary(a => a.Name, a => a.Value);

    private static FakeWorld NewWorld() => new()
    {
        Delay = effect => effect is OnNode { Operation: RunShell { Script: "slow" } } ? TimeSpan.FromMinutes(10) : TimeSpan.FromSeconds(1),
        Shell = shell => new ShellEnded(shell.Script == "fails" ? 3 : 0, null),
    };

    private static async Task<object?> Program(StepContext context)
    {
        Task<object?> Sh(StepContext c, string script) => c.CallStepAsync("sh", Args(("script", script)));
        Task<object?> Node(StepContext c, StepBody body) => c.CallStepAsync("node", Args(("label", "linux")), body);

        await context.CallStepAsync("stage", Args(("name", "Build")), c => Node(c, n => Sh(n, "make")));
        try
        {
            await context.CallStepAsync("timeout", Args(("time", 30L), ("unit", "SECONDS")), c => c.CallParallelAsync(
                [new("a", b => Node(b, n => Sh(n, "slow"))), new("b", b => Node(b, n => Sh(n, "quick"))), new("c", b => b.CallStepAsync("sleep", Args(("time", 5L))))],
                failFast: false));
        }
        catch (GroovyException expired)
        {
            await context.CallStepAsync("echo", Args(("message", FailureOutcome.Of(expired).Reason)));
        }

        await context.CallStepAsync("catchError", Args(("buildResult", "UNSTABLE")), c => c.CallParallelAsync(
            [new("bad", b => Node(b, n => Sh(n, "fails"))), new("good", b => Node(b, n => Sh(n, "slow")))],
            failFast: true));
        return null;
    }

    [Fact]
    public async Task Blocks_parallel_branches_timeouts_and_failures_work_together()
    {
        var run = await CodeRun.ExecuteAsync(Program, NewWorld());

        Assert.True(run.Finished!.Result == RunResult.Unstable, run.Log);
        Assert.Contains("Cancelling nested steps due to timeout\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("Timeout has been exceeded\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("ERROR: script returned exit code 3\n", run.Log, StringComparison.Ordinal);
        Assert.Empty(run.World.HeldNodes);
    }

    [Fact]
    public async Task Cut_off_after_any_record_they_end_the_same()
    {
        var whole = await CodeRun.ExecuteAsync(Program, NewWorld());
        for (var cut = 0; cut < whole.Recorder.Entries.Count; cut++)
        {
            var world = NewWorld();
            world.Resume(whole.Recorder.Entries.Take(cut));
            var resumed = new CodeRun(Program) { World = world };
            await resumed.ExecuteAsync(InMemoryRecorder.After(whole.Recorder, cut, () => world.Now));

            Assert.Equal(whole.Log, resumed.Log);
            Assert.Equal(whole.Finished, resumed.Finished);
            Assert.Equal(whole.Events.OfType<EffectRequested>().Count(), resumed.Events.OfType<EffectRequested>().Count());
            Assert.Equal(whole.Events.OfType<FlowNodeEnded>(), resumed.Events.OfType<FlowNodeEnded>());
        }
    }

    [Fact]
    public async Task A_skipped_stage_shows_as_skipped_and_leaves_the_stage_around_it_alone()
    {
        var run = await CodeRun.ExecuteAsync(c => c.CallStepAsync("stage", Args(("name", "Outer")), o => o.CallStepAsync("stage", Args(("name", "Inner")), i =>
        {
            i.Stage!.Skip("its condition does not hold");
            return Task.FromResult<object?>(null);
        })));

        var ended = run.Events.OfType<FlowNodeEnded>().ToList();
        Assert.Equal((FlowNodeStatus.Skipped, "its condition does not hold"), (ended[0].Status, ended[0].Reason));
        Assert.Equal(FlowNodeStatus.Success, ended[1].Status);
    }
}
