using Slipway.Model;

namespace Slipway.Provisioning.Kubernetes.Pods;

/// <summary>What one pod is made for: the part of it that no template knows.</summary>
/// <param name="PodName">Valid and unique; see <see cref="Templates.PodNames"/>. It is the agent's name as well.</param>
/// <param name="AgentSecret">What the agent proves its name with.</param>
/// <param name="Owner">The controller that the pod belongs to; the same across its restarts.</param>
/// <param name="ControllerUrl">What agents dial where the cloud names nothing else.</param>
/// <param name="AgentImage">Runs the agent where the template names no image for it.</param>
/// <param name="Deadline">Anyone who finds the pod after this moment may remove it; <see cref="DateTimeOffset.MaxValue"/> for never.</param>
public sealed record PodContext(string PodName, string AgentSecret, string Owner, string ControllerUrl, string AgentImage, DateTimeOffset Deadline)
{
    /// <summary>Put before <see cref="AgentImage"/> where the cloud names no registry of its own.</summary>
    public string? AgentImageRegistry { get; init; }

    /// <summary>The run that wants it; null for a spare one.</summary>
    public RunId? Run { get; init; }

    /// <summary>The run's page, for people who look at the pod.</summary>
    public string? RunUrl { get; init; }

    /// <summary>Kubernetes itself ends the pod after this long at the latest, should nobody come back for it; null for no such limit.</summary>
    public TimeSpan? LongestLife { get; init; }

    /// <summary>Needed by clouds with <c>directConnection</c>.</summary>
    public DirectConnection? Direct { get; init; }

    /// <summary>Variables of every container, weaker than all others.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <param name="Address"><c>host:port</c> of the agents' TCP port.</param>
/// <param name="Identity">The controller's public key, base64.</param>
public sealed record DirectConnection(string Address, string Identity);

/// <summary>Changes a pod after it was built and before it is created. Injection of the agent's program is one of these.</summary>
public interface IPodDecorator
{
    /// <param name="pod">The pod, which may be changed in place.</param>
    /// <param name="agentContainer">The name of the container that runs the agent.</param>
    void Decorate(System.Text.Json.Nodes.JsonObject pod, string agentContainer, Templates.PodTemplate template, Templates.KubernetesCloudSettings cloud, PodContext context);
}
