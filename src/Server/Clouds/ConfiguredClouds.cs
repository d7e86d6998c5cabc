using Microsoft.Extensions.Logging;
using Slipway.Configuration;
using Slipway.Kubernetes.Connecting;
using Slipway.Provisioning;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Server.Clouds;

/// <summary>A cloud whose settings can be changed while it is in use.</summary>
/// <param name="Reconfigure">Swaps settings and connection in one step; nodes that exist keep what they have.</param>
internal sealed record ManagedCloud(ICloud Cloud, Action<KubernetesCloudSettings, ClusterConnection> Reconfigure);

/// <summary>
/// The clouds as the configuration names them now, before those that are always there. Applying another configuration touches only what differs: a cloud whose settings changed is told so, a new one is started, one that is
/// not named any more makes no new nodes and is disposed when its last one is gone.
/// </summary>
internal sealed class ConfiguredClouds : ICloudSet, IAsyncDisposable
{
    private static readonly TimeSpan DrainInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(1);

    // A decision to start a node there may be under way when a cloud goes: it is kept a while beyond its last node.
    private const int EmptyLooksBeforeEnd = 3;

    /// <summary>A cluster that is gone for good often goes with its cloud's configuration.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromHours(1);

    private readonly IReadOnlyList<ICloud> _always;
    private readonly TimeProvider _time;
    private readonly Func<ConfiguredCloud, ManagedCloud> _make;
    private readonly CloudMemory _memory;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _applying = new(1, 1);
    private readonly List<Entry> _draining = [];
    private readonly ITimer _drainTimer;
    private List<Entry> _configured = [];
    private volatile IReadOnlyList<ICloud> _clouds;

    public ConfiguredClouds(IReadOnlyList<ICloud> always, Func<ConfiguredCloud, ManagedCloud> make, CloudMemory memory, TimeProvider time, ILogger log)
    {
        _always = always;
        _clouds = [.. always];
        _make = make;
        _memory = memory;
        _time = time;
        _log = log;
        _drainTimer = time.CreateTimer(_ => _ = DrainAsync(), null, DrainInterval, DrainInterval);
    }

    public IReadOnlyList<ICloud> Clouds => _clouds;

    public IReadOnlyList<ICloud> Draining
    {
        get
        {
            lock (_draining)
            {
                return [.. _draining.Select(entry => entry.Managed.Cloud)];
            }
        }
    }

    public event Action? Changed;

    /// <summary>What each configured cloud was made of.</summary>
    public ConfiguredCloud? FindConfiguration(string name) => Volatile.Read(ref _configured).Find(entry => entry.Configured.Settings.Name == name)?.Configured;

    /// <summary>Starts those that are always there, what the first configuration names, and what an earlier life of the server has left: clouds that may have nodes and were taken out since.</summary>
    public async Task StartAsync(IReadOnlyList<ConfiguredCloud> configured, CancellationToken cancellation)
    {
        await Task.WhenAll(_always.Select(cloud => cloud.StartAsync(cancellation)));
        await TakeUpAsync(configured, cancellation);
        await ApplyAsync(configured, cancellation);
    }

    private async Task TakeUpAsync(IReadOnlyList<ConfiguredCloud> configured, CancellationToken cancellation)
    {
        IReadOnlyList<ConfiguredCloud> remembered;
        try
        {
            remembered = await _memory.LoadAsync(cancellation);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _log.LogError(fault, "It cannot be read which clouds had nodes. Those of clouds that are not configured any more end by their own deadline");
            return;
        }

        var left = remembered.Where(cloud => !configured.Any(c => c.Settings.Name == cloud.Settings.Name)).Select(cloud => new Entry(_make(cloud), cloud)).ToList();
        foreach (var entry in left)
        {
            _log.LogInformation("Cloud '{Cloud}' is not configured any more. What it still has is looked after until it has ended", entry.Managed.Cloud.Name);
        }

        await Task.WhenAll(left.Select(entry => BeginAsync(entry.Managed.Cloud, cancellation)));
        lock (_draining)
        {
            _draining.AddRange(left);
        }
    }

    /// <summary>Makes the clouds those of <paramref name="configured"/>.</summary>
    /// <returns>What changed, a sentence for each; empty where nothing did.</returns>
    public async Task<IReadOnlyList<string>> ApplyAsync(IReadOnlyList<ConfiguredCloud> configured, CancellationToken cancellation)
    {
        await _applying.WaitAsync(cancellation);
        try
        {
            var changes = new List<string>();
            var before = _configured;
            var entries = new List<Entry>();
            var added = new List<Entry>();
            foreach (var cloud in configured)
            {
                entries.Add(Keep(before, cloud, changes) ?? TakeBack(cloud, changes) ?? Add(cloud, added, changes));
            }

            // Before it can make a node: whatever becomes of the configuration, that node will be found.
            await RememberAsync([.. entries, .. before]);
            await Task.WhenAll(added.Select(entry => BeginAsync(entry.Managed.Cloud, cancellation)));
            foreach (var gone in before.Where(entry => !entries.Exists(e => ReferenceEquals(e.Managed, entry.Managed))))
            {
                changes.Add($"cloud '{gone.Managed.Cloud.Name}' is not configured any more: it makes no new nodes");
                lock (_draining)
                {
                    _draining.Add(gone);
                }
            }

            var clouds = entries.Select(entry => entry.Managed.Cloud).Concat(_always).ToList();
            var differs = !clouds.SequenceEqual(_clouds);
            Volatile.Write(ref _configured, entries);
            _clouds = clouds;
            if (differs)
            {
                Changed?.Invoke();
            }

            return changes;
        }
        finally
        {
            _applying.Release();
        }
    }

    private async Task ForgetAsync(List<Entry> ended)
    {
        await _applying.WaitAsync();
        try
        {
            await RememberAsync(_configured);
            foreach (var name in ended.Select(entry => entry.Managed.Cloud.Name).Where(name => FindConfiguration(name) is null))
            {
                await _memory.NamespacesOf(name).SaveAsync([], CancellationToken.None);
            }
        }
        catch (Exception fault)
        {
            _log.LogWarning(fault, "It could not be stored that clouds are gone; they are looked at once more after the next start");
        }
        finally
        {
            _applying.Release();
        }
    }

    /// <param name="entries">Beside those that drain.</param>
    private async Task RememberAsync(IEnumerable<Entry> entries)
    {
        try
        {
            List<ConfiguredCloud> clouds;
            lock (_draining)
            {
                clouds = [.. entries.Concat(_draining).Select(entry => entry.Configured).DistinctBy(cloud => cloud.Settings.Name)];
            }

            await _memory.SaveAsync(clouds, CancellationToken.None);
        }
        catch (Exception fault)
        {
            _log.LogWarning(fault, "It could not be stored which clouds there are. Were one of them taken out of the configuration while the server is away, its nodes would end by their own deadline only");
        }
    }

    /// <summary>A cluster that answers has been looked at when this completes. One that does not holds nobody up: it is looked at in the background, and until then no node is started there (<see cref="ICloud.Observed"/>).</summary>
    private async Task BeginAsync(ICloud cloud, CancellationToken cancellation)
    {
        var starting = cloud.StartAsync(cancellation);
        try
        {
            await starting.WaitAsync(FirstLook, cancellation);
        }
        catch (TimeoutException)
        {
            _log.LogWarning("Cloud '{Cloud}' could not be looked at within {Seconds} s; everything else goes on, and it is used as soon as it answers", cloud.Name, FirstLook.TotalSeconds);
            _ = starting.ContinueWith(task => _log.LogError(task.Exception, "Cloud '{Cloud}' could not be started", cloud.Name), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _drainTimer.DisposeAsync();

        // Never released: nothing is applied to what is disposed.
        await _applying.WaitAsync();
        foreach (var cloud in _clouds.Concat(Draining))
        {
            await cloud.DisposeAsync();
        }
    }

    private static Entry? Keep(List<Entry> before, ConfiguredCloud cloud, List<string> changes) =>
        before.Find(entry => entry.Configured.Settings.Name == cloud.Settings.Name) is { } there ? Reconfigure(there, cloud, changes) : null;

    /// <summary>It was taken out and comes again while its nodes are still there.</summary>
    private Entry? TakeBack(ConfiguredCloud cloud, List<string> changes)
    {
        lock (_draining)
        {
            if (_draining.Find(entry => entry.Configured.Settings.Name == cloud.Settings.Name) is not { } there)
            {
                return null;
            }

            _draining.Remove(there);
            changes.Add($"cloud '{cloud.Settings.Name}' is configured again");
            return Reconfigure(there, cloud, []);
        }
    }

    private static Entry Reconfigure(Entry there, ConfiguredCloud cloud, List<string> changes)
    {
        if (there.Configured.Fingerprint == cloud.Fingerprint)
        {
            return there;
        }

        // The same object says that the way to the cluster is the same: watches and connections go on.
        var isSameWay = there.Configured.ConnectionFingerprint == cloud.ConnectionFingerprint;
        var connection = isSameWay ? there.Configured.Connection : cloud.Connection;
        there.Managed.Reconfigure(cloud.Settings, connection);
        changes.Add($"cloud '{cloud.Settings.Name}' has new settings{(isSameWay ? "" : " and a new connection")}");
        return new Entry(there.Managed, cloud with { Connection = connection });
    }

    private Entry Add(ConfiguredCloud cloud, List<Entry> added, List<string> changes)
    {
        var entry = new Entry(_make(cloud), cloud);
        added.Add(entry);
        changes.Add($"cloud '{cloud.Settings.Name}' is new");
        return entry;
    }

    private async Task DrainAsync()
    {
        List<Entry> ended = [];
        lock (_draining)
        {
            ended.AddRange(_draining.Where(HasDrained));
            _draining.RemoveAll(ended.Contains);
        }

        if (ended.Count == 0)
        {
            return;
        }

        Changed?.Invoke();
        await ForgetAsync(ended);
        foreach (var entry in ended)
        {
            try
            {
                await entry.Managed.Cloud.DisposeAsync();
            }
            catch (Exception fault)
            {
                _log.LogWarning(fault, "Cloud '{Cloud}', which is not configured any more, could not be ended cleanly", entry.Managed.Cloud.Name);
            }
        }
    }

    /// <summary>Its last node is gone for a while, or it has not answered for so long that nobody waits for it any more.</summary>
    private bool HasDrained(Entry entry)
    {
        var cloud = entry.Managed.Cloud;
        entry.EmptyLooks = cloud.Nodes.Count == 0 && cloud.Observed.IsCompleted ? entry.EmptyLooks + 1 : 0;
        if (entry.EmptyLooks >= EmptyLooksBeforeEnd)
        {
            _log.LogInformation("The last node of cloud '{Cloud}', which is not configured any more, is gone: so is the cloud", cloud.Name);
            return true;
        }

        if (cloud.Silence is { } silence && _time.GetUtcNow() - silence.Since >= LongestSilence)
        {
            var nodes = cloud.Nodes.Select(node => node.NodeName).ToList();
            _log.LogWarning(
                "Cloud '{Cloud}' is not configured any more and has not answered since {Since:u} ({Why}): it is given up. {Nodes}",
                cloud.Name,
                silence.Since,
                silence.Why,
                nodes.Count == 0 ? "What it may still have ends by its own deadline" : $"These of its nodes were there when it was last seen, and end by their own deadlines: {string.Join(", ", nodes)}");
            return true;
        }

        return false;
    }

    private sealed class Entry(ManagedCloud managed, ConfiguredCloud configured)
    {
        public ManagedCloud Managed { get; } = managed;

        public ConfiguredCloud Configured { get; } = configured;

        public int EmptyLooks { get; set; }
    }
}
