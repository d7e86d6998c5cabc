using System.Globalization;
using System.Text;

namespace Slipway.Agent.Processes;

/// <summary>
/// Finds processes by a variable in the environment that they were started with. It is inherited by every descendant, also by those that left their session and were adopted by init,
/// so that what a step leaves behind can be found at the end. The convention, and its way out, are Jenkins': a process whose <c>JENKINS_NODE_COOKIE</c> was changed stays.
/// </summary>
internal static class ProcessCookies
{
    /// <summary>The same for every process of an allocation. The value is unique on the machine, for several agents may share it.</summary>
    public const string Allocation = "JENKINS_NODE_COOKIE";

    /// <summary>The same for every process of an operation: its spool's directory.</summary>
    public const string Operation = "SLIPWAY_OPERATION";

    /// <summary>Processes of this user that carry the variable with this value. Our own process is never among them.</summary>
    public static IReadOnlyList<int> Find(string variable, string value)
    {
        var needle = Encoding.UTF8.GetBytes($"{variable}={value}\0");
        var found = new List<int>();
        var buffer = new byte[16 * 1024];
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid != Environment.ProcessId && Carries(pid, needle, ref buffer))
            {
                found.Add(pid);
            }
        }

        return found;
    }

    /// <summary>Sends a signal to all of them; returns how many there were.</summary>
    public static int Signal(string variable, string value, int signal)
    {
        var processes = Find(variable, value);
        foreach (var pid in processes)
        {
            _ = Native.Kill(pid, signal);
        }

        return processes.Count;
    }

    /// <summary>A process that is gone, or another user's, or the kernel's, has nothing to read: all usual, and many, so no exceptions are made of them.</summary>
    private static bool Carries(int pid, byte[] needle, ref byte[] buffer)
    {
        var length = Native.ReadFile($"/proc/{pid}/environ", ref buffer);
        var environment = buffer.AsSpan(0, Math.Max(length, 0));
        for (var start = 0; environment[start..].IndexOf(needle) is var at and >= 0;)
        {
            start += at;
            if (start == 0 || environment[start - 1] == 0)
            {
                return true;
            }

            start++;
        }

        return false;
    }
}
