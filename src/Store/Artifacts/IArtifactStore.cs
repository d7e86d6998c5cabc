using Slipway.Model;

namespace Slipway.Store.Artifacts;

/// <summary>
/// Files that a run archives. Paths are relative, with forward slashes; one that could leave the run's directory (rooted, <c>..</c>, backslashes, control characters, overlong
/// names) is refused with <see cref="IllegalPathException"/>.
/// </summary>
public interface IArtifactStore
{
    /// <summary>Stores a file; it appears whole or not at all, and replaces one of the same path.</summary>
    Task<ArtifactRecord> SaveAsync(RunId run, string path, Stream content, CancellationToken cancellation = default);

    /// <summary>All of a run, by path.</summary>
    Task<IReadOnlyList<ArtifactRecord>> ListAsync(RunId run, CancellationToken cancellation = default);

    /// <summary>Null where there is none. The caller disposes the stream, which can seek and knows its length.</summary>
    Task<Stream?> OpenAsync(RunId run, string path, CancellationToken cancellation = default);

    /// <summary>Removes all of a run.</summary>
    Task DeleteAllAsync(RunId run, CancellationToken cancellation = default);
}

public sealed record ArtifactRecord(string Path, long Size, DateTimeOffset Time);

/// <summary>Bundles of files (tar.gz) that a run hands from one node to another. They go when the run ends.</summary>
public interface IStashStore
{
    /// <summary>Stores a bundle; it appears whole or not at all, and replaces one of the same name.</summary>
    Task SaveAsync(RunId run, string name, Stream content, CancellationToken cancellation = default);

    /// <summary>Null where there is none of that name. The caller disposes the stream.</summary>
    Task<Stream?> OpenAsync(RunId run, string name, CancellationToken cancellation = default);

    Task<IReadOnlyList<string>> ListAsync(RunId run, CancellationToken cancellation = default);

    Task DeleteAllAsync(RunId run, CancellationToken cancellation = default);
}
