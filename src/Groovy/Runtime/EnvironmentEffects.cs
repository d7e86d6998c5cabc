using System.Security.Cryptography;

namespace Slipway.Groovy.Runtime;

/// <summary>
/// Everything of the outside world that the language itself lets a script see. The engine records the answers, so that a replayed script sees what it saw
/// before; the library never asks the machine directly.
/// </summary>
public interface IEnvironmentEffects
{
    /// <summary><c>new Date()</c>, <c>System.currentTimeMillis()</c> and the like.</summary>
    ValueTask<DateTimeOffset> NowAsync(HostScope scope);

    /// <summary>Where <c>UUID.randomUUID()</c>, <c>Math.random()</c> and <c>new Random()</c> get theirs.</summary>
    ValueTask<byte[]> RandomBytesAsync(int count, HostScope scope);

    /// <summary>The zone that dates are shown in.</summary>
    TimeZoneInfo TimeZone { get; }
}

/// <summary>The machine's own clock and random numbers: for scripts that are never replayed.</summary>
public sealed class LiveEnvironmentEffects(TimeProvider time) : IEnvironmentEffects
{
    public TimeZoneInfo TimeZone => time.LocalTimeZone;

    public ValueTask<DateTimeOffset> NowAsync(HostScope scope) => ValueTask.FromResult(time.GetUtcNow());

    public ValueTask<byte[]> RandomBytesAsync(int count, HostScope scope) => ValueTask.FromResult(RandomNumberGenerator.GetBytes(count));
}
