using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Slipway.Agent.Operations;
using Slipway.Agent.Processes;
using Slipway.Model.Operations;

namespace Slipway.Agent.Spool;

/// <summary>
/// What an operation has on disk, in a directory of its own under its id: written by its supervisor, read by the agent, deleted when the controller has acknowledged the result.
/// <list type="table">
/// <item><term><c>lock</c></term><description>flock'ed by the agent before the supervisor starts, and by the supervisor through the same open file for as long as it lives: free means "nobody works on it".</description></item>
/// <item><term><c>allocation</c></term><description>The allocation's id.</description></item>
/// <item><term><c>supervisor</c></term><description>Its process id, written before anything is started.</description></item>
/// <item><term><c>output</c></term><description>The log, masked already. Grows only.</description></item>
/// <item><term><c>captured</c></term><description>Standard output that belongs to the result.</description></item>
/// <item><term><c>result.json</c></term><description>Appears whole, by a rename, as the last thing. Without it there is no result.</description></item>
/// <item><term><c>trouble</c></term><description>What the supervisor wrote to its standard error.</description></item>
/// </list>
/// </summary>
internal sealed class OperationSpool(string directory)
{
    /// <summary>A captured output that is larger cannot be a value of a pipeline.</summary>
    public const long LargestCaptured = 32 * 1024 * 1024;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Shared = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public string Directory { get; } = directory;

    public string OperationId => Path.GetFileName(Directory);

    public string OutputPath => Path.Combine(Directory, "output");

    public string CapturedPath => Path.Combine(Directory, "captured");

    public string LockPath => Path.Combine(Directory, "lock");

    public string ScriptPath => Path.Combine(Directory, "script.sh");

    public string TroublePath => Path.Combine(Directory, "trouble");

    public string ResultPath => Path.Combine(Directory, "result.json");

    private string ResultDraftPath => Path.Combine(Directory, "result.tmp");

    private string AllocationPath => Path.Combine(Directory, "allocation");

    private string SupervisorPath => Path.Combine(Directory, "supervisor");

    public bool HasResult => File.Exists(ResultPath);

    public string Allocation => File.ReadAllText(AllocationPath);

    /// <summary>The rights of what other users have no business with, or, in a pod, of what its other containers run or read under users of their own.</summary>
    public static UnixFileMode Mode(bool isShared) => isShared ? Shared : OwnerOnly;

    /// <summary>Makes a directory with these rights, whatever the process's mask; one that was there before gets them too.</summary>
    public static void CreateDirectory(string directory, bool isShared)
    {
        System.IO.Directory.CreateDirectory(directory, Mode(isShared));
        if (isShared && File.GetUnixFileMode(directory) is var mode && (mode & Shared) != Shared)
        {
            File.SetUnixFileMode(directory, mode | Shared);
        }
    }

    /// <param name="isShared">Other containers of a pod run the script.</param>
    public void Create(string allocation, bool isShared)
    {
        CreateDirectory(Directory, isShared);
        File.WriteAllText(AllocationPath, allocation);
        File.WriteAllBytes(OutputPath, []);
    }

    public void Delete()
    {
        try
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Deleted already.
        }
    }

    /// <summary>Bytes of output by now.</summary>
    public long OutputLength => new FileInfo(OutputPath) is { Exists: true } file ? file.Length : 0;

    /// <summary>Says that the operation was begun, and by whom.</summary>
    public void SaySupervisor() => File.WriteAllText(SupervisorPath, Environment.ProcessId.ToString());

    /// <summary>Says who supervises, and makes room for the result now, so that a disk that fills up meanwhile cannot keep it from being told.</summary>
    public void BeginSupervision()
    {
        SaySupervisor();
        File.WriteAllBytes(ResultDraftPath, new byte[4096]);
    }

    /// <summary>The supervisor's process id; null when none has begun.</summary>
    public int? ReadSupervisor()
    {
        try
        {
            return int.TryParse(File.ReadAllText(SupervisorPath), out var pid) ? pid : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// Writes the result in one step. It is not forced to the disk: after a power cut the result is missing, torn or promises more output than is there, and each is told apart from a result.
    /// </summary>
    public void WriteResult(OperationResult result, string? capturedEncoding)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new SpooledResult(new FileInfo(OutputPath).Length, result, capturedEncoding), SpoolJson.Default.SpooledResult);
        using (var draft = new FileStream(ResultDraftPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0))
        {
            draft.Write(json);
            draft.SetLength(json.Length);
        }

        File.Move(ResultDraftPath, ResultPath, overwrite: true);
    }

    /// <summary>What the supervisor wrote; or, when it is gone without having written it, the failure to tell of.</summary>
    public SpooledResult ReadResult()
    {
        var length = OutputLength;
        try
        {
            var result = JsonSerializer.Deserialize(File.ReadAllBytes(ResultPath), SpoolJson.Default.SpooledResult)
                ?? throw new InvalidDataException("it is empty");
            return result.OutputLength == length
                ? WithCapturedOutput(result)
                : Lost(length, $"{result.OutputLength} bytes of output were promised and {length} are on the disk");
        }
        catch (FileNotFoundException)
        {
            return Lost(length, ReadTrouble() is { Length: > 0 } trouble ? $"its supervisor ended without an exit code and said: {trouble}" : "its supervisor ended without an exit code (was it killed, or the machine out of memory?)");
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or IOException)
        {
            return Lost(length, $"its record of the result cannot be read: {exception.Message}");
        }
    }

    /// <summary>The result of whoever did the operation and stays: nothing of it has to be written.</summary>
    public SpooledResult Finish(OperationResult result, string? capturedEncoding) => WithCapturedOutput(new SpooledResult(OutputLength, result, capturedEncoding));

    private SpooledResult WithCapturedOutput(SpooledResult result)
    {
        if (result is not { Result: ShellEnded shell, CapturedEncoding: { } encoding } || !File.Exists(CapturedPath))
        {
            return result;
        }

        return TextEncodings.TryFind(encoding, out var found)
            ? result with { Result = shell with { Output = found.GetString(File.ReadAllBytes(CapturedPath)) } }
            : result;
    }

    private static SpooledResult Lost(long length, string why) =>
        new(length, new OperationFailed($"The operation's result is lost: {why}. Whether its processes succeeded cannot be known.", IsInfrastructure: true));

    private string ReadTrouble()
    {
        try
        {
            var text = File.ReadAllText(TroublePath).Trim();
            return text.Length > 2000 ? text[..2000] + "…" : text;
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Takes the lock; -1 when somebody has it. The descriptor is inherited by the supervisor, and the lock lasts until the last copy is closed.</summary>
    public unsafe int TryLock()
    {
        const int ReadWriteCreate = 0x42;
        var path = Encoding.UTF8.GetBytes(LockPath + "\0");
        fixed (byte* start = path)
        {
            var fd = Native.Open(start, ReadWriteCreate | Native.O_CLOEXEC, 0x180);
            if (fd < 0)
            {
                throw new IOException($"The operation's lock '{LockPath}' cannot be opened: {Native.Describe(Marshal.GetLastPInvokeError())}");
            }

            if (Native.Flock(fd, Native.LOCK_EX | Native.LOCK_NB) == 0)
            {
                return fd;
            }

            _ = Native.Close(fd);
            return -1;
        }
    }
}
