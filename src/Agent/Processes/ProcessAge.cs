namespace Slipway.Agent.Processes;

/// <summary>How long this process has run, as the kernel counts it: also through an <c>exec</c>, so that in a pod it begins with its container.</summary>
internal static class ProcessAge
{
    // Fixed for user space on every Linux that we run on (USER_HZ), whatever the kernel itself counts in; the uptime has two decimals, the same hundredths.
    private const int MillisecondsPerTick = 10;
    private const int StartTimeField = 22;

    /// <summary>In milliseconds, by hundredths of a second; null where the kernel does not tell.</summary>
    public static long? Milliseconds()
    {
        Span<byte> stat = stackalloc byte[1024];
        Span<byte> uptime = stackalloc byte[64];
        return Parse(stat[..Native.ReadFile("/proc/self/stat", stat)], uptime[..Native.ReadFile("/proc/uptime", uptime)]);
    }

    /// <summary>Pure.</summary>
    internal static long? Parse(ReadOnlySpan<byte> stat, ReadOnlySpan<byte> uptime)
    {
        var point = uptime.IndexOf((byte)'.');
        if (point < 0 || uptime.Length < point + 3
            || ProcessStat.ParseDigits(uptime[..point]) is not { } seconds
            || ProcessStat.ParseDigits(uptime.Slice(point + 1, 2)) is not { } hundredths
            || ProcessStat.Number(stat, StartTimeField) is not { } started)
        {
            return null;
        }

        return Math.Max(0, (long)((seconds * 100) + hundredths - started) * MillisecondsPerTick);
    }
}
