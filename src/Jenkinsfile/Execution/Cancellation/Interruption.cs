using Slipway.Model;

namespace Slipway.Jenkinsfile.Execution.Cancellation;

/// <summary>Why running steps are stopped, and what becomes of the run if nobody catches it. The payload of a <c>FlowInterruptedException</c>.</summary>
internal sealed class Interruption(RunResult result, params IReadOnlyList<InterruptionCause> causes)
{
    public RunResult Result { get; } = result;

    public IReadOnlyList<InterruptionCause> Causes { get; } = causes;

    /// <summary>
    /// False once the step that caused it has been left: to what stands around a <c>timeout</c>, its expiry is a failure like any other, which <c>retry</c> may retry.
    /// </summary>
    public bool IsActual { get; set; } = true;

    /// <summary>The pod that was lost, where that is what interrupted; null for all else.</summary>
    public NodeLoss? Loss { get; init; }

    /// <summary>Nothing may start any more: the second request to stop.</summary>
    public bool IsForced { get; init; }
}

/// <param name="Description">What the log says at the end, such as <c>Aborted by admin</c>.</param>
internal sealed record InterruptionCause(string Class, string Description, string? User = null);
