namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <summary>What a pod of ours says of itself, beside what <see cref="Pods.PodBuilder"/> writes: all that is to be known of it after a restart.</summary>
internal static class PodMarks
{
    public const string CloudLabel = "slipway/cloud";

    public const string Effect = "slipway/effect";
    public const string Template = "slipway/template";
    public const string CapKey = "slipway/cap-key";
    public const string ReuseKey = "slipway/reuse-key";
    public const string Job = "slipway/job";
    public const string Folder = "slipway/folder";

    /// <summary>Set while it waits, clean, for work of that folder.</summary>
    public const string IdleFor = "slipway/idle-for";

    public const string AgentContainer = "slipway/agent-container";

    /// <summary>How each container was prepared for running processes: a JSON object of names and <see cref="Injection.ContainerAccess"/>.</summary>
    public const string Access = "slipway/containers";

    /// <summary>Seconds that the agent may take to connect.</summary>
    public const string ConnectTimeout = "slipway/connect-timeout";

    public const string Retention = "slipway/pod-retention";

    /// <summary>Names of claims that were made for the pod, apart by commas.</summary>
    public const string Claims = "slipway/claims";

    /// <summary>Set when its work is over and it stays to be looked at.</summary>
    public const string Kept = "slipway/kept";
}
