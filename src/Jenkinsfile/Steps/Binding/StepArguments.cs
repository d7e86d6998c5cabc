using Slipway.Jenkinsfile.Execution;

namespace Slipway.Jenkinsfile.Steps.Binding;

/// <summary>The arguments of a call, bound to their parameters and of the right kind. Reading one that was not given yields null or the fallback.</summary>
internal sealed class StepArguments(string owner, IReadOnlyDictionary<string, object?> values)
{
    public IReadOnlyDictionary<string, object?> Values => values;

    public bool Has(string name) => values.TryGetValue(name, out var value) && value is not null;

    public object? Any(string name) => values.GetValueOrDefault(name);

    /// <summary>Null where it was not given, or given as null.</summary>
    public string? Text(string name) => values.GetValueOrDefault(name) as string;

    public string RequiredText(string name) =>
        Text(name) ?? throw Failures.IllegalArgument($"{owner}: the parameter '{name}' is null. Give it a text.");

    public bool Flag(string name, bool fallback = false) => values.GetValueOrDefault(name) as bool? ?? fallback;

    public long? Integer(string name) => values.GetValueOrDefault(name) as long?;

    public long RequiredInteger(string name) =>
        Integer(name) ?? throw Failures.IllegalArgument($"{owner}: the parameter '{name}' is null. Give it a number.");

    public IReadOnlyList<object?> List(string name) => values.GetValueOrDefault(name) as IReadOnlyList<object?> ?? [];
}
