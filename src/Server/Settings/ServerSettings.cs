using System.Net;

namespace Slipway.Server.Settings;

/// <summary>What the server is told at its start. Everything has a default that works.</summary>
public sealed record ServerSettings
{
    /// <summary>Holds all state. Made where it is missing.</summary>
    public string DataDirectory { get; init; } = "slipway-data";

    /// <summary><c>address:port</c>, with port 0 for a free one. Bound to loopback the server may run open; anything else demands a login.</summary>
    public string Listen { get; init; } = "127.0.0.1:8080";

    /// <summary>How users reach it, where that differs from <see cref="Listen"/> (behind a proxy).</summary>
    public string? RootUrl { get; init; }

    /// <summary>What agents dial, where that differs from <see cref="Listen"/> (a proxy between them and the server).</summary>
    public string? AgentUrl { get; init; }

    /// <summary>Jenkinsfiles may come from repositories on the server's own disk.</summary>
    public bool AllowLocalRepositories { get; init; }

    /// <summary>A login is demanded even on loopback.</summary>
    public bool RequireLogin { get; init; }

    /// <summary>Agents of the local cloud at a time; 0 switches it off.</summary>
    public int LocalAgents { get; init; } = 20;

    /// <summary>Labels of the local cloud's agents.</summary>
    public IReadOnlyList<string> LocalLabels { get; init; } = ["local", "linux"];

    /// <summary>Names of variables of the server's environment that local agents and builds see, besides <see cref="Provisioning.Local.AgentEnvironment.Always"/>.</summary>
    public IReadOnlyList<string> AgentEnvironment { get; init; } = [];

    /// <summary>The agent's program; found beside the server where it is not given.</summary>
    public string? AgentProgram { get; init; }

    /// <summary>Configuration as Code: files, and directories of them; empty for none.</summary>
    public IReadOnlyList<string> Configuration { get; init; } = [];

    /// <summary>Whoever knows it may have the configuration read again; null: administrators alone.</summary>
    public string? ReloadToken { get; init; }

    /// <summary><c>address:port</c> of a second door that is for agents alone; null for none.</summary>
    public string? AgentListen { get; init; }

    /// <summary>Runs the agent of pods whose template names no image for it.</summary>
    public string AgentImage { get; init; } = DefaultAgentImage;

    /// <summary>Metrics are read without a login.</summary>
    public bool OpenMetrics { get; init; }

    /// <summary>Traces of runs are sent by OTLP, where and how the <c>OTEL_…</c> variables of the environment say.</summary>
    public bool SendsTraces { get; init; }

    /// <summary>The environment names a place to send traces to (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>).</summary>
    public static bool EnvironmentAsksForTraces() =>
        (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") ?? Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")) is { Length: > 0 }
        && Environment.GetEnvironmentVariable("OTEL_SDK_DISABLED") is not "true";

    /// <summary>The image that belongs to this server.</summary>
    public static string DefaultAgentImage { get; } = $"slipway/agent:{typeof(ServerSettings).Assembly.GetName().Version!.ToString(3)}";
}

/// <summary>Checked settings.</summary>
/// <param name="Agents">The door for agents alone.</param>
public sealed record ServerEndpoint(IPAddress Address, int Port, Uri? RootUrl, Uri? AgentUrl, IPEndPoint? Agents = null)
{
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>No login: nobody but this machine's users can reach it. A root URL of another name says that others can, through a proxy.</summary>
    public bool RunsOpen(ServerSettings settings) => IsLoopback && RootUrl is null or { IsLoopback: true } && !settings.RequireLogin;
}

/// <summary>Settings that cannot be used: every fault at once, each with the key and what to write.</summary>
public sealed class SettingsException(IReadOnlyList<string> faults, Exception? cause = null)
    : Exception("The settings cannot be used:" + string.Concat(faults.Select(f => $"\n  {f}")), cause)
{
    public IReadOnlyList<string> Faults { get; } = faults;
}

/// <summary>How an administrator writes each setting: the option, and the variable of the environment. Messages name these and no property of ours.</summary>
public static class SettingNames
{
    public const string Data = "--data (SLIPWAY_DATA)";
    public const string Listen = "--listen (SLIPWAY_LISTEN)";
    public const string RootUrl = "--root-url (SLIPWAY_ROOT_URL)";
    public const string AgentUrl = "--agent-url (SLIPWAY_AGENT_URL)";
    public const string LocalAgents = "--local-agents (SLIPWAY_LOCAL_AGENTS)";
    public const string Agent = "--agent (SLIPWAY_AGENT)";
    public const string Configuration = "--config (SLIPWAY_CONFIG)";
    public const string AgentListen = "--agent-listen (SLIPWAY_AGENT_LISTEN)";
    public const string AgentImage = "--agent-image (SLIPWAY_AGENT_IMAGE)";
    public const string AgentEnvironment = "--agent-env (SLIPWAY_AGENT_ENV)";
}

public static class ServerSettingsValidator
{
    /// <exception cref="SettingsException"/>
    public static ServerEndpoint Validate(ServerSettings settings)
    {
        var faults = new List<string>();
        var address = ReadListen(SettingNames.Listen, settings.Listen, faults);
        var agentDoor = string.IsNullOrEmpty(settings.AgentListen) ? ((IPAddress, int)?)null : ReadListen(SettingNames.AgentListen, settings.AgentListen, faults);
        if (agentDoor is { } door && door.Item2 != 0 && door.Item2 == address.Port)
        {
            faults.Add($"{SettingNames.AgentListen} and {SettingNames.Listen} name the same port, {door.Item2}. Give agents a port of their own, or leave {SettingNames.AgentListen} out: they connect to the other one too.");
        }

        if (string.IsNullOrWhiteSpace(settings.AgentImage) || settings.AgentImage.Any(char.IsWhiteSpace))
        {
            faults.Add($"{SettingNames.AgentImage} is '{settings.AgentImage}', which is not the name of an image. Write it with its tag, such as {ServerSettings.DefaultAgentImage}.");
        }

        var root = ReadUrl(SettingNames.RootUrl, settings.RootUrl, faults);
        var agents = ReadUrl(SettingNames.AgentUrl, settings.AgentUrl, faults);
        if (settings.LocalAgents is < 0 or > 10_000)
        {
            faults.Add($"{SettingNames.LocalAgents} is {settings.LocalAgents}; it must be between 0 (no local cloud) and 10000.");
        }

        if (string.IsNullOrWhiteSpace(settings.DataDirectory))
        {
            faults.Add($"{SettingNames.Data} is empty; name the directory that holds the server's state.");
        }

        if (settings.AgentProgram is { } program && !File.Exists(program))
        {
            faults.Add($"{SettingNames.Agent} names '{program}', which does not exist. Name the slipway-agent binary, or leave it out.");
        }

        foreach (var name in settings.AgentEnvironment.Where(n => !IsVariableName(n)))
        {
            faults.Add($"{SettingNames.AgentEnvironment} names '{name}', which is not a variable's name. Write names alone, with commas between them: HTTPS_PROXY,NO_PROXY.");
        }

        return faults.Count == 0 ? new ServerEndpoint(address.Address, address.Port, root, agents, agentDoor is { } agentEnd ? new IPEndPoint(agentEnd.Item1, agentEnd.Item2) : null) : throw new SettingsException(faults);
    }

    private static bool IsVariableName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static Uri? ReadUrl(string key, string? text, List<string> faults)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            return url;
        }

        faults.Add($"{key} is '{text}', which is not an http or https URL. Write it in full, such as https://ci.example.com/.");
        return null;
    }

    private static (IPAddress Address, int Port) ReadListen(string key, string text, List<string> faults)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon];
        var address = host switch
        {
            "localhost" => IPAddress.Loopback,
            "*" or "" => IPAddress.Any,
            _ => IPAddress.TryParse(host.Trim('[', ']'), out var parsed) ? parsed : null,
        };
        if (address is null || colon < 0 || !int.TryParse(text.AsSpan(colon + 1), out var port) || port is < 0 or > 65535)
        {
            faults.Add($"{key} is '{text}', which is not address:port. Examples: 127.0.0.1:8080, 0.0.0.0:8080, [::1]:8080.");
            return (IPAddress.Loopback, 0);
        }

        return (address, port);
    }
}
