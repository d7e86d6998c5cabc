using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;

namespace Slipway.Jenkinsfile.Steps.Binding;

/// <summary>Puts the arguments of a call to their parameters, by Jenkins' rules: one unnamed argument goes to the main parameter, a map is taken for named arguments.</summary>
internal static class ArgumentBinder
{
    /// <param name="owner">The step's or symbol's name, for messages.</param>
    public static StepArguments Bind(
        string owner, IReadOnlyList<StepParameter> parameters, string? main, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named)
    {
        var given = ToNamed(owner, parameters, main, positional, named);
        var bound = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            var parameter = parameters.FirstOrDefault(p => p.Name == name) ?? throw Unknown(owner, name, parameters);
            bound[name] = Coerce(owner, parameter, value);
        }

        foreach (var parameter in parameters)
        {
            if (parameter.IsRequired && !bound.ContainsKey(parameter.Name))
            {
                throw Failures.IllegalArgument($"Missing required parameter: \"{parameter.Name}\" of {owner}. {Takes(owner, parameters)}");
            }
        }

        return new StepArguments(owner, bound);
    }

    private static IReadOnlyDictionary<string, object?> ToNamed(
        string owner, IReadOnlyList<StepParameter> parameters, string? main, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named)
    {
        var mainParameter = parameters.FirstOrDefault(p => p.Name == main);
        if (positional.Count == 0)
        {
            // checkout $class: 'GitSCM', … is one description, not many arguments.
            return mainParameter?.Kind == ParameterKind.Any && named.ContainsKey("$class")
                ? new Dictionary<string, object?> { [main!] = ScriptValues.MapOf(named) }
                : named;
        }

        if (named.Count > 0 || positional.Count > 1)
        {
            var shown = string.Join(", ", positional.Select(Short));
            throw Failures.IllegalArgument($"{owner}: expected named arguments but got [{shown}]. {Takes(owner, parameters)}");
        }

        if (mainParameter?.Kind is not ParameterKind.Any && ScriptValues.IsMap(positional[0], out var map))
        {
            return map;
        }

        // A map for a parameter that takes anything is the named form all the same where it names that parameter.
        if (mainParameter is not null && ScriptValues.IsMap(positional[0], out var maybeNamed) && maybeNamed.ContainsKey(mainParameter.Name))
        {
            return maybeNamed;
        }

        return main is null
            ? throw Failures.IllegalArgument($"{owner}: expected named arguments but got [{Short(positional[0])}]. {Takes(owner, parameters)}")
            : new Dictionary<string, object?> { [main] = positional[0] };
    }

    private static object? Coerce(string owner, StepParameter parameter, object? value)
    {
        if (value is null)
        {
            return null;
        }

        object? coerced = parameter.Kind switch
        {
            ParameterKind.Text when ScriptValues.IsText(value, out var text) => text,
            ParameterKind.Flag when value is bool flag => flag,
            ParameterKind.Flag when ScriptValues.IsText(value, out var text) && bool.TryParse(text, out var flag) => flag,
            ParameterKind.Integer when ScriptValues.IsInteger(value, out var number) => number,
            ParameterKind.List when ScriptValues.IsList(value, out var list) => list,
            ParameterKind.List when value is not GroovyMap => new[] { value },
            ParameterKind.Any => value,
            _ => throw Failures.IllegalArgument(
                $"{owner}: the parameter '{parameter.Name}' expects {Name(parameter.Kind)} but received {Short(value)} ({ScriptValues.ClassOf(value)})."),
        };
        if (parameter.Choices.Count > 0 && coerced is string choice)
        {
            coerced = parameter.Choices.FirstOrDefault(c => string.Equals(c, choice, StringComparison.OrdinalIgnoreCase)) ?? throw Failures.IllegalArgument(
                $"{owner}: '{choice}' is no value for '{parameter.Name}'.{DidYouMean.Hint(choice, parameter.Choices)} Known: {string.Join(", ", parameter.Choices)}.");
        }

        if (parameter.Refused is { } reason && !Equals(coerced, parameter.Default))
        {
            throw Failures.Unsupported($"{owner}: the parameter '{parameter.Name}' is not supported: {reason}");
        }

        return coerced;
    }

    private static GroovyException Unknown(string owner, string name, IReadOnlyList<StepParameter> parameters) =>
        Failures.IllegalArgument($"{owner} has no parameter '{name}'.{DidYouMean.Hint(name, parameters.Select(p => p.Name))} {Takes(owner, parameters)}");

    private static string Takes(string owner, IReadOnlyList<StepParameter> parameters) => parameters.Count == 0
        ? $"{owner} takes none."
        : $"{owner} takes: {string.Join(", ", parameters.Select(p => p.IsRequired ? p.Name : $"[{p.Name}]"))}.";

    private static string Name(ParameterKind kind) => kind switch
    {
        ParameterKind.Text => "a text (java.lang.String)",
        ParameterKind.Flag => "true or false (boolean)",
        ParameterKind.Integer => "a whole number (int)",
        ParameterKind.List => "a list (java.util.List)",
        _ => "a value",
    };

    private static string Short(object? value)
    {
        // Building a message never runs a script's code: objects show their class only.
        var text = value switch
        {
            string s => $"'{s}'",
            bool or int or long => value.ToString()!,
            _ => ScriptValues.ClassOf(value),
        };
        return text.Length > 60 ? text[..60] + "…" : text;
    }
}
