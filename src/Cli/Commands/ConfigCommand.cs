using System.CommandLine;
using Slipway.Cli.Output;
using Slipway.Configuration;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway config</c>: Configuration as Code, checked without a server or read again by one.</summary>
internal static class ConfigCommand
{
    private static readonly Argument<string[]> Paths = new("paths") { Description = "Files, and directories of them.", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<bool> WithoutSecrets = new("--without-secrets") { Description = "Leave ${…} as it is, and check nothing that depends on it: neither credentials nor the way to a cluster." };

    private static readonly Option<bool> Connect = new("--connect") { Description = "Then test the connection of each cloud: API server, rights, quotas, and whether a pod reaches the server." };

    public static Command Create()
    {
        var check = new Command("check", "Check configuration as the server does at its start: every fault with its place, nothing is changed.") { Paths, WithoutSecrets, Connect, ConnectionCheck.Cloud, ConnectionCheck.AgentUrl, ConnectionCheck.AgentImage };
        check.SetAction((parsed, cancellation) => CheckAsync(parsed, cancellation));
        return new Command("config", "Configuration as Code.") { check, ConfigReload.Create() };
    }

    /// <summary>As options and variables give them: with commas between them.</summary>
    internal static IReadOnlyList<string> PathsOf(IEnumerable<string> given) =>
        [.. given.SelectMany(paths => paths.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Select(path => path.Contains("://", StringComparison.Ordinal) ? path : CallerPath.Of(path))];

    private static async Task<int> CheckAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var (paths, withoutSecrets, connects) = (parsed.GetValue(Paths)!, parsed.GetValue(WithoutSecrets), parsed.GetValue(Connect));
        if (connects && withoutSecrets)
        {
            throw new UsageException("--connect needs the secrets that --without-secrets leaves out: give one of the two.");
        }

        var result = new ConfigurationReader(ConfigurationSurroundings.OfThisProcess(resolvesSecrets: !withoutSecrets)).Read(PathsOf(paths));
        foreach (var fault in result.FaultLines)
        {
            Terminal.Line($"{Terminal.Red("error")} {fault}");
        }

        foreach (var warning in result.Warnings)
        {
            Terminal.Line($"{Terminal.Yellow("warning")} {warning}");
        }

        if (result.NotApplied.Count > 0)
        {
            Terminal.Line(Terminal.Dim($"This version leaves these keys alone: {string.Join(", ", result.NotApplied)}"));
        }

        if (result.FaultLines.Count > 0)
        {
            Terminal.Line(Terminal.Red(result.FaultLines.Count == 1 ? "1 error" : $"{result.FaultLines.Count} errors"));
            return ExitCodes.Failure;
        }

        foreach (var cloud in result.CloudLines)
        {
            Terminal.Line(cloud);
        }

        Terminal.Line(Terminal.Green("fine"));
        return connects ? await ConnectionCheck.RunAsync(result, parsed, cancellation) : ExitCodes.Success;
    }
}
