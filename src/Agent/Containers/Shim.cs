using System.Runtime.InteropServices;
using System.Text;
using Slipway.Agent.Connection;
using Slipway.Agent.Processes;

namespace Slipway.Agent.Containers;

/// <summary>
/// The program's third role: <c>slipway-agent shim</c>, in every container of a pod that steps may run in. It listens on a socket that the pod's containers share, and starts processes for the agent,
/// which hands it the descriptors to read from and write to: output goes straight into the agent's pipes. Usually its container's first process, it takes leave of orphans too.
/// </summary>
internal sealed class Shim
{
    public const string Verb = "shim";

    /// <summary>Short: a pod that is deleted is gone when its slowest container is.</summary>
    private static readonly TimeSpan EndGrace = TimeSpan.FromMilliseconds(1500);

    private static readonly ManualResetEvent Never = new(initialState: false);

    private readonly ShimSettings _settings;
    private readonly ChildReaper _children = new();
    private readonly Lock _lock = new();
    private readonly HashSet<ShimConnection> _connections = [];
    private volatile bool _isEnding;

    private Shim(ShimSettings settings)
    {
        _settings = settings;

        // Where another program is the container's first process, what steps leave behind comes to us all the same.
        ProcessDescent.Begin();
    }

    public ChildReaper Children => _children;

    public string? WorkDirectory => _settings.WorkDirectory;

    /// <summary>The container ends: processes that end now did not end by themselves, and have no exit code to tell.</summary>
    public bool IsEnding => _isEnding;

    public static int Run(ReadOnlySpan<string> arguments)
    {
        try
        {
            MemoryLimit.Begin();
            var settings = ShimSettings.Parse(arguments);
            if (ShimSocket.TryConnect(settings.Socket, out _) is { } running)
            {
                running.Dispose();
                return ExitCode.Done;
            }

            return settings.IsDetached ? StartDetached(settings) : Serve(settings);
        }
        catch (UsageException exception)
        {
            new AgentLog(file: null).Write(exception.Message);
            return ExitCode.WrongUsage;
        }
        catch (IOException exception)
        {
            new AgentLog(file: null).Write(exception.Message);
            return ExitCode.Failed;
        }
    }

    private static int Serve(ShimSettings settings)
    {
        var shim = new Shim(settings);
        var listener = Listen(settings.Socket);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, shim.End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, shim.End);
        shim.Children.Begin();
        if (settings.IsDetachedChild)
        {
            Detachment.Silence();
        }

        while (true)
        {
            var fd = AcceptNext(listener);
            if (fd >= 0)
            {
                shim.Begin(new ShimSocket(fd));
            }
        }
    }

    /// <summary>Appears whole under its name: nobody sees a socket that does not answer, or that only its owner may use.</summary>
    private static int Listen(string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(directory))
        {
            throw new IOException($"The shim cannot listen on '{path}': the directory '{directory}' does not exist. Is the volume mounted in this container?");
        }

        var draft = Path.Combine(directory, $".{Environment.ProcessId}-{Guid.NewGuid():N}"[..20]);
        try
        {
            var listener = NativeSockets.Listen(draft);
            const UnixFileMode Everybody = (UnixFileMode)0x1B6;
            File.SetUnixFileMode(draft, Everybody);
            File.Move(draft, path, overwrite: true);
            return listener;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The shim cannot listen on '{path}': {exception.Message}", exception);
        }
    }

    private static unsafe int AcceptNext(int listener)
    {
        var fd = NativeSockets.Accept(listener, null, null, Native.O_CLOEXEC);
        if (fd < 0 && Marshal.GetLastPInvokeError() is var error && error != Native.EINTR)
        {
            // Out of descriptors or memory: it passes, and the socket must not be given up for it.
            Pause(TimeSpan.FromMilliseconds(20));
        }

        return fd;
    }

    private void Begin(ShimSocket socket)
    {
        var connection = new ShimConnection(socket, this);
        lock (_lock)
        {
            _connections.Add(connection);
        }

        new Thread(() => Serve(connection), maxStackSize: 256 * 1024) { IsBackground = true, Name = "connection" }.Start();
    }

    private void Serve(ShimConnection connection)
    {
        try
        {
            connection.Serve();
        }
        finally
        {
            lock (_lock)
            {
                _connections.Remove(connection);
            }
        }
    }

    /// <summary>Asked to end: everything that was started here ends, and then this process, without waiting for more than a moment.</summary>
    private void End(PosixSignalContext context)
    {
        context.Cancel = true;
        if (!_isEnding)
        {
            _isEnding = true;
            new Thread(EndAll) { IsBackground = true, Name = "end" }.Start();
        }
    }

    private void EndAll()
    {
        SignalAll(Native.SIGTERM);
        for (var until = Deadline.In(EndGrace); !until.HasPassed && HasProcesses();)
        {
            Pause(TimeSpan.FromMilliseconds(5));
        }

        SignalAll(Native.SIGKILL);
        Native.Exit(ExitCode.Done);
    }

    /// <summary>On threads that have nothing else to do, and for what no event tells of.</summary>
    private static void Pause(TimeSpan span) => Never.WaitOne(span);

    /// <summary>As first process, we and the kernel mean the same by "all": the container's.</summary>
    private void SignalAll(int signal)
    {
        if (Environment.ProcessId == 1)
        {
            _ = Native.Kill(-1, signal);
            return;
        }

        lock (_lock)
        {
            foreach (var connection in _connections)
            {
                connection.Signal(signal);
            }
        }
    }

    private bool HasProcesses()
    {
        if (Environment.ProcessId == 1)
        {
            return Directory.EnumerateDirectories("/proc").Any(directory => int.TryParse(Path.GetFileName(directory), out var pid) && pid != 1);
        }

        lock (_lock)
        {
            return _connections.Any(connection => connection.HasProcess);
        }
    }

    /// <summary>The same program again, as a process of nobody's. What keeps it from listening it says on its standard error, where it also says that it listens.</summary>
    private static int StartDetached(ShimSettings settings)
    {
        var (program, arguments) = Self.Command(Verb);
        string[] workDirectory = settings.WorkDirectory is { } directory ? ["--workdir", directory] : [];
        var (read, write) = Native.CreatePipe();
        var request = new SpawnRequest(program, [.. arguments, "--socket", settings.Socket, .. workDirectory, ShimSettings.DetachedChild], Self.Environment(), "/", [-1, -1, write]);
        var pid = Spawn.TryStart(request, out var error);
        _ = Native.Close(write);
        if (pid == 0)
        {
            throw new IOException($"The shim cannot be started: {Native.Describe(error)}.");
        }

        var buffer = new byte[4096];
        var length = 0;
        while (length < buffer.Length && !buffer.AsSpan(0, length).Contains(Detachment.ReadyMark) && Native.ReadSome(read, buffer.AsSpan(length)) is var count and > 0)
        {
            length += count;
        }

        length = buffer.AsSpan(0, length).IndexOf(Detachment.ReadyMark) is var mark and >= 0 ? mark : length;
        Native.WriteAll(2, buffer.AsSpan(0, length));
        if (ShimSocket.TryConnect(settings.Socket, out error) is { } running)
        {
            running.Dispose();
            return ExitCode.Done;
        }

        return length > 0 ? ExitCode.Failed : throw new IOException($"The shim was started and does not answer on '{settings.Socket}': {Native.Describe(error)}.");
    }
}
