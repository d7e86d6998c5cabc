using System.Diagnostics;

namespace Slipway.Web.Browser.Real;

/// <summary>Where things lie in the checkout that these tests run from.</summary>
internal static class Checkout
{
    public static string Root { get; } = FindRoot();

    /// <summary>The native agent where it was built, else the managed one.</summary>
    public static string Agent { get; } = FindAgent();

    /// <summary>A sample project as a git repository with one commit.</summary>
    /// <returns>The commit.</returns>
    public static async Task<string> MakeRepositoryAsync(string sample, string into)
    {
        var from = Path.Combine(Root, "samples", sample);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(into, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        await GitAsync(into, "init", "--quiet", "--initial-branch=main");
        await GitAsync(into, "add", "--all");
        await GitAsync(into, "-c", "user.name=Slipway", "-c", "user.email=samples@slipway.invalid", "commit", "--quiet", "--message", "The sample");
        return (await GitAsync(into, "rev-parse", "HEAD")).Trim();
    }

    private static async Task<string> GitAsync(string directory, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"git {arguments[0]}: {await errors}");
        return output;
    }

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
