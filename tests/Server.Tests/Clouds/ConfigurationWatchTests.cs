using Slipway.Server.Clouds;

namespace Slipway.Server.Tests.Clouds;

public sealed class ConfigurationWatchTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-watch-").FullName;
    private readonly SteppedTime _time = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_change_is_told_only_when_the_file_lies_still()
    {
        var file = Path.Combine(_directory, "a.yaml");
        await File.WriteAllTextAsync(file, "whole", TestContext.Current.CancellationToken);
        using var watch = new ConfigurationWatch(_time);
        watch.Set([file], ConfigurationWatch.Look([file]));
        var told = watch.WaitAsync(TestContext.Current.CancellationToken);

        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        for (var piece = 1; piece <= 5; piece++)
        {
            // The watch looks, waits for the file to lie still, and finds it changed again.
            await Eventually.TrueAsync("it waits", () => _time.IsWaited(ConfigurationWatch.Settling));
            await File.AppendAllTextAsync(file, new string('x', piece), TestContext.Current.CancellationToken);
            Assert.False(told.IsCompleted);
            _time.Step(ConfigurationWatch.Settling);
        }

        await Eventually.TrueAsync("it waits", () => _time.IsWaited(ConfigurationWatch.Settling));
        Assert.False(told.IsCompleted);
        _time.Step(ConfigurationWatch.Settling);
        await told.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_changed_before_it_was_watched_is_told_as_well()
    {
        var file = Path.Combine(_directory, "a.yaml");
        await File.WriteAllTextAsync(file, "one", TestContext.Current.CancellationToken);
        var seen = ConfigurationWatch.Look([file]);
        await File.WriteAllTextAsync(file, "two", TestContext.Current.CancellationToken);
        using var watch = new ConfigurationWatch(TimeProvider.System);

        watch.Set([file], seen);

        await watch.WaitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
    }
}

/// <summary>Stands still until it is told how far to go.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _now.Ticks;
        }
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + new TimeSpan(GetTimestamp());

    public bool IsWaited(TimeSpan due)
    {
        lock (_gate)
        {
            return _timers.Exists(timer => timer.At == _now + due);
        }
    }

    public void Step(TimeSpan by)
    {
        List<Timer> due;
        lock (_gate)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.At <= _now)];
            _timers.RemoveAll(due.Contains);
        }

        due.ForEach(timer => timer.Callback());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            var timer = new Timer(this, () => callback(state), dueTime < TimeSpan.Zero ? TimeSpan.MaxValue : _now + dueTime);
            _timers.Add(timer);
            return timer;
        }
    }

    private sealed class Timer(SteppedTime time, Action callback, TimeSpan at) : ITimer
    {
        public Action Callback { get; } = callback;

        public TimeSpan At { get; private set; } = at;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                At = dueTime < TimeSpan.Zero ? TimeSpan.MaxValue : time._now + dueTime;
                return true;
            }
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
