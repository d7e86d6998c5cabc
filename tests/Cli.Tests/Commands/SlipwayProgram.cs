using System.Diagnostics;

namespace Slipway.Cli.Tests.Commands;

/// <summary>The program as a user runs it: a process in a directory, with its output and exit code.</summary>
internal static class SlipwayProgram
{
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(string directory, params string[] arguments) => RunAsync(directory, Agent(), arguments);

    /// <param name="agent">What SLIPWAY_AGENT says; null where it is not set.</param>
    /// <param name="onLine">Called with the process's id and each line that it prints.</param>
    /// <param name="environment">Variables beyond those of the tests.</param>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string directory, string? agent, string[] arguments, Action<int, string>? onLine = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "slipway.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["SLIPWAY_CALLER_DIR"] = directory;
        start.Environment["SLIPWAY_AGENT"] = agent;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = ReadAsync(process.StandardOutput, line => onLine?.Invoke(process.Id, line));
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    private static async Task<string> ReadAsync(StreamReader reader, Action<string> onLine)
    {
        var text = new System.Text.StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            text.Append(line).Append('\n');
            onLine(line);
        }

        return text.ToString();
    }

    /// <summary>The native agent where it was built, else the managed one of the same build.</summary>
    public static string Agent()
    {
        if (Environment.GetEnvironmentVariable("SLIPWAY_AGENT") is { Length: > 0 } named && File.Exists(named))
        {
            return named;
        }

        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Agent", configuration, "slipway-agent.dll"));
    }
}
