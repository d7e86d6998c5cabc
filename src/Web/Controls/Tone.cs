using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Controls;

/// <summary>How a state is drawn: always as colour, icon and word together.</summary>
public enum Tone
{
    None,
    Ok,
    Warn,
    Bad,
    Aborted,
    Skipped,
    Running,
    Waiting,
}

internal static class Tones
{
    public static string Css(this Tone tone) => tone switch
    {
        Tone.Ok => "ok",
        Tone.Warn => "warn",
        Tone.Bad => "bad",
        Tone.Aborted => "off",
        Tone.Skipped => "skip",
        Tone.Running => "run",
        Tone.Waiting => "wait",
        _ => "none",
    };

    public static string Word(this Tone tone) => tone switch
    {
        Tone.Ok => "Success",
        Tone.Warn => "Unstable",
        Tone.Bad => "Failed",
        Tone.Aborted => "Aborted",
        Tone.Skipped => "Skipped",
        Tone.Running => "Running",
        Tone.Waiting => "Waiting",
        _ => "No runs yet",
    };

    public static Tone Of(RunView? run) => run switch
    {
        null => Tone.None,
        { State: RunState.Queued } => Tone.Waiting,
        { State: RunState.Running, Waiting: not null } => Tone.Waiting,
        { State: RunState.Running } => Tone.Running,
        _ => Of(run.Result),
    };

    public static Tone Of(RunResult? result) => result switch
    {
        RunResult.Success => Tone.Ok,
        RunResult.Unstable => Tone.Warn,
        RunResult.Failure => Tone.Bad,
        RunResult.NotBuilt => Tone.Skipped,
        RunResult.Aborted => Tone.Aborted,
        _ => Tone.None,
    };

    public static Tone Of(FlowNodeView node) => node.Status switch
    {
        FlowNodeStatus.Success => Tone.Ok,
        FlowNodeStatus.Unstable => Tone.Warn,
        FlowNodeStatus.Failure => Tone.Bad,
        FlowNodeStatus.Aborted => Tone.Aborted,
        FlowNodeStatus.Skipped => Tone.Skipped,
        _ when node.Ended is not null => Tone.Ok,
        _ => node.Waiting is null ? Tone.Running : Tone.Waiting,
    };
}
