using System.Runtime.InteropServices;

namespace Slipway.Agent.Processes;

/// <summary>Sockets of the Unix kind, with descriptors as messages: .NET's own have no word for the latter. Structures are those of 64-bit Linux.</summary>
internal static unsafe partial class NativeSockets
{
    public const int SOL_SOCKET = 1;
    public const int SCM_RIGHTS = 1;
    public const int SO_RCVTIMEO = 20;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_CMSG_CLOEXEC = 0x40000000;

    private const int AF_UNIX = 1;
    private const int SOCK_STREAM = 1;
    private const int LongestPath = 107;

    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public byte* Start;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ControlHeader
    {
        public nuint Length;
        public int Level;
        public int Kind;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeValue
    {
        public nint Seconds;
        public nint Microseconds;
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int fd, void* address, void* length, int flags);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Create(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int fd, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int fd, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    private static partial int Listen(int fd, int backlog);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int fd, int level, int option, void* value, uint length);

    /// <summary>A connection, or -1 with the system's error number.</summary>
    public static int Connect(string path, out int error)
    {
        var fd = Create(out error);
        if (fd < 0)
        {
            return -1;
        }

        var address = stackalloc byte[LongestPath + 3];
        if (Connect(fd, address, WriteAddress(address, path)) == 0)
        {
            return fd;
        }

        error = Marshal.GetLastPInvokeError();
        _ = Native.Close(fd);
        return -1;
    }

    /// <summary>A listening socket under that path, which must be free.</summary>
    /// <exception cref="IOException">The system refuses; the message says why.</exception>
    public static int Listen(string path)
    {
        var fd = Create(out var error);
        if (fd >= 0)
        {
            var address = stackalloc byte[LongestPath + 3];
            if (Bind(fd, address, WriteAddress(address, path)) == 0 && Listen(fd, 256) == 0)
            {
                return fd;
            }

            error = Marshal.GetLastPInvokeError();
            _ = Native.Close(fd);
        }

        throw new IOException($"{Native.Describe(error)}.");
    }

    /// <summary>From now on a read that waits longer fails, as if the other side were gone.</summary>
    public static void LimitReceiving(int fd, TimeSpan patience)
    {
        var value = new TimeValue { Seconds = (nint)(long)patience.TotalSeconds, Microseconds = patience.Milliseconds * 1000 };
        _ = SetOption(fd, SOL_SOCKET, SO_RCVTIMEO, &value, (uint)sizeof(TimeValue));
    }

    private static int Create(out int error)
    {
        var fd = Create(AF_UNIX, SOCK_STREAM | Native.O_CLOEXEC, 0);
        error = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        return fd;
    }

    private static uint WriteAddress(byte* address, string path)
    {
        var length = System.Text.Encoding.UTF8.GetByteCount(path);
        if (length > LongestPath)
        {
            throw new IOException($"The path has {length} bytes, and a socket's may have {LongestPath}.");
        }

        *(ushort*)address = AF_UNIX;
        System.Text.Encoding.UTF8.GetBytes(path, new Span<byte>(address + 2, length));
        address[2 + length] = 0;
        return (uint)(length + 3);
    }
}
