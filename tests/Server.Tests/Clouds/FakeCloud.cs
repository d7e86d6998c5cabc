using Slipway.Configuration;
using Slipway.Kubernetes.Connecting;
using Slipway.Model;
using Slipway.Provisioning;
using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Server.Clouds;

namespace Slipway.Server.Tests.Clouds;

/// <summary>Has the nodes that a test gives it, and remembers what it was told.</summary>
internal sealed class FakeCloud(string name) : ICloud
{
    public string Name => name;

    public string Kind => "fake";

    public IReadOnlyList<NodeTemplate> Templates => [];

    public IReadOnlyList<ObservedNode> Nodes { get; set; } = [];

    public CloudSilence? Silence { get; set; }

    public Task Observed { get; set; } = Task.CompletedTask;

    public bool IsStarted { get; private set; }

    public bool IsDisposed { get; private set; }

    public List<(KubernetesCloudSettings Settings, ClusterConnection Connection)> Reconfigured { get; } = [];

    public event Action<NodeFailure>? NodeFailed
    {
        add { }
        remove { }
    }

    public event Action<NodeProgress>? NodeProgressed
    {
        add { }
        remove { }
    }

    public event Action? CapacityChanged
    {
        add { }
        remove { }
    }

    private Action OnStart { get; init; } = () => { };

    public static ManagedCloud Make(ConfiguredCloud configured, List<FakeCloud> made, Action? onStart = null)
    {
        var cloud = new FakeCloud(configured.Settings.Name) { OnStart = onStart ?? (() => { }) };
        made.Add(cloud);
        return new ManagedCloud(cloud, (settings, connection) => cloud.Reconfigured.Add((settings, connection)));
    }

    public string NameNode(NodeTemplate template, JobPath job, int runNumber, string seed) => seed;

    public Task StartAsync(CancellationToken cancellation)
    {
        OnStart();
        IsStarted = true;
        return Task.CompletedTask;
    }

    public string? WhyNotNow(NodeTemplate template) => null;

    public Task<NodeStart> StartNodeAsync(NodeRequest request, CancellationToken cancellation) => throw new InvalidOperationException("No test starts nodes here.");

    public Task StopNodeAsync(string nodeName, CancellationToken cancellation) => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}

/// <summary>Timers fire when a test says so.</summary>
internal sealed class HandTime : TimeProvider
{
    public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

    public override DateTimeOffset GetUtcNow() => Now;

    private readonly List<(TimerCallback Callback, object? State)> _timers = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _timers.Add((callback, state));
        return new Handle();
    }

    public void FireAll()
    {
        foreach (var (callback, state) in _timers.ToList())
        {
            callback(state);
        }
    }

    private sealed class Handle : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
