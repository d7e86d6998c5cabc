using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Scripted;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>Allocates what <c>agent</c> asks for, and checks the job's own repository out there.</summary>
internal sealed class AgentBlock(OptionSet pipelineOptions, PipelineCode code)
{
    private const string CheckoutStage = "Declarative: Checkout SCM";

    /// <summary>For the pipeline as a whole. A checkout that fails does not stop it: its stages are skipped and its post actions run.</summary>
    public Task RunAsync(StepContext context, AgentSection? agent, Func<StepContext, GroovyException?, Task> body) =>
        AllocateAsync(context, agent, async inNode =>
        {
            if (!await ShouldCheckOutAsync(inNode, OptionSet.None))
            {
                await body(inNode, null);
                return;
            }

            object? variables = null;
            GroovyException? failure = null;
            try
            {
                await inNode.CallStepAsync("stage", Named("name", CheckoutStage), async inStage => variables = await CheckOutAsync(inStage));
            }
            catch (GroovyException thrown) when (Failures.IsCatchable(thrown))
            {
                failure = thrown;
                context.Run.State.Worsen(FailureOutcome.Of(thrown).Result);
            }

            await WithVariablesAsync(inNode, variables, inCheckout => body(inCheckout, failure));
        }, () => body(context, null));

    /// <summary>For a stage, which fails where its checkout fails.</summary>
    public Task RunForStageAsync(StepContext context, AgentSection? agent, OptionSet stageOptions, Func<StepContext, Task> body) =>
        AllocateAsync(context, agent, async inNode =>
        {
            var variables = await ShouldCheckOutAsync(inNode, stageOptions) ? await CheckOutAsync(inNode) : null;
            await WithVariablesAsync(inNode, variables, body);
        }, () => body(context));

    private async Task AllocateAsync(StepContext context, AgentSection? agent, Func<StepContext, Task> inNode, Func<Task> without)
    {
        switch (agent?.Type)
        {
            case null or "none":
                await without();
                break;
            case "any" or "label" or "node":
                var arguments = new Dictionary<string, object?>
                {
                    ["label"] = await code.OptionalTextAsync(context, agent.Option("label")),
                    ["customWorkspace"] = await code.OptionalTextAsync(context, agent.Option("customWorkspace")),
                };
                await context.CallStepAsync("node", arguments, Body(inNode));
                break;
            default:
                throw Failures.Unsupported($"The agent type \"{agent.Type}\" is not supported by this version.");
        }
    }

    private async Task<bool> ShouldCheckOutAsync(StepContext context, OptionSet stageOptions)
    {
        if (context.Run.Program.Scm is null)
        {
            return false;
        }

        var skip = stageOptions.Find("skipDefaultCheckout") ?? pipelineOptions.Find("skipDefaultCheckout");
        return skip is not null && (skip.Argument("skipDefaultCheckout", single: "skipDefaultCheckout") is not { } value || await code.ValueAsync(context, value) is not false) ? false : true;
    }

    private async Task<object?> CheckOutAsync(StepContext context)
    {
        var arguments = Named("scm", new ScmObject(context.Run.Program.Scm!));
        if (pipelineOptions.Find("checkoutToSubdirectory") is not { } option)
        {
            return await context.CallStepAsync("checkout", arguments);
        }

        var path = await code.TextAsync(context, option.Argument("subdirectory", single: "subdirectory")!);
        return await context.CallStepAsync("dir", Named("path", path), inDirectory => inDirectory.CallStepAsync("checkout", arguments));
    }

    private static Task WithVariablesAsync(StepContext context, object? variables, Func<StepContext, Task> body) =>
        ScriptValues.IsMap(variables, out var map) && map.Count > 0
            ? context.CallStepAsync("withEnv", Named("overrides", map.Select(v => (object?)$"{v.Key}={ScriptValues.ToText(v.Value)}").ToList()), Body(body))
            : body(context);

    private static Dictionary<string, object?> Named(string name, object? value) => new() { [name] = value };

    private static StepBody Body(Func<StepContext, Task> body) => async context =>
    {
        await body(context);
        return null;
    };
}
