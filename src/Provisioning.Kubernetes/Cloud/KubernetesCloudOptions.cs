using Slipway.Kubernetes.Connecting;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <summary>What a <see cref="KubernetesCloud"/> is made of.</summary>
public sealed record KubernetesCloudOptions
{
    /// <summary>With secrets resolved.</summary>
    public required KubernetesCloudSettings Settings { get; init; }

    public required ClusterConnection Connection { get; init; }

    /// <summary>The controller that the pods belong to: the same over its restarts, and no other's.</summary>
    public required string Owner { get; init; }

    /// <summary>Runs the agent where a template names no image for it, and brings its program into other images.</summary>
    public required string AgentImage { get; init; }

    /// <summary>Where it is kept in which namespaces there are pods; null: nowhere, and only those that the configuration names are looked at after a restart.</summary>
    public INamespaceMemory? Namespaces { get; init; }

    /// <summary>
    /// How long an API server that is away or busy is asked again for one pod. Then its request goes back to the queue, where another cloud may take it, and others are not sent there for a while.
    /// </summary>
    public TimeSpan CreatePatience { get; init; } = TimeSpan.FromSeconds(15);
}
