using Slipway.Kubernetes.Connecting;

namespace Slipway.Configuration;

/// <summary>What a configuration is read in: the environment, mounted secrets, the ways to a cluster that the machine offers by itself.</summary>
public sealed record ConfigurationSurroundings
{
    /// <summary>A variable of the environment; null where it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Directories whose files are secrets by their names.</summary>
    public IReadOnlyList<string> SecretDirectories { get; init; } = [];

    /// <summary>A file of <c>NAME=value</c> lines; null for none.</summary>
    public string? SecretsFile { get; init; }

    /// <summary>False: references stay as they are written, and connections are not made; what can be checked without secrets is.</summary>
    public bool ResolvesSecrets { get; init; } = true;

    /// <summary>The connection of the pod that this is; null where it is none.</summary>
    public required Func<ClusterConnection?> InCluster { get; init; }

    /// <summary>Kubeconfig files that count where a cloud says nothing.</summary>
    public required IReadOnlyList<string> Kubeconfigs { get; init; }

    /// <summary>As Jenkins has it: the environment, the directory <c>SECRETS</c> (else <c>/run/secrets</c>), the file <c>SECRETS_FILE</c> (else <c>/run/secrets/secrets.properties</c>).</summary>
    public static ConfigurationSurroundings OfThisProcess(bool resolvesSecrets = true)
    {
        var directory = Set("SECRETS") ?? "/run/secrets";
        return new ConfigurationSurroundings
        {
            Variable = Environment.GetEnvironmentVariable,
            SecretDirectories = [directory],
            SecretsFile = Set("SECRETS_FILE") ?? Path.Combine(directory, "secrets.properties"),
            ResolvesSecrets = resolvesSecrets,
            InCluster = () => InClusterConnection.IsAvailable() ? InClusterConnection.Connect() : null,
            Kubeconfigs = Kubeconfig.DefaultFiles(),
        };
    }

    private static string? Set(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
