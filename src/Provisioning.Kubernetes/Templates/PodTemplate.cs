using Slipway.Model;

namespace Slipway.Provisioning.Kubernetes.Templates;

/// <summary>
/// What pods are made from, with the names of the Jenkins Kubernetes plugin. Null means: not said, so that a parent's value or the default holds.
/// Values that merge keep what was written; <see cref="Pods.PodBuilder"/> makes a pod of the whole.
/// </summary>
public sealed record PodTemplate
{
    public const int DefaultConnectTimeout = 1000;

    public string? Id { get; init; }

    public string? Name { get; init; }

    public string? Namespace { get; init; }

    /// <summary>Labels apart by white space.</summary>
    public string? Label { get; init; }

    /// <summary>Names of parents apart by white space, the later ones winning; empty for none. Null takes the cloud's default parent.</summary>
    public string? InheritFrom { get; init; }

    public string? ServiceAccount { get; init; }

    /// <summary><c>key=value</c> pairs apart by commas; a colon does as well.</summary>
    public string? NodeSelector { get; init; }

    public NodeMode? NodeUsageMode { get; init; }

    /// <summary>At most so many pods of this template; null for no cap of its own.</summary>
    public int? InstanceCap { get; init; }

    /// <summary>Seconds that an agent may take to connect.</summary>
    public int? SlaveConnectTimeout { get; init; }

    /// <summary>Minutes that an idle agent is kept for the next run.</summary>
    public int? IdleMinutes { get; init; }

    /// <summary>Agents kept ready for runs to come (not known to Jenkins).</summary>
    public int? MinIdle { get; init; }

    /// <summary>At most so many agents wait idle (not known to Jenkins).</summary>
    public int? MaxIdle { get; init; }

    /// <summary>Minutes after which an agent takes no further run (not known to Jenkins).</summary>
    public int? MaxAgeMinutes { get; init; }

    /// <summary>Seconds after which Kubernetes ends the pod whatever it does.</summary>
    public int? ActiveDeadlineSeconds { get; init; }

    public PodRetention? PodRetention { get; init; }

    public bool? HostNetwork { get; init; }

    public bool? ShowRawYaml { get; init; }

    public string? RunAsUser { get; init; }

    public string? RunAsGroup { get; init; }

    /// <summary>Group ids apart by commas.</summary>
    public string? SupplementalGroups { get; init; }

    /// <summary>The scheduler that places the pod; null for the cluster's default.</summary>
    public string? SchedulerName { get; init; }

    /// <summary>The container that the agent runs in; null for <c>jnlp</c>.</summary>
    public string? AgentContainer { get; init; }

    /// <summary>The agent is put into its container, whose image need not hold one.</summary>
    public bool? AgentInjection { get; init; }

    public WorkspaceVolume? WorkspaceVolume { get; init; }

    public IReadOnlyList<ContainerTemplate> Containers { get; init; } = [];

    public IReadOnlyList<EnvVar> EnvVars { get; init; } = [];

    public IReadOnlyList<PodVolume> Volumes { get; init; } = [];

    public IReadOnlyList<KeyAndValue> Annotations { get; init; } = [];

    public IReadOnlyList<PodImagePullSecret> ImagePullSecrets { get; init; } = [];

    public IReadOnlyList<NodeProperty> NodeProperties { get; init; } = [];

    /// <summary>Raw pods, a parent's before its child's.</summary>
    public IReadOnlyList<string> Yamls { get; init; } = [];

    public YamlMergeStrategy? YamlMergeStrategy { get; init; }

    /// <summary>Children that name no strategy use this template's.</summary>
    public bool InheritYamlMergeStrategy { get; init; }

    public IReadOnlyList<string> Labels => LabelExpression.SplitLabels(Label);

    /// <summary>Whether a pod of this template may take work that asks for <paramref name="label"/> (null: asks for nothing).</summary>
    public bool Serves(LabelExpression? label) => label is null ? NodeUsageMode is null or NodeMode.Normal : label.Matches(Labels);
}

public sealed record KeyAndValue(string Key, string Value);

public sealed record PodImagePullSecret(string Name);

/// <summary>What becomes of several raw pods of one template.</summary>
public enum YamlMergeStrategy
{
    /// <summary>The last one alone counts.</summary>
    Override,

    /// <summary>All count, merged in their order.</summary>
    Merge,
}

/// <summary>Which pods stay after their work.</summary>
public enum PodRetention
{
    /// <summary>As the cloud says.</summary>
    Default,
    Never,
    OnFailure,
    Always,
    Evicted,
}

/// <summary>What a template sets on its nodes.</summary>
public abstract record NodeProperty
{
    private protected NodeProperty()
    {
    }
}

public sealed record ToolLocationNodeProperty(IReadOnlyList<ToolLocation> Locations) : NodeProperty;

/// <param name="Key">Type and name of the tool: <c>hudson.model.JDK$DescriptorImpl@jdk21</c>.</param>
public sealed record ToolLocation(string Key, string Home);

public sealed record EnvironmentVariablesNodeProperty(IReadOnlyList<KeyAndValue> Env) : NodeProperty;

/// <summary>A template cannot become a pod. The message says which one, why and what to do.</summary>
public sealed class PodTemplateException : Exception
{
    public PodTemplateException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>It can be read, and no pod can be made of it.</summary>
    public bool IsNoPod { get; init; }
}
