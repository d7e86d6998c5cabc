using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Provisioning.Local;

/// <summary>Looks at this machine's processes by <c>/proc</c>, and ends them.</summary>
internal static class LocalProcesses
{
    public const int SigTerm = 15;
    public const int SigKill = 9;

    /// <summary>Inherited by everything that runs on a node; its value is the node's directory, which no other server on this machine shares.</summary>
    public const string NodeVariable = "SLIPWAY_NODE";

    /// <summary>Names the time since the machine was switched on: process ids and start times count within it.</summary>
    public static string Boot { get; } = ReadBoot();

    /// <summary>When the process started, in clock ticks since boot; null when there is none, or it has ended and only waits for its parent.</summary>
    public static long? StartOf(int processId)
    {
        try
        {
            // The name in parentheses may hold anything, so fields are counted behind the last one: state is the first, start the twentieth.
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    public static bool IsAlive(int processId, long start, string boot) => processId > 0 && boot == Boot && StartOf(processId) == start;

    public static void Signal(int processId, int signal) => _ = Kill(processId, signal);

    /// <summary>Processes of this user that were started with the node's mark.</summary>
    public static IReadOnlyList<int> OfNode(string directory)
    {
        var mark = Encoding.UTF8.GetBytes($"{NodeVariable}={directory}\0");
        var found = new List<int>();
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var processId) && processId != Environment.ProcessId && Carries(path, mark))
            {
                found.Add(processId);
            }
        }

        return found;
    }

    private static bool Carries(string path, byte[] mark)
    {
        try
        {
            var environment = File.ReadAllBytes(path + "/environ");
            var at = environment.AsSpan().IndexOf(mark);
            return at == 0 || (at > 0 && environment[at - 1] == 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string ReadBoot()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
