using System.Collections.Concurrent;
using Slipway.Model;

namespace Slipway.Store.Logs.Files;

/// <summary>Wakes those who wait for a run's log. Exists only while somebody waits.</summary>
internal sealed class LogSignal : IDisposable
{
    private readonly ConcurrentDictionary<RunId, LogSignal> _all;
    private readonly RunId _run;
    private TaskCompletionSource _next = New();
    private int _waiting;

    private LogSignal(ConcurrentDictionary<RunId, LogSignal> all, RunId run)
    {
        _all = all;
        _run = run;
    }

    /// <summary>Completes at the next pulse. Take it before looking at the log: nothing that comes after the look is missed.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public static LogSignal Enter(ConcurrentDictionary<RunId, LogSignal> all, RunId run)
    {
        while (true)
        {
            var signal = all.GetOrAdd(run, static (r, a) => new LogSignal(a, r), all);
            lock (signal)
            {
                // One that has left the dictionary meanwhile would never be pulsed.
                if (all.TryGetValue(run, out var current) && current == signal)
                {
                    signal._waiting++;
                    return signal;
                }
            }
        }
    }

    public void Pulse() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    public void Dispose()
    {
        lock (this)
        {
            if (--_waiting == 0)
            {
                _all.TryRemove(new KeyValuePair<RunId, LogSignal>(_run, this));
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
