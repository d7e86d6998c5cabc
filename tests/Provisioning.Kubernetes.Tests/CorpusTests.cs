using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Pods;

namespace Slipway.Provisioning.Kubernetes.Tests;

public sealed class CorpusTests
{
    [Fact]
    public void Facts_hold_but_for_those_that_the_compatibility_page_names()
    {
        Assert.SkipUnless(Corpus.IsThere, Corpus.Absent);
        var listed = Listed();
        var facts = CheckAll().ToList();
        var failed = facts.Where(fact => fact.Found is not null && !listed.Contains((fact.Test, fact.Path))).Select(fact => $"{fact.Test}: {fact.Path} {fact.Op} {fact.Value}: found {fact.Found}").ToList();
        var stale = listed.Where(row => !facts.Any(fact => (fact.Test, fact.Path) == row && fact.Found is not null)).Select(row => $"{row.Test}: {row.Path} holds, or is gone: take its row out of the page.").ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"{facts.Count(fact => fact.Found is null)} of {facts.Count} facts hold.");

        Assert.True(failed.Count + stale.Count == 0, string.Join('\n', failed.Concat(stale)));
        Assert.True(facts.Count > 200, "The corpus holds far fewer facts than it did.");
    }

    [Fact]
    public void Restricted_security_is_added_as_in_the_golden_pods()
    {
        Assert.SkipUnless(Corpus.IsThere, Corpus.Absent);
        foreach (var golden in Corpus.List("golden"))
        {
            var pod = PodYaml.Parse(Corpus.TextOf(golden["before"]!.ToString()));

            RestrictedSecurity.Apply(pod, _ => true);

            Assert.True(JsonNode.DeepEquals(PodYaml.Parse(Corpus.TextOf(golden["after"]!.ToString())), pod), $"{golden["test"]}: {pod.ToJsonString()}");
        }
    }

    [Fact]
    public void Every_real_configuration_with_a_kubernetes_cloud_loads_without_a_fault()
    {
        Assert.SkipUnless(Corpus.IsThere && Directory.Exists(Corpus.PathOf("jcasc")), Corpus.Absent);
        var results = Directory.EnumerateFiles(Corpus.PathOf("jcasc"), "*.yaml").Select(file => KubernetesConfiguration.Read(File.ReadAllText(file), Path.GetFileName(file)))
            .Where(result => result.Clouds.Count > 0).ToList();

        Assert.Empty(results.SelectMany(result => result.Faults));
        Assert.NotEmpty(results);
    }

    private static IEnumerable<Fact> CheckAll()
    {
        foreach (var entry in Corpus.List("podBuilder"))
        {
            var calls = new CorpusCalls(entry["given"] as JsonObject ?? []);
            foreach (var check in entry["checks"]!.AsArray())
            {
                var result = calls.Call(check!["call"]!.AsObject());
                foreach (var fact in Check(entry["test"]!.ToString(), result, check["facts"]!))
                {
                    yield return fact;
                }
            }
        }

        foreach (var entry in Corpus.List("casc"))
        {
            var read = KubernetesConfiguration.Read(Corpus.TextOf(entry["file"]!.ToString()), entry["file"]!.ToString());
            Assert.Empty(read.Faults);
            foreach (var fact in Check(entry["test"]!.ToString(), new JsonObject { ["clouds"] = Facts.ToJson(read.Clouds) }, entry["facts"]!))
            {
                yield return fact;
            }
        }
    }

    private static IEnumerable<Fact> Check(string test, JsonNode? result, JsonNode facts) => facts.AsArray().Select(fact =>
    {
        var (path, op, value) = (fact!["path"]!.ToString(), fact["op"]!.ToString(), fact["value"]);
        return new Fact(test, path, op, value?.ToJsonString() ?? "", Facts.Check(result, path, op, value, CorpusCalls.Constants));
    });

    private static HashSet<(string Test, string Path)> Listed([CallerFilePath] string source = "") =>
        File.ReadLines(Path.Combine(Path.GetDirectoryName(source)!, "../../docs/compatibility/pod-templates.md"))
            .SkipWhile(line => line != "## Facts not met yet").Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)).Select(cells => (cells[0].Trim('`'), cells[1].Trim('`'))).ToHashSet();

    private sealed record Fact(string Test, string Path, string Op, string Value, string? Found);
}
