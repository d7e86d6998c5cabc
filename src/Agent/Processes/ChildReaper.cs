namespace Slipway.Agent.Processes;

/// <summary>
/// Takes leave of all children of a process that has several, and hears of their ends by SIGCHLD: our supervisors, the programs of operations, and, where we are a container's first process,
/// everybody's orphans. Thread-safe.
/// </summary>
internal sealed class ChildReaper
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Action<int>> _awaited = [];

    /// <summary>Starts a child whose end is told with its exit code, as shells count. Returns its process id, or 0 with the system's error number.</summary>
    public int Start(SpawnRequest request, Action<int> ended, out int error)
    {
        // Within the lock: a child that ends at once is then known before it is reaped.
        lock (_lock)
        {
            var pid = Spawn.TryStart(request, out error);
            if (pid > 0)
            {
                _awaited[pid] = ended;
            }

            return pid;
        }
    }

    public unsafe void Reap()
    {
        while (true)
        {
            Action<int>? ended;
            int status;
            lock (_lock)
            {
                var pid = Native.WaitPid(-1, &status, Native.WNOHANG);
                if (pid <= 0)
                {
                    return;
                }

                _awaited.Remove(pid, out ended);
            }

            ended?.Invoke(ExitCode(status));
        }
    }

    /// <summary>128 and the signal's number for a child that a signal ended.</summary>
    public static int ExitCode(int status) => (status & 0x7f) is var signal and not 0 ? 128 + signal : (status >> 8) & 0xff;
}
