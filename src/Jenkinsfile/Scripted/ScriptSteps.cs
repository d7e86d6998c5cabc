using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary>Turns a call in a script into a call of a step: closures become blocks.</summary>
internal static class ScriptSteps
{
    public static Task<object?> CallAsync(StepContext context, StepDefinition step, HostCall call) => step.Name == "parallel"
        ? CallParallelAsync(context, step, call)
        : call.Positional is [.., Closure body]
            ? StepRunner.InvokeAsync(context, step, [.. call.Positional.SkipLast(1)], call.Named, BlockOf(body))
            : StepRunner.InvokeAsync(context, step, call.Positional, call.Named, null);

    /// <summary>A closure as the block of a step: it runs on the fiber, and sees the surroundings, that the step provides.</summary>
    public static StepBody BlockOf(Closure closure) => context => context.Fiber.CallAsync(closure, [], context).AsTask();

    private static Task<object?> CallParallelAsync(StepContext context, StepDefinition step, HostCall call)
    {
        var given = call.Positional switch
        {
            [] => call.Named,
            [var only] when call.Named.Count == 0 && ScriptValues.IsMap(only, out var map) => map,
            _ => throw Failures.IllegalArgument("parallel expects named blocks: parallel one: { … }, other: { … }, or a map of them."),
        };
        var branches = new List<KeyValuePair<string, StepBody>>();
        var others = new Dictionary<string, object?>();
        foreach (var (name, value) in given)
        {
            if (value is Closure closure)
            {
                branches.Add(new(name, BlockOf(closure)));
            }
            else if (name == "failFast" && value is bool)
            {
                others.Add(name, value);
            }
            else
            {
                throw Failures.IllegalArgument($"parallel: '{name}' is no block ({ScriptValues.ClassOf(value)}). Write {name}: {{ … }}.");
            }
        }

        return StepRunner.InvokeAsync(context, step, [], others, null, branches);
    }
}
