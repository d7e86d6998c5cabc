namespace Slipway.Api.Tests.Testing;

/// <summary>Where things lie in the checkout that these tests run from.</summary>
internal static class Checkout
{
    public static string Root { get; } = FindRoot();

    public static string Clients { get; } = Path.Combine(Root, "tests", "Api.Tests", "clients");

    /// <summary>The native agent where it was built, else the managed one.</summary>
    public static string Agent { get; } = FindAgent();

    private static string FindAgent()
    {
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("SLIPWAY_AGENT"),
            Path.Combine(Root, "artifacts", "agent", "linux-x64", "slipway-agent"),
            Path.Combine(Root, "artifacts", "bin", "Agent", configuration, "slipway-agent.dll"),
        ];
        return candidates.FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("No slipway-agent was built: build src/Agent.");
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
