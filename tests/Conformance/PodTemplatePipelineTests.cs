using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;
using Slipway.Testing;

namespace Slipway.Conformance;

/// <summary>
/// The corpus' pipelines for pods, in a world whose pods have the containers that the pipelines ask for and whose scripts succeed: each runs to its end, or is refused for a reason that
/// stands here. What becomes of them on a cluster is tested with the cloud.
/// </summary>
public sealed partial class PodTemplatePipelineTests
{
    private const string Semaphore = "No such DSL method 'semaphore'";
    private const string Windows = "Batch scripts can only be run on Windows nodes";

    /// <summary>What those that do not run to their end say.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["KubernetesAgentErrorConditionTest.handleNonKubernetes"] = Semaphore,
        ["badcontainername"] = "Container Names MUST match RFC 1123 - They can only contain lowercase letters, numbers or dashes: badcontainerName_!",

        // Names in yaml are the cloud's to judge, which reads it; in this world the pod comes to be.
        ["badcontainernameyaml"] = "container [busybox] does not exist in pod",
        ["basicWindows"] = Windows,
        ["computerCantBeConfigured"] = Semaphore,
        ["dynamicPVCWorkspaceVolume"] = Semaphore,
        ["interruptedPodWindows"] = "PowerShell scripts need a Windows node",
        ["podTemplateWithMultipleLabels"] = Semaphore,
        ["runInDynamicallyCreatedContainer"] = "docker.image(…), docker.build(…) and the like are not supported yet.",
        ["runWithCloudOverriddenNamespace"] = Semaphore,
        ["sshagent"] = "The step 'sshagent' is not supported",
        ["windowsContainer"] = Windows,
    };

    /// <summary>Names in yaml that are those of containers here cannot be told from others by a pattern; a pod with too many containers does no harm.</summary>
    [GeneratedRegex(@"(?m)^\s*-\s*name:\s*([-\w!]+)\s*$")]
    private static partial Regex NameInYaml { get; }

    public static TheoryData<string> Files { get; } = Corpus.Instance is null ? [""] : [.. new[] { "pipeline", "inline", "examples" }.SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*.groovy")).Select(f => Path.GetRelativePath(Root, f)).Order(StringComparer.Ordinal)];

    private static string Root => Path.Combine(Corpus.Instance!.Directory, "..", "podtemplates");

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_pipeline_for_pods_runs_to_its_end_or_is_refused_for_a_listed_reason(string file)
    {
        Assert.SkipWhen(Corpus.Instance is null, Corpus.Absent);
        var name = Path.GetFileNameWithoutExtension(file);
        var script = (await File.ReadAllTextAsync(Path.Combine(Root, file), TestContext.Current.CancellationToken)).Replace("$NAME", name, StringComparison.Ordinal);
        var world = new FakeWorld { Shell = _ => new ShellEnded(0, null), Pod = PodFor };
        world.ContainerLogs["mongo"] = "connection accepted from 127.0.0.1:1\n";
        var run = await ScriptRun.ExecuteAsync(script, world);

        Assert.All(run.World.Performed.Select(p => p.Request).OfType<AllocateNode>(), n => PodSettingsTests.Read(n.Templates));
        if (Refused.TryGetValue(name, out var reason))
        {
            Assert.Equal(RunResult.Failure, run.Result);
            Assert.Contains(reason, run.Log, StringComparison.Ordinal);
        }
        else
        {
            Assert.True(run.Result == RunResult.Success, run.Log);
        }
    }

    [Fact]
    public void Every_refused_pipeline_is_one_of_the_corpus()
    {
        Assert.SkipWhen(Corpus.Instance is null, Corpus.Absent);

        Assert.Empty(Refused.Keys.Except(Files.Select(f => Path.GetFileNameWithoutExtension((string)f))));
    }

    private static NodePod PodFor(AllocateNode node)
    {
        var template = node.Templates.LastOrDefault(t => t.Label.Split(' ').Contains(node.Label));
        return new NodePod("kubernetes", "ci", template?.Name ?? "configured", "jnlp", ["jnlp", .. template is null ? ["busybox"] : ContainersOf(template, node.Templates)]);
    }

    private static IEnumerable<string> ContainersOf(DeclaredPodTemplate template, IReadOnlyList<DeclaredPodTemplate> all)
    {
        var settings = JsonNode.Parse(template.Settings)!;
        var inherited = all.FirstOrDefault(t => t.Name == settings["inheritFrom"]?.GetValue<string>());
        return
        [
            .. inherited is null ? [] : ContainersOf(inherited, all),
            .. settings["containers"]?.AsArray().Select(c => c!["name"]!.GetValue<string>()) ?? [],
            .. NameInYaml.Matches(settings["yaml"]?.GetValue<string>() ?? "").Select(m => m.Groups[1].Value),
        ];
    }
}
