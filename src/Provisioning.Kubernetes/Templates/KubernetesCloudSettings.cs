namespace Slipway.Provisioning.Kubernetes.Templates;

/// <summary>A Kubernetes cloud as it is configured: how to reach the API, how agents reach the controller, and the templates. Times are in seconds unless said otherwise.</summary>
public sealed record KubernetesCloudSettings
{
    public string Name { get; init; } = "kubernetes";

    /// <summary>Null for the cluster that the controller runs in, or its kubeconfig.</summary>
    public string? ServerUrl { get; init; }

    public string? ServerCertificate { get; init; }

    public bool SkipTlsVerify { get; init; }

    public string? CredentialsId { get; init; }

    public string? Namespace { get; init; }

    public bool UseJenkinsProxy { get; init; }

    public bool AddMasterProxyEnvVars { get; init; }

    public int ConnectTimeout { get; init; } = 5;

    public int ReadTimeout { get; init; } = 15;

    public int MaxRequestsPerHost { get; init; } = 32;

    /// <summary>At most so many pods; null for no cap.</summary>
    public int? ContainerCap { get; init; }

    /// <summary>Pods that have ended do not count against the caps.</summary>
    public bool CapOnlyOnAlivePods { get; init; }

    /// <summary>Minutes.</summary>
    public int RetentionTimeout { get; init; } = 5;

    public int WaitForPodSec { get; init; } = 600;

    /// <summary>What agents dial; null for the controller's own URL.</summary>
    public string? JenkinsUrl { get; init; }

    /// <summary><c>host:port</c>, <c>host:</c> or <c>:port</c> of the agents' TCP port.</summary>
    public string? JenkinsTunnel { get; init; }

    public bool WebSocket { get; init; }

    public bool DirectConnection { get; init; }

    /// <summary>Put before the name of the default agent image.</summary>
    public string? Jnlpregistry { get; init; }

    /// <summary>Only folders that were given this cloud may use it.</summary>
    public bool UsageRestricted { get; init; }

    /// <summary>Paths of folders whose jobs, at any depth, may use this cloud (not known to Jenkins, which keeps this in the folders). None: every job, unless <see cref="UsageRestricted"/>.</summary>
    public IReadOnlyList<string> RestrictedToFolders { get; init; } = [];

    /// <summary>The agent's program is always brought by an init container (not known to Jenkins): for images without a shell. It costs about a second of every start.</summary>
    public bool AgentInitContainer { get; init; }

    /// <summary>Pods end after so many seconds at the latest, also where the controller never comes back (not known to Jenkins); zero for never.</summary>
    public int PodDeadlineSeconds { get; init; } = 2 * 24 * 60 * 60;

    /// <summary>The agent's container satisfies the restricted Pod Security Standard, whoever described it.</summary>
    public bool RestrictedPssSecurityContext { get; init; }

    public PodRetention PodRetention { get; init; } = PodRetention.Never;

    /// <summary>The parent of templates that name none.</summary>
    public string? DefaultsProviderTemplate { get; init; }

    public IReadOnlyList<KeyAndValue> PodLabels { get; init; } = [];

    public GarbageCollection? GarbageCollection { get; init; }

    public IReadOnlyList<PodTemplate> Templates { get; init; } = [];
}

/// <summary>Removes pods that nobody has wanted for a time.</summary>
/// <param name="Namespaces">Looked at beside the cloud's own, one per line.</param>
public sealed record GarbageCollection(string? Namespaces, int TimeoutSeconds)
{
    /// <summary>The namespaces of a text that holds them on lines, or with commas or spaces between them.</summary>
    public static IReadOnlyList<string> Names(string? namespaces) => (namespaces ?? "").Split((char[])['\n', ',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
