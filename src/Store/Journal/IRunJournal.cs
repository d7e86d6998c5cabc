using Slipway.Model;
using Slipway.Model.Events;
using Slipway.Store.Runs;

namespace Slipway.Store.Journal;

/// <summary>
/// The append-only record of each run: the truth that rows and graphs are projected from (in the same transaction), and that a restart replays.
/// </summary>
public interface IRunJournal
{
    /// <summary>
    /// Appends records in this order, behind all that were appended to this run by calls that began before. The task completes when they are durable, all or none of them.
    /// Appends of many runs share their commits; nothing waits for more to come.
    /// </summary>
    /// <returns>The records with the sequence numbers and the time that they got.</returns>
    /// <exception cref="RunEndedException">The journal holds a <see cref="RunFinished"/>, or an event of this call stands behind one.</exception>
    /// <exception cref="RunMissingException"/>
    Task<IReadOnlyList<JournalEntry>> AppendAsync(RunId run, IReadOnlyList<RunEvent> events);

    /// <summary>The records from a sequence number on (they count from one), as far as they are durable now.</summary>
    /// <exception cref="JournalCorruptException">At the first record that cannot be read; those before it have been given.</exception>
    IAsyncEnumerable<JournalEntry> ReadAsync(RunId run, long from = 1, CancellationToken cancellation = default);

    /// <summary>The runs that have not ended, oldest first: what a restart goes on with. Those that are still <see cref="RunState.Queued"/> have an empty journal.</summary>
    Task<IReadOnlyList<RunRecord>> ListUnfinishedAsync(CancellationToken cancellation = default);
}
