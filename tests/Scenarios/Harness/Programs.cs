namespace Slipway.Scenarios.Harness;

/// <summary>The programs under test, as they were built beside these tests.</summary>
internal static class Programs
{
    private static readonly string Root = FindRoot();

    public static string Cli { get; } = Built("Cli", "slipway.dll");

    /// <summary>The native agent where it was built, else the managed one.</summary>
    public static string Agent { get; } = Native() ?? Built("Agent", "slipway-agent.dll");

    private static string? Native()
    {
        var named = Environment.GetEnvironmentVariable("SLIPWAY_AGENT");
        var usual = Path.Combine(Root, "artifacts", "agent", "linux-x64", "slipway-agent");
        return File.Exists(named) ? named : File.Exists(usual) ? usual : null;
    }

    private static string Built(string project, string file)
    {
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(Root, "artifacts", "bin", project, configuration, file);
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Slipway.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("These tests run from a checkout.");
    }
}
