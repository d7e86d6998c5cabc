using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Steps;

/// <summary>What is tried again when the infrastructure takes a node away, and what such a loss is to a run.</summary>
public sealed class RetryConditionTests
{
    private const string Gone = "pod pod-1 was deleted";

    /// <summary>A world whose first so many scripts lose their node.</summary>
    internal static FakeWorld Losing(int times = 1, bool isPod = true, string script = "x")
    {
        var world = PodStepTests.World("maven");
        if (!isPod)
        {
            world.Pod = _ => null;
        }

        world.Answer = e => e.Request is OnNode { Operation: RunShell { Script: var run } } && run == script && times-- > 0
            ? new OperationEnded(new OperationFailed(Gone, IsInfrastructure: true) { IsNodeLost = true })
            : null;
        return world;
    }

    private static FakeWorld Failing(int times, Func<EffectRequested, bool> which, EffectResult with)
    {
        var world = PodStepTests.World();
        world.Answer = e => which(e) && times-- > 0 ? with : null;
        return world;
    }

    [Theory]
    [InlineData("agent()", true)]
    [InlineData("agent()", false)]
    [InlineData("kubernetesAgent()", true)]
    [InlineData("kubernetesAgent(handleNonKubernetes: true)", false)]
    [InlineData("nonresumable(), [$class: 'KubernetesAgentErrorCondition']", true)]
    public async Task A_lost_node_is_tried_again_on_a_new_one(string conditions, bool isPod)
    {
        var run = await ScriptRun.ExecuteAsync($"retry(count: 2, conditions: [{conditions}]) {{ node {{ sh 'x' }} }}", Losing(isPod: isPod));

        Assert.True(run.Result == RunResult.Success, run.Log);
        Assert.Contains($"{Gone}\nRetrying\n", run.Log, StringComparison.Ordinal);
        Assert.Equal(2, run.World.Performed.Count(p => p.Request is AllocateNode));
        Assert.Empty(run.World.HeldNodes);
    }

    [Theory]
    [InlineData("kubernetesAgent()", false)]
    [InlineData("kubernetesAgent(handleNonKubernetes: false)", false)]
    public async Task A_node_that_was_no_pod_is_not_tried_again_for_pods(string conditions, bool isPod)
    {
        var run = await ScriptRun.ExecuteAsync($"retry(count: 2, conditions: [{conditions}]) {{ node {{ sh 'x' }} }}", Losing(isPod: isPod));

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Contains("agent-1 was not a Kubernetes agent\n", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Retrying", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node { sh 'fails' }")]
    [InlineData("error 'no'")]
    [InlineData("node { container('nowhere') { sh 'x' } }")]
    public async Task What_the_pipeline_did_wrong_is_never_tried_again(string body)
    {
        var world = PodStepTests.World();
        world.Shell = _ => new ShellEnded(1, null);
        var run = await ScriptRun.ExecuteAsync($"retry(count: 3, conditions: [agent(), kubernetesAgent(handleNonKubernetes: true), nonresumable()]) {{ {body} }}", world);

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.DoesNotContain("Retrying", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_that_ran_over_its_own_deadline_is_not_tried_again()
    {
        var world = Failing(1, e => e.Request is OnNode, new OperationEnded(new OperationFailed("DeadlineExceeded", IsInfrastructure: false) { IsNodeLost = true }));
        var run = await ScriptRun.ExecuteAsync("retry(count: 2, conditions: [agent(), kubernetesAgent()]) { node { sh 'x' } }", world);

        Assert.Equal((RunResult.Aborted, false), (run.Result, run.Finished!.IsInfrastructure));
        Assert.Contains("agent-1 ended by what the pipeline asked of it", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Retrying", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_no_lost_node()
    {
        var world = Failing(1, e => e.Request is OnNode, new OperationEnded(new OperationFailed("disk full", IsInfrastructure: true)));
        var run = await ScriptRun.ExecuteAsync("retry(count: 3, conditions: [agent()]) { node { sh 'x' } }", world);

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.DoesNotContain("Retrying", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("agent()")]
    [InlineData("kubernetesAgent()")]
    public async Task A_node_that_the_infrastructure_could_not_give_is_tried_again(string condition)
    {
        var world = Failing(1, e => e.Request is AllocateNode, new EffectFailed("evicted before it connected", IsInfrastructure: true));
        var run = await ScriptRun.ExecuteAsync($"retry(count: 2, conditions: [{condition}]) {{ node {{ sh 'x' }} }}", world);

        Assert.True(run.Result == RunResult.Success, run.Log);
        Assert.Contains("Retrying\n", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_node_that_the_pipeline_may_not_have_is_not_tried_again(bool isRefused)
    {
        EffectResult result = isRefused ? new EffectRefused("the image is not there", RunResult.Aborted) : new EffectFailed("Invalid template", IsInfrastructure: false);
        var run = await ScriptRun.ExecuteAsync("retry(count: 2, conditions: [agent(), kubernetesAgent()]) { node { } }", Failing(1, e => e.Request is AllocateNode, result));

        Assert.Equal(isRefused ? RunResult.Aborted : RunResult.Failure, run.Result);
        Assert.DoesNotContain("Retrying", run.Log, StringComparison.Ordinal);
        Assert.Equal(isRefused, run.Log.Contains("Queue task was cancelled: the image is not there\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_that_is_stopped_is_not_tried_again()
    {
        var run = new ScriptRun { Program = ScriptRun.NewProgram("retry(count: 3, conditions: [agent(), kubernetesAgent()]) { node { sleep 100 } }"), World = PodStepTests.World() };
        var isStopped = false;
        run.World.Resting = () =>
        {
            if (isStopped || !run.World.Performed.Any(p => p.Request is Wait))
            {
                return false;
            }

            run.Interrupt("Aborted by admin");
            return isStopped = true;
        };
        await run.ExecuteAsync(TestContext.Current.CancellationToken);

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.DoesNotContain("Retrying", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_last_attempt_the_loss_stands()
    {
        var run = await ScriptRun.ExecuteAsync("retry(count: 2, conditions: [agent()]) { node { sh 'x' } }", Losing(times: 2));

        Assert.Equal((RunResult.Aborted, true), (run.Result, run.Finished!.IsInfrastructure));
        Assert.Equal(2, run.Log.Split("Retrying").Length);
    }

    [Fact]
    public async Task A_retry_inside_of_the_lost_node_says_where_it_belongs()
    {
        var run = await ScriptRun.ExecuteAsync("node { retry(count: 2, conditions: [agent()]) { sh 'x' } }", Losing());

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.Contains("agent-1 was allocated around this retry, which cannot bring it back: put retry around node.\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_without_conditions_leaves_a_lost_pod_alone_as_it_does_any_interruption()
    {
        var run = await ScriptRun.ExecuteAsync("retry(2) { node { sh 'x' } }", Losing());

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.DoesNotContain("Retrying", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("retry(count: 2, conditions: [agents()]) { }", "No such DSL method 'agents'")]
    [InlineData("retry(count: 2, conditions: [never()]) { }", "retry: conditions cannot use 'never'.")]
    [InlineData("retry(count: 2, conditions: [kubernetesAgent(handleNonKubernets: true)]) { }", "Did you mean 'handleNonKubernetes'?")]
    public async Task A_condition_that_is_not_known_is_refused(string script, string expected)
    {
        var run = await ScriptRun.ExecuteAsync(script);

        Assert.Contains(expected, run.Finished!.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_pod_interrupts_as_in_Jenkins()
    {
        var run = await ScriptRun.ExecuteAsync(
            """
            node {
              try { sh 'x' } catch (org.jenkinsci.plugins.workflow.steps.FlowInterruptedException e) { echo "${e.result}: ${e.causes[0].shortDescription}"; throw e }
            }
            """,
            Losing());

        Assert.Equal((RunResult.Aborted, true), (run.Result, run.Finished!.IsInfrastructure));
        Assert.Contains($"ABORTED: Agent was removed: {Gone}\n", run.Log, StringComparison.Ordinal);
        Assert.Contains($"This is a failure of the build's infrastructure, not of the build:\nAgent was removed: {Gone}\n", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "went on\n")]
    [InlineData(false, null)]
    public async Task Whether_a_lost_pod_is_caught_is_said_by_catchInterruptions(bool catches, string? expected)
    {
        var run = await ScriptRun.ExecuteAsync($"node {{ catchError(catchInterruptions: {(catches ? "true" : "false")}) {{ sh 'x' }}; echo 'went on' }}", Losing());

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.Equal(expected is not null, run.Log.Contains("echo\nwent on\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_lost_node_that_is_no_pod_fails_the_run()
    {
        var run = await ScriptRun.ExecuteAsync("node { sh 'x' }", Losing(isPod: false));

        Assert.Equal((RunResult.Failure, true), (run.Result, run.Finished!.IsInfrastructure));
    }
}
