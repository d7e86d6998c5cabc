namespace Slipway.Bench;

/// <summary>Where things are.</summary>
internal sealed record BenchContext(string Root, string Cli, string Agent)
{
    public static BenchContext Create()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Slipway.slnx")))
        {
            directory = directory.Parent;
        }

        var root = directory?.FullName ?? throw new InvalidOperationException("The benchmarks run from a checkout.");
        var agent = Environment.GetEnvironmentVariable("SLIPWAY_AGENT") is { Length: > 0 } named ? named : Path.Combine(root, "artifacts", "agent", "linux-x64", "slipway-agent");
        // As its users run it: the published folder.
        var program = Path.Combine(root, "artifacts", "publish", "slipway", "slipway.dll");
        if (!File.Exists(program))
        {
            throw new InvalidOperationException($"There is no server at {program}. Build it first: ./dev publish");
        }

        return File.Exists(agent)
            ? new BenchContext(root, program, agent)
            : throw new InvalidOperationException($"There is no agent at {agent}. Build it first: ./dev agent");
    }

    public string NewDirectory() => Directory.CreateTempSubdirectory("slipway-bench-").FullName;
}
