using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>Options that are steps around a body (<c>timeout</c>, <c>retry</c>, <c>timestamps</c> …), the first written outermost.</summary>
internal sealed class OptionWrappers(PipelineCode code)
{
    private static readonly HashSet<string> Steps = ["ansiColor", "catchError", "lock", "retry", "timeout", "timestamps", "warnError", "withEnv"];

    public Task RunAsync(StepContext context, OptionSet options, Func<StepContext, Task> body) =>
        WrapAsync(context, [.. options.Items.Where(o => Steps.Contains(o.Name))], 0, body);

    private async Task WrapAsync(StepContext context, IReadOnlyList<DirectiveCall> options, int at, Func<StepContext, Task> body)
    {
        if (at == options.Count)
        {
            await body(context);
            return;
        }

        var (positional, named) = await ArgumentsAsync(context, options[at]);
        await StepRunner.InvokeAsync(context, StepRunner.Find(context, options[at].Name), positional, named, async inStep =>
        {
            await WrapAsync(inStep, options, at + 1, body);
            return null;
        });
    }

    private async Task<(List<object?> Positional, Dictionary<string, object?> Named)> ArgumentsAsync(StepContext context, DirectiveCall option)
    {
        var positional = new List<object?>();
        var named = new Dictionary<string, object?>();
        foreach (var argument in option.Call.Arguments)
        {
            var value = await code.ValueAsync(context, argument.Value);
            if (argument is NamedArgument { SimpleName: { } name })
            {
                named[name] = value;
            }
            else
            {
                positional.Add(value);
            }
        }

        return (positional, named);
    }
}
