namespace Slipway.Jenkinsfile.Execution;

/// <summary>Limits of a run. A script that passes one fails, with a message that names it.</summary>
public sealed record PipelineRunOptions
{
    /// <summary>Instructions that the interpreter carries out over the run's whole life (a replay counts anew).</summary>
    public long MaxInstructions { get; init; } = 2_000_000_000;

    /// <summary>Calls within calls.</summary>
    public int MaxCallDepth { get; init; } = 1024;

    /// <summary>Bytes that strings and collections of the script may hold, about.</summary>
    public long MaxMemory { get; init; } = 256L * 1024 * 1024;

    /// <summary>Characters of one text that the script prints.</summary>
    public int MaxPrintedText { get; init; } = 1024 * 1024;

    /// <summary>Characters of a script.</summary>
    public int MaxScript { get; init; } = 2 * 1024 * 1024;

    /// <summary>Steps that a run may take.</summary>
    public int MaxSteps { get; init; } = 1_000_000;

    /// <summary>How long a body may go on after its <c>timeout</c> has interrupted it, before it is cut off.</summary>
    public TimeSpan TimeoutGrace { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the script may compute without waiting for anything.</summary>
    public TimeSpan MaxComputation { get; init; } = TimeSpan.FromMinutes(10);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
