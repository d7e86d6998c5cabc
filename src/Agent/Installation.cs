using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Slipway.Agent.Processes;

namespace Slipway.Agent;

/// <summary>
/// <c>slipway-agent install DIRECTORY [-- PROGRAM ARGUMENT…]</c>: puts a copy of this program into a directory that other containers see, and becomes the program that follows.
/// </summary>
internal static class Installation
{
    public const string Verb = "install";

    public const string Help = """
          slipway-agent install DIRECTORY [-- PROGRAM ARGUMENT…]
                                copies this program to DIRECTORY/slipway-agent for other containers, and then becomes PROGRAM
        """;

    private const string FileName = "slipway-agent";
    private const string OwnProgram = "/proc/self/exe";
    private const UnixFileMode ForEverybody = (UnixFileMode)0x1ED;

    /// <param name="becomeSelf">Goes on in this process where the program that follows is this one: it is loaded already.</param>
    public static int Run(string[] arguments, Func<string[], int> becomeSelf)
    {
        if (arguments is [] || arguments[0].StartsWith('-') || (arguments.Length > 1 && (arguments[1] != "--" || arguments.Length == 2)))
        {
            return Fail(ExitCode.WrongUsage, "slipway-agent install takes one directory and, after '--', a program to become: slipway-agent install /run/slipway -- slipway-agent -url …");
        }

        try
        {
            Copy(arguments[0]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Fail(ExitCode.Failed, $"This program cannot be copied to '{Path.Combine(arguments[0], FileName)}' by user {Native.UserId()}: {exception.Message} Is the volume mounted there, and writable?");
        }

        return arguments.Length == 1 ? ExitCode.Done : Become(arguments[2..], becomeSelf);
    }

    /// <summary>Under another name first: who waits for the file finds it whole, and one that runs keeps its content.</summary>
    private static void Copy(string directory)
    {
        if (RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new IOException("This is the build for development, which is more than one file; only the native program can be copied.");
        }

        if (!Directory.Exists(directory))
        {
            throw new IOException("The directory does not exist.");
        }

        var draft = Path.Combine(directory, $".{FileName}-{Environment.ProcessId}");
        try
        {
            using (var source = new FileStream(OwnProgram, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
            using (var target = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                source.CopyTo(target, 1024 * 1024);
            }

            File.SetUnixFileMode(draft, ForEverybody);
            File.Move(draft, Path.Combine(directory, FileName), overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    private static unsafe int Become(string[] command, Func<string[], int> becomeSelf)
    {
        var variables = Environment.GetEnvironmentVariable("PATH") is { } path ? new Dictionary<string, string> { ["PATH"] = path } : [];
        if (command[0] == FileName || (Spawn.FindProgram(command[0], variables) is { } found && Native.RealPath(found) == Native.RealPath(OwnProgram)))
        {
            return becomeSelf(command[1..]);
        }

        // Nothing is given back: from what follows there is no way back but the program's end.
        var texts = stackalloc byte*[command.Length + 1];
        for (var index = 0; index < command.Length; index++)
        {
            texts[index] = (byte*)Marshal.StringToCoTaskMemUTF8(command[index]);
        }

        texts[command.Length] = null;
        _ = Native.SetSignalAction(Native.SIGPIPE, Native.SIG_DFL);
        _ = Native.Execute(texts[0], texts);
        var error = Marshal.GetLastPInvokeError();
        return Fail(error == Native.ENOENT ? 127 : 126, $"The program '{command[0]}' cannot be started after installing: {Native.Describe(error)}.");
    }

    private static int Fail(int code, string message)
    {
        Native.WriteAll(2, Encoding.UTF8.GetBytes($"slipway-agent install: {message}\n"));
        return code;
    }
}
