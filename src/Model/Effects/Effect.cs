using System.Text.Json.Serialization;
using Slipway.Model.Operations;

namespace Slipway.Model.Effects;

/// <summary>
/// Something that a pipeline asks of the world. It is written to the run's journal before it is carried out, and its result before the program sees it; a replay is
/// handed the recorded result. Carrying one out again after a crash must be harmless: everything is named by the effect's own id.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "effect")]
[JsonDerivedType(typeof(AllocateNode), "allocateNode")]
[JsonDerivedType(typeof(ReleaseNode), "releaseNode")]
[JsonDerivedType(typeof(OnNode), "onNode")]
[JsonDerivedType(typeof(Wait), "wait")]
[JsonDerivedType(typeof(ReadClock), "clock")]
[JsonDerivedType(typeof(DrawRandom), "random")]
[JsonDerivedType(typeof(BuildJob), "build")]
[JsonDerivedType(typeof(AcquireLock), "lock")]
[JsonDerivedType(typeof(ReleaseLock), "unlock")]
[JsonDerivedType(typeof(PassMilestone), "milestone")]
[JsonDerivedType(typeof(ReadContainerLog), "containerLog")]
[JsonDerivedType(typeof(ReadScriptFile), "scriptFile")]
public abstract record Effect;

/// <summary>Waits in the queue for an executor on a node that the label expression allows (null: any), and prepares the workspace there. Result: <see cref="NodeAllocated"/>.</summary>
public sealed record AllocateNode(string? Label, string? CustomWorkspace) : Effect
{
    /// <summary>What the blocks around it declare, outermost first: where the label is one of theirs, the pod is made from it.</summary>
    public IReadOnlyList<DeclaredPodTemplate> Templates { get; init; } = [];
}

/// <summary>Gives the executor back; an on-demand node goes away with it. <paramref name="Allocation"/> is the id of the <see cref="AllocateNode"/> effect.</summary>
public sealed record ReleaseNode(long Allocation) : Effect;

/// <summary>An operation on the allocated node. Result: <see cref="OperationEnded"/>.</summary>
public sealed record OnNode(long Allocation, AgentOperation Operation) : Effect;

/// <summary>Lets time pass, counted from the moment that the request was journaled. Result: <see cref="EffectDone"/>.</summary>
public sealed record Wait(TimeSpan Duration) : Effect;

/// <summary>Result: <see cref="ClockRead"/>.</summary>
public sealed record ReadClock : Effect;

/// <summary>Result: <see cref="RandomDrawn"/> with that many bytes (at most 1024).</summary>
public sealed record DrawRandom(int Bytes) : Effect;

/// <summary>Starts another job. Result: <see cref="JobBuilt"/>, once it is queued (<paramref name="Await"/> false) or finished.</summary>
public sealed record BuildJob(string Job, IReadOnlyList<ParameterValue> Parameters, bool Await, TimeSpan? QuietPeriod) : Effect;

/// <summary>Result: <see cref="LockAcquired"/> when this run holds the resource.</summary>
public sealed record AcquireLock(string? Resource, string? Label, int Quantity, bool InversePrecedence, bool SkipIfLocked) : Effect;

/// <param name="Acquisition">The id of the <see cref="AcquireLock"/> effect.</param>
public sealed record ReleaseLock(long Acquisition) : Effect;

/// <summary>Result: <see cref="EffectDone"/>, or <see cref="EffectRefused"/> when a newer run has passed already.</summary>
public sealed record PassMilestone(int Ordinal, string? Label) : Effect;

/// <summary>Reads what a container of the allocated pod has written so far. Result: <see cref="OperationEnded"/> with <see cref="TextRead"/>.</summary>
/// <param name="TailLines">Only the last so many lines; null for all.</param>
/// <param name="SinceSeconds">Only what is younger; null for all.</param>
/// <param name="LimitBytes">Only the first so many bytes; null for no limit of the pipeline's own.</param>
public sealed record ReadContainerLog(long Allocation, string Container, int? TailLines, int? SinceSeconds, long? LimitBytes) : Effect;

/// <summary>
/// Reads a file of the repository that the Jenkinsfile came from, in the same revision; no node is needed. Result: <see cref="OperationEnded"/> with <see cref="TextRead"/>,
/// <see cref="EffectFailed"/> where there is none of that path or the Jenkinsfile does not come from a repository.
/// </summary>
/// <param name="Path">Relative to the repository's root.</param>
public sealed record ReadScriptFile(string Path) : Effect;
