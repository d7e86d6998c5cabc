namespace Slipway.Web.Tests;

/// <summary>A clock whose timers fire when the test moves it on. The time of day is the real one: pages show it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Waits until something waits for the clock, then moves it on.</summary>
    public async Task AdvanceWhenAwaitedAsync(TimeSpan by, CancellationToken cancellation)
    {
        while (true)
        {
            List<ManualTimer>? due = null;
            Task wait;
            lock (_lock)
            {
                if (_timers.Any(t => t.Due <= _now + by))
                {
                    _now += by;
                    due = [.. _timers.Where(t => t.Due <= _now)];
                    _timers.RemoveAll(due.Contains);
                }

                wait = _changed.Task;
            }

            if (due is not null)
            {
                due.ForEach(t => t.Fire());
                return;
            }

            await wait.WaitAsync(cancellation);
        }
    }

    private void Set(ManualTimer timer, TimeSpan due)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _timers.Remove(timer);
            if (due != Timeout.InfiniteTimeSpan)
            {
                timer.Due = _now + due;
                _timers.Add(timer);
            }

            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    private sealed class ManualTimer(ManualTime clock, Action fire) : ITimer
    {
        public TimeSpan Due { get; set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Set(this, dueTime);
            return true;
        }

        public void Dispose() => clock.Set(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
