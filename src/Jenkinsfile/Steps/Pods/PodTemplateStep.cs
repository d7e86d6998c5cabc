using System.Security.Cryptography;
using System.Text;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;

namespace Slipway.Jenkinsfile.Steps.Pods;

/// <summary><c>podTemplate</c>: declares a pod for the <c>node</c> blocks inside of it. Nothing is created before one of them asks for it.</summary>
internal static class PodTemplateStep
{
    private const int LongestLabel = 63;

    // No vowels, so that no word appears in a name by chance.
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz0123456789";

    private static readonly string[] UsageModes = ["NORMAL", "EXCLUSIVE"];

    public static StepDefinition Definition { get; } = new()
    {
        Name = "podTemplate",
        Summary = "Declares a pod for the node blocks inside of it, which ask for it by POD_LABEL; templates inside inherit from it.",
        Parameters =
        [
            StepParameter.Text("cloud"),
            StepParameter.Text("label"),
            StepParameter.Text("name"),
            StepParameter.Text("inheritFrom"),
            StepParameter.Text("namespace"),
            StepParameter.List("containers"),
            StepParameter.List("envVars"),
            StepParameter.List("volumes"),
            StepParameter.Any("workspaceVolume"),
            StepParameter.List("annotations"),
            StepParameter.List("imagePullSecrets"),
            StepParameter.Text("serviceAccount"),
            StepParameter.Text("nodeSelector"),
            StepParameter.Choice("nodeUsageMode", "EXCLUSIVE", UsageModes),
            StepParameter.Text("workingDir"),
            StepParameter.Text("yaml"),
            StepParameter.Any("yamlMergeStrategy"),
            StepParameter.Flag("inheritYamlMergeStrategy"),
            StepParameter.Flag("showRawYaml", true),
            StepParameter.Any("podRetention"),
            StepParameter.Integer("slaveConnectTimeout"),
            StepParameter.Integer("idleMinutes"),
            StepParameter.Integer("activeDeadlineSeconds"),
            StepParameter.Integer("instanceCap"),
            StepParameter.Text("runAsUser"),
            StepParameter.Text("runAsGroup"),
            StepParameter.Text("supplementalGroups"),
            StepParameter.Flag("hostNetwork"),
            StepParameter.Text("schedulerName"),
            StepParameter.Text("agentContainer"),
            StepParameter.Flag("agentInjection"),
            StepParameter.List("nodeProperties").RefusedBecause("properties of nodes cannot be given by a pipeline. Set variables with envVars or withEnv."),
        ],
        Block = StepBlock.Required,
        Differences = "POD_LABEL is set beside a label of one's own too. workingDir holds for the agent's container and for those of containers that give none.",
        Run = RunAsync,
    };

    /// <summary>Throws what the step would throw for this argument alone.</summary>
    public static void Check(string name, object? value) =>
        PodSettings.Render(ArgumentBinder.Bind(Definition.Name, Definition.Parameters, Definition.Main, [], new Dictionary<string, object?> { [name] = value }), inheritFrom: null, wantedContainer: null);

    private static Task<object?> RunAsync(StepCall call)
    {
        var template = Declare(call);
        return call.RunBodyAsync(c => c with { PodTemplates = c.PodTemplates.Add(template), WantedContainer = null });
    }

    private static DeclaredPodTemplate Declare(StepCall call)
    {
        var arguments = call.Arguments;
        var enclosing = call.Context.PodTemplates is [.., var last] ? last : null;
        var inherited = arguments.Text("inheritFrom") is null ? enclosing : null;
        var name = NameFor(call, arguments.Text("name"));
        var label = arguments.Text("label") is { } given && !string.IsNullOrWhiteSpace(given) ? given.Trim() : ToLabel(name);
        return new DeclaredPodTemplate(name, label, Given(arguments, "cloud") ?? inherited?.Cloud, PodSettings.Render(arguments, arguments.Text("inheritFrom") ?? inherited?.Name, call.Context.WantedContainer));
    }

    /// <summary>
    /// As the plugin names them: <c>job_12-x4k2p</c>. What stands for chance follows from the run and the call's place in it, so that a replay comes to the same name.
    /// </summary>
    private static string NameFor(StepCall call, string? given)
    {
        var program = call.Run.Program;
        var seed = $"{program.Job}#{program.Number}@{program.Started.UtcTicks}:{call.Context.FlowNode}";
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(seed));
        var suffix = string.Concat(hash.Take(5).Select(b => SuffixLetters[b % SuffixLetters.Length]));
        return $"{(string.IsNullOrWhiteSpace(given) ? ToLabel($"{program.Job}_{program.Number}") : given.Trim())}-{suffix}";
    }

    /// <summary>The nearest text that is valid as a label; of a long one the end, where names differ.</summary>
    private static string ToLabel(string text)
    {
        var label = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            label.Append(char.IsAsciiLetterOrDigit(character) || character is '-' or '_' ? character : '_');
        }

        label.Remove(0, Math.Max(0, label.Length - LongestLabel));
        if (!char.IsAsciiLetterOrDigit(label[0]))
        {
            label[0] = 'x';
        }

        return label.ToString();
    }

    private static string? Given(StepArguments arguments, string name) => arguments.Text(name) is { Length: > 0 } text ? text : null;
}
