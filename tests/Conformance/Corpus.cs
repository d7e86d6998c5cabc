using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Conformance;

/// <summary>
/// The corpus of Declarative pipelines with what is expected of them. It is reference data beside the checkout, not part of the repository: read in place, and where it is
/// absent the tests say so and skip.
/// </summary>
internal sealed class Corpus
{
    private static readonly Lazy<Corpus?> Loaded = new(Load);

    private Corpus(string directory, IReadOnlyList<CorpusEntry> entries) => (Directory, Entries) = (directory, entries);

    public static Corpus? Instance => Loaded.Value;

    public static string Absent => "The corpus is not there: put it at ../shared/corpus beside the checkout, or name its place in SLIPWAY_CORPUS.";

    public string Directory { get; }

    public IReadOnlyList<CorpusEntry> Entries { get; }

    public string TextOf(string file) => File.ReadAllText(Path.Combine(Directory, file));

    /// <summary>The runs that have to come before this one in the same job, in order.</summary>
    public IEnumerable<CorpusEntry> Before(CorpusEntry entry) => entry.Order is not [var number, _]
        ? []
        : Entries.Where(e => e.Test == entry.Test && e.BranchJob == entry.BranchJob && e.Order is [var other, _] && other < number).OrderBy(e => e.Order![0]);

    /// <summary>The folder of the checkout that holds these tests' sources.</summary>
    public static string SourceDirectory([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static Corpus? Load()
    {
        var root = Environment.GetEnvironmentVariable("SLIPWAY_CORPUS") ?? Find();
        if (root is null || !File.Exists(Path.Combine(root, "declarative", "expect.json")))
        {
            return null;
        }

        var directory = Path.Combine(root, "declarative");
        var entries = JsonSerializer.Deserialize<List<CorpusEntry>>(File.ReadAllText(Path.Combine(directory, "expect.json")), CorpusEntry.Json)!;
        return new Corpus(directory, entries);
    }

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "shared", "corpus");
            if (System.IO.Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}

/// <summary>One check of one file; the fields are described in the corpus' own README.</summary>
internal sealed record CorpusEntry
{
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public required string File { get; init; }

    public required string Test { get; init; }

    public required string Kind { get; init; }

    public bool? Valid { get; init; }

    public IReadOnlyList<string> Errors { get; init; } = [];

    public string? Result { get; init; }

    public IReadOnlyList<string> LogContains { get; init; } = [];

    public IReadOnlyList<string> LogNotContains { get; init; } = [];

    public IReadOnlyList<string> LogMatches { get; init; } = [];

    public IReadOnlyList<string> LogInOrder { get; init; } = [];

    public Dictionary<string, JsonElement> Archives { get; init; } = [];

    /// <summary>Stage to its tag.</summary>
    public JsonElement? StageStatus { get; init; }

    public IReadOnlyList<IReadOnlyList<string>> StageTags { get; init; } = [];

    public IReadOnlyList<int>? Order { get; init; }

    public bool FromRepo { get; init; }

    public Dictionary<string, string> OtherFiles { get; init; } = [];

    public IReadOnlyList<string> Needs { get; init; } = [];

    public IReadOnlyList<string> Steps { get; init; } = [];

    public CorpusSetup Setup { get; init; } = new();

    public Dictionary<string, JsonElement> Params { get; init; } = [];

    public string? BranchJob { get; init; }

    public bool InFolder { get; init; }

    public string? How { get; init; }

    public JsonElement? Partial { get; init; }

    public JsonElement? HasFailureCause { get; init; }

    public int OtherAsserts { get; init; }

    public JsonElement? IgnoredUpstream { get; init; }

    public JsonElement? NeverRunUpstream { get; init; }

    [JsonIgnore]
    public string Id => $"{Kind} {File} {Test}" + (Order is [var number, var of] ? $" {number}/{of}" : "");
}

internal sealed record CorpusSetup
{
    public IReadOnlyList<CorpusAgent> Agents { get; init; } = [];

    public Dictionary<string, string> AgentEnv { get; init; } = [];

    public IReadOnlyList<JsonElement> Branches { get; init; } = [];
}

internal sealed record CorpusAgent
{
    public IReadOnlyList<string> Labels { get; init; } = [];

    public Dictionary<string, string> Env { get; init; } = [];

    public int? Executors { get; init; }
}
