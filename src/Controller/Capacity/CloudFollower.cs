using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>Listens to the clouds as they come and go with the configuration: to one that goes, until it has drained.</summary>
internal sealed class CloudFollower : IDisposable
{
    private readonly ICloudSet _set;
    private readonly Lock _lock = new();
    private readonly HashSet<ICloud> _followed = [];

    public CloudFollower(ICloudSet set) => _set = set;

    /// <summary>There is, or may be, something that there was not: a cloud, room, settings, sight of what a cloud has.</summary>
    public event Action? Changed;

    public event Action<NodeFailure>? NodeFailed;

    public event Action<NodeProgress>? NodeProgressed;

    /// <summary>Those that take work, in order of preference.</summary>
    public IReadOnlyList<ICloud> Offering => _set.Clouds;

    /// <summary>Those, and the ones that were taken out of the configuration and still have nodes.</summary>
    public IEnumerable<ICloud> Known => _set.Clouds.Union(_set.Draining);

    public void Start()
    {
        _set.Changed += OnSetChanged;
        OnSetChanged();
    }

    public void Dispose()
    {
        _set.Changed -= OnSetChanged;
        lock (_lock)
        {
            foreach (var cloud in _followed)
            {
                Leave(cloud);
            }

            _followed.Clear();
        }
    }

    private void OnSetChanged()
    {
        lock (_lock)
        {
            var known = Known.ToHashSet();
            foreach (var gone in _followed.Where(cloud => !known.Contains(cloud)).ToList())
            {
                _followed.Remove(gone);
                Leave(gone);
            }

            foreach (var cloud in known.Where(_followed.Add))
            {
                Follow(cloud);
            }
        }

        OnCloudChanged();
    }

    private void Follow(ICloud cloud)
    {
        cloud.NodeFailed += OnNodeFailed;
        cloud.NodeProgressed += OnNodeProgressed;
        cloud.CapacityChanged += OnCloudChanged;
        if (!cloud.Observed.IsCompleted)
        {
            _ = cloud.Observed.ContinueWith(_ => OnCloudChanged(), TaskScheduler.Default);
        }
    }

    private void Leave(ICloud cloud)
    {
        cloud.NodeFailed -= OnNodeFailed;
        cloud.NodeProgressed -= OnNodeProgressed;
        cloud.CapacityChanged -= OnCloudChanged;
    }

    private void OnCloudChanged() => Changed?.Invoke();

    private void OnNodeFailed(NodeFailure failure) => NodeFailed?.Invoke(failure);

    private void OnNodeProgressed(NodeProgress progress) => NodeProgressed?.Invoke(progress);
}
