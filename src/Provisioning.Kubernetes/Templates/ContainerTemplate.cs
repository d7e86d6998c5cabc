namespace Slipway.Provisioning.Kubernetes.Templates;

/// <summary>One container of a pod template. Null means: not said, so that a parent's value holds.</summary>
public sealed record ContainerTemplate
{
    public string Name { get; init; } = "";

    public string? Image { get; init; }

    public bool? Privileged { get; init; }

    public bool? AlwaysPullImage { get; init; }

    public string? WorkingDir { get; init; }

    /// <summary>A command line; quotes hold words together. Null or empty leaves the image's entrypoint.</summary>
    public string? Command { get; init; }

    public string? Args { get; init; }

    public bool? TtyEnabled { get; init; }

    /// <summary>What runs the processes of steps; null for <c>sh</c>.</summary>
    public string? Shell { get; init; }

    public string? ResourceRequestCpu { get; init; }

    public string? ResourceRequestMemory { get; init; }

    public string? ResourceRequestEphemeralStorage { get; init; }

    public string? ResourceLimitCpu { get; init; }

    public string? ResourceLimitMemory { get; init; }

    public string? ResourceLimitEphemeralStorage { get; init; }

    public string? RunAsUser { get; init; }

    public string? RunAsGroup { get; init; }

    public IReadOnlyList<EnvVar> EnvVars { get; init; } = [];

    public IReadOnlyList<PortMapping> Ports { get; init; } = [];

    public ContainerLivenessProbe? LivenessProbe { get; init; }
}

public sealed record PortMapping(string Name, int? ContainerPort, int? HostPort);

/// <summary>A command that must succeed for the container to count as alive. Times are in seconds; zero leaves Kubernetes' default.</summary>
public sealed record ContainerLivenessProbe(string ExecArgs, int TimeoutSeconds, int InitialDelaySeconds, int FailureThreshold, int PeriodSeconds, int SuccessThreshold);
