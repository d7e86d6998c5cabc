using Slipway.Groovy.Runtime;
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
            EffectFailed failed => throw ToException(failed.Message, failed.IsInfrastructure, context.LossBy(effect, failed)),
            EffectRefused refused => throw Failures.Interrupted(new Interruption(refused.Result, CauseOf(effect, refused))),
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

    /// <summary>Asks for an effect whose result is a text.</summary>
    public static async Task<string> PerformForTextAsync(this StepContext context, Effect effect) => await context.PerformAsync(effect) switch
    {
        OperationEnded { Result: TextRead read } => read.Text,
        OperationEnded { Result: OperationFailed failed } => throw ToException(failed.Message, failed.IsInfrastructure, failed.IsNodeLost ? context.LossOfNode(failed.IsInfrastructure) : null),
        var other => throw new InvalidOperationException($"The performer answered {EffectText.Describe(effect)} with {other.GetType().Name}."),
    };

    /// <summary>Does something on the node, in the context's directory and environment.</summary>
    public static async Task<T> OnNodeAsync<T>(this StepContext context, AgentOperation operation)
        where T : OperationResult => (T)await context.OnNodeAsync(operation);

    public static async Task<OperationResult> OnNodeAsync(this StepContext context, AgentOperation operation)
    {
        var result = await context.PerformAsync(context.ToEffect(operation));
        return result is OperationEnded ended ? context.Check(operation, ended.Result) : throw Unexpected(operation, result);
    }

    /// <summary>The operation as an effect, with the surroundings of this context.</summary>
    public static OnNode ToEffect(this StepContext context, AgentOperation operation)
    {
        // Only scripts run in a container of the pipeline's choice; files and git are the agent's, which has the same workspace.
        var container = operation is RunShell ? context.Container : null;
        if (container?.Problem is { } problem)
        {
            throw Failures.Abort(problem);
        }

        var surroundings = new Surroundings(
            context.Directory,
            context.Run.Environment.ForOperation(container is null ? context with { Container = null } : context),
            [.. context.Run.Console.MaskedEverywhere, .. context.Masked])
        {
            Timestamps = context.Timestamps,
            Container = container is { IsAgents: false } ? container.Name : null,
        };
        return new OnNode(context.RequireNode().Id, operation with { Surroundings = surroundings });
    }

    public static OperationResult Check(this StepContext context, AgentOperation operation, OperationResult result) => result switch
    {
        OperationFailed failed => throw ToException(failed.Message, failed.IsInfrastructure, failed.IsNodeLost ? context.LossOfNode(failed.IsInfrastructure) : null),
        OperationCancelled => throw Failures.Infrastructure($"{operation.GetType().Name} was cancelled on the agent although the pipeline did not ask for it."),
        _ => result,
    };

    private static GroovyException ToException(string message, bool isInfrastructure, NodeLoss? loss) =>
        loss is { Allocation: not null } ? Failures.NodeLost(message, loss)
        : isInfrastructure ? Failures.Infrastructure(message, loss)
        : Failures.Abort(message);

    private static NodeLoss? LossBy(this StepContext context, Effect effect, EffectFailed failed) =>
        effect is AllocateNode ? failed.IsInfrastructure ? NodeLoss.NeverThere : null
        : failed.IsNodeLost ? context.LossOfNode(failed.IsInfrastructure)
        : null;

    private static NodeLoss? LossOfNode(this StepContext context, bool isInfrastructure) =>
        context.Node is { } node ? new NodeLoss(node.Id, node.Node, node.Pod is not null, isInfrastructure) : null;

    /// <summary>A node that is refused leaves the queue, which has words of its own in Jenkins.</summary>
    private static InterruptionCause CauseOf(Effect effect, EffectRefused refused)
    {
        const string cancelled = "Queue task was cancelled";
        return effect is AllocateNode
            ? new("org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$QueueTaskCancelled", refused.Message.Contains(cancelled, StringComparison.Ordinal) ? refused.Message : $"{cancelled}: {refused.Message}")
            : new("refused", refused.Message);
    }

    private static InvalidOperationException Unexpected(AgentOperation operation, EffectResult result) =>
        new($"The performer answered {operation.GetType().Name} with {result.GetType().Name}.");
}
