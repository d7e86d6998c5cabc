namespace Slipway.Bench;

/// <summary>Measures the server as users run it, side by side with a peer or a limit of the machine in the same run. Arguments name the measurements; none means all.</summary>
internal static class Program
{
    private static readonly (string Name, Func<BenchContext, Task<IReadOnlyList<Row>>> Measure)[] Measurements =
    [
        ("start", StartBench.MeasureAsync),
        ("first-byte", FirstByteBench.MeasureAsync),
        ("throughput", ThroughputBench.MeasureAsync),
        ("log", LogBench.MeasureAsync),
        ("memory", MemoryBench.MeasureAsync),
        ("pods", Pods.PodStartBench.MeasureAsync),
        ("scale", Pods.ScaleBench.MeasureAsync),
    ];

    private static async Task<int> Main(string[] args)
    {
        var chosen = Measurements.Where(m => args.Length == 0 || args.Contains(m.Name)).ToList();
        if (chosen.Count == 0 || args.Any(a => Measurements.All(m => m.Name != a)))
        {
            Console.Error.WriteLine($"Known measurements: {string.Join(", ", Measurements.Select(m => m.Name))}.");
            return 2;
        }

        var context = BenchContext.Create();
        var rows = new List<Row>();
        foreach (var (name, measure) in chosen)
        {
            Console.WriteLine($"── {name}");
            foreach (var row in await measure(context))
            {
                Console.WriteLine($"   {row.What}: {row.Ours}{(row.Peer is null ? "" : $"  |  {row.Peer}")}{(row.Ratio is null ? "" : $"  |  {row.Ratio}")}  |  to reach: {row.Goal}");
                rows.Add(row);
            }
        }

        var file = Report.Write(context, rows, isWhole: args.Length == 0);
        Console.WriteLine($"The results are in {file}");
        return 0;
    }
}

/// <summary>One line of the results.</summary>
/// <param name="Ours">What was measured here, with its unit.</param>
/// <param name="Peer">What the peer or the limit did in the same run; null where there is none.</param>
internal sealed record Row(string What, string Ours, string? Peer, string? Ratio, string Goal);
