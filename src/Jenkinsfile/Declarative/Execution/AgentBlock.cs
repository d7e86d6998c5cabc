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
    private static readonly Dictionary<string, object?> NoArguments = [];

    private readonly PodAgent _pods = new(code);

    /// <summary>For the pipeline as a whole. A checkout that fails does not stop it: its stages are skipped and its post actions run.</summary>
    public Task RunAsync(StepContext context, AgentSection? agent, Func<StepContext, GroovyException?, Task> body) =>
        AllocateAsync(context, agent, async inNode =>
        {
            if (!await ShouldCheckOutAsync(inNode, OptionSet.None))
            {
                await InContainerAsync(inNode, agent, inContainer => body(inContainer, null));
                return;
            }

            object? variables = null;
            GroovyException? failure = null;
            try
            {
                await inNode.CallStepAsync("stage", Named("name", CheckoutStage), async inStage => variables = await CheckOutAsync(inStage));
            }
            catch (GroovyException thrown) when (Failures.IsCatchable(thrown) && !context.WillRetry(thrown))
            {
                failure = thrown;
                context.Run.State.Worsen(FailureOutcome.Of(thrown).Result);
            }

            await WithVariablesAsync(inNode, variables, inCheckout => InContainerAsync(inCheckout, agent, inContainer => body(inContainer, failure)));
        }, () => body(context, null));

    /// <summary>For a stage, which fails where its checkout fails.</summary>
    public Task RunForStageAsync(StepContext context, AgentSection? agent, OptionSet stageOptions, Func<StepContext, Task> body) =>
        AllocateAsync(context, agent, async inNode =>
        {
            var variables = await ShouldCheckOutAsync(inNode, stageOptions) ? await CheckOutAsync(inNode) : null;
            await WithVariablesAsync(inNode, variables, inCheckout => InContainerAsync(inCheckout, agent, body));
        }, () => body(context));

    private async Task AllocateAsync(StepContext context, AgentSection? agent, Func<StepContext, Task> inNode, Func<Task> without)
    {
        switch (agent?.Type)
        {
            case null or "none":
                await without();
                break;
            case "any" or "label" or "node":
                await RetryAsync(context, agent, "agent", inRetry => NodeAsync(inRetry, agent, podLabel: null, inNode));
                break;
            case "kubernetes":
                await AllocatePodAsync(context, agent, inNode);
                break;
            default:
                throw Failures.Unsupported($"The agent type \"{agent.Type}\" is not supported by this version.");
        }
    }

    /// <summary>A pod of what the section describes; where it only names a label, of the configured template that has it.</summary>
    private async Task AllocatePodAsync(StepContext context, AgentSection agent, Func<StepContext, Task> inNode)
    {
        if (await _pods.ArgumentsAsync(context, agent) is not { } template)
        {
            await RetryAsync(context, agent, "kubernetesAgent", inRetry => NodeAsync(inRetry, agent, podLabel: null, inNode));
            return;
        }

        var isThere = false;
        await (context with { WantedContainer = PodAgent.KnownContainer(agent) }).CallStepAsync("podTemplate", template, Body(inTemplate =>
            RetryAsync(inTemplate, agent, "kubernetesAgent", async inRetry =>
            {
                try
                {
                    await NodeAsync(inRetry, agent, inRetry.Run.Environment.Read(inRetry, "POD_LABEL"), inPod =>
                    {
                        isThere = true;
                        return inNode(inPod);
                    });
                }
                catch (GroovyException refused) when (!isThere)
                {
                    throw _pods.Placed(refused, agent);
                }
            })));
    }

    /// <param name="podLabel">The label of the pod template that was declared for it; null asks for what the section says.</param>
    private async Task NodeAsync(StepContext context, AgentSection agent, string? podLabel, Func<StepContext, Task> inNode)
    {
        var arguments = new Dictionary<string, object?>
        {
            ["label"] = podLabel ?? await code.OptionalTextAsync(context, agent.Option("label")),
            ["customWorkspace"] = await code.OptionalTextAsync(context, agent.Option("customWorkspace")),
        };
        await context.CallStepAsync("node", arguments, Body(inNode));
    }

    /// <summary>The option <c>retries</c>: a new node where the infrastructure took the old one away.</summary>
    private async Task RetryAsync(StepContext context, AgentSection agent, string condition, Func<StepContext, Task> body)
    {
        var option = agent.Options.FirstOrDefault(o => o.Name == "retries");
        var retries = option is null ? null : await code.ValueAsync(context, option.Value);
        var isNumber = ScriptValues.IsInteger(retries, out var count);
        if (retries is null || (isNumber && count <= 1))
        {
            await body(context);
            return;
        }

        if (!isNumber)
        {
            throw PodAgent.Placed(Failures.IllegalArgument($"agent: retries expects a whole number (int) but received {ScriptValues.ToText(retries)} ({ScriptValues.ClassOf(retries)})."), code.PlaceOf(option!.Span), "retries");
        }

        object?[] conditions = [SymbolValue.Create(SymbolCatalog.Find(condition)!, [], NoArguments), SymbolValue.Create(SymbolCatalog.Find("nonresumable")!, [], NoArguments)];
        await context.CallStepAsync("retry", new Dictionary<string, object?> { ["count"] = retries, ["conditions"] = conditions }, Body(body));
    }

    /// <summary>The option <c>defaultContainer</c> holds for what the stages do; the checkout is the agent's.</summary>
    private async Task InContainerAsync(StepContext context, AgentSection? agent, Func<StepContext, Task> body)
    {
        if (agent is not null && await _pods.DefaultContainerAsync(context, agent) is { } container)
        {
            await context.CallStepAsync("container", Named("name", container), Body(body));
        }
        else
        {
            await body(context);
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
