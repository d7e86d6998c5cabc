namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>The time of day, as far ahead of the real one as a test says. Timers run by the real one.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _ticks;

    public void Shift(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _ticks));
}
