using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Reading;

namespace Slipway.Jenkinsfile.Declarative.Validation;

/// <summary>What a constant given for a parameter must be. Anything that is computed is checked when it is used.</summary>
internal enum ArgumentType
{
    Any,
    Text,
    Integer,
    Long,
    Boolean,
}

/// <param name="Allowed">The only texts that are taken; null for any.</param>
internal sealed record ArgumentSpec(string Name, ArgumentType Type, bool IsRequired = false, IReadOnlyCollection<string>? Allowed = null)
{
    public string JavaType => Type switch
    {
        ArgumentType.Text => "class java.lang.String",
        ArgumentType.Integer => "int",
        ArgumentType.Long => "long",
        ArgumentType.Boolean => "boolean",
        _ => "class java.lang.Object",
    };
}

/// <summary>A name that can be called, with its arguments.</summary>
/// <param name="Positional">The arguments that may be given without names, in order; all or, where none is required, none.</param>
internal sealed record CallSpec(string Name, IReadOnlyList<ArgumentSpec> Arguments, IReadOnlyList<string> Positional)
{
    public bool IsOpen { get; init; }

    public ArgumentSpec? Find(string name) => Arguments.FirstOrDefault(a => a.Name == name);
}

internal sealed class SpecSet(IEnumerable<CallSpec> specs)
{
    private readonly SortedDictionary<string, CallSpec> _specs = new(specs.ToDictionary(s => s.Name), StringComparer.Ordinal);

    public IReadOnlyCollection<string> Names => _specs.Keys;

    public CallSpec? Find(string name) => _specs.GetValueOrDefault(name);
}

/// <summary>Checks the arguments of a call against what the called name takes.</summary>
internal sealed class ArgumentCheck(FaultList faults)
{
    public void Check(CallSpec spec, IReadOnlyList<Argument> arguments, Span at)
    {
        if (spec.IsOpen || arguments.Any(a => a is SpreadArgument))
        {
            return;
        }

        var named = arguments.OfType<NamedArgument>().ToList();
        if (named.Count > 0 && named.Count < arguments.Count)
        {
            faults.Add(Faults.MixedArguments(), at);
        }
        else if (named.Count > 0)
        {
            CheckNamed(spec, named, at);
        }
        else
        {
            CheckPositional(spec, arguments, at);
        }
    }

    private void CheckNamed(CallSpec spec, List<NamedArgument> named, Span at)
    {
        foreach (var argument in named)
        {
            if (argument.SimpleName is not { } name)
            {
                continue;
            }

            if (spec.Find(name) is { } parameter)
            {
                CheckValue(parameter, argument.Value);
            }
            else
            {
                faults.Add(Faults.UnknownParameter(name, Lint.NearestName.Closest(name, spec.Arguments.Select(a => a.Name))), argument.Span);
            }
        }

        foreach (var missing in spec.Arguments.Where(a => a.IsRequired && named.All(n => n.SimpleName != a.Name)))
        {
            faults.Add(Faults.MissingParameter(missing.Name), at);
        }
    }

    private void CheckPositional(CallSpec spec, IReadOnlyList<Argument> arguments, Span at)
    {
        if (arguments.Count == 0 && spec.Arguments.All(a => !a.IsRequired))
        {
            return;
        }

        if (arguments.Count != spec.Positional.Count)
        {
            faults.Add(Faults.WrongCount(spec.Name, spec.Positional.Count, arguments.Count), at);
            return;
        }

        for (var i = 0; i < arguments.Count; i++)
        {
            CheckValue(spec.Find(spec.Positional[i])!, arguments[i].Value);
        }
    }

    private void CheckValue(ArgumentSpec parameter, Expression value)
    {
        if (value.Bare() is CallExpression { Target: null, SimpleName: { } called } call && DirectiveCatalog.Nested.Find(called) is { } nested)
        {
            Check(nested, call.Arguments, call.Span);
            return;
        }

        if (!Constants.TryGet(value, out var constant) || constant is null)
        {
            return;
        }

        var fits = parameter.Type switch
        {
            ArgumentType.Text => constant is string,
            ArgumentType.Integer => constant is int,
            ArgumentType.Long => constant is int or long,
            ArgumentType.Boolean => constant is bool,
            _ => constant is not BigIntegerText,
        };

        if (constant is BigIntegerText)
        {
            faults.Add(Faults.BigInteger(), value.Span);
        }
        else if (!fits)
        {
            faults.Add(Faults.WrongType(parameter.JavaType, parameter.Name, Constants.Shown(constant), Constants.JavaClass(constant)), value.Span);
        }
        else if (parameter.Allowed is { } allowed && constant is string text && !allowed.Contains(text))
        {
            faults.Add(Faults.NotOneOf(text, parameter.Name, allowed), value.Span);
        }
    }
}
