using System.Globalization;

namespace Slipway.Agent.Processes;

/// <summary>
/// The processes that descend from this one. As a container's first process, or as what orphans are given to, that is whatever it and its children ever started, however it has hidden: in a session of its own,
/// with another environment. What others start in the container (a service's own program, <c>kubectl exec</c>) is not among them.
/// </summary>
internal static class ProcessDescent
{
    private const int SetChildSubreaper = 36;

    private const int ParentField = 4;
    private const int StartTimeField = 22;

    /// <summary>What was there before any build, started by an image's own entry point; with the times of their starts, for numbers are used again.</summary>
    private static HashSet<(int Pid, ulong Start)> _earlier = [];

    /// <summary>Orphans among the descendants become children of this process, whoever is the container's first. What descends from it now is left alone for good.</summary>
    public static void Begin()
    {
        _ = Native.ProcessControl(SetChildSubreaper, 1, 0, 0, 0);
        _earlier = [.. FindAll()];
    }

    public static IReadOnlyList<int> Find() => [.. FindAll().Where(process => !_earlier.Contains(process)).Select(process => process.Pid)];

    /// <summary>Those that run now; ended ones that nobody has taken leave of are none.</summary>
    private static List<(int Pid, ulong Start)> FindAll()
    {
        var children = new Dictionary<int, List<(int Pid, ulong Start, bool HasEnded)>>();
        Span<byte> buffer = stackalloc byte[1024];
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Read(pid, buffer) is { } process)
            {
                if (!children.TryGetValue(process.Parent, out var siblings))
                {
                    children[process.Parent] = siblings = [];
                }

                siblings.Add((pid, process.Start, process.HasEnded));
            }
        }

        var found = new List<(int Pid, ulong Start)>();
        var parents = new Queue<int>([Environment.ProcessId]);
        while (parents.TryDequeue(out var parent))
        {
            foreach (var (pid, start, hasEnded) in children.GetValueOrDefault(parent) ?? [])
            {
                parents.Enqueue(pid);
                if (!hasEnded)
                {
                    found.Add((pid, start));
                }
            }
        }

        return found;
    }

    /// <summary>Signal 0 only counts.</summary>
    /// <returns>How many there were.</returns>
    public static int Signal(int signal)
    {
        var processes = Find();
        foreach (var pid in processes)
        {
            _ = Native.Kill(pid, signal);
        }

        return processes.Count;
    }

    private static (int Parent, ulong Start, bool HasEnded)? Read(int pid, Span<byte> buffer)
    {
        ReadOnlySpan<byte> stat = buffer[..Native.ReadFile($"/proc/{pid}/stat", buffer)];
        return ProcessStat.Number(stat, ParentField) is { } parent && ProcessStat.Number(stat, StartTimeField) is { } start
            ? ((int)parent, start, ProcessStat.State(stat) is (byte)'Z' or (byte)'X')
            : null;
    }
}
