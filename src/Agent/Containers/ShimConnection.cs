using Slipway.Agent.Files;
using Slipway.Agent.Operations;
using Slipway.Agent.Processes;

namespace Slipway.Agent.Containers;

/// <summary>One connection of an agent: a process from its start to its end, or a single question.</summary>
#pragma warning disable CA1001 // An event that is only ever waited for holds nothing to give back; the socket is closed at the connection's end.
internal sealed class ShimConnection(ShimSocket socket, Shim shim)
#pragma warning restore CA1001
{
    private static readonly TimeSpan OrphanGrace = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _ended = new();
    private string? _cookie;
    private int _process;

    /// <summary>Its process runs.</summary>
    public bool HasProcess => Volatile.Read(ref _process) > 0;

    public void Serve()
    {
        var descriptors = new List<int>();
        try
        {
            switch (socket.Receive(ShimJson.Default.ShimRequest, descriptors))
            {
                case null:
                    break;
                case { Version: not ShimRequest.Newest } other:
                    Answer(new ShimRefusal($"it was asked in version {other.Version} of the protocol and knows {ShimRequest.Newest}"));
                    break;
                case StartProcess start:
                    Run(start, descriptors);
                    break;
                case SignalStrays strays:
                    Answer(new RequestDone(ProcessCookies.Signal(strays.Variable, strays.Value, strays.Signal)));
                    break;
                case SignalDescendants descendants:
                    Answer(new RequestDone(ProcessDescent.Signal(descendants.Signal)));
                    break;
                case DeleteTree delete:
                    Answer(Delete(delete));
                    break;
                case DescribeContainer:
                    Answer(new ContainerDescription(OperationEnvironment.Inherited(), (int)Native.UserId(), Environment.CurrentDirectory, shim.WorkDirectory, AgentVersion.Text));
                    break;
                case var other:
                    Answer(new ShimRefusal($"a connection cannot begin with '{other.GetType().Name}'"));
                    break;
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            Answer(new ShimRefusal(exception.Message));
        }
        finally
        {
            Close(descriptors);
            socket.Dispose();
        }
    }

    /// <summary>To the process group and to whatever carries the operation's cookie. The group only while its leader is there: its number may be another's afterwards.</summary>
    public void Signal(int signal)
    {
        lock (_lock)
        {
            if (_process > 0)
            {
                _ = Native.Kill(-_process, signal);
            }
        }

        if (_cookie is { } cookie)
        {
            ProcessCookies.Signal(ProcessCookies.Operation, cookie, signal);
        }
    }

    private void Run(StartProcess start, List<int> descriptors)
    {
        if (!TryStart(start, descriptors))
        {
            return;
        }

        // From here on the agent's copies are the only ones outside of the process: it sees the end of a pipe when the process closes it.
        Close(descriptors);
        while (socket.Receive(ShimJson.Default.ShimRequest, descriptors) is { } request)
        {
            if (request is SignalProcess signal)
            {
                Signal(signal.Signal);
            }
        }

        EndOrphan();
    }

    private bool TryStart(StartProcess start, List<int> descriptors)
    {
        var directory = ShimSettings.Translate(start.Directory, start.AgentWorkDirectory, shim.WorkDirectory);
        if (!Directory.Exists(directory))
        {
            Answer(new ProcessNotStarted(Native.ENOENT, directory));
            return false;
        }

        var environment = OperationEnvironment.Over(start.Environment);
        if (Spawn.FindProgram(start.Program, environment) is not { } program)
        {
            Answer(new ProcessNotStarted(Native.ENOENT, MissingDirectory: null));
            return false;
        }

        var arguments = start.Arguments.Select(argument => ShimSettings.Translate(argument, start.AgentWorkDirectory, shim.WorkDirectory)).ToArray();
        var targets = start.Descriptors.Select(index => index < 0 ? -1 : index < descriptors.Count ? descriptors[index] : throw new InvalidDataException($"Descriptor {index} is wanted, and {descriptors.Count} came.")).ToArray();
        lock (_lock)
        {
            // Within the lock: "started" is said before "ended", however short the process is.
            var pid = shim.Children.Start(new SpawnRequest(program, arguments, environment, directory, targets), Ended, out var error);
            if (pid == 0)
            {
                Answer(new ProcessNotStarted(error, MissingDirectory: null));
                return false;
            }

            _cookie = environment.GetValueOrDefault(ProcessCookies.Operation);
            _process = pid;
            Answer(new ProcessStarted(pid));
            return true;
        }
    }

    private void Ended(int code)
    {
        lock (_lock)
        {
            _process = 0;
            if (!shim.IsEnding)
            {
                Answer(new ProcessEnded(code, code != 0 && MemoryLimit.WasReached()));
            }
        }

        _ended.Set();
    }

    /// <summary>The agent closed the connection. If it did so before the end, it is gone, and nobody waits for this process any more.</summary>
    private void EndOrphan()
    {
        if (_ended.IsSet)
        {
            return;
        }

        Signal(Native.SIGTERM);
        if (!_ended.Wait(OrphanGrace))
        {
            Signal(Native.SIGKILL);
        }
    }

    private ShimAnswer Delete(DeleteTree delete)
    {
        var path = ShimSettings.Translate(delete.Path, delete.AgentWorkDirectory, shim.WorkDirectory);
        try
        {
            FileTree.Delete(path, CancellationToken.None);
            return new RequestDone(0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ShimRefusal(exception.Message);
        }
    }

    private void Answer(ShimAnswer answer) => socket.Send(answer, ShimJson.Default.ShimAnswer);

    private static void Close(List<int> descriptors)
    {
        foreach (var fd in descriptors)
        {
            _ = Native.Close(fd);
        }

        descriptors.Clear();
    }
}
