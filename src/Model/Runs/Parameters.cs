using System.Text.Json.Serialization;

namespace Slipway.Model;

/// <summary>A parameter as a job declares it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(StringParameter), "string")]
[JsonDerivedType(typeof(TextParameter), "text")]
[JsonDerivedType(typeof(BooleanParameter), "boolean")]
[JsonDerivedType(typeof(ChoiceParameter), "choice")]
[JsonDerivedType(typeof(PasswordParameter), "password")]
public abstract record ParameterDefinition(string Name, string? Description);

public sealed record StringParameter(string Name, string? Description, string DefaultValue, bool Trim) : ParameterDefinition(Name, Description);

public sealed record TextParameter(string Name, string? Description, string DefaultValue) : ParameterDefinition(Name, Description);

public sealed record BooleanParameter(string Name, string? Description, bool DefaultValue) : ParameterDefinition(Name, Description);

/// <summary>The first choice is the default.</summary>
public sealed record ChoiceParameter(string Name, string? Description, IReadOnlyList<string> Choices) : ParameterDefinition(Name, Description);

/// <summary>Its value is masked in logs and never shown again.</summary>
public sealed record PasswordParameter(string Name, string? Description, string DefaultValue) : ParameterDefinition(Name, Description);

/// <summary>A value given to a run. Booleans are <c>true</c> and <c>false</c>.</summary>
public sealed record ParameterValue(string Name, string Value, ParameterType Type = ParameterType.String);

public enum ParameterType
{
    String,
    Text,
    Boolean,
    Choice,
    Password,
}
