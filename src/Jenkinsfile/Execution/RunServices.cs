using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Jenkinsfile.Execution.Records;
using Slipway.Jenkinsfile.Execution.Replay;
using Slipway.Jenkinsfile.Execution.Variables;
using Slipway.Jenkinsfile.Steps;
using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Execution;

/// <summary>What all code of one run shares. Reached through <see cref="StepContext.Run"/>; used only on the run's scheduler.</summary>
internal sealed class RunServices
{
    public required RunProgram Program { get; init; }

    public required PipelineRunOptions Options { get; init; }

    public required EffectLedger Ledger { get; init; }

    public required RunConsole Console { get; init; }

    public required FlowGraph Graph { get; init; }

    public required RunState State { get; init; }

    public required RunEnvironment Environment { get; init; }

    public required RunParameters Parameters { get; init; }

    public required StepTable Steps { get; init; }

    public NodeBlocks Nodes { get; } = new();

    /// <summary>The script, or what stands for it. Set before anything runs.</summary>
    public IRunnable Runnable { get; set; } = null!;

    /// <summary>Called by the interpreter while a script computes.</summary>
    public Action<HostScope>? Checkpoint { get; set; }

    /// <summary>A new line of execution for a branch of <c>parallel</c>.</summary>
    public Fiber NewFiber() => Runnable.NewFiber();

    /// <summary>Runs other scripts of the run: those that <c>load</c> brings.</summary>
    public IScriptRunner Scripts => Runnable;

    /// <summary>Where the code of a context stands, for messages: <c>at Jenkinsfile:12</c>.</summary>
    public string Where(StepContext context) => Runnable.Where(context);
}

/// <summary>Runs a script's text in the run's interpreter.</summary>
internal interface IScriptRunner
{
    /// <summary>Parses, checks and runs it; its value is the result. A script with faults fails before anything of it runs.</summary>
    /// <param name="path">What messages call it.</param>
    Task<object?> RunAsync(string path, string text, StepContext context);
}
