using Microsoft.Extensions.Logging;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;

namespace Slipway.Provisioning.Kubernetes.Observing;

/// <summary>One connection to a cluster with all that is observed over it. A changed connection makes a new one; the old one goes on for the pods that were made over it.</summary>
internal sealed class ClusterLink(string cloud, ClusterConnection connection, ClusterConnection source, string selector, IPodSink sink, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, NamespaceObserver> _observers = [];
    private bool _isDisposed;

    public ClusterConnection Connection { get; } = connection;

    /// <summary>What <see cref="Connection"/> was made of: the same source needs no new link.</summary>
    public ClusterConnection Source { get; } = source;

    public KubernetesClient Client { get; } = new(connection, time);

    public IReadOnlyList<NamespaceObserver> Observers
    {
        get
        {
            lock (_lock)
            {
                return [.. _observers.Values];
            }
        }
    }

    /// <summary>Observes a namespace from now on.</summary>
    public NamespaceObserver Observe(string @namespace)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_observers.TryGetValue(@namespace, out var observer))
            {
                _observers[@namespace] = observer = new NamespaceObserver(cloud, Client, @namespace, selector, sink, time, logger);
            }

            observer.UsedAt = time.GetUtcNow();
            return observer;
        }
    }

    /// <summary>Observes a namespace no longer.</summary>
    public async ValueTask ForgetAsync(string @namespace)
    {
        NamespaceObserver? observer;
        lock (_lock)
        {
            _observers.Remove(@namespace, out observer);
        }

        if (observer is not null)
        {
            await observer.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        foreach (var observer in Observers)
        {
            await observer.DisposeAsync();
        }

        Client.Dispose();
    }
}
