using System.Buffers.Text;

namespace Slipway.Agent.Processes;

/// <summary>How long this process has run, as the kernel counts it: also through an <c>exec</c>, so that in a pod it begins with its container.</summary>
internal static class ProcessAge
{
    // Fixed for user space on every Linux that we run on (USER_HZ), whatever the kernel itself counts in.
    private const int TicksPerSecond = 100;

    // The 22nd field of /proc/self/stat, counted from the third, which is the first behind the name.
    private const int StartTimeField = 22 - 3;

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
        // The name may hold anything, spaces and parentheses too.
        var rest = stat[(stat.LastIndexOf((byte)')') + 1)..];
        var field = -1;
        foreach (var range in rest.Split((byte)' '))
        {
            if (field++ == StartTimeField)
            {
                return Utf8Parser.TryParse(rest[range], out long ticks, out _) && Utf8Parser.TryParse(uptime, out double seconds, out _)
                    ? Math.Max(0, (long)((seconds * 1000) - (ticks * (1000 / TicksPerSecond))))
                    : null;
            }
        }

        return null;
    }
}
