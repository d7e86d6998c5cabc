using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>Evaluates <c>environment { … }</c> and lays it around a body.</summary>
internal sealed class EnvironmentBlock(PipelineCode code)
{
    public async Task RunAsync(StepContext context, EnvironmentSection? section, Func<StepContext, Task> body)
    {
        if (section is null)
        {
            await body(context);
            return;
        }

        var values = await EvaluateAsync(context, section);
        var overrides = section.Variables.Select(v => (object?)$"{v.Name}={values[v.Name]}").ToList();
        await context.CallStepAsync("withEnv", new Dictionary<string, object?> { ["overrides"] = overrides }, async inEnvironment =>
        {
            await body(inEnvironment);
            return null;
        });
    }

    private async Task<Dictionary<string, string?>> EvaluateAsync(StepContext context, EnvironmentSection section)
    {
        var values = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var variable in EnvironmentOrder.Of(section))
        {
            var withEarlier = values.Count == 0 ? context : context with { Environment = context.Environment.Add(new Dictionary<string, string?>(values)) };
            try
            {
                values[variable.Name] = await code.TextAsync(withEarlier, variable.Value);
            }
            catch (GroovyException failure) when (Failures.IsCatchable(failure) && Failures.InterruptionOf(failure) is null)
            {
                var explained = Failures.IllegalArgument($"One or more variables have some issues with their values: {variable.Name} ({failure.Value.Message})");
                throw new GroovyException(new ThrowableValue(explained.Value.Class, explained.Value.Message, failure.Value));
            }
        }

        return values;
    }
}
