using Slipway.Model;

namespace Slipway.Store.Runs;

/// <summary>Runs as rows: what lists and pages show. Everything but the marks that people set is a projection of the journals.</summary>
public interface IRunStore
{
    Task<RunRecord?> FindAsync(RunId run, CancellationToken cancellation = default);

    Task<RunRecord?> FindAsync(JobId job, int number, CancellationToken cancellation = default);

    Task<RunRecord?> FindAsync(JobId job, RunPermalink permalink, CancellationToken cancellation = default);

    /// <summary>The oldest run of a job that is still there.</summary>
    Task<RunRecord?> FindOldestAsync(JobId job, CancellationToken cancellation = default);

    /// <summary>Runs of a job, newest first, below a number (null: from the newest).</summary>
    Task<IReadOnlyList<RunRecord>> ListAsync(JobId job, int? before, int count, CancellationToken cancellation = default);

    /// <summary>Runs of all jobs, newest first, below an id (null: from the newest).</summary>
    Task<IReadOnlyList<RunRecord>> ListRecentAsync(RunId? before, int count, CancellationToken cancellation = default);

    /// <summary>What a folder's listing shows of each job's runs; jobs without runs are there with nulls.</summary>
    Task<IReadOnlyDictionary<JobId, LatestRuns>> ReadLatestAsync(IReadOnlyCollection<JobId> jobs, CancellationToken cancellation = default);

    /// <summary>The newest runs of each job that ended, newest first; a job without such runs is there with none.</summary>
    Task<IReadOnlyDictionary<JobId, IReadOnlyList<RunRecord>>> ListEndedAsync(IReadOnlyCollection<JobId> jobs, int count, CancellationToken cancellation = default);

    /// <summary>What a list of runs shows of each; runs that are gone are left out.</summary>
    Task<IReadOnlyList<RunSummaryRecord>> SummarizeAsync(IReadOnlyList<RunId> runs, CancellationToken cancellation = default);

    /// <summary>How long a run of this job takes: the mean of its last three successful ones, as in Jenkins; null where none succeeded.</summary>
    Task<TimeSpan?> EstimateDurationAsync(JobId job, CancellationToken cancellation = default);

    /// <summary>The graph of a run in order of start.</summary>
    Task<IReadOnlyList<FlowNodeRecord>> ReadFlowNodesAsync(RunId run, CancellationToken cancellation = default);

    /// <summary>What a run's checkouts brought since the run before, in the order of the checkouts; the same revision of the same repository once. Checkouts that brought nothing are left out.</summary>
    Task<IReadOnlyList<ChangeSetRecord>> ReadChangesAsync(RunId run, CancellationToken cancellation = default);

    /// <summary>What a job's last run before a number checked out of a repository, by branch; of at most two hundred branches, those that were built last.</summary>
    /// <param name="url">Without credentials.</param>
    Task<IReadOnlyDictionary<string, string>> FindRevisionsAsync(JobId job, int before, string url, CancellationToken cancellation = default);

    /// <returns>False where there is no such run; so for all that follow.</returns>
    Task<bool> SetKeptForeverAsync(RunId run, bool kept, CancellationToken cancellation = default);

    /// <summary>What people write on a run. Null leaves a text as it is, an empty one removes it. It outlasts what the pipeline writes later only until then: the last writer wins.</summary>
    Task<bool> DescribeAsync(RunId run, string? displayName, string? description, CancellationToken cancellation = default);

    /// <summary>Removes a finished run with its journal, log, artifacts and tests. False also where it has not ended.</summary>
    Task<bool> DeleteAsync(RunId run, CancellationToken cancellation = default);

    /// <summary>
    /// Deletes what the rules no longer keep (Jenkins' <c>buildDiscarder(logRotator(…))</c>): a run goes if any rule says so. Never touched: what is kept for ever, what has not ended,
    /// and the last successful and last stable run. Days count from the start of a run.
    /// </summary>
    Task<RetentionOutcome> ApplyRetentionAsync(JobId job, BuildRetention rules, CancellationToken cancellation = default);
}

/// <param name="Result">Null while it runs, unless its program has set one already.</param>
/// <param name="Queued">When it was asked for.</param>
/// <param name="Started">When it left the queue.</param>
/// <param name="Error">Why it failed, in words.</param>
/// <param name="ErrorIsInfrastructure">The failure is not the build's own (<see cref="Model.Events.RunFinished.IsInfrastructure"/>).</param>
/// <param name="Nodes">The nodes that it ran on, in order of use.</param>
/// <param name="Tests">Null where it recorded none.</param>
public sealed record RunRecord(
    RunId Id,
    JobId Job,
    JobPath JobPath,
    int Number,
    RunState State,
    RunResult? Result,
    DateTimeOffset Queued,
    DateTimeOffset Started,
    DateTimeOffset? Ended,
    string? DisplayName,
    string? Description,
    bool IsKeptForever,
    string? Error,
    bool ErrorIsInfrastructure,
    QueueItemId? QueueItem,
    IReadOnlyList<ParameterValue> Parameters,
    IReadOnlyList<RunCause> Causes,
    Model.Events.ScmRevision? Scm,
    IReadOnlyList<string> Nodes,
    TestSummary? Tests)
{
    public bool IsFinished => State == RunState.Finished;

    /// <summary>As Jenkins shows it where nobody set one: <c>#12</c>.</summary>
    public string ShownName => DisplayName ?? $"#{Number}";
}

public sealed record LatestRuns(RunRecord? Last, RunRecord? LastCompleted, RunRecord? LastSuccessful, RunRecord? LastFailed);

/// <param name="Stages">The outermost stages and branches, in order of start.</param>
public sealed record RunSummaryRecord(RunRecord Run, IReadOnlyList<FlowNodeRecord> Stages);

/// <param name="Status">Null while it runs.</param>
public sealed record FlowNodeRecord(
    int Id,
    int? Parent,
    FlowNodeKind Kind,
    string Function,
    string? Name,
    string? Detail,
    DateTimeOffset Started,
    DateTimeOffset? Ended,
    FlowNodeStatus? Status,
    string? Reason);

/// <param name="Revision">The commit that was checked out.</param>
/// <param name="Changes">Newest first.</param>
public sealed record ChangeSetRecord(string Url, string Branch, string Revision, IReadOnlyList<Model.Operations.ChangeEntry> Changes);

/// <param name="Runs">Ids of the runs that are gone.</param>
/// <param name="Artifacts">Ids of the runs whose artifacts are gone.</param>
public sealed record RetentionOutcome(IReadOnlyList<RunId> Runs, IReadOnlyList<RunId> Artifacts);
