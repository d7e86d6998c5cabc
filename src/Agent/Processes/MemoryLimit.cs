namespace Slipway.Agent.Processes;

/// <summary>
/// Notices that the kernel has ended a process of this container because the container has reached its memory limit. Only the exit code 137 of some shell would tell, or not even that; the cgroup counts it.
/// </summary>
internal static class MemoryLimit
{
    // A container sees its own cgroup at the root: version 2, version 1.
    private static readonly string[] Counters = ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"];
    private static readonly Lock Gate = new();
    private static long _seen;

    /// <summary>What happened before now was not for what is started from now on.</summary>
    public static void Begin() => Interlocked.Exchange(ref _seen, Read());

    /// <summary>Whether that has happened since this was asked last. To be asked when a process has ended badly.</summary>
    public static bool WasReached()
    {
        lock (Gate)
        {
            var now = Read();
            return now > Interlocked.Exchange(ref _seen, now);
        }
    }

    private static long Read()
    {
        // Not by a reader of the library's: the agent must stay small, and each brings its code.
        Span<byte> text = stackalloc byte[1024];
        foreach (var file in Counters)
        {
            if (Native.ReadFile(file, text) is var length and > 0 && Count(text[..length]) is { } count)
            {
                return count;
            }
        }

        return 0;
    }

    private static long? Count(ReadOnlySpan<byte> text)
    {
        var start = text.IndexOf("oom_kill "u8);
        if (start < 0)
        {
            return null;
        }

        var digits = text[(start + "oom_kill "u8.Length)..];
        return System.Buffers.Text.Utf8Parser.TryParse(digits, out long count, out _) ? count : null;
    }
}
