using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>A node did not come up; the message is for the build's log.</summary>
internal sealed class NodeStartException(string message, bool mayRetry, NodeFailure? failure = null) : Exception(message)
{
    public bool MayRetry { get; } = mayRetry;

    /// <summary>What the cloud said; null where it said nothing.</summary>
    public NodeFailure? Failure { get; } = failure;

    /// <summary>The request as it stands can be met by nobody: it leaves the queue, as Jenkins cancels such an item.</summary>
    public bool CancelsRequest => Failure?.Reason is NodeFailureReason.ImagePull or NodeFailureReason.ContainerConfig or NodeFailureReason.InvalidTemplate or NodeFailureReason.Refused or NodeFailureReason.Unschedulable;
}
