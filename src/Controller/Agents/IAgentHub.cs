using Slipway.Model.Operations;

namespace Slipway.Controller.Agents;

/// <summary>
/// The agents that are, or were, connected, and the operations that they carry out. An operation belongs to its agent, not to a connection: while the agent is away the
/// operation stays pending, and goes on where the agent's and the controller's records meet when it is back. Safe to call from any thread.
/// </summary>
public interface IAgentHub
{
    /// <summary>
    /// Starts an operation on its node's agent or, where the agent has it already, picks it up; waits for the agent to connect first if need be. Completes when the operation
    /// has ended and its whole output is durable in the sink. The agent keeps the result until <see cref="Acknowledge"/>, and gives it again to a controller that asks again:
    /// a crash between the two loses nothing.
    /// </summary>
    /// <param name="cancellation">
    /// Asks the agent to end the operation: SIGTERM to its processes, SIGKILL after the grace time. The task then completes with <see cref="OperationCancelled"/>, or with the
    /// result that came first, within a bounded time even when the agent is gone.
    /// </param>
    /// <returns>The result; <see cref="OperationFailed"/> with <c>IsInfrastructure</c> when the node is declared lost.</returns>
    /// <exception cref="ObjectDisposedException">The controller is stopping; the operation goes on at the agent.</exception>
    Task<OperationResult> RunAsync(AgentWork work, CancellationToken cancellation);

    /// <summary>The result is durable: the agent may delete the operation's output and result. Harmless when repeated or when the agent is away (<see cref="ReleaseAsync"/> sees to the rest).</summary>
    void Acknowledge(string nodeName, string operationId);

    /// <summary>
    /// Ends an allocation on a permanent node: kills the processes that it left behind, gives its workspace free, forgets its operations. For an on-demand node, stopping the node does the same.
    /// Completes when the agent has done it; when the agent is away, at once, and it is made up for when it connects again.
    /// </summary>
    /// <param name="deletesWorkspaces">The node goes on to somebody else: nothing of the allocation's workspaces may stay.</param>
    Task ReleaseAsync(string nodeName, string allocation, CancellationToken cancellation, bool deletesWorkspaces = false);

    /// <summary>Gives a node up: its pending operations, and those asked for later, fail with this reason. A connection of it is closed and new ones are refused.</summary>
    /// <param name="isInfrastructure">False where the pipeline itself is to blame: its pod had a deadline, or too little memory.</param>
    void MarkLost(string nodeName, string reason, bool isInfrastructure = true);

    /// <summary>Forgets a node that was stopped or removed. Operations that are still pending fail as after <see cref="MarkLost"/>.</summary>
    void Remove(string nodeName);

    /// <summary>Completes when the node's agent is connected (at once when it is). Throws <see cref="AgentLostException"/> when the node is declared lost before.</summary>
    Task<AgentInfo> WaitConnectedAsync(string nodeName, CancellationToken cancellation);

    /// <summary>Every node that the hub has seen or waits for, as of now.</summary>
    IReadOnlyList<AgentState> Agents { get; }

    /// <summary>One node of <see cref="Agents"/>; null where the hub knows none of that name.</summary>
    AgentState? Find(string nodeName) => Agents.FirstOrDefault(a => a.NodeName == nodeName);

    /// <summary>Raised after an agent has connected or disconnected or was given up, one call at a time for each node. Handlers must be quick and must not throw.</summary>
    event Action<AgentState>? Changed;
}

/// <summary>What an agent said of itself.</summary>
/// <param name="HeldAllocations">What it still holds from earlier; those that no run wants any more should be released.</param>
public sealed record AgentInfo(string NodeName, string Version, string OperatingSystem, string Architecture, string HostName, int ProcessId, string WorkDirectory, IReadOnlyList<string> HeldAllocations)
{
    /// <summary>When its program was started, by its own word; null where it did not say.</summary>
    public DateTimeOffset? ProgramStarted { get; init; }
}

/// <param name="Info">From its last connection; null when there was none.</param>
/// <param name="Since">When it got into this state.</param>
/// <param name="Operations">Operations that are pending on it.</param>
/// <param name="Reason">Why it is away or lost.</param>
public sealed record AgentState(string NodeName, AgentConnectionState Connection, DateTimeOffset Since, AgentInfo? Info, int Operations, string? Reason)
{
    /// <summary>Of a lost one: false where the pipeline itself is to blame for it.</summary>
    public bool IsInfrastructure { get; init; } = true;
}

public enum AgentConnectionState
{
    /// <summary>It is expected, and has not connected yet.</summary>
    Awaited,
    Connected,

    /// <summary>It was connected; its operations go on without us.</summary>
    Disconnected,

    /// <summary>Given up.</summary>
    Lost,
}

/// <summary>A node was declared lost; the message says which and why.</summary>
public sealed class AgentLostException(string nodeName, string reason) : Exception(Describe(nodeName, reason))
{
    internal static string Describe(string nodeName, string reason) => $"The agent '{nodeName}' is lost: {reason}";

    public string NodeName { get; } = nodeName;

    public string Reason { get; } = reason;
}

public sealed record AgentHubOptions
{
    /// <summary>Between pings of a quiet connection.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A connection whose ping goes unanswered for so long is given up.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Between SIGTERM and SIGKILL.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What a cancelled operation gets beyond the grace time before it is called cancelled without the agent's word.</summary>
    public TimeSpan CancelMargin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of one operation's output that may be under way without being confirmed.</summary>
    public int OutputWindow { get; init; } = 1024 * 1024;

    /// <summary>The same for an operation whose output comes fast, for as long as it does.</summary>
    public int WideOutputWindow { get; init; } = 8 * 1024 * 1024;

    /// <summary>How many operations may have a wide window at a time.</summary>
    public int WideOutputWindows { get; init; } = 8;
}
