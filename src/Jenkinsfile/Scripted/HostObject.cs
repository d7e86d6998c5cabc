using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary>An object that shows values to a script: properties, with a getter method for each, and a few methods.</summary>
internal abstract class HostObject : IHostObject
{
    public abstract string TypeName { get; }

    public bool TryGetProperty(string name, HostScope scope, out object? value) => TryGet(name, StepContext.Of(scope), out value);

    public virtual bool TryComputeProperty(string name, HostScope scope, out ValueTask<object?> value)
    {
        value = default;
        return false;
    }

    public bool TrySetProperty(string name, object? value, HostScope scope) => TrySet(name, value, StepContext.Of(scope));

    public virtual bool HasMethod(string name) => name == "toString" || Methods.Contains(name) || Getter(name) is not null || Setter(name) is not null;

    public ValueTask<object?> InvokeMethodAsync(HostCall call)
    {
        var context = StepContext.Of(call.Scope);
        if (Methods.Contains(call.Name))
        {
            return InvokeAsync(call.Name, call.Positional, context);
        }

        if (call.Positional.Count == 0 && Getter(call.Name) is { } property && TryGet(property, context, out var value))
        {
            return ValueTask.FromResult(value);
        }

        if (call.Positional.Count == 1 && Setter(call.Name) is { } written && TrySet(written, call.Positional[0], context))
        {
            return ValueTask.FromResult<object?>(null);
        }

        return call.Name == "toString"
            ? ValueTask.FromResult<object?>(ToString())
            : throw Failures.Unsupported($"{TypeName} has no method '{call.Name}' with {call.Positional.Count} argument(s).{DidYouMean.Hint(call.Name, Methods.Concat(Properties))}");
    }

    protected virtual IReadOnlyList<string> Methods => [];

    /// <summary>The properties that can be read, which also answer to <c>getX()</c>.</summary>
    protected abstract IReadOnlyList<string> Properties { get; }

    /// <summary>Those that can be written, which also answer to <c>setX(value)</c>.</summary>
    protected virtual IReadOnlyList<string> Writable => [];

    protected abstract bool TryGet(string name, StepContext context, out object? value);

    protected virtual bool TrySet(string name, object? value, StepContext context) => false;

    protected virtual ValueTask<object?> InvokeAsync(string method, IReadOnlyList<object?> arguments, StepContext context) =>
        throw new InvalidOperationException($"{TypeName} lists the method '{method}' and does not know it.");

    private string? Getter(string method) => Properties.FirstOrDefault(p => method == "get" + Capitalized(p) || method == "is" + Capitalized(p));

    private string? Setter(string method) => Writable.FirstOrDefault(p => method == "set" + Capitalized(p));

    private static string Capitalized(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
