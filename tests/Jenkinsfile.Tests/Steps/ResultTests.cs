using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Steps;

/// <summary>How failures, warnings and interruptions become results of steps, stages and runs.</summary>
public sealed class ResultTests
{
    private static FakeWorld World(Func<string, int> exitCode) => new()
    {
        Shell = shell => new ShellEnded(exitCode(shell.Script), shell.CaptureOutput ? "out\n" : null),
    };

    [Fact]
    public async Task Error_fails_the_run_with_its_message()
    {
        var run = await ScriptRun.ExecuteAsync("stage('A') { error 'no good' }\necho 'never'");

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Equal("no good", run.Finished!.Error);
        Assert.False(run.Finished.IsInfrastructure);
        Assert.EndsWith("[Pipeline] End of Pipeline\nERROR: no good\nFinished: FAILURE\n", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("never", run.Log, StringComparison.Ordinal);
        Assert.Equal(FlowNodeStatus.Failure, Ended(run, "A").Status);
    }

    [Fact]
    public async Task A_failing_shell_names_its_exit_code_and_closes_its_node()
    {
        var run = await ScriptRun.ExecuteAsync("node('linux') { sh 'false' }", World(_ => 1));

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Contains("ERROR: script returned exit code 1", run.Log, StringComparison.Ordinal);
        Assert.Empty(run.World.HeldNodes);
        Assert.Contains("[Pipeline] node\nRunning on agent-1 in /agent/workspace/job\n[Pipeline] {\n[Pipeline] sh\n[Pipeline] }\n[Pipeline] // node\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_agent_fails_the_run_and_says_that_it_is_not_the_builds_fault()
    {
        var world = new FakeWorld { Answer = e => e.Request is OnNode ? new EffectFailed("The agent 'agent-1' is gone: its process ended.", IsInfrastructure: true) : null };
        var run = await ScriptRun.ExecuteAsync("node { sh 'make' }", world);

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.True(run.Finished!.IsInfrastructure);
        Assert.Contains("This is a failure of the build's infrastructure, not of the build:\nERROR: The agent 'agent-1' is gone", run.Log, StringComparison.Ordinal);
        Assert.Contains(run.Events.OfType<FlowNodeEnded>(), e => e.IsInfrastructure);
    }

    [Fact]
    public async Task Unstable_marks_run_and_stage_and_goes_on()
    {
        var run = await ScriptRun.ExecuteAsync("stage('A') { unstable 'so so' }\nstage('B') { echo currentBuild.currentResult }");

        Assert.Equal(RunResult.Unstable, run.Result);
        Assert.Contains("WARNING: so so", run.Log, StringComparison.Ordinal);
        Assert.Equal((FlowNodeStatus.Unstable, "so so"), (Ended(run, "A").Status, Ended(run, "A").Reason));
        Assert.Equal(FlowNodeStatus.Success, Ended(run, "B").Status);
        Assert.Contains("[Pipeline] echo\nUNSTABLE\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_only_gets_worse()
    {
        var run = await ScriptRun.ExecuteAsync("currentBuild.result = 'FAILURE'\ncurrentBuild.result = 'SUCCESS'\necho currentBuild.result");

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Contains("[Pipeline] echo\nFAILURE\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CatchError_sets_the_results_it_is_told_and_goes_on()
    {
        var run = await ScriptRun.ExecuteAsync("stage('A') { catchError(buildResult: 'UNSTABLE', stageResult: 'FAILURE', message: 'tests') { error 'boom' } }\necho 'after'");

        Assert.Equal(RunResult.Unstable, run.Result);
        Assert.Equal(FlowNodeStatus.Failure, Ended(run, "A").Status);
        Assert.Contains("ERROR: tests\nERROR: boom\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("after", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CatchError_with_a_build_result_of_success_leaves_the_run_alone()
    {
        var run = await ScriptRun.ExecuteAsync("stage('A') { catchError(buildResult: 'SUCCESS', stageResult: 'UNSTABLE') { error 'boom' } }");

        Assert.Equal(RunResult.Success, run.Result);
        Assert.Equal(FlowNodeStatus.Unstable, Ended(run, "A").Status);
    }

    [Fact]
    public async Task WarnError_makes_unstable()
    {
        var run = await ScriptRun.ExecuteAsync("warnError('careful') { error 'boom' }");

        Assert.Equal(RunResult.Unstable, run.Result);
        Assert.Contains("ERROR: careful\nERROR: boom\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_runs_again_until_it_succeeds_and_then_returns()
    {
        var tries = 0;
        var run = await ScriptRun.ExecuteAsync("node { retry(3) { sh 'flaky' } }", World(_ => ++tries == 3 ? 0 : 7));

        Assert.Equal(RunResult.Success, run.Result);
        Assert.Equal(3, tries);
        Assert.Contains("ERROR: script returned exit code 7\nRetrying\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_gives_the_last_failure_on()
    {
        var run = await ScriptRun.ExecuteAsync("def n = 0\nretry(2) { n++; error \"try ${n}\" }");

        Assert.Equal("try 2", run.Finished!.Error);
    }

    [Fact]
    public async Task A_timeout_interrupts_its_body_and_the_run_ends_aborted()
    {
        var world = new FakeWorld { Delay = e => e is OnNode ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1), Shell = _ => new ShellEnded(0, null) };
        var run = await ScriptRun.ExecuteAsync("node { timeout(time: 1, unit: 'MINUTES') { sh 'slow' } }", world);

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.Contains("Timeout set to expire in 1 min 0 sec\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("Cancelling nested steps due to timeout\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("Timeout has been exceeded\nFinished: ABORTED\n", run.Log, StringComparison.Ordinal);
        Assert.Empty(world.HeldNodes);
    }

    [Fact]
    public async Task A_caught_interruption_tells_its_causes_and_result()
    {
        var world = new FakeWorld { Delay = e => e is OnNode ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1), Shell = _ => new ShellEnded(0, null) };
        var run = await ScriptRun.ExecuteAsync(
            """
            try {
              node { timeout(time: 1, unit: 'MINUTES') { sh 'slow' } }
            } catch (e) {
              echo "${e.causes.size()} ${e.getCauses()[0].shortDescription} ${e.causes[0].user} ${e.result} ${e.message}"
              echo "${e.causes[0].getClass().name}"
            }
            """,
            world);

        Assert.Contains("1 Timeout has been exceeded null ABORTED null\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("org.jenkinsci.plugins.workflow.steps.TimeoutStepExecution$ExceededTimeout\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_timeout_that_is_not_reached_leaves_nothing_behind()
    {
        var run = await ScriptRun.ExecuteAsync("timeout(5) { echo 'quick' }\nsleep 1");

        Assert.Equal(RunResult.Success, run.Result);
        Assert.True(run.World.Now < new DateTimeOffset(2026, 1, 2, 3, 5, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_body_that_ignores_its_timeout_is_cut_off_after_the_grace_period()
    {
        var world = new FakeWorld { Delay = e => e is OnNode ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1), Shell = _ => new ShellEnded(0, null), IgnoresCancel = e => e is OnNode };
        var run = await ScriptRun.ExecuteAsync("node { timeout(1) { sh 'stubborn' } }", world);

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.Contains("Body did not finish within grace period; terminating with extreme prejudice\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_around_a_timeout_tries_again()
    {
        var tries = 0;
        var world = new FakeWorld { Delay = e => e is OnNode && ++tries < 2 ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1), Shell = _ => new ShellEnded(0, null) };
        var run = await ScriptRun.ExecuteAsync("node { retry(2) { timeout(1) { sh 'sometimes' } } }", world);

        Assert.Equal(RunResult.Success, run.Result);
    }

    [Fact]
    public async Task An_aborted_run_can_clean_up_and_is_not_retried()
    {
        var world = new FakeWorld { Delay = e => e is OnNode { Operation: RunShell { Script: "slow" } } ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1), Shell = _ => new ShellEnded(0, null) };
        var run = new ScriptRun { Program = ScriptRun.NewProgram("node { retry(3) { try { sh 'slow' } finally { sh 'clean' } } }"), World = world };
        var interrupted = false;
        world.Resting = () =>
        {
            if (interrupted || !world.Performed.Any(p => p.Request is OnNode))
            {
                return false;
            }

            interrupted = true;
            run.Interrupt("Aborted by admin");
            return true;
        };
        await run.ExecuteAsync();

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.Equal(["slow", "clean"], world.Performed.Select(p => p.Request).OfType<OnNode>().Select(o => ((RunShell)o.Operation).Script));
        Assert.EndsWith("Aborted by admin\nFinished: ABORTED\n", run.Log, StringComparison.Ordinal);
        Assert.Empty(world.HeldNodes);
    }

    [Fact]
    public async Task A_node_that_comes_after_the_run_was_aborted_is_given_back()
    {
        var world = new FakeWorld { Delay = e => e is AllocateNode ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1), IgnoresCancel = e => e is AllocateNode };
        var run = new ScriptRun { Program = ScriptRun.NewProgram("node { echo 'never' }"), World = world };
        world.Resting = Execution.RunDriverTests.Once(() => run.Interrupt("Aborted by admin"));
        await run.ExecuteAsync();

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.Contains(run.Events.OfType<EffectRequested>(), e => e.Request is ReleaseNode { Allocation: 1 });
    }

    [Fact]
    public async Task FailFast_stops_the_other_branches_and_the_first_failure_is_the_runs()
    {
        var world = new FakeWorld
        {
            Delay = e => e is OnNode { Operation: RunShell { Script: "slow" } } ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1),
            Shell = shell => new ShellEnded(shell.Script == "bad" ? 2 : 0, null),
        };
        var run = await ScriptRun.ExecuteAsync("parallel(failFast: true, one: { node { sh 'slow' } }, two: { node { sh 'bad' } })", world);

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Equal("script returned exit code 2", run.Finished!.Error);
        Assert.Contains("[Pipeline] parallel\n[Pipeline] { (Branch: one)\n[Pipeline] { (Branch: two)\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("Failed in branch two\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("Failed in branch one\n", run.Log, StringComparison.Ordinal);
        Assert.Equal(FlowNodeStatus.Aborted, Ended(run, "one").Status);
        Assert.Empty(world.HeldNodes);
    }

    [Fact]
    public async Task Without_failFast_all_branches_run_to_their_end()
    {
        var run = await ScriptRun.ExecuteAsync("parallel(one: { sleep 5; echo 'one is done' }, two: { error 'two' })");

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Contains("one is done", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parallel_returns_what_its_branches_return()
    {
        var run = await ScriptRun.ExecuteAsync("def r = parallel(a: { 1 }, b: { sleep 1; 'x' })\necho r.toString()");

        Assert.Contains("[a:1, b:x]", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_uncaught_exception_shows_its_place_and_line()
    {
        var run = await ScriptRun.ExecuteAsync("def f(x) {\n  x.nothing()\n}\nf('a')");

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Contains("groovy.lang.MissingMethodException: No signature of method: java.lang.String.nothing()", run.Log, StringComparison.Ordinal);
        Assert.Contains("\n\tat Jenkinsfile:2:3 in f\n\t      x.nothing()\n\t      ^\n\tat Jenkinsfile:4:1 in run\n", run.Log, StringComparison.Ordinal);
        Assert.StartsWith("Jenkinsfile:2:3: groovy.lang.MissingMethodException: No signature", run.Finished!.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_uncaught_exception_in_a_declarative_stage_shows_its_place_and_line()
    {
        var run = await ScriptRun.ExecuteAsync("pipeline {\n  agent any\n  stages {\n    stage('A') {\n      steps { script { def m = [:]\n        echo m.a.b } }\n    }\n  }\n}\n");

        Assert.Contains("java.lang.NullPointerException: Cannot get property 'b' on null object\n\tat Jenkinsfile:6:14 in closure\n\t            echo m.a.b } }\n\t                 ^\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_fails_says_what_it_says_without_a_place()
    {
        var run = await ScriptRun.ExecuteAsync("node {\n  error 'no'\n}\n");

        Assert.Equal("no", run.Finished!.Error);
        Assert.Contains("\nERROR: no\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_with_a_fault_fails_before_anything_runs()
    {
        var run = await ScriptRun.ExecuteAsync("node {\n  echo 'a'\n  sh(\n}\n");

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Empty(run.World.Performed);
        Assert.Contains("Jenkinsfile:", run.Log, StringComparison.Ordinal);
        Assert.Contains("error:", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Start of Pipeline", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loop_without_end_is_stopped()
    {
        var run = new ScriptRun { Program = ScriptRun.NewProgram("try { while (true) { } } catch (e) { echo 'caught' }"), Options = new Jenkinsfile.Execution.PipelineRunOptions { MaxInstructions = 100_000 } };
        await run.ExecuteAsync();

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.DoesNotContain("[Pipeline] echo", run.Log, StringComparison.Ordinal);
    }

    internal static FlowNodeEnded Ended(ScriptRun run, string name)
    {
        var node = run.Events.OfType<FlowNodeStarted>().First(n => n.Name == name).Node;
        return run.Events.OfType<FlowNodeEnded>().Single(e => e.Node == node);
    }
}
