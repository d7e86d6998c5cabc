using Slipway.Model;

namespace Slipway.Store.Jobs;

/// <summary>The tree of folders and jobs. Names differ by case.</summary>
public interface IJobStore
{
    /// <summary>Makes a job or folder inside an existing folder.</summary>
    Task<JobChange> CreateAsync(JobPath path, string configXml, JobDefinition definition, CancellationToken cancellation = default);

    Task<JobRecord?> FindAsync(JobPath path, CancellationToken cancellation = default);

    Task<JobRecord?> FindAsync(JobId id, CancellationToken cancellation = default);

    /// <summary>The children of a folder by name, at most <paramref name="count"/>, those behind <paramref name="after"/> (a name; null: from the first).</summary>
    Task<IReadOnlyList<JobRecord>> ListAsync(JobPath folder, string? after, int count, CancellationToken cancellation = default);

    /// <summary>Every job and folder by path, one page at a time: for what goes through all of them (triggers at start).</summary>
    IAsyncEnumerable<JobRecord> ReadAllAsync(CancellationToken cancellation = default);

    /// <summary>The configuration as it was last given; null where there is no such job.</summary>
    Task<string?> ReadConfigAsync(JobId job, CancellationToken cancellation = default);

    /// <summary>Replaces configuration and definition, and with them whether it is enabled. The kind cannot change.</summary>
    Task<JobChange> ConfigureAsync(JobId job, string configXml, JobDefinition definition, CancellationToken cancellation = default);

    /// <summary>Renames or moves, with everything below. Runs, numbers and ids stay.</summary>
    Task<JobChange> MoveAsync(JobId job, JobPath to, CancellationToken cancellation = default);

    /// <param name="configXml">The configuration that says so too.</param>
    /// <returns>False where there is no such job.</returns>
    Task<bool> SetEnabledAsync(JobId job, bool enabled, string configXml, CancellationToken cancellation = default);

    /// <summary>What the pipeline declared last (null: nothing); it stands before the configuration's own properties until the pipeline declares something else.</summary>
    Task<bool> DeclareAsync(JobId job, DeclaredProperties? declared, CancellationToken cancellation = default);

    /// <summary>Removes the job, or the folder with all below it, and all their runs and queue items. Refused while a run of them is unfinished: stop those first.</summary>
    Task<JobChange> DeleteAsync(JobId job, CancellationToken cancellation = default);

    /// <summary>Sets the number of the next run; refused unless it is above every number given so far.</summary>
    Task<JobChange> SetNextNumberAsync(JobId job, int number, CancellationToken cancellation = default);
}

/// <param name="IsEnabled">Stands before <see cref="JobDefinition.IsEnabled"/>, which is what the configuration said when it was given.</param>
/// <param name="Declared">What its pipeline declared in its last run; null: nothing.</param>
/// <param name="NextNumber">The number that the next run gets.</param>
public sealed record JobRecord(JobId Id, JobPath Path, JobDefinition Definition, bool IsEnabled, DeclaredProperties? Declared, int NextNumber)
{
    /// <summary>The parameters that the next run takes: the pipeline's own before those of the configuration.</summary>
    public IReadOnlyList<ParameterDefinition> Parameters => Declared?.Parameters ?? Definition.Parameters;

    public bool DisallowsConcurrentRuns => Declared?.DisallowsConcurrentRuns ?? Definition.DisallowsConcurrentRuns;

    /// <summary>A new run aborts the one that is going, instead of waiting for it.</summary>
    public bool AbortsPrevious => Declared?.AbortsPrevious ?? Definition.AbortsPrevious;

    public BuildRetention? Retention => Declared?.Retention ?? Definition.Retention;

    public TimeSpan? QuietPeriod => Declared?.QuietPeriod ?? Definition.QuietPeriod;
}

/// <summary>
/// What a pipeline declares about its job (<c>parameters</c>, <c>options</c>, <c>properties</c>). Each part stands before the configuration's until the pipeline's next run
/// declares otherwise; null is a part that it does not speak of.
/// </summary>
public sealed record DeclaredProperties(
    IReadOnlyList<ParameterDefinition>? Parameters = null,
    bool? DisallowsConcurrentRuns = null,
    bool? AbortsPrevious = null,
    BuildRetention? Retention = null,
    TimeSpan? QuietPeriod = null);

/// <summary>What came of a change to the tree.</summary>
/// <param name="Job">The job as it is now (or was, when deleted); null unless <see cref="JobChangeStatus.Done"/>.</param>
/// <param name="Fault">Why it was not done, in words for users.</param>
public sealed record JobChange(JobChangeStatus Status, JobRecord? Job, string? Fault)
{
    public bool Succeeded => Status == JobChangeStatus.Done;
}

public enum JobChangeStatus
{
    Done,

    /// <summary>No such job, or no such folder to put it into.</summary>
    NotFound,

    /// <summary>The name is taken.</summary>
    Taken,

    /// <summary>The job's state does not allow it; <see cref="JobChange.Fault"/> says why.</summary>
    Refused,
}
