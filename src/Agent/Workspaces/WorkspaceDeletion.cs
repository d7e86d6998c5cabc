using Slipway.Agent.Files;
using Slipway.Agent.Processes;

namespace Slipway.Agent.Workspaces;

/// <summary>Deletes workspaces, but for what lies outside of the work directory and for what is to be kept below it.</summary>
/// <param name="kept">Directories that stay, with all that they hold.</param>
/// <param name="retry">Asked once for a directory that cannot be deleted.</param>
internal sealed class WorkspaceDeletion(string workDirectory, IEnumerable<string> kept, Action<string> retry)
{
    private readonly string _root = Native.RealPath(workDirectory);
    private readonly List<string> _kept = [.. kept.Select(Resolve)];

    /// <exception cref="IOException">It cannot be deleted.</exception>
    public void Delete(string directory)
    {
        // A link in the path may lead anywhere, and the workspace's owner could have made one: what counts is where it leads.
        var path = Resolve(directory);
        if (path == _root || path.StartsWith(_root + "/", StringComparison.Ordinal))
        {
            DeleteUnlessKept(path);
        }
    }

    private void DeleteUnlessKept(string path)
    {
        if (_kept.Exists(kept => IsAtOrBelow(path, kept)))
        {
            return;
        }

        if (path != _root && !_kept.Exists(kept => IsAtOrBelow(kept, path)))
        {
            DeleteWhole(path);
            return;
        }

        foreach (var entry in Directory.Exists(path) ? Directory.GetFileSystemEntries(path) : [])
        {
            DeleteUnlessKept(entry);
        }
    }

    private void DeleteWhole(string path)
    {
        try
        {
            DeleteOnce(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            retry(path);
            try
            {
                DeleteOnce(path);
            }
            catch (UnauthorizedAccessException again)
            {
                throw new IOException($"The workspace '{path}' cannot be deleted: {again.Message}", again);
            }
        }
    }

    private static void DeleteOnce(string path)
    {
        if (Directory.Exists(path))
        {
            FileTree.Delete(path, CancellationToken.None);
        }
        else if (Directory.Exists(Path.GetDirectoryName(path)))
        {
            File.Delete(path);
        }
    }

    private static bool IsAtOrBelow(string path, string directory) => path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);

    /// <summary>The directory that holds it with every link followed, and its own name: a link in its place is deleted, not what it leads to.</summary>
    private static string Resolve(string directory)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        return Path.GetDirectoryName(path) is { } parent ? Path.Combine(Native.RealPath(parent), Path.GetFileName(path)) : path;
    }
}
