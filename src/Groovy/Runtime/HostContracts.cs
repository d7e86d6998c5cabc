using System.Diagnostics.CodeAnalysis;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Runtime;

/// <summary>
/// What a script can reach beyond the language and its library: the names it does not declare itself. Everything that is not offered here or in the
/// library does not exist for the script. All members are called on the interpreter's own thread of execution, one at a time.
/// </summary>
public interface IScriptHost
{
    /// <summary>A variable such as <c>env</c> or <c>params</c>. Asked after the script's own variables and binding, before classes.</summary>
    bool TryGetVariable(string name, HostScope scope, out object? value);

    /// <summary>A write to a name that the script did not declare. False leaves it to the script's binding.</summary>
    bool TrySetVariable(string name, object? value, HostScope scope);

    /// <summary>Whether <see cref="InvokeAsync"/> knows this function (a step).</summary>
    bool HasFunction(string name);

    /// <summary>Known functions, for "did you mean".</summary>
    IEnumerable<string> FunctionNames { get; }

    /// <summary>
    /// Calls a function. A task that is not completed suspends the calling fiber; its completion resumes it. What it throws is thrown in the script:
    /// a <see cref="GroovyException"/> as it is, anything else wrapped.
    /// </summary>
    ValueTask<object?> InvokeAsync(HostCall call);

    /// <summary>
    /// A class that the host offers under this full name (<c>hudson.model.Result</c>). Its properties and methods are the class' static ones; <c>new</c>
    /// calls its method <c>new</c>.
    /// </summary>
    bool TryGetClass(string name, [NotNullWhen(true)] out IHostObject? @class)
    {
        @class = null;
        return false;
    }

    /// <summary>What the call of a name that nobody declares throws; null leaves it to Groovy's MissingMethodException.</summary>
    GroovyException? MissingFunction(string name) => null;

    /// <summary>Text printed by <c>print</c> and <c>println</c>.</summary>
    void Print(string text, HostScope scope);
}

/// <summary>The dynamic surroundings of running code: which fiber, and the context that the innermost enclosing host call put around it (node, environment, directory).</summary>
public readonly record struct HostScope(Fiber Fiber, object? Context);

/// <summary>One call of a host function.</summary>
/// <param name="Positional">Arguments in order, a trailing closure last.</param>
/// <param name="Named">Named arguments in the order written; empty where there are none.</param>
/// <param name="Span">Where the call stands in <paramref name="Source"/>.</param>
public sealed record HostCall(string Name, IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named, HostScope Scope, SourceText Source, Span Span);

/// <summary>An object of the host in the hands of a script (<c>env</c>, <c>currentBuild</c>). Only what it answers here can be reached.</summary>
public interface IHostObject
{
    /// <summary>The class name that messages and <c>getClass()</c> show.</summary>
    string TypeName { get; }

    bool TryGetProperty(string name, HostScope scope, out object? value);

    /// <summary>A property whose value the script has to wait for; asked before <see cref="TryGetProperty"/>.</summary>
    bool TryComputeProperty(string name, HostScope scope, out ValueTask<object?> value)
    {
        value = default;
        return false;
    }

    /// <summary>False: there is no such property, or it cannot be written.</summary>
    bool TrySetProperty(string name, object? value, HostScope scope);

    bool HasMethod(string name);

    ValueTask<object?> InvokeMethodAsync(HostCall call);
}
