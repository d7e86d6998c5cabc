using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;

namespace Slipway.Store.Projections;

/// <summary>What a run's row takes from its journal. A pure fold: the same records give the same row, whenever it is worked out.</summary>
public sealed record RunProjection(
    RunState State,
    RunResult? Result,
    DateTimeOffset? Ended,
    string? DisplayName,
    string? Description,
    string? Error,
    bool ErrorIsInfrastructure,
    ScmRevision? Scm,
    IReadOnlyList<string> Nodes)
{
    /// <summary>Before the journal's first record.</summary>
    public static RunProjection Initial { get; } = new(RunState.Queued, null, null, null, null, null, false, null, []);

    public RunProjection Apply(JournalEntry entry) => entry.Event switch
    {
        RunStarted started => this with { State = RunState.Running, Scm = started.Program.Scm },
        RunAnnotated annotated => this with
        {
            Result = annotated.Result ?? Result,
            DisplayName = annotated.DisplayName ?? DisplayName,
            Description = annotated.Description ?? Description,
        },
        EffectCompleted { Result: NodeAllocated allocated } when !Nodes.Contains(allocated.Node) => this with { Nodes = [.. Nodes, allocated.Node] },
        RunFinished finished => this with { State = RunState.Finished, Result = finished.Result, Error = finished.Error, ErrorIsInfrastructure = finished.IsInfrastructure, Ended = entry.Time },
        _ => this,
    };
}
