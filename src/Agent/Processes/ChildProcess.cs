using System.Buffers;
using Slipway.Agent.Operations;

namespace Slipway.Agent.Processes;

/// <summary>Where a child's standard output goes. Its standard error always goes to the log.</summary>
internal enum StandardOutput
{
    /// <summary>Into the same pipe as standard error, in the order written.</summary>
    Log,

    /// <summary>Into <see cref="ChildExit.Output"/>.</summary>
    Memory,

    /// <summary>Into the descriptor that the caller gives.</summary>
    Descriptor,
}

/// <summary>How a child ended.</summary>
/// <param name="Error">The system's error number when it could not be started; 0 otherwise.</param>
/// <param name="Code">The exit code; 128 and the signal's number for a signal, as shells count. Only meaningful when it was started and not cancelled.</param>
/// <param name="HitMemoryLimit">See <see cref="ProcessEnd"/>.</param>
internal readonly record struct ChildExit(int Error, int Code, bool IsCancelled, byte[] Output, bool HitMemoryLimit = false);

/// <summary>
/// Runs one child to its end on the caller's thread: pumps its output, and ends it when cancelled, first by SIGTERM to its process group and to whatever carries the operation's cookie, later by SIGKILL.
/// A child's end is that of its first process: what it leaves in the background neither holds the step back nor is cut off.
/// </summary>
/// <param name="place">Where it runs.</param>
internal sealed class ChildProcess(CancelSignal cancel, TimeSpan grace, IProcessPlace place)
{
    private const int BufferSize = 256 * 1024;
    private const int MemoryLimit = 64 * 1024 * 1024;
    private static readonly TimeSpan AfterKill = TimeSpan.FromSeconds(3);

    /// <summary>A pod that is deleted ends its containers one by one: one that is gone before we are asked to end tells nothing about itself.</summary>
    private static readonly TimeSpan EndOfPod = TimeSpan.FromMilliseconds(1500);

    public ChildExit Run(SpawnRequest program, StandardOutput standardOutput, int descriptor, ReadOnlySpan<byte> input, OutputHandler log)
    {
        var (logRead, logWrite) = Native.CreatePipe();
        var (memoryRead, memoryWrite) = standardOutput == StandardOutput.Memory ? Native.CreatePipe() : (-1, -1);
        var (inputRead, inputWrite) = input.IsEmpty ? (-1, -1) : Native.CreatePipe();
        _ = Native.Fcntl(logRead, Native.F_SETPIPE_SZ, BufferSize);
        var output = standardOutput switch
        {
            StandardOutput.Memory => memoryWrite,
            StandardOutput.Descriptor => descriptor,
            _ => logWrite,
        };
        IRunningProcess? started;
        int error;
        try
        {
            started = place.TryStart(program with { Descriptors = [inputRead, output, logWrite] }, out error);
        }
        catch (Exception exception)
        {
            // Even a start whose outcome was never told may have written something.
            var buffer = new byte[BufferSize];
            DrainRest(logRead, buffer, log);
            CloseAll(logRead, memoryRead, inputWrite);
            if (exception is OperationFault { IsInfrastructure: true } && cancel.WaitFor(EndOfPod))
            {
                return new ChildExit(0, 0, IsCancelled: true, []);
            }

            throw;
        }
        finally
        {
            CloseAll(logWrite, memoryWrite, inputRead);
        }

        if (started is null)
        {
            CloseAll(logRead, memoryRead, inputWrite);
            return new ChildExit(error, 0, IsCancelled: false, []);
        }

        using var process = started;
        WriteInput(inputWrite, input);
        try
        {
            return Pump(process, logRead, memoryRead, log);
        }
        finally
        {
            CloseAll(logRead, memoryRead);
        }
    }

    /// <summary>The descriptors stay the caller's to close, once: a number that is closed twice may belong to another thread's file by then.</summary>
    private ChildExit Pump(IRunningProcess process, int logRead, int memoryRead, OutputHandler log)
    {
        var memory = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        Span<Native.PollFd> waits = stackalloc Native.PollFd[4];
        Deadline? killAt = null;
        Deadline? giveUpAt = null;
        try
        {
            while (true)
            {
                waits[0] = new Native.PollFd { Fd = logRead, Events = Native.POLLIN };
                waits[1] = new Native.PollFd { Fd = memoryRead, Events = Native.POLLIN };
                waits[2] = new Native.PollFd { Fd = process.EndDescriptor, Events = Native.POLLIN };
                waits[3] = new Native.PollFd { Fd = killAt is null ? cancel.Descriptor : -1, Events = Native.POLLIN };
                Wait(waits, giveUpAt ?? killAt);

                if (waits[0].Returned != 0 && !Drain(logRead, buffer, log, untilEmpty: false))
                {
                    logRead = -1;
                }

                if (waits[1].Returned != 0 && !Drain(memoryRead, buffer, memory.Write, untilEmpty: false))
                {
                    memoryRead = -1;
                }

                if (memory.Length > MemoryLimit)
                {
                    throw new IOException($"The program wrote more than {MemoryLimit} bytes where a short answer was expected.");
                }

                if (waits[2].Returned != 0)
                {
                    // What was written before the end is in the pipes; background children may keep them open, so they are emptied and not waited for.
                    DrainRest(logRead, buffer, log);
                    DrainRest(memoryRead, buffer, memory.Write);
                    var end = ReadEnd(process, ref killAt);
                    return new ChildExit(0, end.Code, IsCancelled: killAt is not null, memory.ToArray(), end.HitMemoryLimit);
                }

                if (killAt is null && cancel.IsSet)
                {
                    process.Signal(Native.SIGTERM);
                    killAt = Deadline.In(grace);
                }
                else if (giveUpAt is null && killAt is { HasPassed: true })
                {
                    process.Signal(Native.SIGKILL);
                    giveUpAt = Deadline.In(AfterKill);
                }
                else if (giveUpAt is { HasPassed: true })
                {
                    // Not even SIGKILL ends a process that hangs in the kernel.
                    return new ChildExit(0, 128 + Native.SIGKILL, IsCancelled: true, memory.ToArray());
                }
            }
        }
        catch
        {
            // The output has nowhere to go: the child must not run on unseen.
            process.Signal(Native.SIGKILL);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>A place that is gone has taken the exit code with it, which is no result; if we are ended too, nobody asks for one.</summary>
    private ProcessEnd ReadEnd(IRunningProcess process, ref Deadline? killAt)
    {
        try
        {
            return process.ReadEnd();
        }
        catch (OperationFault) when (killAt is not null || cancel.WaitFor(EndOfPod))
        {
            killAt ??= Deadline.In(grace);
            return new ProcessEnd(128 + Native.SIGKILL, HitMemoryLimit: false);
        }
    }

    private static unsafe void Wait(Span<Native.PollFd> waits, Deadline? until)
    {
        var timeout = until is { } moment ? (int)Math.Clamp(moment.Left.TotalMilliseconds + 1, 0, 60_000) : -1;
        fixed (Native.PollFd* start = waits)
        {
            if (Native.Poll(start, (nuint)waits.Length, timeout) < 0)
            {
                waits.Clear();
            }
        }
    }

    /// <summary>Returns false at the end of the pipe.</summary>
    private static bool Drain(int fd, byte[] buffer, OutputHandler handler, bool untilEmpty)
    {
        while (true)
        {
            var count = Native.ReadSome(fd, buffer.AsSpan(0, BufferSize));
            if (count > 0)
            {
                handler(buffer.AsSpan(0, count));
            }

            if (count <= 0 || !untilEmpty)
            {
                return count != 0;
            }
        }
    }

    private static void DrainRest(int fd, byte[] buffer, OutputHandler handler)
    {
        if (fd >= 0)
        {
            _ = Native.Fcntl(fd, Native.F_SETFL, Native.O_NONBLOCK);

            // A background child that writes without pause must not hold the step for ever: a pipe's content is what was written before the end.
            for (var left = 4 * BufferSize; left > 0;)
            {
                var count = Native.ReadSome(fd, buffer.AsSpan(0, Math.Min(left, BufferSize)));
                if (count <= 0)
                {
                    break;
                }

                handler(buffer.AsSpan(0, count));
                left -= count;
            }
        }
    }

    private static unsafe void WriteInput(int fd, ReadOnlySpan<byte> input)
    {
        if (fd < 0)
        {
            return;
        }

        // Inputs here are smaller than a pipe (64 KiB), so that the write cannot block.
        fixed (byte* start = input)
        {
            _ = Native.Write(fd, start, (nuint)Math.Min(input.Length, 65536));
        }

        _ = Native.Close(fd);
    }

    private static void CloseAll(params ReadOnlySpan<int> descriptors)
    {
        foreach (var fd in descriptors)
        {
            if (fd >= 0)
            {
                _ = Native.Close(fd);
            }
        }
    }
}

internal delegate void OutputHandler(ReadOnlySpan<byte> bytes);

/// <summary>Cancellation that poll can wait for and a token can carry.</summary>
internal sealed class CancelSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly int _read;
    private readonly int _write;

    public CancelSignal() => (_read, _write) = Native.CreatePipe();

    /// <summary>Readable once cancelled.</summary>
    public int Descriptor => _read;

    public bool IsSet => _source.IsCancellationRequested;

    public CancellationToken Token => _source.Token;

    /// <summary>Whether it is set, now or within that time.</summary>
    public bool WaitFor(TimeSpan patience) => IsSet || _source.Token.WaitHandle.WaitOne(patience);

    public unsafe void Set()
    {
        byte word = 1;
        _ = Native.Write(_write, &word, 1);
        _source.Cancel();
    }

    public void Dispose()
    {
        _ = Native.Close(_read);
        _ = Native.Close(_write);
        _source.Dispose();
    }
}
