using Slipway.Model;

namespace Slipway.Store.Queue;

/// <summary>
/// Requests for runs: those that wait, and those that left not long ago, so that whoever asked can find what became of theirs. As in Jenkins, a run gets its number when it
/// leaves the queue, not before. (What waits for an executor is part of a running run, and lies in its journal.)
/// </summary>
public interface IQueueStore
{
    /// <summary>
    /// Adds a request, unless one waits already for the same job with the same parameters: then that one takes the new causes, and is due earlier if the new one is
    /// (an explicit delay of zero), or else later, so that a burst of triggers within the quiet period becomes one run.
    /// </summary>
    Task<QueueAdmission> EnqueueAsync(QueueRequest request, CancellationToken cancellation = default);

    /// <summary>What waits, in the order of arrival.</summary>
    Task<IReadOnlyList<QueueItemRecord>> ListWaitingAsync(CancellationToken cancellation = default);

    /// <summary>An item that waits or left.</summary>
    Task<QueueItemRecord?> FindAsync(QueueItemId item, CancellationToken cancellation = default);

    /// <summary>The items of a job that wait, in the order of arrival.</summary>
    Task<IReadOnlyList<QueueItemRecord>> ListWaitingAsync(JobId job, CancellationToken cancellation = default);

    /// <returns>False where no such item waits (it left, was cancelled, or never was).</returns>
    Task<bool> CancelAsync(QueueItemId item, CancellationToken cancellation = default);

    /// <summary>
    /// The item leaves and becomes a run: its number is taken and its row made (<see cref="RunState.Queued"/> until the journal's first record), in one transaction.
    /// Null where it does not wait any more.
    /// </summary>
    Task<Runs.RunRecord?> StartAsync(QueueItemId item, CancellationToken cancellation = default);

    /// <summary>Forgets items that left before that moment. Call it with a moment at least five minutes ago.</summary>
    Task PruneAsync(DateTimeOffset leftBefore, CancellationToken cancellation = default);
}

/// <param name="Due">When it may leave at the earliest.</param>
/// <param name="AtOnce">Somebody asked for no delay: an equal request that waits is due at <paramref name="Due"/> too.</param>
public sealed record QueueRequest(JobId Job, IReadOnlyList<ParameterValue> Parameters, IReadOnlyList<RunCause> Causes, DateTimeOffset Due, bool AtOnce);

/// <param name="Item">Null where the job does not exist any more.</param>
/// <param name="Joined">It was folded into an item that waited already.</param>
public sealed record QueueAdmission(QueueItemRecord? Item, bool Joined);

/// <param name="Left">When it left or was cancelled; null while it waits.</param>
/// <param name="Run">What it became; null while it waits, or where it was cancelled.</param>
public sealed record QueueItemRecord(
    QueueItemId Id,
    JobId Job,
    JobPath JobPath,
    IReadOnlyList<ParameterValue> Parameters,
    IReadOnlyList<RunCause> Causes,
    DateTimeOffset Since,
    DateTimeOffset Due,
    DateTimeOffset? Left,
    bool IsCancelled,
    RunId? Run,
    int? Number)
{
    public bool IsWaiting => Left is null;
}
