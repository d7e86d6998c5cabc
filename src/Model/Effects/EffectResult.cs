using System.Text.Json.Serialization;
using Slipway.Model.Operations;

namespace Slipway.Model.Effects;

[JsonPolymorphic(TypeDiscriminatorPropertyName = "outcome")]
[JsonDerivedType(typeof(EffectDone), "done")]
[JsonDerivedType(typeof(NodeAllocated), "node")]
[JsonDerivedType(typeof(OperationEnded), "operation")]
[JsonDerivedType(typeof(ClockRead), "clock")]
[JsonDerivedType(typeof(RandomDrawn), "random")]
[JsonDerivedType(typeof(JobBuilt), "built")]
[JsonDerivedType(typeof(LockAcquired), "locked")]
[JsonDerivedType(typeof(TestsRecorded), "tests")]
[JsonDerivedType(typeof(EffectFailed), "failed")]
[JsonDerivedType(typeof(EffectRefused), "refused")]
[JsonDerivedType(typeof(EffectCancelled), "cancelled")]
public abstract record EffectResult;

public sealed record EffectDone : EffectResult;

/// <param name="Workspace">What the agent prepared.</param>
/// <param name="Timings">The links of the start-up chain, in order, as far as the node went through them (DESIGN D7).</param>
public sealed record NodeAllocated(string Node, IReadOnlyList<string> Labels, int Executor, WorkspacePrepared Workspace, IReadOnlyList<StartupTiming> Timings) : EffectResult
{
    /// <summary>Null where the node is no pod.</summary>
    public NodePod? Pod { get; init; }
}

/// <summary>A named moment of the start-up chain: requested, failed (starts before this one), matched, planned, created, scheduled, pulled, started, connected, containers, ready, given-up.</summary>
public sealed record StartupTiming(string Link, DateTimeOffset Time);

public sealed record OperationEnded(OperationResult Result) : EffectResult;

public sealed record ClockRead(DateTimeOffset Time) : EffectResult;

public sealed record RandomDrawn(byte[] Bytes) : EffectResult;

/// <param name="Result">Null where the run was not awaited.</param>
public sealed record JobBuilt(RunId? Run, int? Number, RunResult? Result, string Job) : EffectResult;

/// <param name="Resources">What is held; empty when <see cref="AcquireLock.SkipIfLocked"/> found it locked.</param>
public sealed record LockAcquired(IReadOnlyList<string> Resources) : EffectResult;

/// <summary>Test reports were uploaded (<c>UploadFiles</c> with <c>TestReports</c>) and read; their cases are stored with the run.</summary>
/// <param name="Files">How many report files were found.</param>
public sealed record TestsRecorded(int Files, int Total, int Failed, int Skipped) : EffectResult;

/// <summary>It went wrong. <see cref="IsInfrastructure"/> tells a lost agent, a full disk and the like from what the pipeline did wrong.</summary>
public sealed record EffectFailed(string Message, bool IsInfrastructure) : EffectResult
{
    /// <summary>The node went away under its work: what <c>retry(conditions: [agent()])</c> asks for.</summary>
    public bool IsNodeLost { get; init; }

    /// <summary>Of a node that did not come: how far its start-up chain went. Null for everything else.</summary>
    public IReadOnlyList<StartupTiming>? Timings { get; init; }
}

/// <summary>The rules do not allow it; the run ends as not built or aborted, with this message.</summary>
public sealed record EffectRefused(string Message, RunResult Result) : EffectResult
{
    /// <summary>Of a node that did not come: how far its start-up chain went. Null for everything else.</summary>
    public IReadOnlyList<StartupTiming>? Timings { get; init; }
}

/// <summary>The pipeline asked for its cancellation, and it stopped.</summary>
public sealed record EffectCancelled : EffectResult;
