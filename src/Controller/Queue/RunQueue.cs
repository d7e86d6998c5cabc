using Microsoft.Extensions.Logging;
using Slipway.Controller.Changes;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Store;
using Slipway.Store.Jobs;
using Slipway.Store.Queue;
using Slipway.Store.Runs;

namespace Slipway.Controller.Queue;

/// <summary>What the queue needs to know of the runs, and asks of them.</summary>
internal interface IRunStarter
{
    /// <summary>The numbers of the job's runs that have not ended, in order.</summary>
    IReadOnlyList<int> UnfinishedOf(JobId job);

    /// <summary>Interrupts the job's runs: a newer one takes their place.</summary>
    void AbortForNewer(JobId job, int? newer);

    /// <summary>Begins a run that has left the queue. Returns at once.</summary>
    void Begin(RunRecord run);
}

/// <summary>
/// Requests for runs that wait: for their quiet period, or for the run before them where the job does not allow two at a time. Every request leaves the moment that nothing stands
/// against it; timers and ends of runs lead to a look at the queue, nothing is polled.
/// </summary>
internal sealed class RunQueue(IStore store, ChangeFeed changes, TimeProvider time, ILogger<RunQueue> log) : IAsyncDisposable
{
    private static readonly TimeSpan KeepLeft = TimeSpan.FromMinutes(10);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Entry> _waiting = [];
    private readonly CancellationTokenSource _stopping = new();
    private IRunStarter? _runs;
    private ITimer? _timer;
    private DateTimeOffset _pruned;

    /// <summary>Takes up what waited when the server stopped.</summary>
    public async Task StartAsync(IRunStarter runs, CancellationToken cancellation)
    {
        _runs = runs;
        foreach (var item in await store.Queue.ListWaitingAsync(cancellation))
        {
            Put(item);
        }

        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Look();
    }

    /// <summary>What waits, with the reason of each, in order of arrival.</summary>
    public IReadOnlyList<(QueueItemRecord Item, string Why)> Waiting
    {
        get
        {
            lock (_lock)
            {
                return [.. _waiting.Values.Select(e => (e.Item, e.Why))];
            }
        }
    }

    public string? WhyWaiting(QueueItemId item)
    {
        lock (_lock)
        {
            return _waiting.TryGetValue(item.Value, out var entry) ? entry.Why : null;
        }
    }

    public bool IsQueued(JobId job)
    {
        lock (_lock)
        {
            return _waiting.Values.Any(e => e.Item.Job == job);
        }
    }

    /// <returns>Null where the job is gone.</returns>
    public async Task<QueueItemRecord?> EnqueueAsync(QueueRequest request, CancellationToken cancellation)
    {
        var admission = await store.Queue.EnqueueAsync(request, cancellation);
        if (admission.Item is { } item)
        {
            Put(item);
            changes.Publish(new Change.OfQueue());
            Look();
        }

        return admission.Item;
    }

    public async Task<bool> CancelAsync(QueueItemId item, CancellationToken cancellation)
    {
        var cancelled = await store.Queue.CancelAsync(item, cancellation);
        lock (_lock)
        {
            _waiting.Remove(item.Value);
        }

        changes.Publish(new Change.OfQueue());
        return cancelled;
    }

    /// <summary>Something changed that may let an item go.</summary>
    public void Look()
    {
        if (!_stopping.IsCancellationRequested)
        {
            _ = LookAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_timer is not null)
        {
            await _timer.DisposeAsync();
        }

        await _turn.WaitAsync(CancellationToken.None);
        _turn.Release();
    }

    private async Task LookAsync()
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            foreach (var entry in Snapshot())
            {
                await ConsiderAsync(entry);
            }

            SetTimer();
            await PruneAsync();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            log.LogError(fault, "The queue could not be worked through; it is tried again with the next change, or in five seconds");
            _timer?.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task ConsiderAsync(Entry entry)
    {
        var item = entry.Item;
        var now = time.GetUtcNow();
        if (item.Due > now)
        {
            entry.Why = $"In the quiet period. Expires in {Math.Ceiling((item.Due - now).TotalSeconds):0} sec";
            return;
        }

        if (await store.Jobs.FindAsync(item.Job) is not { } job)
        {
            await CancelAsync(item.Id, CancellationToken.None);
            return;
        }

        if (WhyBlocked(job, out var why))
        {
            entry.Why = why;
            return;
        }

        if (await store.Queue.StartAsync(item.Id) is { } run)
        {
            _runs!.Begin(run);
        }

        lock (_lock)
        {
            _waiting.Remove(item.Id.Value);
        }

        changes.Publish(new Change.OfQueue());
    }

    private bool WhyBlocked(JobRecord job, out string why)
    {
        why = "";
        if (!job.IsEnabled)
        {
            why = $"{job.Path} is disabled. Enable it, or cancel the request.";
            return true;
        }

        if (!job.DisallowsConcurrentRuns || _runs!.UnfinishedOf(job.Id) is not { Count: > 0 } going)
        {
            return false;
        }

        if (job.AbortsPrevious)
        {
            _runs.AbortForNewer(job.Id, null);
        }

        why = $"Build #{going[^1]} is already in progress, and {job.Path} does not allow concurrent builds";
        return true;
    }

    private void SetTimer()
    {
        var now = time.GetUtcNow();
        var next = Snapshot().Where(e => e.Item.Due > now).Select(e => e.Item.Due).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();
        _timer?.Change(next == DateTimeOffset.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Min((next - now).TotalMilliseconds + 1, 60_000)), Timeout.InfiniteTimeSpan);
    }

    private async Task PruneAsync()
    {
        var now = time.GetUtcNow();
        if (now - _pruned > KeepLeft)
        {
            _pruned = now;
            await store.Queue.PruneAsync(now - KeepLeft);
        }
    }

    private void Put(QueueItemRecord item)
    {
        lock (_lock)
        {
            _waiting[item.Id.Value] = new Entry(item);
        }
    }

    private List<Entry> Snapshot()
    {
        lock (_lock)
        {
            return [.. _waiting.Values];
        }
    }

    private sealed class Entry(QueueItemRecord item)
    {
        public QueueItemRecord Item { get; } = item;

        public string Why { get; set; } = "";
    }
}
