using System.Text.Json.Nodes;

namespace Slipway.Provisioning.Kubernetes.Tests;

/// <summary>Reference data beside the checkout: read in place, and where it is absent the tests say so and skip.</summary>
internal static class Corpus
{
    private static readonly string? Root = Environment.GetEnvironmentVariable("SLIPWAY_CORPUS") is { Length: > 0 } set ? set : Find();

    public static string Absent => "The corpus is not there: put it at ../shared/corpus beside the checkout, or name its place in SLIPWAY_CORPUS.";

    public static bool IsThere => Root is not null && File.Exists(PathOf("podtemplates/expect.json"));

    public static string PathOf(string file) => Path.Combine(Root!, file);

    public static string TextOf(string file) => File.ReadAllText(PathOf($"podtemplates/{file}"));

    public static IReadOnlyList<JsonObject> List(string name) => [.. JsonNode.Parse(TextOf("expect.json"))![name]!.AsArray().Select(entry => entry!.AsObject())];

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "shared", "corpus");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
