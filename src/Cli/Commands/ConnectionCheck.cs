using System.CommandLine;
using Slipway.Cli.Output;
using Slipway.Configuration;
using Slipway.Provisioning.Kubernetes.Checking;
using Slipway.Server.Settings;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway config check --connect</c>: the connection test of clouds that no server uses yet.</summary>
internal static class ConnectionCheck
{
    public static readonly Option<string?> Cloud = new("--cloud") { Description = "With --connect: this cloud alone.", HelpName = "name" };

    public static readonly Option<string?> AgentUrl = new("--agent-url") { Description = "With --connect: what agents dial where a cloud says nothing (SLIPWAY_AGENT_URL, SLIPWAY_ROOT_URL).", DefaultValueFactory = _ => ServerCommand.Setting("AGENT_URL") ?? ServerCommand.Setting("ROOT_URL"), HelpName = "url" };

    public static readonly Option<string> AgentImage = new("--agent-image") { Description = "With --connect: the image of the pod that tries the way to the server.", DefaultValueFactory = _ => ServerCommand.Setting("AGENT_IMAGE") ?? ServerSettings.DefaultAgentImage, HelpName = "image" };

    /// <summary>One cloud after the other; each finding is told as soon as it is made.</summary>
    /// <returns><see cref="ExitCodes.Failure"/> where no agent can be expected of one of them.</returns>
    public static async Task<int> RunAsync(ConfigurationResult configuration, ParseResult parsed, CancellationToken cancellation)
    {
        var name = parsed.GetValue(Cloud);
        var clouds = configuration.Clouds.Where(cloud => name is null || cloud.Settings.Name == name).ToList();
        if (clouds.Count == 0)
        {
            throw new UsageException(name is null ? "There is no cloud to connect to in this configuration." : $"--cloud is '{name}', and there is no such cloud. There are: {string.Join(", ", configuration.Clouds.Select(cloud => cloud.Settings.Name))}.");
        }

        var url = ReadUrl(parsed.GetValue(AgentUrl));
        var isUsable = true;
        foreach (var cloud in clouds)
        {
            Terminal.Line();
            Terminal.Line(Terminal.Bold($"cloud '{cloud.Settings.Name}'"));
            var report = await ConnectionTest.RunAsync(cloud.Settings, cloud.Connection, url, parsed.GetValue(AgentImage)!, Tell, TimeProvider.System, cancellation);
            isUsable &= report.IsUsable;
        }

        Terminal.Line();
        Terminal.Line(isUsable ? Terminal.Green("usable") : Terminal.Red("not usable"));
        return isUsable ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static void Tell(ConnectionFinding finding)
    {
        var state = finding.State switch
        {
            FindingState.Works => Terminal.Green("works  "),
            FindingState.Warning => Terminal.Yellow("warning"),
            _ => Terminal.Red("fails  "),
        };
        Terminal.Line($"{state} {finding.Subject}: {finding.Message}");
        foreach (var line in (finding.Cure ?? "").Split('\n').Where(line => line.Length > 0))
        {
            Terminal.Line($"        {line}");
        }
    }

    private static Uri? ReadUrl(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : throw new UsageException($"--agent-url is '{text}', which is not an http or https URL. Write it in full, such as https://ci.example.com/.");
    }
}
