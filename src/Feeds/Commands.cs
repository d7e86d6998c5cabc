using Slipway.Model;

namespace Slipway.Feeds;

/// <summary>On whose behalf something is done: for causes and the audit log.</summary>
public sealed record Caller(string UserId, string Name, string? RemoteAddress)
{
    public bool IsAnonymous => UserId == "anonymous";
}

/// <summary>The outcome of a command that can be refused. <see cref="Fault"/> says what was wrong and what to do; null means it was done.</summary>
public record CommandOutcome(CommandStatus Status, string? Fault)
{
    public static CommandOutcome Done { get; } = new(CommandStatus.Done, null);

    public bool Succeeded => Status == CommandStatus.Done;
}

public enum CommandStatus
{
    Done,

    /// <summary>No such object.</summary>
    NotFound,

    /// <summary>The object is not in a state that allows it (exists already, is disabled, has ended).</summary>
    Conflict,

    /// <summary>The input is wrong.</summary>
    Invalid,
}

/// <summary>A command's outcome with what it made.</summary>
public sealed record CommandOutcome<T>(CommandStatus Status, string? Fault, T? Value) : CommandOutcome(Status, Fault);

public interface IJobCommands
{
    /// <summary>Creates a job or folder from Jenkins' <c>config.xml</c>. XML that cannot be read safely (entities, too large) or that asks for what is not supported is refused with its place.</summary>
    Task<CommandOutcome<JobPath>> CreateAsync(JobPath path, string configXml, Caller caller, CancellationToken cancellation);

    Task<CommandOutcome<JobPath>> CopyAsync(JobPath from, JobPath to, Caller caller, CancellationToken cancellation);

    Task<CommandOutcome> ConfigureAsync(JobPath job, string configXml, Caller caller, CancellationToken cancellation);

    Task<CommandOutcome> RenameAsync(JobPath job, string newName, Caller caller, CancellationToken cancellation);

    Task<CommandOutcome> SetEnabledAsync(JobPath job, bool enabled, Caller caller, CancellationToken cancellation);

    /// <summary>Stops what runs, then removes the job with its runs.</summary>
    Task<CommandOutcome> DeleteAsync(JobPath job, Caller caller, CancellationToken cancellation);

    Task<CommandOutcome> SetNextNumberAsync(JobPath job, int number, Caller caller, CancellationToken cancellation);
}

public interface IRunCommands
{
    /// <summary>Puts a run into the queue. Parameters that are not given take their defaults; unknown ones are dropped, as in Jenkins; a choice that is not offered is refused.</summary>
    /// <param name="quietPeriod">How long it waits at least; null is the job's own.</param>
    Task<CommandOutcome<QueueItemId>> TriggerAsync(JobPath job, IReadOnlyDictionary<string, string> parameters, RunCause cause, TimeSpan? quietPeriod, Caller caller, CancellationToken cancellation);

    Task<CommandOutcome> CancelQueuedAsync(QueueItemId item, Caller caller, CancellationToken cancellation);

    /// <summary>Interrupts a run. The first time its <c>post</c> and <c>finally</c> blocks still run; <paramref name="hard"/> ends it without them.</summary>
    Task<CommandOutcome> StopAsync(RunId run, bool hard, Caller caller, CancellationToken cancellation);

    Task<CommandOutcome> DeleteAsync(RunId run, Caller caller, CancellationToken cancellation);

    Task<CommandOutcome> SetKeptForeverAsync(RunId run, bool kept, Caller caller, CancellationToken cancellation);

    Task<CommandOutcome> DescribeAsync(RunId run, string? displayName, string? description, Caller caller, CancellationToken cancellation);
}

public interface INodeCommands
{
    /// <summary>Registers a permanent node; the secret that its agent must present is in the outcome, and can be read again by those who may configure nodes.</summary>
    Task<CommandOutcome<string>> CreateAsync(string name, IReadOnlyList<string> labels, int executors, bool exclusive, string remoteDirectory, Caller caller, CancellationToken cancellation);

    Task<CommandOutcome> DeleteAsync(string name, Caller caller, CancellationToken cancellation);

    /// <summary>Takes a node out of service for new work, or back in.</summary>
    Task<CommandOutcome> SetOfflineAsync(string name, bool offline, string? reason, Caller caller, CancellationToken cancellation);

    Task<CommandOutcome<string>> ReadSecretAsync(string name, Caller caller, CancellationToken cancellation);
}
