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

    // Writers empty a file before they write it, write in pieces, and the kubelet swaps several files one after the other: nothing is read before all lies still.
    internal static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(250);

    // A file that something writes to without end (a log among secrets) must not keep the others from being read.
    private static readonly TimeSpan LongestUnrest = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly Dictionary<string, FileSystemWatcher> _watchers = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _noticed = new(0, 1);
    private IReadOnlyList<string> _paths = [];
    private string _seen = "";

    public ConfigurationWatch(TimeProvider time) => _time = time;

    /// <summary>Watches these from now on.</summary>
    /// <param name="seen">What changes are measured against: a <see cref="Look"/> from before they were read, so that nothing that changed since is missed.</param>
    public void Set(IReadOnlyList<string> paths, string seen)
    {
        _paths = [.. paths.Distinct(StringComparer.Ordinal)];
        _seen = seen;
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

        if (Look(_paths) != seen)
        {
            Notice();
        }
    }

    /// <summary>Completes when something differs from what it was at the last <see cref="Set"/>, or the last time that this completed.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await NoticeAsync(cancellation);
            await SettleAsync(cancellation);
            var now = Look(_paths);
            if (now != _seen)
            {
                _seen = now;
                return;
            }
        }
    }

    /// <summary>A name for what is there. The files are small: their content is the surest sign.</summary>
    public static string Look(IEnumerable<string> paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in paths.SelectMany(FilesOf).Distinct(StringComparer.Ordinal))
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

    /// <summary>Completes when sizes and times of all files have stayed the same for a moment.</summary>
    private async Task SettleAsync(CancellationToken cancellation)
    {
        var since = _time.GetTimestamp();
        string before;
        do
        {
            before = Outside();
            await Task.Delay(Settling, _time, cancellation);
        }
        while (Outside() != before && _time.GetElapsedTime(since) < LongestUnrest);
    }

    private string Outside() => string.Join('\n', _paths.SelectMany(FilesOf).Distinct(StringComparer.Ordinal).Select(path =>
    {
        // The link's own age tells nothing of what it points to.
        var file = new FileInfo(path);
        var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return target.Exists ? $"{path} {target.FullName} {target.Length} {target.LastWriteTimeUtc.Ticks}" : path;
    }));

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
