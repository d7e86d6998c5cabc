using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary><c>env</c>: the variables as code at the place of the access sees them; what is assigned holds for the rest of the run.</summary>
internal sealed class EnvObject : IHostObject
{
    private static readonly string[] Methods = ["getEnvironment", "getProperty", "setProperty", "toString", "containsKey", "get", "getAt", "putAt", "each"];

    public string TypeName => "org.jenkinsci.plugins.workflow.cps.EnvActionImpl";

    public bool TryGetProperty(string name, HostScope scope, out object? value)
    {
        var context = StepContext.Of(scope);
        value = name == "environment" ? Environment(context) : context.Run.Environment.Read(context, name);
        return true;
    }

    public bool TrySetProperty(string name, object? value, HostScope scope)
    {
        StepContext.Of(scope).Run.Environment.Assign(name, value is null ? null : ScriptValues.ToText(value));
        return true;
    }

    public bool HasMethod(string name) => Methods.Contains(name);

    public async ValueTask<object?> InvokeMethodAsync(HostCall call)
    {
        var context = StepContext.Of(call.Scope);
        switch (call.Name)
        {
            case "getEnvironment":
                return Environment(context);
            case "getProperty" or "get" or "getAt" when call.Positional is [var name]:
                return context.Run.Environment.Read(context, ScriptValues.ToText(name));
            case "containsKey" when call.Positional is [var name]:
                return context.Run.Environment.Read(context, ScriptValues.ToText(name)) is not null;
            case "setProperty" or "putAt" when call.Positional is [var name, var value]:
                TrySetProperty(ScriptValues.ToText(name), value, call.Scope);
                return null;
            case "each" when call.Positional is [Closure body]:
                foreach (var (name, value) in context.Run.Environment.Of(context))
                {
                    await context.Fiber.CallAsync(body, body.ParameterCount > 1 ? [name, value] : [new GroovyMapEntry(name, value)], context);
                }

                return this;
            default:
                return call.Name == "toString"
                    ? ToString()
                    : throw Failures.Unsupported($"env has no method '{call.Name}' with {call.Positional.Count} argument(s). Read a variable with env.NAME, all of them with env.getEnvironment().");
        }
    }

    private static GroovyMap Environment(StepContext context) =>
        ScriptValues.MapOf(context.Run.Environment.Of(context).Select(v => KeyValuePair.Create<string, object?>(v.Key, v.Value)));
}
