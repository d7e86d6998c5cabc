using Slipway.Agent.Operations;
using Slipway.Agent.Processes;

namespace Slipway.Agent.Containers;

/// <summary>Processes of another container of the agent's pod, started by its shim.</summary>
/// <param name="overlay">The operation's variables, put over the container's own; what a request says of its environment is this container's.</param>
internal sealed class ContainerProcesses(Pod pod, string container, IReadOnlyDictionary<string, string?> overlay, CancellationToken cancellation) : IProcessPlace
{
    /// <summary>A step comes after its container was opened: a shim that is not there now will hardly come.</summary>
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);

    /// <summary>The container's user may be another than the agent's: <c>echo x &gt; /dev/stderr</c> opens the pipe anew, and asks for the right to.</summary>
    private const uint WritableByAll = 0x192;

    public IRunningProcess? TryStart(SpawnRequest request, out int error)
    {
        var socket = pod.Connect(container, ConnectPatience, cancellation);
        try
        {
            var answer = Ask(socket, request);
            if (answer is ProcessStarted)
            {
                error = 0;
                return new ContainerProcess(socket, container);
            }

            socket.Dispose();
            error = answer switch
            {
                ProcessNotStarted { MissingDirectory: { } missing } => throw new OperationFault(
                    $"The directory '{missing}' does not exist in container '{container}'. Steps in a container share the workspace's volume with the agent, and nothing else: use a directory below the workspace, or mount a volume in both."),
                ProcessNotStarted failed => failed.Error,
                ShimRefusal refusal => throw new OperationFault($"The shim in container '{container}' refuses to start a process: {refusal.Message}.", isInfrastructure: true),
                null => throw Pod.Terminated(container, "its shim closed the connection before the process was started"),
                _ => throw new OperationFault($"The shim in container '{container}' gives an answer that does not fit: {answer.GetType().Name}.", isInfrastructure: true),
            };
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private ShimAnswer? Ask(ShimSocket socket, SpawnRequest request)
    {
        var descriptors = request.Descriptors.Where(fd => fd >= 0).Distinct().ToList();
        foreach (var fd in descriptors)
        {
            _ = Native.ChangeMode(fd, WritableByAll);
        }

        var start = new StartProcess(request.Path, request.Arguments, overlay, request.Directory, pod.WorkDirectory, [.. request.Descriptors.Select(fd => descriptors.IndexOf(fd))]);
        return socket.Send(start, ShimJson.Default.ShimRequest, [.. descriptors]) ? socket.Receive(ShimJson.Default.ShimAnswer, []) : null;
    }

    private sealed class ContainerProcess(ShimSocket socket, string container) : IRunningProcess
    {
        public int EndDescriptor => socket.Descriptor;

        public ProcessEnd ReadEnd() => socket.Receive(ShimJson.Default.ShimAnswer, []) is ProcessEnded ended ? new ProcessEnd(ended.Code, ended.HitMemoryLimit) : throw Pod.Terminated(container, "its shim is gone");

        public void Signal(int signal) => socket.Send(new SignalProcess(signal), ShimJson.Default.ShimRequest);

        public void Dispose() => socket.Dispose();
    }
}
