using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Execution;

/// <summary>
/// Where a program's records go. The engine calls it from the run's own scheduler, one call at a time, and never while it replays what the journal holds already.
/// </summary>
public interface IRunRecorder
{
    /// <summary>
    /// Appends records in this order, after all appended before. The task completes when they are durable. The engine awaits it before an effect is carried out and before
    /// the program sees a result; records that nothing waits for (<see cref="FlowNodeStarted"/>, <see cref="RunAnnotated"/>) are not awaited one by one.
    /// A failure is final: the run stops where it stands, and a restart goes on from what is durable.
    /// </summary>
    Task AppendAsync(IReadOnlyList<RunEvent> events);

    /// <summary>
    /// A piece of the console that the controller itself writes (an <c>echo</c>, a stage's mark); complete lines. <paramref name="line"/> counts them within the run
    /// from one, in the program's order: a replay writes the same ones again and the log keeps each once.
    /// </summary>
    void WriteLog(long line, int flowNode, string text);
}

/// <summary>Carries effects out. One instance serves one run.</summary>
public interface IEffectPerformer
{
    /// <summary>
    /// Carries one effect out, or, where <paramref name="again"/>, goes on with it after a restart: what was started is found by the effect's id and picked up, never started twice.
    /// Called after the request is durable. What goes wrong is a result (<see cref="EffectFailed"/>); an exception means that the controller itself is stopping, and leaves the effect open.
    /// </summary>
    /// <param name="requested">When the request was journaled; timers count from it.</param>
    /// <param name="cancellation">The program asked for an end: complete soon, with <see cref="EffectCancelled"/> if the work did not finish first.</param>
    Task<EffectResult> PerformAsync(EffectRequested effect, DateTimeOffset requested, bool again, CancellationToken cancellation);
}
