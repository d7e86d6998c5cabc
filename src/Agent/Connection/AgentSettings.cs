namespace Slipway.Agent.Connection;

/// <summary>What the agent was told, by command line and environment.</summary>
internal sealed record AgentSettings
{
    public string Url { get; init; } = "";

    public string Name { get; init; } = "";

    public string Secret { get; init; } = "";

    public string? WorkDirectory { get; init; }

    /// <summary>Where the agent keeps its own files, below the working directory.</summary>
    public string InternalDirectory { get; init; } = "slipway";

    public bool FailIfWorkDirectoryIsMissing { get; init; }

    public bool NoReconnect { get; init; }

    /// <summary>How long to try to connect again before giving up; null for ever.</summary>
    public TimeSpan? NoReconnectAfter { get; init; }

    public string? CertificateFile { get; init; }

    public bool TrustAnyCertificate { get; init; }

    /// <summary>Further headers of every request, <c>Name: value</c>.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    public string? LogFile { get; init; }

    /// <summary>Without a controller for so long, the agent ends everything; null never.</summary>
    public TimeSpan? OrphanTimeout { get; init; }

    /// <summary>The node exists for this agent only: ending the agent ends what it runs.</summary>
    public bool IsOneShot { get; init; }

    /// <summary>As it was given; <see cref="Detour"/> says what it means.</summary>
    public string? Tunnel { get; init; }

    /// <summary>As it was given; <see cref="Detour"/> says what it means.</summary>
    public string? Direct { get; init; }

    /// <summary>Connect there instead of to the URL's host and port.</summary>
    public Detour? Detour { get; init; }

    /// <summary>The container of a pod that the agent runs in; null outside of pods.</summary>
    public string? Container { get; init; }

    /// <summary>Where the shims of the pod's containers listen.</summary>
    public string SocketDirectory { get; init; } = Containers.Pod.UsualSocketDirectory;

    public string? InPlaceWorkspace { get; init; }

    /// <summary>The agent's own log goes to <see cref="LogFile"/> alone, and it leaves its parent's session and terminal.</summary>
    public bool IsDetached { get; init; }

    /// <summary>What was given that means nothing here; said once at start.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}

/// <summary>The command line or environment is wrong; the message says what to write.</summary>
internal sealed class UsageException(string message) : Exception(message);
