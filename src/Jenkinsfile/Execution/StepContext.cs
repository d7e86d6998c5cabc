using System.Collections.Immutable;
using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Model;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Execution;

/// <summary>
/// The dynamic surroundings of running code: what the blocks around it provide. Immutable; a block hands its body a changed copy (<c>context with { … }</c>).
/// It is the <see cref="HostScope.Context"/> of every call that a script makes.
/// </summary>
internal sealed record StepContext
{
    public required RunServices Run { get; init; }

    /// <summary>The line of execution: the script's own, or that of a branch.</summary>
    public required Fiber Fiber { get; init; }

    public required CancelScope Scope { get; init; }

    /// <summary>The flow node that stands around this code; null at the top.</summary>
    public int? FlowNode { get; init; }

    /// <summary>The innermost stage or branch, where a step's warning shows; null outside of all.</summary>
    public StageState? Stage { get; init; }

    /// <summary>The executor that <c>node</c> provides; null outside of one.</summary>
    public NodeAllocation? Node { get; init; }

    /// <summary>The container that scripts run in; null for that of the agent itself, and where the node is no pod.</summary>
    public ContainerPlace? Container { get; init; }

    /// <summary>The pod templates that the blocks around this code declare, outermost first.</summary>
    public ImmutableList<DeclaredPodTemplate> PodTemplates { get; init; } = [];

    /// <summary>What the pod template that is declared next has to have a container of, for its steps run there; null where it is not known before.</summary>
    public string? WantedContainer { get; init; }

    /// <summary>The innermost <c>retry</c> with conditions; null outside of all.</summary>
    public RetryScope? Retry { get; init; }

    /// <summary>The current directory on the node, absolute; empty outside of one.</summary>
    public string Directory { get; init; } = "";

    /// <summary>The workspace: what <c>node</c> or <c>ws</c> provides; <c>dir</c> does not change it.</summary>
    public WorkspacePrepared? Workspace { get; init; }

    /// <summary>What <c>withEnv</c> and the like lay over the environment, outermost first.</summary>
    public ImmutableList<IReadOnlyDictionary<string, string?>> Environment { get; init; } = [];

    /// <summary>Texts that may not appear in logs, besides those of the whole run.</summary>
    public ImmutableList<string> Masked { get; init; } = [];

    public bool Timestamps { get; init; }

    /// <summary>The context of a call; every call of a run's script has one.</summary>
    public static StepContext Of(HostScope scope) =>
        scope.Context as StepContext ?? throw new InvalidOperationException("A script called its host without a step context. This is a defect of the product.");

    /// <summary>Whether a <c>retry</c> around this code runs its block again after that failure; whoever collects failures lets it pass then.</summary>
    public bool WillRetry(GroovyException failure) => Retry?.WillRetry(failure) == true;

    /// <summary>What processes begin from, before the run adds to it; null outside of a node.</summary>
    public IReadOnlyDictionary<string, string>? OwnEnvironment => Container?.Environment ?? Node?.Environment;

    /// <summary>The node, or the failure that Jenkins' users know.</summary>
    public NodeAllocation RequireNode() => Node ?? throw Failures.MissingNode();
}

/// <summary>An executor that this run holds.</summary>
/// <param name="Id">The id of the effect that allocated it.</param>
/// <param name="Environment">The agent's own environment.</param>
/// <param name="Pod">The pod that it is; null for any other node.</param>
internal sealed record NodeAllocation(
    long Id, string Node, IReadOnlyList<string> Labels, int Executor, bool IsUnix, IReadOnlyDictionary<string, string> Environment, NodePod? Pod = null)
{
    /// <summary>The containers of the pod that steps have used so far: each is asked for once.</summary>
    public Dictionary<string, ContainerOpened> Opened { get; } = new(StringComparer.Ordinal);
}

/// <summary>A block given to a step, as code that runs in the surroundings which the step provides.</summary>
internal delegate Task<object?> StepBody(StepContext context);
