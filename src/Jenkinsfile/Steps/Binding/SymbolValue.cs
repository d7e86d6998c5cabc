using System.Diagnostics.CodeAnalysis;
using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;

namespace Slipway.Jenkinsfile.Steps.Binding;

/// <summary>The value of a symbol in a script's hands: its name and its bound arguments.</summary>
internal sealed class SymbolValue(SymbolDefinition definition, StepArguments arguments) : IHostObject
{
    public string Name => definition.Name;

    public StepArguments Arguments => arguments;

    public string TypeName => "org.jenkinsci.plugins.structs.describable.UninstantiatedDescribable";

    public bool TryGetProperty(string name, HostScope scope, out object? value) => arguments.Values.TryGetValue(name, out value);

    public bool TrySetProperty(string name, object? value, HostScope scope) => false;

    public bool HasMethod(string name) => name == "toString";

    public ValueTask<object?> InvokeMethodAsync(HostCall call) => ValueTask.FromResult<object?>(ToString());

    public override string ToString() => $"@{Name}({string.Join(',', arguments.Values.Select(a => $"{a.Key}={ScriptValues.ToText(a.Value)}"))})";

    /// <summary>What a script wrote as a symbol, or as a map with <c>$class</c>; null where it is neither.</summary>
    public static SymbolValue? Read(object? value)
    {
        if (value is SymbolValue symbol)
        {
            return symbol;
        }

        if (!ScriptValues.IsMap(value, out var map) || !map.TryGetValue("$class", out var named) || !ScriptValues.IsText(named, out var @class))
        {
            return null;
        }

        var simple = @class[(@class.LastIndexOf('.') + 1)..];
        var definition = SymbolCatalog.All.FirstOrDefault(s => s.Classes.Contains(simple) || s.Name == simple) ??
            throw Failures.Unsupported($"The class '{@class}' is not known.{DidYouMean.Hint(simple, SymbolCatalog.All.SelectMany(s => s.Classes))}");
        return Create(definition, [], map.Where(e => e.Key != "$class").ToDictionary(e => e.Key, e => e.Value));
    }

    public static SymbolValue Create(SymbolDefinition definition, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named) => definition.Refused is { } reason
        ? throw Failures.Unsupported($"'{definition.Name}' is not supported: {reason}")
        : new SymbolValue(definition, ArgumentBinder.Bind(definition.Name, definition.Parameters, definition.Main, positional, named));

    /// <summary>The symbol, or an exception that says what was expected where.</summary>
    public static SymbolValue Require(object? value, string where, params IReadOnlyList<string> names)
    {
        var symbol = Read(value) ?? throw Failures.IllegalArgument($"{where} expects {string.Join(", ", names.Take(5).Select(n => n + "(…)"))} but received {ScriptValues.ClassOf(value)}.");
        return names.Contains(symbol.Name)
            ? symbol
            : throw Failures.IllegalArgument($"{where} cannot use '{symbol.Name}'.{DidYouMean.Hint(symbol.Name, names)} Known: {string.Join(", ", names)}.");
    }
}
