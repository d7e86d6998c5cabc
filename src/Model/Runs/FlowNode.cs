namespace Slipway.Model;

/// <summary>What a node of a run's graph stands for.</summary>
public enum FlowNodeKind
{
    /// <summary>A stage; may hold others.</summary>
    Stage,

    /// <summary>One branch of <c>parallel</c>.</summary>
    Branch,

    /// <summary>A step without a body, or the step that holds one (<c>node</c>, <c>dir</c>, <c>retry</c>).</summary>
    Step,
}

/// <summary>How a node of the graph ended.</summary>
public enum FlowNodeStatus
{
    Success,
    Unstable,
    Failure,
    Aborted,

    /// <summary>Not run: its condition did not hold, or an earlier stage failed (see the reason).</summary>
    Skipped,
}
