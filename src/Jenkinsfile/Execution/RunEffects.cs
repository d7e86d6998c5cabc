using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Jenkinsfile.Execution.Replay;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Execution;

/// <summary>How step code asks for effects: the only way by which anything reaches a run from outside, and leaves it.</summary>
internal static class RunEffects
{
    /// <summary>
    /// Asks for an effect and waits for its result. An interruption of the context's scope cancels it; once it has stopped (at once, where the interruption is forced) the
    /// interruption is thrown. A failed or refused effect is thrown as the exception that a script sees.
    /// </summary>
    /// <param name="undo">What to ask for when the effect succeeded although it was cancelled: a node that nobody will use is given back.</param>
    public static async Task<EffectResult> PerformAsync(this StepContext context, Effect effect, Func<long, EffectResult, Effect?>? undo = null) =>
        (await context.PerformWithIdAsync(effect, undo)).Result;

    /// <inheritdoc cref="PerformAsync"/>
    /// <returns>The effect's id too, by which later effects refer to what it allocated.</returns>
    public static async Task<(long Id, EffectResult Result)> PerformWithIdAsync(this StepContext context, Effect effect, Func<long, EffectResult, Effect?>? undo = null)
    {
        if (context.Scope.TakePending() is { } before)
        {
            throw Failures.Interrupted(before);
        }

        var pending = context.Request(effect);
        Interruption? interruption = null;
        EffectResult result;
        using (context.Scope.Wait(Stop))
        {
            result = await pending.Result;
        }

        if (interruption is not null)
        {
            Undo(result);
            throw Failures.Interrupted(interruption);
        }

        return result switch
        {
            EffectFailed failed => throw ToException(failed.Message, failed.IsInfrastructure),
            EffectRefused refused => throw Failures.Interrupted(new Interruption(refused.Result, new InterruptionCause("refused", refused.Message))),
            EffectCancelled => throw Failures.Infrastructure($"{EffectText.Describe(effect)} was cancelled although the pipeline did not ask for it."),
            _ => (pending.Id, result),
        };

        void Stop(Interruption with)
        {
            interruption ??= with;
            context.Run.Ledger.Cancel(pending);
            if (with.IsForced)
            {
                pending.Late = Undo;
                pending.Abandon();
            }
        }

        void Undo(EffectResult of)
        {
            if (undo?.Invoke(pending.Id, of) is { } reverse)
            {
                context.Request(reverse);
            }
        }
    }

    /// <summary>Asks for an effect that has to happen whatever became of the run: giving back what it holds. Its failure is the performer's to report.</summary>
    public static Task<EffectResult> PerformAlwaysAsync(this StepContext context, Effect effect) => context.Request(effect).Result;

    /// <summary>Starts an effect without waiting for it.</summary>
    public static PendingEffect Request(this StepContext context, Effect effect) =>
        context.Run.Ledger.Request(effect, context.FlowNode ?? 0, () => context.Run.Where(context));

    public static async Task<DateTimeOffset> ReadClockAsync(this StepContext context) => ((ClockRead)await context.PerformAsync(new ReadClock())).Time;

    public static async Task<byte[]> DrawRandomAsync(this StepContext context, int bytes) => ((RandomDrawn)await context.PerformAsync(new DrawRandom(bytes))).Bytes;

    /// <summary>Does something on the node, in the context's directory and environment.</summary>
    public static async Task<T> OnNodeAsync<T>(this StepContext context, AgentOperation operation)
        where T : OperationResult => (T)await context.OnNodeAsync(operation);

    public static async Task<OperationResult> OnNodeAsync(this StepContext context, AgentOperation operation)
    {
        var result = await context.PerformAsync(context.ToEffect(operation));
        return result is OperationEnded ended ? Check(operation, ended.Result) : throw Unexpected(operation, result);
    }

    /// <summary>The operation as an effect, with the surroundings of this context.</summary>
    public static OnNode ToEffect(this StepContext context, AgentOperation operation)
    {
        var surroundings = new Surroundings(
            context.Directory,
            context.Run.Environment.ForOperation(context),
            [.. context.Run.Console.MaskedEverywhere, .. context.Masked])
        {
            Timestamps = context.Timestamps,
        };
        return new OnNode(context.RequireNode().Id, operation with { Surroundings = surroundings });
    }

    public static OperationResult Check(AgentOperation operation, OperationResult result) => result switch
    {
        OperationFailed failed => throw ToException(failed.Message, failed.IsInfrastructure),
        OperationCancelled => throw Failures.Infrastructure($"{operation.GetType().Name} was cancelled on the agent although the pipeline did not ask for it."),
        _ => result,
    };

    private static Exception ToException(string message, bool isInfrastructure) => isInfrastructure ? Failures.Infrastructure(message) : Failures.Abort(message);

    private static InvalidOperationException Unexpected(AgentOperation operation, EffectResult result) =>
        new($"The performer answered {operation.GetType().Name} with {result.GetType().Name}.");
}
