using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <summary>A pod template with all that it inherits, ready to become pods.</summary>
public sealed record KubernetesNodeTemplate(string Name, IReadOnlyList<string> Labels, NodeMode Mode, int? MaxNodes)
    : NodeTemplate(Name, Labels, Mode, MaxNodes)
{
    public required PodTemplate Pod { get; init; }

    /// <summary>Where its pods are made.</summary>
    public required string Namespace { get; init; }

    /// <summary>Pods of the same hash are alike in all but what they were made for.</summary>
    public required string Hash { get; init; }

    /// <summary>A pipeline brought it along; it is not one of the cloud's own.</summary>
    public bool IsDeclared { get; init; }

    /// <summary>The <c>activeDeadlineSeconds</c> that its pods have of themselves.</summary>
    internal TimeSpan? OwnDeadline { get; init; }

    /// <summary>Pods with this key count against its <see cref="NodeTemplate.MaxNodes"/>.</summary>
    internal string CapKey { get; init; } = Name;

    internal TimeSpan ConnectLimit => ConnectTimeout ?? TimeSpan.FromSeconds(PodTemplate.DefaultConnectTimeout);
}
