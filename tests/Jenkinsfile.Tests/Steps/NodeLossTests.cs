using System.Text.Json;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Steps;

/// <summary>A node that is lost while nothing happens on it: its block is interrupted at once, wherever it waits.</summary>
public sealed class NodeLossTests
{
    private const string Gone = "The pod was deleted.";

    [Fact]
    public async Task A_block_that_sleeps_ends_at_once_as_interrupted_by_the_infrastructure()
    {
        var run = await LosingAsync("node { sleep 600; echo 'too late' }");

        Assert.Equal((RunResult.Aborted, true), (run.Result, run.Finished!.IsInfrastructure));
        Assert.Contains($"{Gone}\nCancelling nested steps due to the loss of their node\n", run.Log, StringComparison.Ordinal);
        Assert.Contains($"Agent was removed: {Gone}", run.Finished.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("too late", run.Log, StringComparison.Ordinal);
        Assert.True(run.World.Now - run.Program.Started < TimeSpan.FromMinutes(1));
        Assert.Empty(run.World.HeldNodes);
    }

    [Theory]
    [InlineData("agent()", true)]
    [InlineData("agent()", false)]
    [InlineData("kubernetesAgent(), nonresumable()", true)]
    public async Task A_retry_for_lost_agents_starts_the_block_again_on_a_new_node(string conditions, bool isPod)
    {
        var run = await LosingAsync($"def n = 0; retry(count: 2, conditions: [{conditions}]) {{ node {{ if (n++ == 0) sleep 600; echo \"attempt ${{n}}\" }} }}", isPod: isPod);

        Assert.True(run.Result == RunResult.Success, run.Log);
        Assert.Contains("Retrying\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("attempt 2\n", run.Log, StringComparison.Ordinal);
        Assert.Equal(2, run.World.Performed.Count(p => p.Request is AllocateNode));
        Assert.Empty(run.World.HeldNodes);
    }

    [Theory]
    [InlineData("kubernetes { yaml 'a: b'\nretries 2 }", RunResult.Success)]
    [InlineData("kubernetes { yaml 'a: b' }", RunResult.Aborted)]
    public async Task A_declarative_pipeline_starts_again_with_retries_and_runs_its_post_actions_once(string agent, RunResult result)
    {
        var run = await LosingAsync($"pipeline {{ agent {{ {agent} }}\npost {{ always {{ echo 'posted' }}\naborted {{ echo 'aborted' }} }}\nstages {{ stage('a') {{ steps {{ sleep 600 }} }}\nstage('b') {{ steps {{ echo 'second stage' }} }} }} }}");

        Assert.True(run.Result == result, run.Log);
        Assert.Equal(2, run.Log.Split("echo\nposted\n").Length);
        Assert.Equal(result == RunResult.Aborted ? 2 : 1, run.Log.Split("echo\naborted\n").Length);
        Assert.Equal(result == RunResult.Aborted ? 1 : 2, run.Log.Split("echo\nsecond stage\n").Length);
        Assert.Empty(run.World.HeldNodes);
    }

    [Theory]
    [InlineData("retry(2) { node { sleep 600 } }", true)]
    [InlineData("node { retry(count: 2, conditions: [agent()]) { sleep 600 } }", true)]
    [InlineData("retry(count: 2, conditions: [agent()]) { node { sleep 600 } }", false)]
    public async Task What_a_new_attempt_cannot_mend_is_not_tried_again(string script, bool isInfrastructure)
    {
        var run = await LosingAsync(script, isInfrastructure: isInfrastructure);

        Assert.Equal((RunResult.Aborted, isInfrastructure), (run.Result, run.Finished!.IsInfrastructure));
        Assert.DoesNotContain("Retrying", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_loss_of_a_node_that_is_no_pod_is_a_failure_of_the_infrastructure()
    {
        var run = await LosingAsync("node { sleep 600 }", isPod: false);

        Assert.Equal((RunResult.Failure, true), (run.Result, run.Finished!.IsInfrastructure));
        Assert.Contains(Gone, run.Finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blocks_of_other_nodes_inside_are_interrupted_too_and_what_stands_beside_goes_on()
    {
        var run = await LosingAsync("""
            parallel(
              lost: { node('outer') { parallel(
                inner: { node('inner') { sleep 600; echo 'inner went on' } },
                locked: { lock('printer') { sleep 600; echo 'locked went on' } }) } },
              other: { node('beside') { sleep 30; echo 'beside went on' } })
            """);

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.DoesNotContain("inner went on", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("locked went on", run.Log, StringComparison.Ordinal);
        Assert.Contains("beside went on", run.Log, StringComparison.Ordinal);
        Assert.Empty(run.World.HeldNodes);
    }

    [Fact]
    public async Task A_node_that_the_block_waits_for_is_given_up()
    {
        var world = World();
        world.Delay = effect => effect is AllocateNode { Label: "never" } ? TimeSpan.FromDays(1) : TimeSpan.FromSeconds(1);
        var run = await LosingAsync("node('outer') { node('never') { echo 'came' } }", world: world, when: e => e is AllocateNode { Label: "never" });

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.True(run.World.Now - run.Program.Started < TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task The_script_may_catch_it_and_clean_up()
    {
        var run = await LosingAsync("node { try { sleep 600 } catch (e) { echo \"caught ${e.class.simpleName} ${e.causes[0].shortDescription}\" } finally { sleep 1; echo 'cleaned up' } }");

        Assert.Equal(RunResult.Success, run.Result);
        Assert.Contains($"caught FlowInterruptedException Agent was removed: {Gone}\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("cleaned up\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_works_on_the_node_is_cancelled_and_the_block_fails_once()
    {
        var world = World();
        world.Delay = effect => effect is OnNode ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1);
        world.Shell = _ => new ShellEnded(0, null);
        var run = await LosingAsync("node { sh 'make' }", world: world, when: e => e is OnNode);

        Assert.Equal((RunResult.Aborted, true), (run.Result, run.Finished!.IsInfrastructure));
        Assert.Single(run.Events.OfType<EffectCancelRequested>());
    }

    [Fact]
    public async Task A_loss_is_told_once_however_often_it_is_heard_of()
    {
        var run = await LosingAsync("node { try { sleep 600 } catch (e) { }; sleep 5; echo 'slept' }", times: 3);

        Assert.Equal(RunResult.Success, run.Result);
        Assert.Contains("slept\n", run.Log, StringComparison.Ordinal);
        Assert.Single(run.Events.OfType<AllocationLost>());
    }

    [Fact]
    public async Task A_loss_after_the_block_has_ended_changes_nothing()
    {
        var run = await LosingAsync("node { echo 'done' }\nsleep 600\necho 'after'");

        Assert.Equal(RunResult.Success, run.Result);
        Assert.Contains("after\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loss_that_is_heard_of_before_the_program_has_the_node_is_not_missed()
    {
        var run = await LosingAsync("node { sleep 600 }", when: e => e is AllocateNode);

        Assert.Equal((RunResult.Aborted, true), (run.Result, run.Finished!.IsInfrastructure));
        Assert.DoesNotContain(run.World.Performed, p => p.Request is Wait);
        Assert.Empty(run.World.HeldNodes);
    }

    [Theory]
    [InlineData("retry(count: 2, conditions: [agent()]) { node { echo 'begun'; sleep 600; echo 'slept' } }")]
    [InlineData("try { node('a') { parallel(x: { sleep 600 }, y: { node('b') { sh 'slow' } }, z: { lock('printer') { sleep 600 } }) } } finally { node('c') { sh 'report' } }")]
    [InlineData("catchError(stageResult: 'UNSTABLE') { timeout(30) { node { stage('s') { sleep 600 } } } }\nlock('printer') { echo 'free' }")]
    public async Task A_run_that_is_cut_off_after_any_record_ends_as_if_it_had_not_been(string script)
    {
        var whole = await LosingAsync(script, world: Slow());
        Assert.Single(whole.Events.OfType<AllocationLost>());
        for (var cut = 0; cut < whole.Recorder.Entries.Count; cut++)
        {
            var before = whole.Recorder.Entries.Take(cut).ToList();
            var world = Slow();
            world.Resume(before);
            var resumed = new ScriptRun { Program = whole.Program, World = world };

            var isTold = before.Any(e => e.Event is AllocationLost);
            LoseWhen(resumed, IsLongWait, times: isTold ? 0 : 1, begun: before.Any(e => e.Event is EffectRequested { Request: var r } && IsLongWait(r)));
            var ending = resumed.ExecuteAsync(InMemoryRecorder.After(whole.Recorder, cut, () => world.Now));
            if (isTold)
            {
                // As a server does that finds the node gone at its start.
                resumed.Lose(1, Gone);
            }

            await ending;

            Assert.Equal(whole.Log, resumed.Log);
            Assert.Equal(whole.Finished, resumed.Finished);
            Assert.Equal(Requests(whole.Events), Requests(resumed.Events));
            Assert.Single(resumed.Events.OfType<AllocationLost>());
            Assert.Empty(world.HeldNodes);
        }
    }

    private static FakeWorld Slow()
    {
        var world = World();
        world.Shell = _ => new ShellEnded(0, null);
        world.Delay = effect => effect is OnNode { Operation: RunShell { Script: "slow" } } ? TimeSpan.FromMinutes(20) : TimeSpan.FromSeconds(1);
        return world;
    }

    private static FakeWorld World(bool isPod = true) => new() { Pod = _ => isPod ? new NodePod("kubernetes", "ci", "pod-1", "jnlp", ["jnlp"]) : null };

    private static bool IsLongWait(Effect effect) => effect is Wait { Duration.TotalMinutes: 10 };

    /// <summary>Runs a script whose first node is lost as soon as something like that is under way: a sleep of ten minutes.</summary>
    private static async Task<ScriptRun> LosingAsync(string script, bool isPod = true, bool isInfrastructure = true, int times = 1, FakeWorld? world = null, Func<Effect, bool>? when = null)
    {
        var run = new ScriptRun { Program = ScriptRun.NewProgram(script), World = world ?? World(isPod) };
        LoseWhen(run, when ?? IsLongWait, times, isInfrastructure: isInfrastructure);
        await run.ExecuteAsync();
        return run;
    }

    private static void LoseWhen(ScriptRun run, Func<Effect, bool> when, int times = 1, bool begun = false, bool isInfrastructure = true) => run.World.Resting = () =>
    {
        if (times == 0 || !(begun || run.World.Performed.Any(p => when(p.Request))))
        {
            return false;
        }

        for (; times > 0; times--)
        {
            run.Lose(1, Gone, isInfrastructure);
        }

        return true;
    };

    private static IEnumerable<string> Requests(IEnumerable<RunEvent> events) =>
        events.OfType<EffectRequested>().OrderBy(e => e.Effect).Select(e => JsonSerializer.Serialize<RunEvent>(e, ModelJson.Default.RunEvent));
}
