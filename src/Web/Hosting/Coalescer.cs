using System.Collections.Concurrent;

namespace Slipway.Web.Hosting;

/// <summary>
/// Does equal work once for all who ask at the same time. A thousand viewers of a run refetch the same fragment at the same change: while one rendering is under way, all who come
/// meanwhile share the next one. So nobody is served a rendering that began before they asked, and a key never costs more than one rendering at a time.
/// Nothing is kept when nobody asks.
/// </summary>
internal sealed class Coalescer<T>
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The result of a <paramref name="work"/> that began after this call. The work is shared: it must not depend on one asker's request or its cancellation.</summary>
    public Task<T> RunAsync(string key, Func<Task<T>> work, CancellationToken cancellation)
    {
        while (true)
        {
            var entry = _entries.GetOrAdd(key, static _ => new Entry());
            lock (entry)
            {
                if (entry.Retired)
                {
                    continue;
                }

                if (entry.Running is null)
                {
                    entry.Running = StartAsync(key, entry, work);
                    return entry.Running.WaitAsync(cancellation);
                }

                entry.Next ??= AfterAsync(entry.Running, key, entry, work);
                return entry.Next.WaitAsync(cancellation);
            }
        }
    }

    private async Task<T> AfterAsync(Task<T> running, string key, Entry entry, Func<Task<T>> work)
    {
        // Not under the caller's lock, and whatever came of the one before.
        await Task.Yield();
        await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        Task<T> mine;
        lock (entry)
        {
            entry.Running = mine = StartAsync(key, entry, work);
            entry.Next = null;
        }

        return await mine;
    }

    private async Task<T> StartAsync(string key, Entry entry, Func<Task<T>> work)
    {
        // Never under the caller's lock: the work may complete synchronously.
        await Task.Yield();
        try
        {
            return await work();
        }
        finally
        {
            lock (entry)
            {
                if (entry.Next is null)
                {
                    entry.Retired = true;
                    _entries.TryRemove(KeyValuePair.Create(key, entry));
                }
            }
        }
    }

    private sealed class Entry
    {
        public Task<T>? Running { get; set; }

        public Task<T>? Next { get; set; }

        public bool Retired { get; set; }
    }
}
