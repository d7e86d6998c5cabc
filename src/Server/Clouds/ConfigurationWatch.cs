using System.Security.Cryptography;
using System.Text;

namespace Slipway.Server.Clouds;

/// <summary>
/// Notices when files or directories change, whichever way: written in place, replaced by renaming, or as a mounted ConfigMap does, by pointing a link to another directory. The system's own notices make it quick; looking again
/// from time to time catches what they miss (network file systems, links to elsewhere).
/// </summary>
internal sealed class ConfigurationWatch : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(20);

    // Writers write in pieces, and the kubelet swaps several files one after the other.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(150);

    private readonly TimeProvider _time;
    private readonly Dictionary<string, FileSystemWatcher> _watchers = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _noticed = new(0, 1);
    private IReadOnlyList<string> _paths = [];
    private string _seen = "";

    public ConfigurationWatch(TimeProvider time) => _time = time;

    /// <summary>Watches these from now on. What they contain now is what changes are measured against.</summary>
    public void Set(IReadOnlyList<string> paths)
    {
        _paths = [.. paths.Distinct(StringComparer.Ordinal)];
        _seen = Look();
        var directories = _paths.SelectMany(DirectoriesOf).Where(Directory.Exists).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _watchers.Keys.Where(directory => !directories.Contains(directory)).ToList())
        {
            _watchers.Remove(gone, out var watcher);
            watcher!.Dispose();
        }

        foreach (var directory in directories.Where(directory => !_watchers.ContainsKey(directory)))
        {
            if (Watch(directory) is { } watcher)
            {
                _watchers[directory] = watcher;
            }
        }
    }

    /// <summary>Completes when something differs from what it was at the last <see cref="Set"/>, or the last time that this completed.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await NoticeAsync(cancellation);
            await Task.Delay(Settling, _time, cancellation);
            var now = Look();
            if (now != _seen)
            {
                _seen = now;
                return;
            }
        }
    }

    public void Dispose()
    {
        foreach (var watcher in _watchers.Values)
        {
            watcher.Dispose();
        }

        _noticed.Dispose();
    }

    private async Task NoticeAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var look = Task.Delay(LookInterval, _time, either.Token);
        await await Task.WhenAny(_noticed.WaitAsync(either.Token), look);
        await either.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    private FileSystemWatcher? Watch(string directory)
    {
        try
        {
            var watcher = new FileSystemWatcher(directory) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size };
            watcher.Changed += (_, _) => Notice();
            watcher.Created += (_, _) => Notice();
            watcher.Deleted += (_, _) => Notice();
            watcher.Renamed += (_, _) => Notice();
            watcher.Error += (_, _) => Notice();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // The system has no more watches to give: looking from time to time has to do.
            return null;
        }
    }

    private void Notice()
    {
        if (_noticed.CurrentCount > 0)
        {
            return;
        }

        try
        {
            _noticed.Release();
        }
        catch (Exception fault) when (fault is SemaphoreFullException or ObjectDisposedException)
        {
            // Noticed already, and not yet looked at; or it is over.
        }
    }

    private static IEnumerable<string> DirectoriesOf(string path) =>
        Directory.Exists(path) ? [Path.GetFullPath(path)] : Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent ? [parent] : [];

    /// <summary>A name for what is there. The files are small: their content is the surest sign.</summary>
    private string Look()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in _paths.SelectMany(FilesOf).Distinct(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file + "\n"));
            try
            {
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                hash.AppendData("unreadable"u8);
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static IEnumerable<string> FilesOf(string path)
    {
        try
        {
            return Directory.Exists(path) ? Directory.EnumerateFiles(path).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal).ToList() : [path];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return [path];
        }
    }
}
