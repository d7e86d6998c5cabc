using System.Text.Json;

namespace Slipway.Conformance;

/// <summary>
/// Entries that are not expected to pass, with the reason. <c>exclusions-temporary.json</c> names the feature that will make them pass; <c>exclusions-permanent.json</c> says why
/// they never will. Both are held exact: an entry that passes must be taken off.
/// </summary>
internal sealed class Exclusions
{
    private readonly Dictionary<string, Exclusion> _byId;

    private Exclusions(IReadOnlyList<ExclusionGroup> temporary, IReadOnlyList<ExclusionGroup> permanent)
    {
        Temporary = temporary;
        Permanent = permanent;
        _byId = temporary.SelectMany(g => g.Entries.Select(e => (e, new Exclusion(g.Reason, false))))
            .Concat(permanent.SelectMany(g => g.Entries.Select(e => (e, new Exclusion(g.Reason, true)))))
            .ToDictionary(p => p.e, p => p.Item2);
    }

    public static Exclusions Instance { get; } = new(Load("exclusions-temporary.json"), Load("exclusions-permanent.json"));

    public IReadOnlyList<ExclusionGroup> Temporary { get; }

    public IReadOnlyList<ExclusionGroup> Permanent { get; }

    public IReadOnlyCollection<string> Ids => _byId.Keys;

    public Exclusion? Of(CorpusEntry entry) => _byId.GetValueOrDefault(entry.Id);

    private static List<ExclusionGroup> Load(string file) => JsonSerializer.Deserialize<List<ExclusionGroup>>(File.ReadAllText(Path.Combine(Corpus.SourceDirectory(), file)), CorpusEntry.Json)!;
}

internal sealed record Exclusion(string Reason, bool IsPermanent);

internal sealed record ExclusionGroup(string Reason, IReadOnlyList<string> Entries);
