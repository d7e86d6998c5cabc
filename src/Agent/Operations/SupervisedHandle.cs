using System.Text.Json;
using Slipway.Agent.Processes;
using Slipway.Agent.Spool;
using Slipway.Model.Operations;

namespace Slipway.Agent.Operations;

/// <summary>
/// The agent's end of an operation that a supervisor does: follows the spool. It can be made anew from the spool alone, which is how a restarted agent finds its operations again.
/// </summary>
internal sealed class SupervisedHandle : SpooledOperation
{
    private static readonly TimeSpan CancelMargin = TimeSpan.FromSeconds(5);

    private readonly OperationSpool _spool;
    private readonly TimeSpan _cancelGrace;
    private readonly Lock _lock = new();
    private int _supervisor;
    private volatile bool _isOurChild;
    private bool _isCancelled;

    private SupervisedHandle(OperationSpool spool, string allocation, TimeSpan cancelGrace)
        : base(spool, allocation)
    {
        _spool = spool;
        _cancelGrace = cancelGrace;
    }

    /// <exception cref="IOException">The spool cannot be written.</exception>
    public static SupervisedHandle Start(OperationSpool spool, string allocation, SupervisedOperation work, TimeSpan cancelGrace, ChildReaper children)
    {
        spool.Create(allocation, isShared: work.Origin.Pod is not null);
        var handle = new SupervisedHandle(spool, allocation, cancelGrace);
        handle.Spawn(work, children);
        return handle;
    }

    /// <summary>Finds an operation of an earlier life of the agent; null when nothing had been started, so that it may be started now.</summary>
    public static SupervisedHandle? Resume(OperationSpool spool, TimeSpan cancelGrace)
    {
        var isFree = Unlock(spool.TryLock());
        if (isFree && !spool.HasResult && spool.ReadSupervisor() is null)
        {
            return null;
        }

        var handle = new SupervisedHandle(spool, spool.Allocation, cancelGrace) { _supervisor = spool.ReadSupervisor() ?? 0 };
        handle.Look();
        return handle;
    }

    /// <summary>The supervisor has written, or time has passed.</summary>
    public void Look()
    {
        if (_spool.HasResult)
        {
            End(_spool.ReadResult());
        }
        else if (!_isOurChild && !Ended.IsCompleted && Unlock(_spool.TryLock()))
        {
            SupervisorEnded();
        }
        else
        {
            RaiseChanged();
        }
    }

    /// <summary>The supervisor is gone. With a result or without, this is the end.</summary>
    public void SupervisorEnded()
    {
        _isOurChild = false;
        if (!_spool.HasResult)
        {
            // Nobody watches its processes any more, and nobody would tell how they ended.
            ProcessCookies.Signal(ProcessCookies.Operation, _spool.Directory, Native.SIGKILL);
        }

        var result = _spool.ReadResult();
        End(_isCancelled && !_spool.HasResult ? result with { Result = new OperationCancelled() } : result);
    }

    public override void Cancel()
    {
        lock (_lock)
        {
            if (_isCancelled || Ended.IsCompleted)
            {
                return;
            }

            _isCancelled = true;
        }

        if (_supervisor > 0)
        {
            _ = Native.Kill(_supervisor, Native.SIGTERM);
        }

        _ = KillIfItStaysAsync();
    }

    /// <summary>The supervisor ends its processes itself; should it hang, it is ended with them.</summary>
    private async Task KillIfItStaysAsync()
    {
        if (await Task.WhenAny(Ended, Task.Delay(_cancelGrace + CancelMargin)) != Ended)
        {
            ProcessCookies.Signal(ProcessCookies.Operation, _spool.Directory, Native.SIGKILL);
            if (_supervisor > 0)
            {
                _ = Native.Kill(_supervisor, Native.SIGKILL);
            }
        }
    }

    private void Spawn(SupervisedOperation work, ChildReaper children)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(work, SpoolJson.Default.SupervisedOperation);
        var lockFd = _spool.TryLock();
        var (read, write) = Native.CreatePipe();
        using var trouble = File.OpenHandle(_spool.TroublePath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        var (program, arguments) = Self.Command(Supervisor.Verb);
        var environment = Self.Environment();
        environment[ProcessCookies.Allocation] = work.AllocationCookie;
        var request = new SpawnRequest(program, arguments, environment, _spool.Directory, [read, -1, (int)trouble.DangerousGetHandle(), lockFd]);
        _isOurChild = true;
        var pid = children.Start(request, exitCode => _ = Task.Run(SupervisorEnded), out var error);
        _ = Native.Close(read);
        _ = Native.Close(lockFd);
        if (pid == 0)
        {
            _ = Native.Close(write);
            throw new IOException($"The agent's program '{program}' cannot be started again as a supervisor: {Native.Describe(error)}.");
        }

        _supervisor = pid;

        // Larger than a pipe, it is written as fast as the supervisor reads; SIGPIPE is ignored by the runtime, and a supervisor that is gone is noticed otherwise.
        if (json.Length <= 32 * 1024)
        {
            Native.WriteAll(write, json);
            _ = Native.Close(write);
        }
        else
        {
            _ = Task.Run(() =>
            {
                Native.WriteAll(write, json);
                _ = Native.Close(write);
            });
        }
    }

    private static bool Unlock(int fd)
    {
        if (fd < 0)
        {
            return false;
        }

        _ = Native.Close(fd);
        return true;
    }
}
