using System.Text;
using Slipway.Model;
using Slipway.Store.Files;

namespace Slipway.Store.Artifacts;

/// <summary>Stashes as files below a run's directory. Their names are the pipeline's, with anything in them, so that files are named by the hexadecimal form.</summary>
public sealed class FileStashStore(RunDirectories directories) : IStashStore
{
    private const int LongestName = 100;
    private const string Extension = ".tar.gz";

    public Task SaveAsync(RunId run, string name, Stream content, CancellationToken cancellation = default) =>
        FileIntake.SaveAsync(directories.Incoming(run), PathOf(run, name), content, $"The stash '{name}' of run {run} cannot be stored", cancellation);

    public Task<Stream?> OpenAsync(RunId run, string name, CancellationToken cancellation = default) =>
        Task.FromResult(FileIntake.Open(PathOf(run, name), $"The stash '{name}' of run {run} cannot be read"));

    public Task<IReadOnlyList<string>> ListAsync(RunId run, CancellationToken cancellation = default)
    {
        var root = new DirectoryInfo(directories.Stashes(run));
        IReadOnlyList<string> names = !root.Exists
            ? []
            : [.. root.EnumerateFiles("*" + Extension).Select(f => Encoding.UTF8.GetString(Convert.FromHexString(f.Name[..^Extension.Length]))).Order(StringComparer.Ordinal)];
        return Task.FromResult(names);
    }

    public Task DeleteAllAsync(RunId run, CancellationToken cancellation = default)
    {
        FileIntake.DeleteDirectory(directories.Stashes(run), $"The stashes of run {run} cannot be deleted");
        return Task.CompletedTask;
    }

    private string PathOf(RunId run, string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        return bytes.Length is > 0 and <= LongestName
            ? Path.Combine(directories.Stashes(run), Convert.ToHexStringLower(bytes) + Extension)
            : throw new IllegalPathException(name, $"a stash has a name of 1 to {LongestName} bytes; give it a shorter one.");
    }
}
