using Slipway.Model;

namespace Slipway.Store.Runs;

/// <summary>
/// Which run passed each milestone of a job last. It outlives the runs, so it is not in their journals. (Locks are: who holds and who waits is read from the journals of the
/// unfinished runs, and nothing else can hold one.)
/// </summary>
public interface IMilestoneStore
{
    /// <summary>Lets a run pass unless a newer run of the job has passed this ordinal or a later one. Asking again for the same run gives the same answer.</summary>
    /// <returns>Null when it passed; else the number of the newer run.</returns>
    Task<int?> PassAsync(JobId job, int ordinal, int number, CancellationToken cancellation = default);
}
