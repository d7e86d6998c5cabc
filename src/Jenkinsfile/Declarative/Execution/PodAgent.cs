using Slipway.Groovy.Runtime;
using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Reading;
using Slipway.Jenkinsfile.Declarative.Validation;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Jenkinsfile.Steps.Pods;
using Slipway.Model.Effects;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>Reads <c>agent { kubernetes { … } }</c> as the arguments of <c>podTemplate</c>.</summary>
internal sealed class PodAgent(PipelineCode code)
{
    private const string AgentContainer = "jnlp";

    /// <summary>What is said of the node and of its use, not of the pod.</summary>
    private static readonly string[] OfNode = ["customWorkspace", "defaultContainer", "retries"];

    /// <summary>Options whose values are written as calls of known names.</summary>
    private static readonly Dictionary<string, IReadOnlyList<string>> Kinds = new()
    {
        ["podRetention"] = PodSymbols.RetentionNames,
        ["workspaceVolume"] = PodSymbols.WorkspaceVolumeNames,
        ["yamlMergeStrategy"] = PodSymbols.MergeStrategyNames,
    };

    /// <summary>Words by which a refusal tells what it is about, the surest first.</summary>
    private static readonly (string Word, string Option)[] Clues =
    [
        ("defaultContainer", "defaultContainer"), ("YAML", "yaml"), ("YAML", "yamlFile"), ("nodeSelector", "nodeSelector"), ("namespace", "namespace"), ("inherit", "inheritFrom"), ("runAsUser", "runAsUser"),
        ("runAsGroup", "runAsGroup"), ("supplementalGroups", "supplementalGroups"), ("agentContainer", "agentContainer"), ("label", "label"), ("cloud", "cloud"),
    ];

    /// <summary>Null where the section describes no pod: it names the label of a configured template.</summary>
    public async Task<Dictionary<string, object?>?> ArgumentsAsync(StepContext context, AgentSection agent)
    {
        var options = agent.Options.Where(o => !OfNode.Contains(o.Name)).ToList();
        if (options is [{ Name: "label" }])
        {
            return null;
        }

        var arguments = new Dictionary<string, object?>();
        var containers = new List<object?>();
        foreach (var option in options)
        {
            var value = await ValueAsync(context, option);
            switch (option.Name)
            {
                case "containerTemplate" or "containerTemplates":
                    Check(option, "containers", value);
                    containers.AddRange(ScriptValues.IsList(value, out var several) ? several : [value]);
                    break;
                case "yamlFile":
                    arguments["yaml"] = value is null ? arguments.GetValueOrDefault("yaml") : await ReadAsync(context, ScriptValues.ToText(value));
                    break;
                case "yaml" when options.Any(o => o.Name == "yamlFile"):
                    throw Failures.IllegalArgument("agent { kubernetes { … } }: yaml and yamlFile cannot both be given. Keep the one that describes the pod.");
                default:
                    Check(option, option.Name, value);
                    arguments[option.Name] = value;
                    break;
            }
        }

        if (containers.Count > 0)
        {
            arguments["containers"] = containers;
        }

        return arguments;
    }

    /// <summary>The container that the stages work in, where it is known before anything runs; null where it is computed, or is the agent's.</summary>
    public static string? KnownContainer(AgentSection agent) =>
        agent.Option("defaultContainer") is { } said && Constants.TryGet(said, out var constant) && constant is string { Length: > 0 } name and not AgentContainer ? name : null;

    /// <summary>No node came of the section: says at which of its options that lies, as far as the message tells.</summary>
    public GroovyException Placed(GroovyException refused, AgentSection agent)
    {
        if (Failures.IsInfrastructure(refused) || Failures.InterruptionOf(refused) is not null)
        {
            return refused;
        }

        var message = refused.Value.Message ?? "";
        var option = Clues.Where(clue => message.Contains(clue.Word, StringComparison.OrdinalIgnoreCase)).Select(clue => agent.Options.FirstOrDefault(o => o.Name == clue.Option)).FirstOrDefault(o => o is not null);
        return Placed(refused, code.PlaceOf(option?.Span ?? agent.TypeSpan), option?.Name ?? agent.Type);
    }

    /// <summary>Where the message is all that is shown, the place becomes a part of it.</summary>
    public static GroovyException Placed(GroovyException failure, SourcePlace place, string what)
    {
        if (FailureOutcome.IsAbort(failure.Value))
        {
            failure.Value.Message = $"{failure.Value.Message} ({place}: {what})";
        }

        failure.Value.ComesFrom(place, what);
        return failure;
    }

    private async Task<object?> ValueAsync(StepContext context, NamedValue option)
    {
        try
        {
            return await code.ValueAsync(context, option.Value);
        }
        catch (GroovyException failure) when (failure.Value.Class.Is(Failures.NoSuchMethodError) && Kinds.TryGetValue(option.Name, out var kinds) && CalledName(option.Value) is { } called && !kinds.Contains(called))
        {
            throw Placed(Failures.IllegalArgument($"{option.Name} cannot be '{called}'.{DidYouMean.Hint(called, kinds)} Known: {string.Join(", ", kinds.Select(kind => kind + "()"))}."), code.PlaceOf(option.Span), option.Name);
        }
    }

    private static string? CalledName(Expression value) => value.Bare() is CallExpression { Target: null, SimpleName: { } name } ? name : null;

    private void Check(NamedValue option, string parameter, object? value)
    {
        try
        {
            PodTemplateStep.Check(parameter, value);
        }
        catch (GroovyException failure)
        {
            throw Placed(failure, code.PlaceOf(option.Span), option.Name);
        }
    }

    /// <summary>The container that the stages work in: the one that is said, else the only one that is described by <c>containerTemplate</c>; null for the agent's.</summary>
    public async Task<string?> DefaultContainerAsync(StepContext context, AgentSection agent)
    {
        var name = agent.Option("defaultContainer") is { } said ? await code.OptionalTextAsync(context, said)
            : agent.Option("containerTemplate") is { } only && SymbolValue.Read(await code.ValueAsync(context, only)) is { } container ? container.Arguments.Text("name")
            : null;
        return name is null or "" or AgentContainer ? null : name;
    }

    private static Task<string> ReadAsync(StepContext context, string path) => context.PerformForTextAsync(new ReadScriptFile(path));
}
