namespace Slipway.Provisioning.Kubernetes.Failures;

/// <summary>Something about a pod that ends its use, unless it passes within a time.</summary>
/// <param name="Key">The same for the same problem, however its words change.</param>
/// <param name="Message">What a developer understands, with what to do.</param>
/// <param name="Grace">How long it may last before it counts; zero: at once.</param>
internal sealed record PodProblem(string Key, NodeFailureReason Reason, string Message, bool IsInfrastructure, bool MayRetry, TimeSpan Grace)
{
    /// <summary>An image that turned out to have no shell to wait in.</summary>
    public string? ImageWithoutShell { get; init; }

    /// <summary>Whether the pod's containers may have written something that explains it.</summary>
    public bool HasLogs { get; init; } = true;
}

/// <summary>What is known of a pod beside what the API says.</summary>
/// <param name="Access">How each container was prepared; see <see cref="Injection.ContainerAccess"/>.</param>
/// <param name="ConnectLimit">How long the pod may wait for a machine.</param>
/// <param name="Events">Those about the pod, oldest first.</param>
internal sealed record PodKnowledge(string AgentContainer, IReadOnlyDictionary<string, Injection.ContainerAccess> Access, TimeSpan ConnectLimit, IReadOnlyList<Slipway.Kubernetes.Api.EventView> Events);
