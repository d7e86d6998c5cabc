using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Execution.Records;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;
using Slipway.Model.Effects;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>Blocks that deal with what goes wrong inside of them.</summary>
internal static class ErrorSteps
{
    private const double Backoff = 1.2;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private static readonly string[] Results = ["SUCCESS", "UNSTABLE", "FAILURE", "NOT_BUILT", "ABORTED"];

    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "catchError",
            Summary = "Runs its block; a failure is shown and sets the results of stage and run, and the script goes on.",
            Parameters =
            [
                StepParameter.Choice("buildResult", "FAILURE", Results),
                StepParameter.Choice("stageResult", "FAILURE", Results),
                StepParameter.Text("message"),
                StepParameter.Flag("catchInterruptions", true),
            ],
            Block = StepBlock.Required,
            Run = call => CatchAsync(call, ResultOf(call, "buildResult", RunResult.Failure), ResultOf(call, "stageResult", null)),
        },
        new()
        {
            Name = "warnError",
            Summary = "Runs its block; a failure is shown and marks stage and run as unstable, and the script goes on.",
            Parameters = [StepParameter.Text("message").Required(), StepParameter.Flag("catchInterruptions", true)],
            Main = "message",
            Block = StepBlock.Required,
            Run = call => CatchAsync(call, RunResult.Unstable, RunResult.Unstable),
        },
        new()
        {
            Name = "waitUntil",
            Summary = "Runs its block until it returns true, with growing pauses of at most 15 seconds.",
            Parameters = [StepParameter.Integer("initialRecurrencePeriod", 250), StepParameter.Flag("quiet")],
            Block = StepBlock.Required,
            Run = WaitUntilAsync,
        },
    ];

    private static RunResult? ResultOf(StepCall call, string parameter, RunResult? fallback) =>
        RunResults.TryParse(call.Arguments.Text(parameter), out var result) ? result : fallback;

    private static async Task<object?> CatchAsync(StepCall call, RunResult? buildResult, RunResult? stageResult)
    {
        try
        {
            await call.RunBodyAsync();
        }
        catch (GroovyException failure) when (IsCaught(call, failure))
        {
            var outcome = FailureOutcome.Of(failure);
            if (call.Arguments.Text("message") is { } message)
            {
                call.Log($"ERROR: {message}");
            }

            FailureReport.Write(call, failure);

            // An interruption that is caught keeps its own result: a run that was stopped does not become merely unstable.
            var isInterruption = Failures.InterruptionOf(failure) is not null;
            Worsen(call, isInterruption ? outcome.Result : buildResult);
            var stage = isInterruption && stageResult is not RunResult.Success ? outcome.Result : stageResult ?? buildResult;
            if (stage is not (null or RunResult.Success))
            {
                call.Mark(stage.Value, call.Arguments.Text("message") ?? outcome.Reason);
            }
        }

        return null;
    }

    private static bool IsCaught(StepCall call, GroovyException failure) =>
        Failures.IsCatchable(failure) && (call.Arguments.Flag("catchInterruptions", true) || Failures.InterruptionOf(failure) is not { IsActual: true });

    private static void Worsen(StepCall call, RunResult? result)
    {
        if (result is not (null or RunResult.Success))
        {
            call.Run.State.Worsen(result.Value);
        }
    }

    private static async Task<object?> WaitUntilAsync(StepCall call)
    {
        var pause = TimeSpan.FromMilliseconds(Math.Clamp(call.Arguments.Integer("initialRecurrencePeriod") ?? 250, 100, (long)LongestPause.TotalMilliseconds));
        while (true)
        {
            var answer = await call.RunBodyAsync();
            if (answer is not bool holds)
            {
                throw Failures.Of(new ThrowableClass("java.lang.ClassCastException", Failures.RuntimeException),
                    $"body return value {ScriptValues.ToText(answer)} is not boolean. Let the last line of the waitUntil block be true or false.");
            }

            if (holds)
            {
                return null;
            }

            if (!call.Arguments.Flag("quiet"))
            {
                call.Log($"Will try again after {TimeUnits.Describe(pause)}");
            }

            await call.Context.PerformAsync(new Wait(pause));
            pause = TimeSpan.FromMilliseconds(Math.Min(Math.Floor(pause.TotalMilliseconds * Backoff), LongestPause.TotalMilliseconds));
        }
    }
}
