using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Http;

namespace Slipway.Kubernetes.Watching;

/// <summary>
/// Knows all objects of a resource that a selection matches in one namespace, by one list and a watch after it, for as long as it lives: it resumes where a connection ended, and where the
/// server no longer remembers that moment it lists again and announces only what really differs. Subscribers get the objects of one moment and every change after it, in order, none twice.
/// </summary>
public sealed class ResourceWatcher : IAsyncDisposable
{
    private const int FailuresBeforeList = 5;
    private static readonly TimeSpan SayInterval = TimeSpan.FromMinutes(1);

    private readonly KubernetesClient _client;
    private readonly ResourceType _type;
    private readonly string? _namespace;
    private readonly WatcherOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly ObjectCache _cache = new();
    private readonly List<WatcherSubscription> _subscriptions = [];
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private Task? _following;

    /// <summary>When the log last told of an interruption, and whether it has yet to tell that it is over; used by the following alone.</summary>
    private long? _saidAt;
    private bool _isSaid;
    private WatcherHealth _health = new(null, null);

    /// <param name="namespace">Null: all namespaces.</param>
    /// <exception cref="ArgumentException">The namespace is no name.</exception>
    public ResourceWatcher(KubernetesClient client, ResourceType type, string? @namespace, WatcherOptions options, ILogger logger)
    {
        (_client, _type, _namespace, _options, _logger) = (client, type, @namespace, options, logger);

        // A name that no request can be made with would be tried for ever.
        _ = type.Path(@namespace);
    }

    /// <summary>Completes when the first list is there; cancelled when the watcher is disposed before.</summary>
    public Task Synced => _synced.Task;

    /// <summary>Completes when the server refuses what is asked, which it may do for ever; it is asked on all the same.</summary>
    public Task Refused => _refused.Task;

    public WatcherHealth Health
    {
        get
        {
            lock (_lock)
            {
                return _health;
            }
        }
    }

    /// <summary>The objects as known now; empty before the first list.</summary>
    public IReadOnlyList<KubernetesObject> Snapshot()
    {
        lock (_lock)
        {
            return _cache.All();
        }
    }

    /// <summary>As known now; null where there is none.</summary>
    public KubernetesObject? Find(ObjectKey key)
    {
        lock (_lock)
        {
            return _cache.Find(key);
        }
    }

    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            _following ??= Task.Run(() => FollowAsync(_stopping.Token), CancellationToken.None);
        }
    }

    /// <summary>Waits for the first list, then returns its objects (or those of now) with all changes after them.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, or the watcher was disposed.</exception>
    public async Task<WatcherSubscription> SubscribeAsync(CancellationToken cancellation)
    {
        await _synced.Task.WaitAsync(cancellation);
        lock (_lock)
        {
            _stopping.Token.ThrowIfCancellationRequested();
            var subscription = new WatcherSubscription(_cache.All(), _options.SubscriberCapacity, Unsubscribe);
            _subscriptions.Add(subscription);
            return subscription;
        }
    }

    /// <summary>Stops following; subscriptions end after the changes they have not read yet.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? following;
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            following = _following;
        }

        await _stopping.CancelAsync();
        if (following is not null)
        {
            await following;
        }

        _synced.TrySetCanceled();
        lock (_lock)
        {
            _subscriptions.ForEach(subscription => subscription.End(null));
            _subscriptions.Clear();
        }

        _stopping.Dispose();
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        string? resumeFrom = null;
        var failures = 0;
        while (!cancellation.IsCancellationRequested)
        {
            var progress = new Progress { ResourceVersion = resumeFrom };
            TimeSpan? pause;
            try
            {
                if (progress.ResourceVersion is null)
                {
                    progress.ResourceVersion = await ListAsync(cancellation);
                }

                await WatchAsync(progress, cancellation);
                // A server that ends each watch at once must not be asked in a tight loop.
                failures = progress.IsReal(_options.FirstPause) ? 0 : failures + 1;
                if (failures == 0)
                {
                    SayRecovered();
                }

                pause = failures == 0 ? null : Backoff.Delay(failures, _options.FirstPause, _options.LongestPause);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                failures = progress.IsReal(_options.LongestPause) ? 1 : failures + 1;
                pause = Failed(e, failures, progress);
            }

            resumeFrom = progress.ResourceVersion;
            if (pause is { } wait)
            {
                await Task.Delay(wait, _client.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Notes a failure and returns how long to wait.</summary>
    private TimeSpan Failed(Exception e, int failures, Progress progress)
    {
        var failure = e as KubernetesException;
        if (failure is { IsTransient: false } or null || failures % FailuresBeforeList == 0)
        {
            // Too old a version, or something that the stream does not get past: only a list tells the truth again.
            progress.ResourceVersion = null;
        }

        // The first 410 is ordinary: the server forgets after minutes.
        if (failure is not { IsGone: true } || failures > 1)
        {
            SayInterrupted(failures, e);
        }

        lock (_lock)
        {
            _health = _health with { Failure = e };
        }

        if (failure is { IsTransient: false, IsGone: false })
        {
            _refused.TrySetResult();
        }

        var pause = failure is { IsGone: true } && failures == 1 ? TimeSpan.Zero : Backoff.Delay(failures, _options.FirstPause, _options.LongestPause);
        return failure?.RetryAfter is { } asked && asked > pause ? asked : pause;
    }

    /// <summary>When it begins, and not more often than once a minute.</summary>
    private void SayInterrupted(int failures, Exception e)
    {
        var now = _client.Time.GetTimestamp();
        if (_saidAt is { } said && _client.Time.GetElapsedTime(said, now) < SayInterval)
        {
            return;
        }

        (_saidAt, _isSaid) = (now, true);
        _logger.LogWarning("Watching {Resource} in namespace {Namespace}{Purpose} is interrupted (failure {Count}): {Reason}", _type.Plural, _namespace ?? "(all)", Purpose, failures, e.Message);
    }

    private void SayRecovered()
    {
        if (_isSaid)
        {
            _isSaid = false;
            _logger.LogInformation("Watching {Resource} in namespace {Namespace}{Purpose} goes on", _type.Plural, _namespace ?? "(all)", Purpose);
        }
    }

    private string Purpose => _options.Purpose is { } purpose ? $" for {purpose}" : "";

    private async Task<string> ListAsync(CancellationToken cancellation)
    {
        KubernetesMetrics.Lists.Add(1, new KeyValuePair<string, object?>("resource", _type.Plural));
        var list = await _client.ListAsync(_type, _namespace, _options.Selection, cancellation);
        lock (_lock)
        {
            Publish(_cache.Replace(list.Items));
            _health = new WatcherHealth(_client.Time.GetUtcNow(), null);
        }

        _synced.TrySetResult();
        return list.ResourceVersion;
    }

    private async Task WatchAsync(Progress progress, CancellationToken cancellation)
    {
        progress.Since = _client.Time.GetTimestamp();
        try
        {
            await foreach (var change in _client.WatchAsync(_type, _namespace, _options.Selection, progress.ResourceVersion!, _options.WatchTimeout, cancellation))
            {
                lock (_lock)
                {
                    Publish(_cache.Apply(change));
                    _health = new WatcherHealth(_client.Time.GetUtcNow(), null);
                }

                progress.ResourceVersion = change.Object.ResourceVersion;
                progress.HasEvents = true;
                SayRecovered();
            }
        }
        finally
        {
            progress.Lasted = _client.Time.GetElapsedTime(progress.Since);
        }

        lock (_lock)
        {
            _health = new WatcherHealth(_client.Time.GetUtcNow(), null);
        }
    }

    private void Publish(IReadOnlyList<ResourceChange> changes)
    {
        foreach (var change in changes)
        {
            for (var i = _subscriptions.Count - 1; i >= 0; i--)
            {
                if (!_subscriptions[i].TryPublish(change))
                {
                    _logger.LogError("A subscriber of {Resource} is {Count} changes behind and is cut off; it must subscribe again", _type.Plural, _options.SubscriberCapacity);
                    _subscriptions[i].End(new WatcherOverrunException(_type.Plural, _options.SubscriberCapacity));
                    _subscriptions.RemoveAt(i);
                }
            }
        }
    }

    private void Unsubscribe(WatcherSubscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
        }
    }

    private sealed class Progress
    {
        public string? ResourceVersion;
        public bool HasEvents;
        public long Since;
        public TimeSpan Lasted;

        public bool IsReal(TimeSpan enough) => HasEvents || Lasted > enough;
    }
}

/// <summary>How a watcher follows.</summary>
public sealed record WatcherOptions
{
    public Selection? Selection { get; init; }

    /// <summary>For whom it watches, in words for the log: <c>the cloud 'kubernetes'</c>.</summary>
    public string? Purpose { get; init; }

    /// <summary>How long one watch lasts before it is opened again.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>After the first failure; doubled with each further one.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many changes a subscriber may be behind before it is cut off.</summary>
    public int SubscriberCapacity { get; init; } = 100_000;
}

/// <param name="LastContactAt">When the server last confirmed what we know; null before the first list.</param>
/// <param name="Failure">What interrupts it now; null while all is well.</param>
public sealed record WatcherHealth(DateTimeOffset? LastContactAt, Exception? Failure);

/// <summary>A subscriber read too slowly: subscribe again, and start from that snapshot.</summary>
public sealed class WatcherOverrunException(string resource, int capacity) : Exception($"A subscriber of {resource} fell {capacity} changes behind and was cut off.");

/// <summary>The objects of one moment, and every change after it. Read by one reader. Dispose it to end it.</summary>
public sealed class WatcherSubscription : IDisposable
{
    private readonly Channel<ResourceChange> _changes;
    private readonly Action<WatcherSubscription> _unsubscribe;

    internal WatcherSubscription(IReadOnlyList<KubernetesObject> snapshot, int capacity, Action<WatcherSubscription> unsubscribe)
    {
        Snapshot = snapshot;
        _unsubscribe = unsubscribe;
        _changes = Channel.CreateBounded<ResourceChange>(new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true });
    }

    public IReadOnlyList<KubernetesObject> Snapshot { get; }

    /// <summary>Completes when the watcher is disposed; with <see cref="WatcherOverrunException"/> when the reader fell too far behind.</summary>
    public ChannelReader<ResourceChange> Changes => _changes.Reader;

    public void Dispose()
    {
        _unsubscribe(this);
        _changes.Writer.TryComplete();
    }

    internal bool TryPublish(ResourceChange change) => _changes.Writer.TryWrite(change);

    internal void End(Exception? fault) => _changes.Writer.TryComplete(fault);
}
