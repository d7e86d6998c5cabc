using System.Runtime.InteropServices;

namespace Slipway.Agent.Processes;

/// <summary>The calls of the C library that .NET has no word for. In the native build they are linked, not looked up.</summary>
internal static unsafe partial class Native
{
    public const int SIGHUP = 1;
    public const int SIGPIPE = 13;
    public const int SIGCHLD = 17;
    public const nint SIG_DFL = 0;
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;

    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int ENOENT = 2;
    public const int ECHILD = 10;
    public const int EACCES = 13;
    public const int ECONNREFUSED = 111;

    public const short POLLIN = 1;
    public const int WNOHANG = 1;
    public const int O_CLOEXEC = 0x80000;
    public const int O_NONBLOCK = 0x800;
    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;
    public const int F_SETFL = 4;
    public const int F_SETPIPE_SZ = 1031;

    public const short SpawnSetSignalDefaults = 0x04;
    public const short SpawnSetSignalMask = 0x08;
    public const short SpawnSetSession = 0x80;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    public static partial int PosixSpawn(int* pid, byte* path, void* fileActions, void* attributes, byte** argv, byte** envp);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int FileActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int FileActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int FileActionsAddDup2(void* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    public static partial int FileActionsAddOpen(void* actions, int fd, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclose")]
    public static partial int FileActionsAddClose(void* actions, int fd);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    public static partial int FileActionsAddChdir(void* actions, byte* path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int AttributesInit(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int AttributesDestroy(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int AttributesSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int AttributesSetSignalDefaults(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int AttributesSetSignalMask(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    public static partial int SignalsFill(void* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static partial int SignalsEmpty(void* signals);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe2(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int kind, uint id, byte* information, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    /// <summary>Ends this process at once, with nothing run or flushed on the way.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void Exit(int code);

    /// <summary>Becomes another program, found as a shell would; returns only when it cannot. The environment is the one that this process was started with.</summary>
    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true)]
    public static partial int Execute(byte* program, byte** arguments);

    /// <summary>What the runtime ignores (SIGPIPE), the next program must not.</summary>
    [LibraryImport("libc", EntryPoint = "signal")]
    public static partial nint SetSignalAction(int signal, nint action);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int ProcessControl(int option, nuint argument, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", EntryPoint = "getuid")]
    public static partial uint UserId();

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(int fd, uint mode);

    [LibraryImport("libc", EntryPoint = "setsid")]
    public static partial int SetSession();

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int Dup2(int from, int to);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial int Open(byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollFd* fds, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(int fd, int operation);

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial byte* RealPathOf(string path, byte* resolved);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(void* memory);

    /// <summary>The path without any link in it; the path itself where there is nothing.</summary>
    public static string RealPath(string path)
    {
        var resolved = RealPathOf(path, null);
        if (resolved is null)
        {
            return path;
        }

        var text = Marshal.PtrToStringUTF8((nint)resolved) ?? path;
        Free(resolved);
        return text;
    }

    /// <summary>Waits until any child has ended, and leaves it to be reaped; -1 when there is none.</summary>
    public static int WaitForAnyEnd()
    {
        const int All = 0;
        const int EndedAndStays = 0x01000004;
        const int SizeOfInformation = 128;
        const int OffsetOfProcess = 16;
        var information = stackalloc byte[SizeOfInformation];
        while (true)
        {
            if (WaitId(All, 0, information, EndedAndStays) == 0)
            {
                return *(int*)(information + OffsetOfProcess);
            }

            if (Marshal.GetLastPInvokeError() != EINTR)
            {
                return -1;
            }
        }
    }

    /// <summary>The system's words for an error number.</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>The beginning of a small file; 0 where it is empty or cannot be read.</summary>
    public static int ReadFile(string path, Span<byte> buffer)
    {
        Span<byte> name = stackalloc byte[256];
        if (!System.Text.Encoding.ASCII.TryGetBytes(path, name[..^1], out var length))
        {
            return 0;
        }

        name[length] = 0;
        int fd;
        fixed (byte* start = name)
        {
            fd = Open(start, O_CLOEXEC, 0);
        }

        if (fd < 0)
        {
            return 0;
        }

        var count = ReadSome(fd, buffer);
        _ = Close(fd);
        return Math.Max(0, count);
    }

    /// <summary>Reads what is there; 0 at the end, -1 when a non-blocking descriptor has nothing now.</summary>
    public static int ReadSome(int fd, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = Read(fd, start, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return (int)count;
                }

                var error = Marshal.GetLastPInvokeError();
                if (error == EAGAIN)
                {
                    return -1;
                }

                if (error != EINTR)
                {
                    throw new IOException($"Reading a pipe failed: {Describe(error)}");
                }
            }
        }
    }

    /// <summary>Reads a file whose length cannot be asked for to its end, into a buffer that grows; -1 when it cannot be read.</summary>
    public static int ReadFile(string path, ref byte[] buffer)
    {
        var name = System.Text.Encoding.UTF8.GetBytes(path + "\0");
        fixed (byte* start = name)
        {
            var fd = Open(start, O_CLOEXEC, 0);
            if (fd < 0)
            {
                return -1;
            }

            var length = 0;
            while (true)
            {
                if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, buffer.Length * 2);
                }

                nint count;
                fixed (byte* free = &buffer[length])
                {
                    count = Read(fd, free, (nuint)(buffer.Length - length));
                }

                if (count <= 0)
                {
                    if (count < 0 && Marshal.GetLastPInvokeError() == EINTR)
                    {
                        continue;
                    }

                    _ = Close(fd);
                    return count < 0 ? -1 : length;
                }

                length += (int)count;
            }
        }
    }

    /// <summary>Writes all of it, blocking; false when the other side is gone.</summary>
    public static bool WriteAll(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = Write(fd, start + done, (nuint)(bytes.Length - done));
                if (count < 0 && Marshal.GetLastPInvokeError() != EINTR)
                {
                    return false;
                }

                done += (int)Math.Max(count, 0);
            }
        }

        return true;
    }

    public static (int Read, int Write) CreatePipe()
    {
        var ends = stackalloc int[2];
        return Pipe2(ends, O_CLOEXEC) == 0
            ? (ends[0], ends[1])
            : throw new IOException($"No pipe can be made: {Describe(Marshal.GetLastPInvokeError())}");
    }
}
