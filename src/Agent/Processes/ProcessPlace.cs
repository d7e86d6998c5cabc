using System.Runtime.InteropServices;

namespace Slipway.Agent.Processes;

/// <summary>Where an operation's processes run: beside the agent, or in another container of its pod.</summary>
internal interface IProcessPlace
{
    /// <summary>Starts a program; one whose name holds no slash is looked up in that place's <c>PATH</c>. Null with the system's error number when it cannot be started.</summary>
    /// <exception cref="Operations.OperationFault">The place cannot be reached.</exception>
    IRunningProcess? TryStart(SpawnRequest request, out int error);
}

/// <summary>A process that was started. Disposing of it does not end it, and comes after its end.</summary>
internal interface IRunningProcess : IDisposable
{
    /// <summary>Readable once it has ended.</summary>
    int EndDescriptor { get; }

    /// <summary>How it ended; only after its end.</summary>
    /// <exception cref="Operations.OperationFault">There is no exit code, for the place where it ran is gone.</exception>
    ProcessEnd ReadEnd();

    /// <summary>Signals its process group, and whatever carries the operation's cookie.</summary>
    void Signal(int signal);
}

/// <param name="Code">The exit code, as shells count.</param>
/// <param name="HitMemoryLimit">Its container has reached its memory limit meanwhile, and the kernel has ended a process for it.</param>
internal readonly record struct ProcessEnd(int Code, bool HitMemoryLimit);

/// <summary>Processes of the agent's own container.</summary>
/// <param name="cookie">What the operation's processes carry.</param>
/// <param name="children">Takes leave of this process' children; null where each is waited for by itself.</param>
internal sealed class OwnProcesses(string cookie, ChildReaper? children) : IProcessPlace
{
    public IRunningProcess? TryStart(SpawnRequest request, out int error)
    {
        if (Spawn.FindProgram(request.Path, request.Environment) is not { } path)
        {
            error = Native.ENOENT;
            return null;
        }

        var process = new OwnProcess(cookie);
        if (process.Start(request with { Path = path }, children, out error))
        {
            return process;
        }

        process.Dispose();
        return null;
    }

    private sealed class OwnProcess : IRunningProcess
    {
        private readonly string _cookie;
        private readonly int _endRead;
        private int _endWrite;
        private int _pid;
        private volatile int _code;

        // Elsewhere the counter is the machine's, and tells of strangers.
        private static readonly bool IsInPod = Environment.GetEnvironmentVariable("SLIPWAY_CONTAINER") is { Length: > 0 };

        public OwnProcess(string cookie)
        {
            _cookie = cookie;
            (_endRead, _endWrite) = Native.CreatePipe();
        }

        public int EndDescriptor => _endRead;

        public bool Start(SpawnRequest request, ChildReaper? children, out int error)
        {
            if (children is not null)
            {
                _pid = children.Start(request, End, out error);
                return _pid > 0;
            }

            _pid = Spawn.TryStart(request, out error);
            if (_pid > 0)
            {
                new Thread(() => End(WaitFor(_pid)), maxStackSize: 128 * 1024) { IsBackground = true, Name = "child" }.Start();
            }

            return _pid > 0;
        }

        public ProcessEnd ReadEnd() => new(_code, _code != 0 && IsInPod && MemoryLimit.WasReached());

        public void Signal(int signal)
        {
            _ = Native.Kill(-_pid, signal);
            ProcessCookies.Signal(ProcessCookies.Operation, _cookie, signal);
        }

        public void Dispose()
        {
            _ = Native.Close(_endRead);
            if (_pid <= 0)
            {
                CloseWrite();
            }
        }

        private void End(int code)
        {
            _code = code;
            CloseWrite();
        }

        /// <summary>Once: the number may be another file's afterwards.</summary>
        private void CloseWrite()
        {
            if (Interlocked.Exchange(ref _endWrite, -1) is var fd and >= 0)
            {
                _ = Native.Close(fd);
            }
        }

        private static unsafe int WaitFor(int pid)
        {
            int status;
            while (Native.WaitPid(pid, &status, 0) < 0 && Marshal.GetLastPInvokeError() == Native.EINTR)
            {
            }

            return ChildReaper.ExitCode(status);
        }
    }
}
