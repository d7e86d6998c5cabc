using Microsoft.Extensions.Logging;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Watching;

namespace Slipway.Provisioning.Kubernetes.Observing;

/// <summary>Takes what is observed. Calls come one at a time per namespace, in order.</summary>
internal interface IPodSink
{
    void OnPods(NamespaceObserver observer, IReadOnlyList<KubernetesObject> all);

    void OnPod(NamespaceObserver observer, KubernetesObject pod);

    void OnPodGone(NamespaceObserver observer, KubernetesObject pod);

    void OnEvent(NamespaceObserver observer, EventView @event);
}

/// <summary>One list and watch of our pods in a namespace, and one of the events there, if we may.</summary>
internal sealed class NamespaceObserver : IAsyncDisposable
{
    private static readonly TimeSpan RightsCheckInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PresenceInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AbsenceInterval = TimeSpan.FromSeconds(20);

    private readonly string _cloud;
    private readonly KubernetesClient _client;
    private readonly IPodSink _sink;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ResourceWatcher _pods;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _following;

    public NamespaceObserver(string cloud, KubernetesClient client, string @namespace, string selector, IPodSink sink, TimeProvider time, ILogger logger)
    {
        (_cloud, _client, Namespace, _sink, _time, _logger) = (cloud, client, @namespace, sink, time, logger);
        _pods = new ResourceWatcher(client, ResourceType.Pods, @namespace, new WatcherOptions { Purpose = $"the cloud '{_cloud}'", Selection = new Selection(selector), LongestPause = TimeSpan.FromSeconds(10) }, logger);
        _pods.Start();
        _following = Task.WhenAll(FollowPodsAsync(_stopping.Token), FollowEventsAsync(_stopping.Token), FollowPresenceAsync(_stopping.Token));
    }

    public KubernetesClient Client => _client;

    public string Namespace { get; }

    /// <summary>When somebody last wanted to know of this namespace.</summary>
    public DateTimeOffset UsedAt { get; set; }

    /// <summary>What the API server answers for good (no right, no such thing); null while it answers well, or may yet.</summary>
    public KubernetesException? Refusal => IsListed ? null : Health.Failure as KubernetesException is { IsTransient: false } refusal ? refusal : null;

    /// <summary>Completes when what is there is known to the sink.</summary>
    public Task Listed => _listed.Task;

    /// <summary>Completes then, or when the API server has refused it for good.</summary>
    public Task Answered => Task.WhenAny(Listed, _pods.Refused);

    public bool IsListed => _listed.Task.IsCompletedSuccessfully;

    public WatcherHealth Health => _pods.Health;

    /// <summary>There is no such namespace. A list of its pods alone does not tell: the API server answers that with an empty one.</summary>
    public bool IsMissing { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _pods.DisposeAsync();
        await _following;
        _listed.TrySetCanceled();
        _stopping.Dispose();
    }

    private async Task FollowPodsAsync(CancellationToken cancellation)
    {
        await Task.Yield();
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                using var subscription = await _pods.SubscribeAsync(cancellation);
                _sink.OnPods(this, subscription.Snapshot);
                _listed.TrySetResult();
                await foreach (var change in subscription.Changes.ReadAllAsync(cancellation))
                {
                    if (change.Kind == ResourceChangeKind.Deleted)
                    {
                        _sink.OnPodGone(this, change.Object);
                    }
                    else
                    {
                        _sink.OnPod(this, change.Object);
                    }
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (WatcherOverrunException overrun)
            {
                _logger.LogWarning("{Reason} The pods of namespace {Namespace} are looked at anew for the cloud {Cloud}.", overrun.Message, Namespace, _cloud);
            }
        }
    }

    /// <summary>Only for those who look at the cloud: what is started there is refused by the API server itself.</summary>
    private async Task FollowPresenceAsync(CancellationToken cancellation)
    {
        await Task.Yield();
        try
        {
            await Listed.WaitAsync(cancellation);
            while (true)
            {
                try
                {
                    IsMissing = await _client.FindAsync(ResourceType.Namespaces, null, Namespace, cancellation) is null;
                }
                catch (KubernetesException e) when (e.IsTransient)
                {
                    // What was known stays.
                }
                catch (KubernetesException)
                {
                    // Namespaces are often none of our business.
                    return;
                }

                await Task.Delay(IsMissing ? AbsenceInterval : PresenceInterval, _time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The observer is disposed.
        }
    }

    /// <summary>Events only explain: without the right to read them, everything else goes on.</summary>
    private async Task FollowEventsAsync(CancellationToken cancellation)
    {
        await Task.Yield();
        try
        {
            await WaitForRightAsync(cancellation);
            var options = new WatcherOptions { Purpose = $"the cloud '{_cloud}'", Selection = new Selection(Fields: "involvedObject.kind=Pod"), LongestPause = TimeSpan.FromSeconds(30) };
            await using var events = new ResourceWatcher(_client, ResourceType.Events, Namespace, options, _logger);
            events.Start();
            while (!cancellation.IsCancellationRequested)
            {
                try
                {
                    using var subscription = await events.SubscribeAsync(cancellation);
                    foreach (var known in subscription.Snapshot)
                    {
                        _sink.OnEvent(this, new EventView(known));
                    }

                    await foreach (var change in subscription.Changes.ReadAllAsync(cancellation))
                    {
                        if (change.Kind != ResourceChangeKind.Deleted)
                        {
                            _sink.OnEvent(this, new EventView(change.Object));
                        }
                    }
                }
                catch (WatcherOverrunException overrun)
                {
                    _logger.LogWarning("{Reason} The events of namespace {Namespace} are looked at anew for the cloud {Cloud}.", overrun.Message, Namespace, _cloud);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The observer is disposed.
        }
    }

    private async Task WaitForRightAsync(CancellationToken cancellation)
    {
        var isSaid = false;
        while (true)
        {
            try
            {
                if ((await _client.CanAsync(new AccessQuestion("watch", "events", Namespace), cancellation)).IsAllowed
                    && (await _client.CanAsync(new AccessQuestion("list", "events", Namespace), cancellation)).IsAllowed)
                {
                    return;
                }

                if (!isSaid)
                {
                    isSaid = true;
                    _logger.LogWarning("Events in namespace {Namespace} may not be read by the cloud {Cloud}, so build logs cannot say what the cluster says. Allow 'list' and 'watch' on 'events' there.", Namespace, _cloud);
                }
            }
            catch (KubernetesException e) when (e.IsTransient)
            {
                await Task.Delay(TimeSpan.FromSeconds(5), _time, cancellation);
                continue;
            }
            catch (KubernetesException)
            {
                // Some clusters answer no such questions: then only trying tells.
                return;
            }

            await Task.Delay(RightsCheckInterval, _time, cancellation);
        }
    }
}
