using System.Diagnostics;
using Slipway.Agent.Operations;
using Slipway.Agent.Processes;
using Slipway.Model.Operations;

namespace Slipway.Agent.Containers;

/// <summary>The pod that the agent runs in, as far as it reaches: its other containers, by the sockets of their shims.</summary>
/// <param name="OwnContainer">The agent's own.</param>
/// <param name="WorkDirectory">Where the workspace's volume is in the agent's container.</param>
internal sealed record Pod(string OwnContainer, string SocketDirectory, string WorkDirectory)
{
    public const string UsualSocketDirectory = "/run/slipway";

    private const int LongestName = 63;

    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan LongPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Eager = TimeSpan.FromSeconds(3);

    /// <summary>Waits until the container's shim answers, for as long as it takes: whether it ever will is for whoever watches the pod to say.</summary>
    /// <exception cref="OperationFault">There can be no such container.</exception>
    /// <exception cref="OperationCanceledException">It is waited for no longer.</exception>
    public static ContainerOpened Open(Pod? pod, string container, string node, CancellationToken cancellation)
    {
        if (pod is null)
        {
            throw NoPod(container, node);
        }

        if (pod.Other(container) is null)
        {
            return new ContainerOpened(OperationEnvironment.Inherited());
        }

        while (true)
        {
            using var socket = pod.Connect(container, patience: null, cancellation);
            if (socket.Ask(new DescribeContainer(), AnswerPatience) is ContainerDescription description)
            {
                return new ContainerOpened(description.Environment);
            }

            cancellation.WaitHandle.WaitOne(LongPause);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    public static OperationFault NoPod(string container, string node) => new(
        $"Agent '{node}' is not a Kubernetes agent: it runs in no pod, so there is no container '{container}' to run in. Give the pipeline an agent of a Kubernetes cloud (agent {{ kubernetes {{ … }} }}), or take the steps out of the container block.");

    /// <summary>The name of another container of the pod; null for the agent's own.</summary>
    /// <exception cref="OperationFault">It is no container's name.</exception>
    public string? Other(string container) =>
        container == OwnContainer ? null
        : IsName(container) ? container
        : throw new OperationFault($"'{container}' cannot be the name of a container: that takes lower-case letters, digits and '-', at most {LongestName}.");

    public string SocketOf(string container) => Path.Combine(SocketDirectory, container + ".sock");

    /// <summary>A connection to a container's shim, waited for.</summary>
    /// <param name="patience">Null waits for ever.</param>
    /// <exception cref="OperationFault">Nobody listens there in time, or the system refuses.</exception>
    public ShimSocket Connect(string container, TimeSpan? patience, CancellationToken cancellation)
    {
        var path = SocketOf(container);
        for (var begin = Stopwatch.GetTimestamp(); ;)
        {
            if (ShimSocket.TryConnect(path, out var error) is { } socket)
            {
                return socket;
            }

            var waited = Stopwatch.GetElapsedTime(begin);
            if (error is not (Native.ENOENT or Native.ECONNREFUSED or Native.EAGAIN))
            {
                throw new OperationFault($"Container '{container}' cannot be reached: {Native.Describe(error)} ({path}). Is the volume mounted in the agent's container?", isInfrastructure: true);
            }

            if (patience is { } limit && waited > limit)
            {
                throw Terminated(container, $"nobody answers on its socket {path}: {Native.Describe(error)}");
            }

            cancellation.WaitHandle.WaitOne(waited < Eager ? ShortPause : LongPause);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    public static OperationFault Terminated(string container, string how) => new(
        $"Container {container} was terminated while the step ran in it ({how}). What its processes came to cannot be known. The pod's events and the container's state say why: out of memory, evicted, or ended by itself.", isInfrastructure: true);

    /// <summary>Signals all processes of the other containers that carry the variable; returns how many there were. Containers that do not answer have none.</summary>
    public int Signal(string variable, string value, int signal)
    {
        var count = 0;
        foreach (var container in Reachable())
        {
            using var socket = container;
            count += socket.Ask(new SignalStrays(variable, value, signal), AnswerPatience) is RequestDone done ? done.Count : 0;
        }

        return count;
    }

    /// <summary>Signals whatever was started through the shims of the other containers; returns how many there were.</summary>
    public int SignalDescendants(int signal)
    {
        var count = 0;
        foreach (var container in Reachable())
        {
            using var socket = container;
            count += socket.Ask(new SignalDescendants(signal), AnswerPatience) is RequestDone done ? done.Count : 0;
        }

        return count;
    }

    /// <summary>Lets the users of the other containers delete what the agent's may not. Whether that was enough shows by trying again.</summary>
    public void Delete(string directory)
    {
        foreach (var container in Reachable())
        {
            using var socket = container;
            _ = socket.Ask(new DeleteTree(directory, WorkDirectory), patience: null);
        }
    }

    private IEnumerable<ShimSocket> Reachable()
    {
        if (!Directory.Exists(SocketDirectory))
        {
            yield break;
        }

        foreach (var path in Directory.EnumerateFiles(SocketDirectory, "*.sock"))
        {
            if (ShimSocket.TryConnect(path, out _) is { } socket)
            {
                yield return socket;
            }
        }
    }

    private static bool IsName(string name) => name.Length is > 0 and <= LongestName && name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-');
}
