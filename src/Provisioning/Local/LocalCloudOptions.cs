using Slipway.Model;

namespace Slipway.Provisioning.Local;

/// <summary>How the local cloud runs agents: processes of this machine, one per <c>node</c> block.</summary>
public sealed record LocalCloudOptions
{
    public string Name { get; init; } = "local";

    /// <summary>Holds one directory per node, with its workspace, record and log. The cloud owns everything in it.</summary>
    public required string Directory { get; init; }

    /// <summary>The program: the native <c>slipway-agent</c>, or <c>slipway-agent.dll</c>, which <c>dotnet</c> then runs.</summary>
    public required string AgentProgram { get; init; }

    /// <summary>Agents at a time, over all templates.</summary>
    public int MaxNodes { get; init; } = 20;

    /// <summary>What of this process's environment agents and builds see.</summary>
    public AgentEnvironment Environment { get; init; } = AgentEnvironment.Only();

    public IReadOnlyList<NodeTemplate> Templates { get; init; } = [new NodeTemplate("local", ["local", "linux"], NodeMode.Normal)];

    /// <summary>How long an agent goes on without its controller before it ends itself and everything that it started.</summary>
    public TimeSpan OrphanTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long an agent is given to end by itself before it is killed.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Finds the agent beside the server's own program: the native binary first, then the managed build; null when neither is there.</summary>
    public static string? FindAgentProgram(string baseDirectory) => CandidatesBeside(baseDirectory).FirstOrDefault(File.Exists);

    /// <summary>Where <see cref="FindAgentProgram"/> looks, in that order.</summary>
    public static IReadOnlyList<string> CandidatesBeside(string baseDirectory) =>
    [
        Path.Combine(baseDirectory, "slipway-agent"),
        Path.Combine(baseDirectory, "agent", "slipway-agent"),
        Path.Combine(baseDirectory, "slipway-agent.dll"),
        Path.Combine(baseDirectory, "agent", "slipway-agent.dll"),
    ];
}
