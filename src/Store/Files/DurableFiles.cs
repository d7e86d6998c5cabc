using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Store.Files;

/// <summary>
/// What the framework's file API leaves out: making names durable. A new or renamed file survives a power cut only after its directory was synced as well.
/// </summary>
internal static partial class DurableFiles
{
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int FileTooLarge = 27;

    /// <summary>Makes the entries of a directory durable. Does nothing on Windows, whose file systems order such changes themselves.</summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(path, 0);
        if (descriptor < 0)
        {
            throw new IOException($"The directory '{path}' cannot be opened to make it durable: {Marshal.GetLastPInvokeErrorMessage()}.", Marshal.GetLastPInvokeError());
        }

        try
        {
            if (Sync(descriptor) != 0)
            {
                throw new IOException($"The directory '{path}' cannot be made durable: {Marshal.GetLastPInvokeErrorMessage()}.", Marshal.GetLastPInvokeError());
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Makes a directory and those above it that are missing, up to an existing one; each durable.</summary>
    public static void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        var parent = Path.GetDirectoryName(path);
        if (parent is not null)
        {
            CreateDirectory(parent);
        }

        Directory.CreateDirectory(path);
        if (parent is not null)
        {
            SyncDirectory(parent);
        }
    }

    public static void Sync(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    /// <summary>An I/O failure in the store's words; other exceptions come back as they are.</summary>
    public static Exception Translate(Exception failure, string what) => failure switch
    {
        IOException io when IsFull(io) => new StoreFullException($"{what}: the disk is full. Make room in the data directory; nothing that was confirmed is lost.", io),
        IOException io => new StoreUnavailableException($"{what}: {io.Message}", io),
        UnauthorizedAccessException denied => new StoreUnavailableException($"{what}: {denied.Message} Check the owner and the rights of the data directory.", denied),
        _ => failure,
    };

    // HResult holds errno on Unix where the framework has no code of its own; for a full disk it has Windows' ERROR_DISK_FULL in newer versions.
    private static bool IsFull(IOException failure) =>
        failure.HResult is NoSpace or QuotaExceeded or FileTooLarge || (failure.HResult & 0xffff) is 0x70 or 0x27 || (failure.InnerException is IOException inner && IsFull(inner));

    /// <summary>Lets the calling thread's work give way to others'.</summary>
    public static void YieldPriority()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(0, 0, 19);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
