using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;
using Slipway.Model.Effects;

namespace Slipway.Jenkinsfile.Steps;

/// <summary><c>timeout</c>: interrupts its block when the time is over; a block that does not end then is cut off after a grace period.</summary>
internal static class TimeoutStep
{
    public static StepDefinition Definition { get; } = new()
    {
        Name = "timeout",
        Summary = "Runs its block, and interrupts it when the time is over.",
        Parameters =
        [
            StepParameter.Integer("time").Required(),
            TimeUnits.Parameter("MINUTES"),
            StepParameter.Flag("activity").RefusedBecause("a timeout that starts anew with each line of output is not there yet; leave 'activity' out for one that counts from the beginning."),
        ],
        Main = "time",
        Block = StepBlock.Required,
        Run = RunAsync,
    };

    private static async Task<object?> RunAsync(StepCall call)
    {
        var duration = TimeUnits.Duration(call, "MINUTES");
        call.Log($"Timeout set to expire in {TimeUnits.Describe(duration)}");
        var interruption = new Interruption(RunResult.Aborted, new InterruptionCause("org.jenkinsci.plugins.workflow.steps.TimeoutStepExecution$ExceededTimeout", "Timeout has been exceeded"));
        var scope = call.Context.Scope.Open();
        var timer = call.Context.Request(new Wait(duration));
        var running = true;
        Execution.Replay.PendingEffect? grace = null;
        timer.Arriving = Expire;
        try
        {
            return await call.RunBodyAsync(c => c with { Scope = scope });
        }
        catch (GroovyException failure) when (IsOwn(failure, interruption))
        {
            // Left behind, the expiry is a failure like any other: a retry around it may try again.
            interruption.IsActual = false;
            throw Failures.Interrupted(interruption);
        }
        finally
        {
            running = false;
            scope.Close();
            call.Run.Ledger.Cancel(timer);
            if (grace is not null)
            {
                call.Run.Ledger.Cancel(grace);
            }
        }

        void Expire(EffectResult result)
        {
            if (result is not EffectDone || !running)
            {
                return;
            }

            call.Log("Cancelling nested steps due to timeout");
            scope.Interrupt(interruption);
            grace = call.Context.Request(new Wait(call.Run.Options.TimeoutGrace));
            grace.Arriving = CutOff;
        }

        void CutOff(EffectResult result)
        {
            if (result is EffectDone && running)
            {
                call.Log("Body did not finish within grace period; terminating with extreme prejudice");
                scope.Interrupt(new Interruption(interruption.Result, interruption.Causes) { IsForced = true });
            }
        }
    }

    private static bool IsOwn(GroovyException failure, Interruption own) =>
        Failures.InterruptionOf(failure) is { } thrown && (thrown == own || (thrown.IsForced && thrown.Causes == own.Causes));
}
