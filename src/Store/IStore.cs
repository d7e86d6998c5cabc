using Slipway.Store.Access;
using Slipway.Store.Artifacts;
using Slipway.Store.Jobs;
using Slipway.Store.Journal;
using Slipway.Store.Logs;
using Slipway.Store.Nodes;
using Slipway.Store.Queue;
using Slipway.Store.Runs;
using Slipway.Store.Secrets;
using Slipway.Store.Settings;
using Slipway.Store.Tests;

namespace Slipway.Store;

/// <summary>
/// Everything that the server keeps. A bundle for the program that wires it; a user takes the narrow contract that it needs.
/// <para>
/// What holds for all of them: a write's task completes when it is durable (it survives <c>kill -9</c> and a power cut), and a read that begins afterwards sees it. A missing
/// object is null, false or an empty list; an exception is a <see cref="StoreException"/> and means that the storage itself failed or that the caller broke a rule that the
/// contract names. Nothing may be lost that was confirmed, whatever fails. Every member can be called from any thread at any time.
/// </para>
/// <para>Disposing completes what is under way and releases the data directory.</para>
/// </summary>
public interface IStore : IAsyncDisposable
{
    IJobStore Jobs { get; }

    IQueueStore Queue { get; }

    IRunJournal Journal { get; }

    IRunStore Runs { get; }

    IMilestoneStore Milestones { get; }

    IRunLogs Logs { get; }

    IArtifactStore Artifacts { get; }

    IStashStore Stashes { get; }

    ITestResultStore Tests { get; }

    IUserStore Users { get; }

    ISessionStore Sessions { get; }

    INodeStore Nodes { get; }

    ISettingStore Settings { get; }

    /// <summary>Seals secrets with this installation's key, for rows that hold any.</summary>
    SecretSealer Sealer { get; }

    /// <summary>
    /// Deleting only hides: rows and files go in the background, in small pieces that hold nobody up, and go on after a restart. This waits until all that is deleted now is gone.
    /// </summary>
    Task ReclaimAsync(CancellationToken cancellation = default);
}
