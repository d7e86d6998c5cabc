using Slipway.Jenkinsfile.Scripted;
using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Execution;

/// <summary>
/// One run of a Jenkinsfile. It begins with an empty history, or goes on from what an earlier execution left in the journal: the script runs again from its text and is handed the recorded
/// results until it stands where it stood (<c>docs/adr/0002-replay.md</c>). An instance executes once. It holds no thread while it waits.
/// </summary>
/// <param name="history">All records of the run so far, from its <see cref="RunStarted"/> on; empty for a new run.</param>
public sealed class PipelineRun(RunProgram program, IReadOnlyList<JournalEntry> history, IRunRecorder recorder, IEffectPerformer performer, PipelineRunOptions? options = null)
{
    private readonly RunExecution _execution = new(program, history, recorder, performer, options ?? new PipelineRunOptions(), services => new ScriptRunnable(services));

    /// <summary>See <see cref="Replay.RunDriver.Resting"/>.</summary>
    internal Action? Resting
    {
        set => _execution.Resting = value;
    }

    /// <summary>
    /// Runs to the end, whose record is the last in the journal and is returned. A script that fails is a result, not an exception.
    /// </summary>
    /// <param name="shutdown">Stops working on the run without ending it: the task is cancelled, and a later execution goes on from the journal.</param>
    /// <exception cref="OperationCanceledException"><paramref name="shutdown"/> was asked for. The run stays open.</exception>
    /// <exception cref="RunSuspendedException">The recorder or the performer failed. The run stays open at what is durable.</exception>
    public Task<RunFinished> ExecuteAsync(CancellationToken shutdown) => Task.Run(() => _execution.ExecuteAsync(shutdown), CancellationToken.None);

    /// <summary>
    /// Stops the run: what waits is interrupted, and the script may still clean up. A second request cuts off whatever is still there. Thread-safe; journaled before the script sees it;
    /// without effect once the run has ended.
    /// </summary>
    public void Interrupt(InterruptRequested request) => _execution.Interrupt(request);

    /// <summary>
    /// A node that the run was given is gone: what its block does is interrupted, whether it has anything to do with the node at this moment or not. Thread-safe; journaled before the script sees it;
    /// without effect once the block or the run has ended, or where it was told before, in an earlier execution too.
    /// </summary>
    public void Lose(AllocationLost loss) => _execution.Lose(loss);
}
