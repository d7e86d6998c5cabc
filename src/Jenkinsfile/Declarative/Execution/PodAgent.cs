using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model.Effects;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>Reads <c>agent { kubernetes { … } }</c> as the arguments of <c>podTemplate</c>.</summary>
internal sealed class PodAgent(PipelineCode code)
{
    private const string AgentContainer = "jnlp";

    /// <summary>What is said of the node and of its use, not of the pod.</summary>
    private static readonly string[] OfNode = ["customWorkspace", "defaultContainer", "retries"];

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
            var value = await code.ValueAsync(context, option.Value);
            switch (option.Name)
            {
                case "containerTemplate":
                    containers.Add(value);
                    break;
                case "containerTemplates" when ScriptValues.IsList(value, out var several):
                    containers.AddRange(several);
                    break;
                case "containerTemplates":
                    containers.Add(value);
                    break;
                case "yamlFile":
                    arguments["yaml"] = value is null ? arguments.GetValueOrDefault("yaml") : await ReadAsync(context, ScriptValues.ToText(value));
                    break;
                case "yaml" when options.Any(o => o.Name == "yamlFile"):
                    throw Failures.IllegalArgument("agent { kubernetes { … } }: yaml and yamlFile cannot both be given. Keep the one that describes the pod.");
                default:
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
