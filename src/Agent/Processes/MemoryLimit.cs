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
        foreach (var file in Counters)
        {
            try
            {
                foreach (var line in File.ReadLines(file))
                {
                    if (line.StartsWith("oom_kill ", StringComparison.Ordinal) && long.TryParse(line.AsSpan("oom_kill ".Length), out var count))
                    {
                        return count;
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The other version, or a container that is not shown its cgroup.
            }
        }

        return 0;
    }
}
