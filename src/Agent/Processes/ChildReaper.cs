namespace Slipway.Agent.Processes;

/// <summary>
/// Takes leave of all children of a process that has several: our supervisors, the programs of operations, and, where we are a container's first process, everybody's orphans. Thread-safe.
/// A thread of its own waits for them. Not a handler of SIGCHLD: in a container's first process, the runtime's own takes leave of all children before it tells of them, and their exit codes are lost.
/// </summary>
#pragma warning disable CA1001 // Lives as long as the program.
internal sealed class ChildReaper
#pragma warning restore CA1001
{
    /// <summary>Without children there is nothing to wait for, and an orphan that comes to us is no event.</summary>
    private static readonly TimeSpan AdoptionPause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Action<int>> _awaited = [];
    private readonly AutoResetEvent _started = new(initialState: false);

    /// <summary>Begins to wait. After all handlers of signals were set: the runtime sets its own, for SIGCHLD too, with the first of them.</summary>
    public void Begin()
    {
        _ = Native.SetSignalAction(Native.SIGCHLD, Native.SIG_DFL);
        new Thread(Reap, maxStackSize: 256 * 1024) { IsBackground = true, Name = "reaper" }.Start();
    }

    /// <summary>Starts a child whose end is told with its exit code, as shells count. Returns its process id, or 0 with the system's error number.</summary>
    /// <param name="ended">Called on the thread that waits for all: short, and without waiting for other children.</param>
    public int Start(SpawnRequest request, Action<int> ended, out int error)
    {
        // Within the lock: a child that ends at once is then known before it is reaped.
        lock (_lock)
        {
            var pid = Spawn.TryStart(request, out error);
            if (pid > 0)
            {
                _awaited[pid] = ended;
                _started.Set();
            }

            return pid;
        }
    }

    private unsafe void Reap()
    {
        while (true)
        {
            // First only seen, then reaped within the lock: until then the number cannot be another child's.
            var pid = Native.WaitForAnyEnd();
            if (pid <= 0)
            {
                _started.WaitOne(AdoptionPause);
                continue;
            }

            Action<int>? ended;
            int status;
            lock (_lock)
            {
                if (Native.WaitPid(pid, &status, Native.WNOHANG) != pid)
                {
                    continue;
                }

                _awaited.Remove(pid, out ended);
            }

            ended?.Invoke(ExitCode(status));
        }
    }

    /// <summary>128 and the signal's number for a child that a signal ended.</summary>
    public static int ExitCode(int status) => (status & 0x7f) is var signal and not 0 ? 128 + signal : (status >> 8) & 0xff;
}
