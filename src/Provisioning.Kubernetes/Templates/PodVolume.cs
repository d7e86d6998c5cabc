namespace Slipway.Provisioning.Kubernetes.Templates;

/// <summary>A volume that every container of the pod mounts at <see cref="MountPath"/>.</summary>
public abstract record PodVolume
{
    private protected PodVolume()
    {
    }

    public string MountPath { get; init; } = "";

    public bool ReadOnly { get; init; }
}

public sealed record ConfigMapVolume : PodVolume
{
    public string ConfigMapName { get; init; } = "";

    public bool Optional { get; init; }

    public string? SubPath { get; init; }
}

public sealed record SecretVolume : PodVolume
{
    public string SecretName { get; init; } = "";

    /// <summary>File mode as it is written, octal: <c>0400</c>.</summary>
    public string? DefaultMode { get; init; }

    public bool Optional { get; init; }
}

public sealed record EmptyDirVolume : PodVolume
{
    public bool Memory { get; init; }
}

public sealed record HostPathVolume : PodVolume
{
    public string HostPath { get; init; } = "";
}

public sealed record NfsVolume : PodVolume
{
    public string ServerAddress { get; init; } = "";

    public string ServerPath { get; init; } = "";
}

public sealed record PersistentVolumeClaim : PodVolume
{
    public string ClaimName { get; init; } = "";
}

/// <summary>A claim that is made before the pod and goes with it.</summary>
public sealed record DynamicPVCVolume : PodVolume
{
    public ClaimRequest Claim { get; init; } = ClaimRequest.Default;
}

/// <summary>A claim that Kubernetes itself makes and removes with the pod.</summary>
public sealed record GenericEphemeralVolume : PodVolume
{
    public ClaimRequest Claim { get; init; } = ClaimRequest.Default;
}

/// <summary>What a new claim asks for.</summary>
public sealed record ClaimRequest(string AccessModes, string RequestsSize, string? StorageClassName)
{
    public static ClaimRequest Default { get; } = new("ReadWriteOnce", "10Gi", null);
}

/// <summary>The volume under the working directory, which all containers share.</summary>
public abstract record WorkspaceVolume
{
    private protected WorkspaceVolume()
    {
    }
}

public sealed record EmptyDirWorkspaceVolume : WorkspaceVolume
{
    public bool Memory { get; init; }
}

public sealed record HostPathWorkspaceVolume : WorkspaceVolume
{
    public string HostPath { get; init; } = "";
}

public sealed record NfsWorkspaceVolume : WorkspaceVolume
{
    public string ServerAddress { get; init; } = "";

    public string ServerPath { get; init; } = "";

    public bool ReadOnly { get; init; }
}

public sealed record PersistentVolumeClaimWorkspaceVolume : WorkspaceVolume
{
    public string ClaimName { get; init; } = "";

    public bool ReadOnly { get; init; }
}

public sealed record DynamicPVCWorkspaceVolume : WorkspaceVolume
{
    public ClaimRequest Claim { get; init; } = ClaimRequest.Default;
}

public sealed record GenericEphemeralWorkspaceVolume : WorkspaceVolume
{
    public ClaimRequest Claim { get; init; } = ClaimRequest.Default;
}
