namespace Slipway.Api.Access;

public sealed record AccessOptions
{
    /// <summary>No login: whoever reaches the server (bound to loopback) may do everything.</summary>
    public required bool IsOpen { get; init; }

    /// <summary>Where <c>secrets/initialAdminPassword</c> is written at the first start.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>How users reach the server, where that was configured: links in answers begin with it, and cookies are for HTTPS alone where it says so. Null: as each request came.</summary>
    public Uri? RootUrl { get; init; }

    /// <summary>How long a session lasts after its last use.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(12);
}
