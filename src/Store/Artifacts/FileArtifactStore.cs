using Slipway.Model;
using Slipway.Store.Files;

namespace Slipway.Store.Artifacts;

/// <summary>Artifacts as files below a run's directory, under their own paths.</summary>
public sealed class FileArtifactStore(RunDirectories directories) : IArtifactStore
{
    public async Task<ArtifactRecord> SaveAsync(RunId run, string path, Stream content, CancellationToken cancellation = default)
    {
        var segments = SafePath.Split(path);
        var target = Path.Combine([directories.Artifacts(run), .. segments]);
        var size = await FileIntake.SaveAsync(directories.Incoming(run), target, content, $"The artifact '{path}' of run {run} cannot be stored", cancellation);
        return new ArtifactRecord(string.Join('/', segments), size, File.GetLastWriteTimeUtc(target));
    }

    public Task<IReadOnlyList<ArtifactRecord>> ListAsync(RunId run, CancellationToken cancellation = default)
    {
        try
        {
            var root = new DirectoryInfo(directories.Artifacts(run));
            IReadOnlyList<ArtifactRecord> found = !root.Exists
                ? []
                : [.. root.EnumerateFiles("*", SearchOption.AllDirectories)
                    .Select(f => new ArtifactRecord(Path.GetRelativePath(root.FullName, f.FullName).Replace(Path.DirectorySeparatorChar, '/'), f.Length, f.LastWriteTimeUtc))
                    .OrderBy(a => a.Path, StringComparer.Ordinal)];
            return Task.FromResult(found);
        }
        catch (Exception failure)
        {
            throw DurableFiles.Translate(failure, $"The artifacts of run {run} cannot be listed");
        }
    }

    public Task<Stream?> OpenAsync(RunId run, string path, CancellationToken cancellation = default) =>
        Task.FromResult(FileIntake.Open(Path.Combine([directories.Artifacts(run), .. SafePath.Split(path)]), $"The artifact '{path}' of run {run} cannot be read"));

    public Task DeleteAllAsync(RunId run, CancellationToken cancellation = default)
    {
        FileIntake.DeleteDirectory(directories.Artifacts(run), $"The artifacts of run {run} cannot be deleted");
        return Task.CompletedTask;
    }
}
