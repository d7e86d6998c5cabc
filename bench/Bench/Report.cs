using System.Text;

namespace Slipway.Bench;

/// <summary>Writes the results with the machine that they hold for; those of a whole run go into the documents too.</summary>
internal static class Report
{
    private const string Begin = "<!-- results: written by ./dev bench -->";
    private const string End = "<!-- end of results -->";

    public static string Write(BenchContext context, IReadOnlyList<Row> rows, bool isWhole)
    {
        var text = new StringBuilder();
        text.Append($"Measured {DateTimeOffset.UtcNow:yyyy-MM-dd} on {Machine()}.\n\n");
        text.Append("| what | Slipway | peer or limit, same run | ratio | to reach |\n|---|---|---|---|---|\n");
        foreach (var row in rows)
        {
            text.Append($"| {row.What} | {row.Ours} | {row.Peer ?? "–"} | {row.Ratio ?? "–"} | {row.Goal} |\n");
        }

        var directory = Path.Combine(context.Root, "bench", "results");
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, $"{DateTimeOffset.UtcNow:yyyy-MM-dd}{(isWhole ? "" : "-partial")}.md");
        File.WriteAllText(file, "# Results\n\n" + text);
        var document = Path.Combine(context.Root, "docs", "benchmarks.md");
        if (isWhole && File.Exists(document))
        {
            var old = File.ReadAllText(document);
            var begin = old.IndexOf(Begin, StringComparison.Ordinal);
            var end = old.IndexOf(End, StringComparison.Ordinal);
            if (begin >= 0 && end > begin)
            {
                File.WriteAllText(document, old[..(begin + Begin.Length)] + "\n" + text + old[end..]);
            }
        }

        return Path.GetRelativePath(context.Root, file);
    }

    private static string Machine()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "an unknown processor";
        var memory = long.Parse(File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024 / 1024;
        var system = File.ReadLines("/etc/os-release").FirstOrDefault(l => l.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))?.Split('=')[1].Trim('"') ?? "Linux";
        return $"{Environment.ProcessorCount} × {model}, {memory} GiB, {system}, .NET {Environment.Version}";
    }
}
