using System.Text.RegularExpressions;

namespace Slipway.Architecture;

public sealed class ErrorCatalogueTests
{
    private const string Document = "docs/operations/errors.md";

    /// <summary>Names of algorithms look like codes and are none.</summary>
    private static readonly HashSet<string> NoLetters = ["SHA", "AES", "RSA", "UTF", "CRC"];

    [Fact]
    public void Every_code_in_the_sources_is_in_the_catalogue()
    {
        var missing = InSources().Where(code => !InCatalogue().Contains(code.Key)).OrderBy(code => code.Key, StringComparer.Ordinal).ToList();

        Assert.True(missing.Count == 0, $"Add rows to {Document}:\n{string.Join('\n', missing.Select(code => $"| {code.Key} |  |  |   ({code.Value})"))}");
    }

    [Fact]
    public void Every_code_of_the_catalogue_is_in_the_sources_or_retired()
    {
        var sources = InSources();
        var gone = InCatalogue().Where(code => !sources.ContainsKey(code)).ToList();

        Assert.True(gone.Count == 0, $"No source speaks of {string.Join(", ", gone)} any more. Move their rows of {Document} under '## Retired': a code is never given again.");
    }

    [Fact]
    public void Every_row_says_what_the_code_means_and_what_to_do()
    {
        var empty = Rows().Where(row => row.Length < 3 || row.Any(cell => cell.Length == 0)).Select(row => row[0]);

        Assert.Empty(empty);
    }

    [Fact]
    public void No_code_stands_twice_in_the_catalogue()
    {
        var twice = AllRows().GroupBy(row => row[0]).Where(group => group.Count() > 1).Select(group => group.Key);

        Assert.Empty(twice);
    }

    /// <summary>Code to the place that names it first.</summary>
    private static Dictionary<string, string> InSources()
    {
        var codes = new Dictionary<string, string>();
        foreach (var file in Repository.Under("src", ".cs", ".razor"))
        {
            foreach (var (line, index) in Repository.ReadLines(file).Select((line, index) => (line, index)))
            {
                if (line.TrimStart().StartsWith("//", StringComparison.Ordinal))
                {
                    continue;
                }

                foreach (Match match in Regex.Matches(line, "\"(?:[^\"]*[^A-Za-z0-9\"])?([A-Z]{3})([0-9]{3})(?![0-9A-Za-z])"))
                {
                    if (!NoLetters.Contains(match.Groups[1].Value))
                    {
                        codes.TryAdd(match.Groups[1].Value + match.Groups[2].Value, $"{file}:{index + 1}: {line.Trim()}");
                    }
                }
            }
        }

        return codes;
    }

    private static HashSet<string> InCatalogue() => [.. Rows().Select(row => row[0])];

    private static List<string[]> Rows() => Parse(Repository.ReadLines(Document).TakeWhile(line => line != "## Retired"));

    private static List<string[]> AllRows() => Parse(Repository.ReadLines(Document));

    private static List<string[]> Parse(IEnumerable<string> lines) =>
        [.. lines.Where(line => Regex.IsMatch(line, @"^\| [A-Z]{3}[0-9]{3} \|")).Select(line => line.Trim('|').Split(" | ", StringSplitOptions.TrimEntries))];
}
