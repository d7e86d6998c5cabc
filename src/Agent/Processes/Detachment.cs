using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Agent.Processes;

/// <summary>Makes the agent independent of the process that started it: a session of its own, and no descriptor of the parent's.</summary>
internal static class Detachment
{
    public static unsafe void Leave(string logFile)
    {
        _ = Native.SetSession();
        var input = Open("/dev/null", ReadOnly);
        var output = Open(logFile, WriteAppendCreate);
        if (output < 0)
        {
            throw new IOException($"The log file '{logFile}' cannot be opened: {Native.Describe(Marshal.GetLastPInvokeError())}");
        }

        _ = Native.Dup2(input, 0);
        _ = Native.Dup2(output, 1);
        _ = Native.Dup2(output, 2);
        _ = Native.Close(input);
        _ = Native.Close(output);
    }

    /// <summary>What a reader of our standard error sees when all is well. Not the end of the file alone: the runtime may keep a copy of the descriptor.</summary>
    public const byte ReadyMark = 0;

    /// <summary>What was said on standard error so far is all: its reader is told, and nothing more goes there.</summary>
    public static void Silence()
    {
        Native.WriteAll(2, [ReadyMark]);
        var nothing = Open("/dev/null", ReadWrite);
        _ = Native.Dup2(nothing, 2);
        _ = Native.Close(nothing);
    }

    private const int ReadOnly = 0;
    private const int ReadWrite = 2;
    private const int WriteAppendCreate = 0x441;

    private static unsafe int Open(string path, int flags)
    {
        fixed (byte* start = Encoding.UTF8.GetBytes(path + "\0"))
        {
            return Native.Open(start, flags | Native.O_CLOEXEC, 0x180);
        }
    }
}
