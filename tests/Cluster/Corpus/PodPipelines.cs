using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Cluster.Harness;

namespace Slipway.Cluster.Corpus;

/// <summary>One pipeline of the corpus with what is expected of it.</summary>
internal sealed record PodPipeline(string Name, string Script, string? Result, IReadOnlyList<string> LogContains, IReadOnlyList<string> LogNotContains)
{
    /// <summary>As the corpus' own runs called the job: the words of the test's name.</summary>
    public string Job => Words.Replace(Name, " $1");

    private static readonly Regex Words = new("(?<=[a-z0-9])([A-Z])");
}

/// <summary>The corpus of pipelines with pods, read where it lies.</summary>
internal static class PodPipelines
{
    private static readonly string? Folder = Find();

    /// <summary>What cannot be run here, each with the reason.</summary>
    public static IReadOnlyDictionary<string, string> NotHere { get; } = new Dictionary<string, string>
    {
        ["basicWindows"] = "a Windows node is needed",
        ["windowsContainer"] = "a Windows node is needed",
        ["interruptedPodWindows"] = "a Windows node is needed",
        ["runInDynamicallyCreatedContainer"] = "a Docker daemon inside of a pod is needed, and the step docker.build",
        ["decoratorFailure"] = "it fails by an extension in Java that its own test installs",
        ["sshagent"] = "the step sshagent needs the store of credentials",
        ["computerCantBeConfigured"] = "its test looks at pages for editing a node, which on-demand nodes do not have",
        ["dynamicPVCWorkspaceVolume"] = "a provisioner of volumes and the internet are needed",
    };

    /// <summary>Lines that are not ours to write, each with the reason.</summary>
    private static readonly Dictionary<string, string> NotOurs = new()
    {
        ["This got printed"] = "printed by an extension in Java that its own test installs",
    };

    public static IEnumerable<string> Names => All().Select(p => p.Name).Where(name => !NotHere.ContainsKey(name));

    /// <summary>Those that nothing has to be done to while they run: they can all run at the same time.</summary>
    public static IEnumerable<PodPipeline> Independent => All().Where(p => !NotHere.ContainsKey(p.Name) && !Meanwhile.Concerns(p.Name)).DistinctBy(p => p.Name);

    public static PodPipeline Get(string name) => All().First(p => p.Name == name);

    public static bool AreHere => Folder is not null;

    public static void Require() => Assert.SkipWhen(Folder is null, "the corpus is not here: it is looked for in SLIPWAY_CORPUS and in ../shared/corpus beside the checkout");

    private static IEnumerable<PodPipeline> All()
    {
        if (Folder is null)
        {
            return [];
        }

        using var expectations = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expect.json")));
        return [.. expectations.RootElement.GetProperty("pipelines").EnumerateArray().Select(Read).Where(p => p is not null).Select(p => p!)];
    }

    private static PodPipeline? Read(JsonElement entry)
    {
        var file = entry.GetProperty("file").GetString()!;
        var test = entry.GetProperty("test").GetString()!;
        if (file.StartsWith("inline/Kubernetes", StringComparison.Ordinal))
        {
            // Needs a permanent agent, not a pod: tests of the pipeline language run it.
            return null;
        }

        var name = Path.GetFileNameWithoutExtension(file) is var stem && stem.Contains('.', StringComparison.Ordinal) ? test.Split('.')[1] : stem;

        // The corpus' own test step waits for its test, which looks at the pod meanwhile; here the pod is looked at after a line of the log.
        var script = File.ReadAllText(Path.Combine(Folder!, file)).Replace("$NAME", name, StringComparison.Ordinal);
        script = Regex.Replace(script, @"semaphore '(\w+)'", "echo 'semaphore $1'");
        return new PodPipeline(name, script, entry.GetProperty("result").GetString(), [.. Texts(entry, "logContains").Where(text => !NotOurs.ContainsKey(text))], Texts(entry, "logNotContains"));
    }

    private static IReadOnlyList<string> Texts(JsonElement entry, string property) => entry.TryGetProperty(property, out var list) ? [.. list.EnumerateArray().Select(t => t.GetString()!)] : [];

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SLIPWAY_CORPUS") is { Length: > 0 } named)
        {
            return Directory.Exists(Path.Combine(named, "podtemplates")) ? Path.Combine(named, "podtemplates") : null;
        }

        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var candidate = Path.Combine(directory.FullName, "..", "shared", "corpus", "podtemplates");
            if (File.Exists(Path.Combine(directory.FullName, "Slipway.slnx")) && Directory.Exists(candidate))
            {
                return Path.GetFullPath(candidate);
            }
        }

        return null;
    }
}
