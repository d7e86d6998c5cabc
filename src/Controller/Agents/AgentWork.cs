using Slipway.Model.Operations;

namespace Slipway.Controller.Agents;

/// <summary>An operation for one node's agent.</summary>
/// <param name="NodeName">The node that does it.</param>
/// <param name="OperationId">
/// Names the operation for ever, over restarts of both sides: asking again with the same id picks it up where it stands. At most 64 of <c>A-Z a-z 0-9 . _ -</c>, for it becomes a directory's name.
/// </param>
/// <param name="Allocation">
/// What the operation belongs to, in the same alphabet: the use of an executor by one <c>node</c> block. Processes left behind, leased workspaces and unacknowledged operations end with it; see <see cref="IAgentHub.ReleaseAsync"/>.
/// </param>
/// <param name="Output">Where its log goes.</param>
public sealed record AgentWork(string NodeName, string OperationId, string Allocation, AgentOperation Operation, IAgentOutputSink Output)
{
    /// <summary>
    /// When signalled, the hub no longer waits for the operation nor writes to <see cref="Output"/>, and <see cref="IAgentHub.RunAsync"/> ends with <see cref="OperationCanceledException"/>;
    /// the agent is told nothing and carries on. Asking again with the same id, and another sink, picks the operation up.
    /// </summary>
    public CancellationToken LetGo { get; init; }
}

/// <summary>
/// Takes the output of operations. Offsets count the bytes of one operation's output, after masking, from zero. Calls for one operation come one at a time and in order; operations are independent of one another.
/// </summary>
public interface IAgentOutputSink
{
    /// <summary>How much of the operation's output is durable already: where an agent is asked to go on.</summary>
    ValueTask<long> GetConfirmedOffsetAsync(string operationId, CancellationToken cancellation);

    /// <summary>
    /// Appends bytes that begin at <paramref name="offset"/>, which is never beyond what was appended before. Bytes below what is held already are skipped by the sink.
    /// Returns the offset up to which output is durable now; it may lag behind (group commit), and the agent keeps what is above it. <paramref name="bytes"/> is only valid until the task completes.
    /// An exception makes the operation's agent send the bytes again after a new connection, so a sink that cannot write holds the operation back and loses nothing.
    /// </summary>
    ValueTask<long> AppendAsync(string operationId, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Makes everything appended durable, and returns the offset. Called before the operation's result is handed out.</summary>
    ValueTask<long> FlushAsync(string operationId, CancellationToken cancellation);
}

/// <summary>What the controller does with files that operations send and fetch. One call serves one transfer; a transfer that broke is begun again from its start.</summary>
public interface IAgentTransferHandler
{
    /// <summary>
    /// Reads a gzip-compressed tar archive of an <see cref="UploadFiles"/> operation to its end. Nothing may count until the stream has ended without an exception: what was there under the same name is replaced whole.
    /// </summary>
    /// <exception cref="AgentTransferException">Refused; the message becomes the operation's failure.</exception>
    /// <exception cref="AgentTransferDelayedException">Not now; the agent tries again.</exception>
    Task ReceiveAsync(AgentTransfer transfer, UploadFiles upload, Stream archive, CancellationToken cancellation);

    /// <summary>Writes the gzip-compressed tar archive that a <see cref="DownloadFiles"/> operation asks for.</summary>
    /// <exception cref="AgentTransferException">Refused; the message becomes the operation's failure. Must be thrown before the first byte is written.</exception>
    /// <exception cref="AgentTransferDelayedException">Not now; the agent tries again.</exception>
    Task SendAsync(AgentTransfer transfer, DownloadFiles download, Stream archive, CancellationToken cancellation);
}

/// <summary>Whose transfer it is. The hub has checked that the agent was given this operation.</summary>
public sealed record AgentTransfer(string NodeName, string OperationId, string Allocation);

/// <summary>A transfer cannot be done now, for a reason that may pass: a full disk, a volume that is away. The agent tries again for a while; the message becomes the operation's failure if that does not help.</summary>
public sealed class AgentTransferDelayedException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>A transfer is not possible for a reason that the pipeline's author should read, such as a stash that does not exist.</summary>
public sealed class AgentTransferException(string message, bool isInfrastructure = false, Exception? cause = null) : Exception(message, cause)
{
    public bool IsInfrastructure { get; } = isInfrastructure;
}
