using Slipway.Model;
using Slipway.Model.Operations;

namespace Slipway.Feeds;

/// <summary>What an item of the job tree is.</summary>
public enum JobKind
{
    Folder,
    Pipeline,
}

/// <summary>A row of a folder's listing.</summary>
/// <param name="LastRun">The newest run, running or not; null where there is none.</param>
public sealed record JobView(
    JobId Id,
    JobPath Path,
    JobKind Kind,
    string? DisplayName,
    string? Description,
    bool IsEnabled,
    bool IsQueued,
    int NextNumber,
    RunView? LastRun,
    RunView? LastCompleted,
    RunView? LastSuccessful,
    RunView? LastFailed);

/// <summary>A job with what its page shows beyond the row.</summary>
/// <param name="Source">Where the script is: <c>inline</c>, or repository, ref and path in words.</param>
public sealed record JobDetailView(
    JobView Job,
    IReadOnlyList<ParameterDefinition> Parameters,
    string Source,
    bool AllowsConcurrentRuns,
    IReadOnlyList<QueueItemView> Queued);

/// <summary>A row of a list of runs.</summary>
/// <param name="Result">Null while it runs, unless the program has set one already.</param>
/// <param name="EstimatedDuration">From the runs before; null where nothing is known.</param>
/// <param name="Waiting">Why it does not go on right now (waits for a node, a lock); null when it works.</param>
public sealed record RunView(
    RunId Id,
    JobId Job,
    JobPath JobPath,
    int Number,
    RunState State,
    RunResult? Result,
    string DisplayName,
    string? Description,
    DateTimeOffset Queued,
    DateTimeOffset Started,
    DateTimeOffset? Ended,
    TimeSpan? EstimatedDuration,
    bool IsKeptForever,
    string? Waiting,
    TestSummary? Tests)
{
    public bool IsRunning => State == RunState.Running;
}

/// <summary>A run with what its page shows beyond the row.</summary>
/// <param name="Nodes">The graph, in order of start: a tree by <see cref="FlowNodeView.Parent"/>.</param>
/// <param name="Error">Why it failed, in words, with the place in the script where there is one.</param>
/// <param name="ErrorIsInfrastructure">The failure is of the agent, the disk or the like, not of the build.</param>
public sealed record RunDetailView(
    RunView Run,
    IReadOnlyList<RunCause> Causes,
    IReadOnlyList<ParameterValue> Parameters,
    IReadOnlyList<FlowNodeView> Nodes,
    IReadOnlyList<ArtifactView> Artifacts,
    string? Error,
    bool ErrorIsInfrastructure,
    long LogSize,
    QueueItemId? QueueItem,
    ScmView? Scm,
    IReadOnlyList<string> BuiltOn)
{
    /// <summary>What its checkouts brought, in their order; those that brought nothing are left out.</summary>
    public IReadOnlyList<ChangeSetView> Changes { get; init; } = [];
}

/// <summary>A run in a list of runs: why it was started, from which commit, and its stages.</summary>
/// <param name="Stages">The outermost stages and branches, in order of start.</param>
public sealed record RunSummaryView(RunId Run, IReadOnlyList<RunCause> Causes, ScmView? Scm, IReadOnlyList<FlowNodeView> Stages)
{
    public static RunSummaryView Of(RunDetailView detail)
    {
        var nodes = detail.Nodes.ToDictionary(n => n.Id);
        return new RunSummaryView(detail.Run.Id, detail.Causes, detail.Scm, [.. detail.Nodes.Where(IsOutermost)]);

        bool IsOutermost(FlowNodeView node)
        {
            if (node.Kind == FlowNodeKind.Step)
            {
                return false;
            }

            for (var parent = node.Parent; parent is { } id && nodes.TryGetValue(id, out var above); parent = above.Parent)
            {
                if (above.Kind != FlowNodeKind.Step)
                {
                    return false;
                }
            }

            return true;
        }
    }
}

/// <summary>What one checkout of a run brought since the run before.</summary>
/// <param name="Commit">What was checked out.</param>
/// <param name="Changes">Newest first.</param>
public sealed record ChangeSetView(string Url, string Branch, string Commit, IReadOnlyList<ChangeEntry> Changes);

public sealed record ScmView(string Url, string Commit, string Branch);

/// <param name="Reason">Why it was skipped, failed or is unstable, in words.</param>
/// <param name="Waiting">Why it does not go on right now, such as the queue's reason for a <c>node</c> step.</param>
/// <param name="LogSize">Bytes of log that this step itself wrote (not its children).</param>
public sealed record FlowNodeView(
    int Id,
    int? Parent,
    FlowNodeKind Kind,
    string Function,
    string? Name,
    string? Detail,
    DateTimeOffset Started,
    DateTimeOffset? Ended,
    FlowNodeStatus? Status,
    string? Reason,
    string? Waiting,
    long LogSize);

/// <summary>How a node came to a run (DESIGN D7).</summary>
/// <param name="FlowNode">The step that asked for it.</param>
/// <param name="Node">Null: none came; <c>given-up</c> is the last moment then.</param>
/// <param name="Cloud">Null for a node of this machine, and a permanent one.</param>
/// <param name="IsNew">It was made for this run; else it was there already.</param>
/// <param name="Moments">In order: <c>requested</c>, then what happened, as far as it has: <c>matched</c>, <c>planned</c>, <c>created</c>, <c>scheduled</c>, <c>pulled</c>, <c>started</c>, <c>connected</c>, <c>ready</c>,
/// <c>step</c> (the first one was handed to it) and <c>log</c> (its first output arrived).</param>
public sealed record NodeStartView(int FlowNode, string? Node, string? Cloud, string? Label, bool IsNew, IReadOnlyList<NodeStartMoment> Moments);

public sealed record NodeStartMoment(string Link, DateTimeOffset Time);

public sealed record ArtifactView(string Path, long Size);

public sealed record TestSuiteView(string Name, TimeSpan Duration, IReadOnlyList<TestCaseView> Cases);

public sealed record TestCaseView(string ClassName, string Name, TestStatus Status, TimeSpan Duration, string? Message, string? Stack, string? Output);

/// <summary>One point of a job's trend.</summary>
public sealed record TrendPoint(int Number, RunResult? Result, TimeSpan Duration, TestSummary? Tests);

/// <summary>Who waits in the queue, and for what.</summary>
public enum QueueItemKind
{
    /// <summary>A run that was asked for and has not begun.</summary>
    Run,

    /// <summary>A <c>node</c> block of a running run that needs an executor.</summary>
    Node,
}

/// <param name="Why">The reason in words: what it waits for and why that is not there yet.</param>
/// <param name="Run">The run that it became, or that it belongs to.</param>
/// <param name="Stuck">It waits for something that nobody offers.</param>
public sealed record QueueItemView(
    QueueItemId Id,
    QueueItemKind Kind,
    JobPath Job,
    string? Label,
    string Why,
    bool Stuck,
    bool Cancelled,
    DateTimeOffset Since,
    DateTimeOffset? Left,
    IReadOnlyList<ParameterValue> Parameters,
    IReadOnlyList<RunCause> Causes,
    RunId? Run,
    int? RunNumber);

public enum NodeKind
{
    /// <summary>An inbound agent that someone starts.</summary>
    Permanent,

    /// <summary>Made by a cloud for one purpose and removed after it.</summary>
    OnDemand,
}

public sealed record NodeView(
    string Name,
    NodeKind Kind,
    string? Cloud,
    IReadOnlyList<string> Labels,
    int Executors,
    bool IsExclusive,
    bool IsOnline,
    bool IsTakenOffline,
    string? OfflineReason,
    DateTimeOffset? ConnectedSince,
    IReadOnlyList<ExecutorView> Busy);

public sealed record ExecutorView(int Number, RunId Run, JobPath Job, int RunNumber, DateTimeOffset Since);

/// <param name="IsDeclarative">It begins a <c>pipeline</c> block; false also where it is too broken to tell.</param>
/// <param name="Faults">In the order of the text; empty where the script may be run.</param>
public sealed record ScriptCheck(bool IsDeclarative, IReadOnlyList<ScriptFault> Faults);

/// <param name="Line">Counts from one, as columns do.</param>
/// <param name="SourceLine">The line itself.</param>
public sealed record ScriptFault(int Line, int Column, string Message, string SourceLine);
