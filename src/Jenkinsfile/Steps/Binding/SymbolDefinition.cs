namespace Slipway.Jenkinsfile.Steps.Binding;

/// <summary>A function that describes something instead of doing it: <c>logRotator(…)</c>, <c>string(…)</c>, <c>scmGit(…)</c>. The step that it is given to reads it.</summary>
public sealed record SymbolDefinition(string Name)
{
    public IReadOnlyList<StepParameter> Parameters { get; init; } = [];

    public string? Main { get; init; }

    /// <summary>Names of the classes that <c>[$class: …]</c> writes for it.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Known, but not there yet: using it fails with this text.</summary>
    public string? Refused { get; init; }
}
