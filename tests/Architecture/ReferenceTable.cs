namespace Slipway.Architecture;

/// <summary>The "May reference" table of docs/architecture.md.</summary>
internal static class ReferenceTable
{
    public const string Document = "docs/architecture.md";

    /// <summary>Project name to the projects it may reference.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> Rows { get; } = Parse(Repository.ReadLines(Document));

    private static Dictionary<string, IReadOnlySet<string>> Parse(IEnumerable<string> lines)
    {
        var rows = lines
            .SkipWhile(line => line != "## May reference").Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith('|') && !line.StartsWith("|---", StringComparison.Ordinal))
            .Skip(1);
        var table = new Dictionary<string, IReadOnlySet<string>>();
        foreach (var row in rows)
        {
            var cells = row.Trim('|').Split('|', StringSplitOptions.TrimEntries);
            table.Add(cells[0], cells[1] == "nothing" ? new HashSet<string>() : cells[1].Split(", ").ToHashSet());
        }

        return table;
    }
}
