namespace Slipway.Feeds;

/// <summary>The server's own users: who may log in. Passwords and tokens go in; none ever comes out but a token, once, when it is made.</summary>
public interface IAccounts
{
    Task<IReadOnlyList<AccountView>> ListAsync(CancellationToken cancellation);

    /// <summary>By id, without regard to case; null where there is none.</summary>
    Task<AccountView?> FindAsync(string id, CancellationToken cancellation);

    Task<IReadOnlyList<ApiTokenView>> ListTokensAsync(string id, CancellationToken cancellation);

    Task<CommandOutcome> CreateAsync(string id, string fullName, string password, bool isAdministrator, IRequestAccess access, CancellationToken cancellation);

    /// <summary>
    /// Gives a user another password. Their other sessions end: all but the one that asks, if it is theirs. Users give their current password; administrators may set that of others.
    /// </summary>
    Task<CommandOutcome> ChangePasswordAsync(string id, string current, string password, IRequestAccess access, CancellationToken cancellation);

    /// <summary>A user who is disabled cannot log in, and no session or token of theirs is taken.</summary>
    Task<CommandOutcome> SetEnabledAsync(string id, bool enabled, IRequestAccess access, CancellationToken cancellation);

    /// <summary>Removes a user with tokens and sessions. What they have done keeps their name.</summary>
    Task<CommandOutcome> DeleteAsync(string id, IRequestAccess access, CancellationToken cancellation);

    /// <summary>Makes an API token for the user who asks; its secret is in the outcome, and nowhere else ever again.</summary>
    Task<CommandOutcome<string>> AddTokenAsync(string name, IRequestAccess access, CancellationToken cancellation);

    /// <summary>Revokes a token; administrators may revoke those of others.</summary>
    Task<CommandOutcome> RevokeTokenAsync(string id, Guid token, IRequestAccess access, CancellationToken cancellation);
}

public sealed record AccountView(string Id, string FullName, bool IsAdministrator, bool IsEnabled, DateTimeOffset Created);

/// <param name="LastUsed">To the minute; null: never.</param>
public sealed record ApiTokenView(Guid Id, string Name, DateTimeOffset Created, DateTimeOffset? LastUsed);
