namespace Slipway.Provisioning.Kubernetes.Templates;

/// <summary>An environment variable of a pod's or one container's processes.</summary>
public abstract record EnvVar
{
    private protected EnvVar()
    {
    }

    /// <summary>The variable's name; one without a name is dropped when templates are merged.</summary>
    public string? Key { get; init; }
}

public sealed record KeyValueEnvVar : EnvVar
{
    public string? Value { get; init; }
}

/// <summary>Its value is read by the kubelet from a Secret of the pod's namespace; we never see it.</summary>
public sealed record SecretEnvVar : EnvVar
{
    public string? SecretName { get; init; }

    public string? SecretKey { get; init; }

    public bool Optional { get; init; }
}
