using Slipway.Model;

namespace Slipway.Feeds;

/// <summary>What has changed. A change says which object to read again; it carries no state of its own, so that a lost or doubled one does no harm.</summary>
public abstract record Change
{
    /// <summary>The run was created, went on or ended: its row and graph are to be read again.</summary>
    public sealed record OfRun(RunId Run, JobPath Job, int Number) : Change;

    /// <summary>A job was created, configured, renamed or deleted.</summary>
    public sealed record OfJob(JobPath Job) : Change;

    public sealed record OfQueue : Change;

    public sealed record OfNode(string Name) : Change;

    /// <summary>Clouds came, went or were configured, or the check of one went on.</summary>
    public sealed record OfClouds : Change;

    /// <summary>Changes were missed (the reader was away for too long, or the server restarted): everything is to be read again.</summary>
    public sealed record OfEverything : Change;
}

/// <param name="Id">Opaque; given back as <c>Last-Event-ID</c> it resumes behind this change.</param>
public sealed record ChangeEvent(string Id, Change Change);

/// <summary>
/// The changes of the whole server in order. A subscription never slows the server: a reader that falls behind gets <see cref="Change.OfEverything"/> instead of what it missed.
/// Changes of one object that follow each other before they are read are folded into one.
/// </summary>
public interface IChangeFeed
{
    /// <summary>The id of the newest change: read it before a snapshot, subscribe behind it after.</summary>
    string Position { get; }

    /// <summary>What came after <paramref name="after"/> (null: from now), then what comes, until cancelled.</summary>
    IAsyncEnumerable<ChangeEvent> SubscribeAsync(string? after, CancellationToken cancellation);
}
