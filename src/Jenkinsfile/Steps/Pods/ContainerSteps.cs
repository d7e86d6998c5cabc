using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Steps.Pods;

/// <summary>Steps that work with the containers of a pod.</summary>
internal static class ContainerSteps
{
    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "container",
            Summary = "Runs the scripts of its block in that container of the pod, in the same workspace.",
            Parameters = [StepParameter.Text("name").Required(), StepParameter.Text("shell")],
            Main = "name",
            Block = StepBlock.Required,
            NeedsNode = true,
            Differences = "shell is the program that scripts without a #! line are given to. git and the steps for files work in the agent's container, as they do in Jenkins.",
            Run = ContainerAsync,
        },
        new()
        {
            Name = "containerLog",
            Summary = "Shows what a container of the pod has written so far, or returns it.",
            Parameters =
            [
                StepParameter.Text("name").Required(), StepParameter.Flag("returnLog"), StepParameter.Integer("tailingLines", 0), StepParameter.Integer("sinceSeconds", 0),
                StepParameter.Integer("limitBytes", 0),
            ],
            Main = "name",
            NeedsNode = true,
            Run = LogAsync,
        },
    ];

    private static async Task<object?> ContainerAsync(StepCall call)
    {
        var node = call.Context.RequireNode();
        var pod = RequirePod(call, node);
        var container = await OpenAsync(call, node, pod, call.Arguments.RequiredText("name"));
        container = container with { Shell = call.Arguments.Text("shell") is { Length: > 0 } shell ? shell : null };
        return await call.RunBodyAsync(c => c with { Container = container, Masked = c.Masked.AddRange(SecretsOf(pod, container.Name, container.Environment)) });
    }

    private static async Task<ContainerPlace> OpenAsync(StepCall call, NodeAllocation node, NodePod pod, string name)
    {
        if (name == pod.AgentContainer)
        {
            return new ContainerPlace(name, IsAgents: true, null, node.Environment);
        }

        if (!pod.Containers.Contains(name))
        {
            // As in Jenkins the block begins, and fails with the first script in it.
            var problem = NoSuchContainer(pod, name);
            call.Log($"WARNING: {problem}");
            return new ContainerPlace(name, IsAgents: false, null, node.Environment, problem);
        }

        if (!node.Opened.TryGetValue(name, out var opened))
        {
            opened = await call.Context.OnNodeAsync<ContainerOpened>(new OpenContainer(name));
            node.Opened[name] = opened;
            if (opened.Warning is { } warning)
            {
                call.Log($"WARNING: {warning}");
            }
        }

        return new ContainerPlace(name, IsAgents: false, null, opened.Environment);
    }

    private static async Task<object?> LogAsync(StepCall call)
    {
        var (node, name) = (call.Context.RequireNode(), call.Arguments.RequiredText("name"));
        var pod = RequirePod(call, node);
        if (!pod.Containers.Contains(name))
        {
            throw Failures.Abort(NoSuchContainer(pod, name));
        }

        var read = await call.Context.PerformForTextAsync(new ReadContainerLog(node.Id, name, Limit(call, "tailingLines"), Limit(call, "sinceSeconds"), Positive(call, "limitBytes")));
        if (call.Arguments.Flag("returnLog"))
        {
            return read;
        }

        if (read.Length > 0)
        {
            call.Log(read);
        }

        return null;
    }

    /// <summary>The values of variables that come from a Secret, as this container sees them.</summary>
    public static IEnumerable<string> SecretsOf(NodePod? pod, string? container, IReadOnlyDictionary<string, string> environment)
    {
        if (pod is null || !pod.SecretVariables.TryGetValue(container ?? pod.AgentContainer, out var names))
        {
            return [];
        }

        return names.Select(n => environment.GetValueOrDefault(n, "")).Where(v => v.Length > 0);
    }

    private static NodePod RequirePod(StepCall call, NodeAllocation node) => node.Pod ?? throw Failures.Abort(
        $"Node is not a Kubernetes node: {node.Node}. {call.Definition.Name} works in pods only: put it into node(POD_LABEL) inside of podTemplate, or below agent {{ kubernetes {{ … }} }}.");

    private static string NoSuchContainer(NodePod pod, string name) =>
        $"container [{name}] does not exist in pod [{pod.Name}].{DidYouMean.Hint(name, pod.Containers)} Its containers: {string.Join(", ", pod.Containers)}.";

    /// <summary>In Jenkins, zero is no limit.</summary>
    private static long? Positive(StepCall call, string parameter) => call.Arguments.Integer(parameter) is > 0 and var limit ? limit : null;

    private static int? Limit(StepCall call, string parameter) => Positive(call, parameter) is { } limit ? (int)Math.Min(limit, int.MaxValue) : null;
}
