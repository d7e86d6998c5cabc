using Slipway.Controller.Agents;
using Slipway.Controller.Capacity;
using Slipway.Jenkinsfile.Execution;
using Slipway.Provisioning;

namespace Slipway.Controller;

/// <summary>What the controller needs to be told.</summary>
public sealed record ControllerOptions
{
    /// <summary>Where the controller keeps files of its own (secrets, caches of repositories).</summary>
    public required string DataDirectory { get; init; }

    /// <summary>How users reach the server; ends with a slash. Part of every link, and of <c>BUILD_URL</c>.</summary>
    public required Uri RootUrl { get; init; }

    /// <summary>What agents are told to dial; ends with a slash. Null where nothing was configured: on-demand agents dial <see cref="LocalUrl"/>, others the root URL as users know it.</summary>
    public Uri? AgentUrl { get; init; }

    /// <summary>How programs on this machine reach the server; the root URL where it is not given.</summary>
    public Uri? LocalUrl { get; init; }

    /// <summary>Jenkinsfiles may come from repositories on the server's own disk.</summary>
    public bool AllowLocalRepositories { get; init; }

    public AgentHubOptions Agents { get; init; } = new();

    public PipelineRunOptions Limits { get; init; } = new();

    /// <summary>How long a started agent may take to connect.</summary>
    public TimeSpan AgentConnectTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Variables that every run begins with, as they are configured now.</summary>
    public Func<IReadOnlyDictionary<string, string>> GlobalEnvironment { get; init; } = () => new Dictionary<string, string>();

    /// <summary>Where pipelines work on a node that is made for them; null: in a fresh directory.</summary>
    public Func<ExecutorRequest, NodeWorkspace>? WorkspaceOf { get; init; }
}
