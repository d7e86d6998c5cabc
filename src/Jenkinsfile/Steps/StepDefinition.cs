using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>A step as the registry knows it: what lint, messages and documents need, and the code that runs it.</summary>
public sealed record StepDefinition
{
    public required string Name { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Summary { get; init; }

    public IReadOnlyList<StepParameter> Parameters { get; init; } = [];

    /// <summary>The parameter that a single unnamed argument goes to; null where all have to be named.</summary>
    public string? Main { get; init; }

    public StepBlock Block { get; init; }

    /// <summary>It works on a node's files or processes, so it has to stand inside of <c>node</c> or below an <c>agent</c>.</summary>
    public bool NeedsNode { get; init; }

    /// <summary>Known, but not there yet: calling it fails with this text, and lint says so beforehand.</summary>
    public string? Refused { get; init; }

    /// <summary>Where it differs from Jenkins, for the compatibility list.</summary>
    public string? Differences { get; init; }

    /// <summary>Names of the classes that <c>step([$class: …])</c> and <c>wrap([$class: …])</c> call it by.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Takes any arguments and reads them itself (<c>parallel</c>, <c>properties</c>).</summary>
    public bool TakesAnything { get; init; }

    internal Func<StepCall, Task<object?>> Run { get; init; } = _ => throw new InvalidOperationException("The step has no code.");

    /// <summary>What the graph shows as the step's name; null for none.</summary>
    internal Func<StepArguments, string?> Label { get; init; } = _ => null;

    /// <summary>Its node in the graph is a stage.</summary>
    internal bool IsStage { get; init; }

    public StepParameter? Parameter(string name) => Parameters.FirstOrDefault(p => p.Name == name);
}

public enum StepBlock
{
    None,
    Optional,
    Required,
}
