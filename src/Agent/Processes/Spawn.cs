using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Agent.Processes;

/// <summary>A program to start.</summary>
/// <param name="Descriptors">Which of our descriptors the child sees as its 0, 1, 2, 3 …; -1 is <c>/dev/null</c>. All others are closed.</param>
internal sealed record SpawnRequest(
    string Path,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string Directory,
    IReadOnlyList<int> Descriptors);

/// <summary>
/// Starts programs by <c>posix_spawn</c>: each in a session, and so a process group, of its own, with no signal ignored or blocked. (.NET's Process can do neither, and the runtime ignores SIGPIPE, which a child would inherit.)
/// </summary>
internal static unsafe class Spawn
{
    // The structures are opaque; glibc's are 80, 336 and 128 bytes, musl's no larger than 512.
    private const int OpaqueSize = 1024;

    /// <summary>Returns the process id, or 0 with the system's error number.</summary>
    public static int TryStart(SpawnRequest request, out int error)
    {
        using var memory = new Utf8Memory();
        var actions = stackalloc byte[OpaqueSize];
        var attributes = stackalloc byte[OpaqueSize];
        var signals = stackalloc byte[OpaqueSize];
        Require(Native.FileActionsInit(actions));
        Require(Native.AttributesInit(attributes));
        try
        {
            Require(Native.SignalsFill(signals));
            Require(Native.AttributesSetSignalDefaults(attributes, signals));
            Require(Native.SignalsEmpty(signals));
            Require(Native.AttributesSetSignalMask(attributes, signals));
            Require(Native.AttributesSetFlags(attributes, (short)(Native.SpawnSetSession | Native.SpawnSetSignalDefaults | Native.SpawnSetSignalMask)));
            AddDescriptors(actions, request.Descriptors, memory);
            Require(Native.FileActionsAddChdir(actions, memory.Text(request.Directory)));

            var argv = memory.Texts([request.Path, .. request.Arguments]);
            var envp = memory.Texts(request.Environment.Select(variable => $"{variable.Key}={variable.Value}"));
            int pid;
            error = Native.PosixSpawn(&pid, memory.Text(request.Path), actions, attributes, argv, envp);
            return error == 0 ? pid : 0;
        }
        finally
        {
            _ = Native.FileActionsDestroy(actions);
            _ = Native.AttributesDestroy(attributes);
        }
    }

    private static void AddDescriptors(void* actions, IReadOnlyList<int> descriptors, Utf8Memory memory)
    {
        // Sources are first moved out of the way, for a target may be the source of another. dup2 also clears close-on-exec, which is what lets the child keep them.
        var aside = Math.Max(descriptors.Max(), descriptors.Count) + 1;
        for (var target = 0; target < descriptors.Count; target++)
        {
            if (descriptors[target] >= 0)
            {
                Require(Native.FileActionsAddDup2(actions, descriptors[target], aside + target));
            }
        }

        for (var target = 0; target < descriptors.Count; target++)
        {
            if (descriptors[target] >= 0)
            {
                Require(Native.FileActionsAddDup2(actions, aside + target, target));
                Require(Native.FileActionsAddClose(actions, aside + target));
            }
            else
            {
                const int ReadWrite = 2;
                Require(Native.FileActionsAddOpen(actions, target, memory.Text("/dev/null"), ReadWrite, 0));
            }
        }
    }

    /// <summary>Preparing a start fails for want of memory only.</summary>
    private static void Require(int error)
    {
        if (error != 0)
        {
            throw new IOException($"A process cannot be prepared: {Native.Describe(error)}");
        }
    }

    /// <summary>Finds a program as a shell would: a name without a slash is looked up in <c>PATH</c>.</summary>
    public static string? FindProgram(string name, IReadOnlyDictionary<string, string> environment)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            // A relative one counts from the process's directory, which the system knows when it starts it.
            return !System.IO.Path.IsPathRooted(name) || File.Exists(name) ? name : null;
        }

        var path = environment.TryGetValue("PATH", out var value) ? value : "/usr/local/bin:/usr/bin:/bin";
        foreach (var directory in path.Split(':'))
        {
            var candidate = System.IO.Path.Combine(directory.Length == 0 ? "." : directory, name);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Unmanaged texts that live as long as one call.</summary>
    private sealed class Utf8Memory : IDisposable
    {
        private readonly List<nint> _blocks = [];

        public byte* Text(string text)
        {
            var length = Encoding.UTF8.GetByteCount(text);
            var block = (byte*)NativeMemory.Alloc((nuint)length + 1);
            _blocks.Add((nint)block);
            Encoding.UTF8.GetBytes(text, new Span<byte>(block, length));
            block[length] = 0;
            return block;
        }

        public byte** Texts(IEnumerable<string> texts)
        {
            var all = texts.ToArray();
            var block = (byte**)NativeMemory.Alloc((nuint)((all.Length + 1) * sizeof(byte*)));
            _blocks.Add((nint)block);
            for (var index = 0; index < all.Length; index++)
            {
                block[index] = Text(all[index]);
            }

            block[all.Length] = null;
            return block;
        }

        public void Dispose()
        {
            foreach (var block in _blocks)
            {
                NativeMemory.Free((void*)block);
            }
        }
    }
}
