namespace Slipway.Jenkinsfile.Steps.Binding;

/// <summary>A parameter of a step or of a symbol such as <c>logRotator</c>.</summary>
public sealed record StepParameter(string Name, ParameterKind Kind)
{
    public bool IsRequired { get; init; }

    /// <summary>What holds where it is not given, for documents; the step's code applies it.</summary>
    public object? Default { get; init; }

    /// <summary>The only values allowed, where there is a closed set.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Known, but a value other than the default is refused with this text.</summary>
    public string? Refused { get; init; }

    /// <summary>Accepted without effect, for this reason.</summary>
    public string? WithoutEffect { get; init; }

    internal static StepParameter Text(string name, string? @default = null) => new(name, ParameterKind.Text) { Default = @default };

    internal static StepParameter Flag(string name, bool @default = false) => new(name, ParameterKind.Flag) { Default = @default };

    internal static StepParameter Integer(string name, long? @default = null) => new(name, ParameterKind.Integer) { Default = @default };

    internal static StepParameter Choice(string name, string? @default, params IReadOnlyList<string> choices) => new(name, ParameterKind.Text) { Default = @default, Choices = choices };

    internal static StepParameter List(string name) => new(name, ParameterKind.List);

    internal static StepParameter Any(string name) => new(name, ParameterKind.Any);

    internal StepParameter Required() => this with { IsRequired = true };

    internal StepParameter RefusedBecause(string reason) => this with { Refused = reason };

    internal StepParameter Ignored(string reason) => this with { WithoutEffect = reason };
}

public enum ParameterKind
{
    Text,
    Flag,
    Integer,
    List,
    Any,
}
