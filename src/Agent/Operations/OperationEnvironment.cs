using System.Collections;
using Slipway.Agent.Processes;
using Slipway.Model.Operations;

namespace Slipway.Agent.Operations;

/// <summary>The variables of an operation's processes.</summary>
internal static class OperationEnvironment
{
    /// <summary>
    /// How the agent itself was told what to do: not for its children, who are not trusted with its secret. What scripts know of their agent stays: JENKINS_URL, JENKINS_AGENT_NAME, JENKINS_NAME and
    /// JENKINS_AGENT_WORKDIR.
    /// </summary>
    private static readonly string[] AgentsOwn =
    [
        "JENKINS_SECRET", "JENKINS_WEB_SOCKET", "JENKINS_TUNNEL", "JENKINS_DIRECT_CONNECTION",
        "JENKINS_INSTANCE_IDENTITY", "JENKINS_PROTOCOLS", "REMOTING_OPTS", "JENKINS_JAVA_OPTS", "DOTNET_gcServer", "DOTNET_GCHeapHardLimit",
    ];

    /// <summary>The agent's environment as operations see it.</summary>
    public static Dictionary<string, string> Inherited()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (!AgentsOwn.Contains(name) && (name == AgentVariables.Node || !name.StartsWith("SLIPWAY_", StringComparison.Ordinal)))
            {
                variables[name] = (string?)variable.Value ?? "";
            }
        }

        return variables;
    }

    public static Dictionary<string, string> For(AgentOperation operation, string operationCookie, string allocationCookie) => Over(Overlay(operation, operationCookie, allocationCookie));

    /// <summary>What an operation puts over the environment that it runs in, be it the agent's or that of another container; null removes a variable.</summary>
    public static Dictionary<string, string?> Overlay(AgentOperation operation, string operationCookie, string allocationCookie)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal) { [ProcessCookies.Allocation] = allocationCookie };
        foreach (var (name, value) in operation.Surroundings.Environment)
        {
            variables[name] = value;
        }

        variables[ProcessCookies.Operation] = operationCookie;
        return variables;
    }

    /// <summary>This process's environment as operations see it, with that over it.</summary>
    public static Dictionary<string, string> Over(IReadOnlyDictionary<string, string?> overlay)
    {
        var variables = Inherited();
        foreach (var (name, value) in overlay)
        {
            if (value is null)
            {
                variables.Remove(name);
            }
            else
            {
                variables[name] = value;
            }
        }

        return variables;
    }
}

/// <summary>Variables of our own, set by whoever starts the agent.</summary>
internal static class AgentVariables
{
    /// <summary>Marks every process of a node, so that the one who started the agent can find them all. Inherited by the processes of operations.</summary>
    public const string Node = "SLIPWAY_NODE";

    /// <summary>Seconds without a controller after which the agent ends everything.</summary>
    public const string OrphanTimeout = "SLIPWAY_ORPHAN_TIMEOUT";

    /// <summary><c>1</c>: the node exists for this agent only, so ending the agent ends what it runs.</summary>
    public const string OneShot = "SLIPWAY_ONE_SHOT";

    /// <summary>A directory that belongs to someone, used as every job's workspace.</summary>
    public const string Workspace = "SLIPWAY_WORKSPACE";

    /// <summary>The agent runs in a pod, in the container of this name.</summary>
    public const string Container = "SLIPWAY_CONTAINER";

    /// <summary>Where the shims of the pod's containers listen, if not in <see cref="Containers.Pod.UsualSocketDirectory"/>.</summary>
    public const string SocketDirectory = "SLIPWAY_SOCKETS";

    /// <summary>A file for the agent's own log; with it, the agent leaves the session and terminal of its parent.</summary>
    public const string DetachedLog = "SLIPWAY_DETACHED_LOG";
}
