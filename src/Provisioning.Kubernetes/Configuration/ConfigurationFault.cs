using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Configuration;

/// <summary>Something in a configuration file that cannot be used.</summary>
/// <param name="Key">The way to it: <c>jenkins.clouds[0].kubernetes.templates[1].label</c>.</param>
public sealed record ConfigurationFault(string File, int Line, int Column, string Key, string Message)
{
    /// <summary>A fault of the file as a whole has no line, and one of its form no key.</summary>
    public override string ToString() => $"{File}{(Line > 0 ? $":{Line}:{Column}" : "")}: {(Key.Length > 0 ? $"{Key}: " : "")}{Message}";
}

/// <summary>A use of <c>${Name}</c>.</summary>
public sealed record SecretReference(string Name, string File, int Line, int Column, string Key);

/// <param name="Clouds">Complete only if there are no <paramref name="Faults"/>.</param>
/// <param name="Faults">All of them, in the order of the file.</param>
/// <param name="References">What the clouds ask for by <c>${NAME}</c>.</param>
public sealed record KubernetesConfigurationResult(
    IReadOnlyList<KubernetesCloudSettings> Clouds,
    IReadOnlyList<ConfigurationFault> Faults,
    IReadOnlyList<SecretReference> References)
{
    /// <summary>What can be used and is worth telling, with its place.</summary>
    public IReadOnlyList<ConfigurationFault> Warnings { get; init; } = [];
}
