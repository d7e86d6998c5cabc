using System.Text.Json.Serialization;
using Slipway.Model.Effects;

namespace Slipway.Model.Events;

/// <summary>
/// A record of a run's journal. The journal is the truth: rows, graphs and feeds are projections of it, and a restart replays it.
/// Types and their JSON are permanent: a field may be added with a default; a type that is no longer written moves to <c>Events/Retired</c> and stays readable.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(RunStarted), "runStarted")]
[JsonDerivedType(typeof(EffectRequested), "effectRequested")]
[JsonDerivedType(typeof(EffectCancelRequested), "effectCancelRequested")]
[JsonDerivedType(typeof(EffectCompleted), "effectCompleted")]
[JsonDerivedType(typeof(InterruptRequested), "interruptRequested")]
[JsonDerivedType(typeof(AllocationLost), "allocationLost")]
[JsonDerivedType(typeof(FlowNodeStarted), "nodeStarted")]
[JsonDerivedType(typeof(FlowNodeEnded), "nodeEnded")]
[JsonDerivedType(typeof(RunAnnotated), "annotated")]
[JsonDerivedType(typeof(JobPropertiesDeclared), "propertiesDeclared")]
[JsonDerivedType(typeof(RunFinished), "runFinished")]
public abstract record RunEvent;

/// <summary>The run left the queue. From here on it needs nothing but its journal: the script's text and everything that the program may read are here.</summary>
public sealed record RunStarted(RunProgram Program) : RunEvent;

/// <summary>What a run executes, fixed for its whole life.</summary>
/// <param name="ScriptPath">What messages call the script: <c>Jenkinsfile</c>, or the path in its repository.</param>
/// <param name="Scm">Where the script came from; null for a script written in the job.</param>
public sealed record RunProgram(
    string Job,
    int Number,
    string Script,
    string ScriptPath,
    ScmRevision? Scm,
    IReadOnlyList<ParameterValue> Parameters,
    IReadOnlyList<RunCause> Causes,
    string RootUrl,
    DateTimeOffset Started,
    IReadOnlyDictionary<string, string> Environment,
    PreviousRun? Previous);

/// <summary>A revision in a git repository. The URL never holds credentials.</summary>
public sealed record ScmRevision(string Url, string Commit, string Branch, string? CredentialsId, IReadOnlyList<string> Refs);

/// <summary>What a program may ask of the run before it.</summary>
public sealed record PreviousRun(int Number, RunResult Result, RunResult? LastCompletedStable, DateTimeOffset Started, TimeSpan Duration);

/// <summary>The program asked for an effect. Committed before it is carried out.</summary>
/// <param name="Effect">Counts from one within the run, in the program's order.</param>
/// <param name="FlowNode">The step that asks.</param>
public sealed record EffectRequested(long Effect, int FlowNode, Effect Request) : RunEvent;

/// <summary>The program no longer wants it (timeout, failFast, interruption). It still completes: cancelled, or with what it came to first.</summary>
public sealed record EffectCancelRequested(long Effect) : RunEvent;

/// <summary>Committed before the program sees it; the order of these records is the order in which the program goes on.</summary>
/// <param name="During">The program did not wait but computed: the checkpoint, counted from the run's beginning, at which it saw this. Null: when everything in it waited.</param>
public sealed record EffectCompleted(long Effect, EffectResult Result, long? During = null) : RunEvent;

/// <summary>Someone, or a rule, stops the run. A second one is harder: bodies that ignore the first are cut off.</summary>
/// <param name="During">As in <see cref="EffectCompleted"/>.</param>
public sealed record InterruptRequested(RunResult Result, string Cause, string? User, long? During = null) : RunEvent;

/// <summary>A node that the run holds is gone, and what runs in its block is interrupted. Written once for a node, before the program sees it.</summary>
/// <param name="Allocation">The effect that gave the node.</param>
/// <param name="Message">Which node, and why; a sentence for the log.</param>
/// <param name="IsInfrastructure">False where the pipeline itself is to blame: its pod had a deadline, or too little memory.</param>
/// <param name="During">As in <see cref="EffectCompleted"/>.</param>
public sealed record AllocationLost(long Allocation, string Message, bool IsInfrastructure, long? During = null) : RunEvent;

/// <param name="Parent">The node whose body this one stands in; null for the outermost.</param>
/// <param name="Function">The step's name: <c>sh</c>, <c>stage</c>, <c>parallel</c> …</param>
/// <param name="Name">What people call it: the stage's or branch's name, the <c>label</c> of a <c>sh</c>.</param>
/// <param name="Detail">The step's main argument, shortened and masked.</param>
public sealed record FlowNodeStarted(int Node, int? Parent, FlowNodeKind Kind, string Function, string? Name, string? Detail) : RunEvent;

/// <param name="IsInfrastructure">It ended for a reason that is not the build's own: a lost agent, a full disk.</param>
public sealed record FlowNodeEnded(int Node, FlowNodeStatus Status, string? Reason, bool IsInfrastructure = false) : RunEvent;

/// <summary>What the program says of its run: null fields leave things as they are.</summary>
public sealed record RunAnnotated(RunResult? Result, string? DisplayName, string? Description) : RunEvent;

/// <summary>What the pipeline says of its job (<c>properties</c>, or Declarative's <c>parameters</c> and <c>options</c>): holds for the next runs.</summary>
/// <param name="Parameters">All parameters from now on; null leaves those of the job.</param>
/// <param name="Retention">Null leaves what the job has.</param>
/// <param name="DisallowsConcurrentRuns">Null leaves what the job has.</param>
/// <param name="AbortsPrevious">A new run ends the one before it, instead of waiting.</param>
public sealed record JobPropertiesDeclared(
    IReadOnlyList<ParameterDefinition>? Parameters,
    BuildRetention? Retention,
    bool? DisallowsConcurrentRuns,
    bool? AbortsPrevious) : RunEvent;

/// <summary>The end. Written once; nothing follows. What the run still holds (nodes, locks) is given back by whoever carries out its effects.</summary>
/// <param name="Error">What ended it, in one sentence; null where nothing went wrong.</param>
/// <param name="IsInfrastructure">It failed for a reason that is not the build's own.</param>
public sealed record RunFinished(RunResult Result, string? Error, bool IsInfrastructure = false) : RunEvent;

/// <summary>A record with its place and time. Sequence counts from one without gaps within a run.</summary>
public sealed record JournalEntry(long Sequence, DateTimeOffset Time, RunEvent Event);
