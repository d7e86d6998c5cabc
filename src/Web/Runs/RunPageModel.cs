using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Controls;
using Slipway.Web.Hosting;

namespace Slipway.Web.Runs;

public enum RunTab
{
    Pipeline,
    Console,
    Tests,
    Artifacts,
    Changes,
    Details,
}

/// <summary>What a run's page shows, decided from the run and the address: the address is the page's state.</summary>
public sealed record RunPageModel(
    RunDetailView Detail,
    RunTab Tab,
    StageNode Stages,
    StageNode Selected,
    IReadOnlyList<StepRow> Steps,
    StepRow? Step,
    TestsModel? Tests,
    PageRights Rights,
    RunView? Previous,
    RunView? Next,
    DateTimeOffset Now)
{
    public RunView Run => Detail.Run;

    /// <summary>How its nodes came; read for the tab that shows it.</summary>
    public IReadOnlyList<NodeStartModel> NodeStarts { get; init; } = [];

    public Tone Tone => Tones.Of(Run);

    /// <summary>The page's path, relative to the server's root.</summary>
    public string Path => $"{Run.JobPath.ToUrlPath()}{Run.Number}/";

    public bool HasStages => Stages.Segments.Count > 0;

    /// <summary>It ended before its first step: the reason stands in the console, so that is what the page opens with.</summary>
    public bool SaysAllInLog => Run.State == RunState.Finished && !HasStages && Steps.Count == 0;

    public string TabHref(RunTab tab) => tab == RunTab.Pipeline ? Path : $"{Path}?view={tab.ToString().ToLowerInvariant()}";

    public string StageHref(StageNode stage) => $"{Path}?stage={stage.Id}";

    public string StepHref(StepRow step) => $"{Path}?stage={Selected.Id}&step={step.Node.Id}";

    public TimeSpan Elapsed => (Run.Ended ?? Now) - Run.Started;

    /// <summary>How far a running run is, by the runs before it; never quite done before it is.</summary>
    public int? Progress => Run is { IsRunning: true, EstimatedDuration: { } estimate } && estimate > TimeSpan.Zero ? Math.Clamp((int)(100 * (Elapsed / estimate)), 2, 97) : null;

    /// <summary>Why the run does not go on: its own reason, or the first of a step that waits.</summary>
    public string? Waiting => Run.State == RunState.Finished ? null : Run.Waiting ?? Detail.Nodes.FirstOrDefault(n => n.Ended is null && n.Waiting is not null)?.Waiting;

    public static RunPageModel Build(RunDetailView detail, PageRequest request, RunTab tab, TestsModel? tests, RunView? previous, RunView? next, DateTimeOffset now)
    {
        var stages = StageTree.Build(detail.Nodes);
        var selected = SelectStage(stages, request.Number("stage"), detail.Run.IsRunning);
        var steps = StepRows.Of(selected, detail.Nodes);
        return new RunPageModel(
            detail,
            tab,
            stages,
            selected,
            steps,
            SelectStep(steps, request.Number("step")),
            tests,
            request.Rights,
            previous,
            next,
            now);
    }

    /// <summary>The stage that the address names; else the one that people come for: what failed, what runs now, what ran last.</summary>
    public static StageNode SelectStage(StageNode root, int? wanted, bool running)
    {
        var all = root.SelfAndBelow().Where(s => s.Node is not null).ToList();
        if (wanted is { } id)
        {
            return id == 0 ? root : all.FirstOrDefault(s => s.Ids.Contains(id)) ?? root;
        }

        var leaves = all.Where(s => s.IsLeaf).ToList();
        var now = running ? leaves.FirstOrDefault(s => s.Tone is Tone.Running or Tone.Waiting) : null;
        return now
            ?? leaves.FirstOrDefault(s => s.Tone == Tone.Bad)
            ?? all.LastOrDefault(s => s.Tone == Tone.Bad)
            ?? leaves.FirstOrDefault(s => s.Tone is Tone.Warn or Tone.Aborted)
            ?? leaves.LastOrDefault(s => s.Tone is not Tone.Skipped)
            ?? all.LastOrDefault()
            ?? root;
    }

    /// <summary>The step that the address names; else the one that failed, runs, or said something last.</summary>
    public static StepRow? SelectStep(IReadOnlyList<StepRow> steps, int? wanted)
    {
        if (wanted is { } id && steps.FirstOrDefault(s => s.Node.Id == id) is { } named)
        {
            return named;
        }

        var leaves = steps.Where(s => !s.IsBlock).ToList();
        return leaves.LastOrDefault(s => s.Tone == Tone.Bad)
            ?? leaves.LastOrDefault(s => s.Tone is Tone.Running or Tone.Waiting)
            ?? leaves.LastOrDefault(s => s.Tone is Tone.Warn or Tone.Aborted)
            ?? leaves.LastOrDefault(s => s.Node.LogSize > 0)
            ?? leaves.LastOrDefault()
            ?? (steps.Count > 0 ? steps[^1] : null);
    }
}
