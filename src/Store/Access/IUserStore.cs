namespace Slipway.Store.Access;

/// <summary>Users with their API tokens. Passwords and tokens come hashed: the store never sees one.</summary>
public interface IUserStore
{
    /// <summary>By id, which is compared without regard to case, as in Jenkins.</summary>
    Task<UserRecord?> FindAsync(string id, CancellationToken cancellation = default);

    Task<IReadOnlyList<UserRecord>> ListAsync(CancellationToken cancellation = default);

    /// <summary>Adds a user, or replaces all but the creation of the one with that id; tokens stay.</summary>
    Task SaveAsync(UserRecord user, CancellationToken cancellation = default);

    /// <summary>Removes the user with tokens and sessions.</summary>
    Task<bool> DeleteAsync(string id, CancellationToken cancellation = default);

    /// <returns>False where there is no such user.</returns>
    Task<bool> AddTokenAsync(ApiTokenRecord token, CancellationToken cancellation = default);

    Task<IReadOnlyList<ApiTokenRecord>> ListTokensAsync(string user, CancellationToken cancellation = default);

    /// <summary>The token with this hash (they are random, so their hash finds them).</summary>
    Task<ApiTokenRecord?> FindTokenAsync(string hash, CancellationToken cancellation = default);

    /// <summary>Notes a use. Kept to the minute: a busy client costs one write a minute.</summary>
    Task TouchTokenAsync(Guid token, DateTimeOffset used, CancellationToken cancellation = default);

    Task<bool> RevokeTokenAsync(string user, Guid token, CancellationToken cancellation = default);
}

/// <param name="PasswordHash">Null: cannot log in with a password.</param>
/// <param name="IsDisabled">Cannot log in for now.</param>
public sealed record UserRecord(string Id, string FullName, string? PasswordHash, DateTimeOffset Created, bool IsAdministrator = false, bool IsDisabled = false);

public sealed record ApiTokenRecord(Guid Id, string User, string Name, string Hash, DateTimeOffset Created, DateTimeOffset? LastUsed);

/// <summary>Logins. A session is found by the hash of the secret in its cookie.</summary>
public interface ISessionStore
{
    /// <exception cref="StoreUnavailableException"/>
    Task AddAsync(SessionRecord session, CancellationToken cancellation = default);

    /// <summary>Null where there is none, or it has expired.</summary>
    Task<SessionRecord?> FindAsync(string hash, CancellationToken cancellation = default);

    Task<bool> ExtendAsync(string hash, DateTimeOffset expires, CancellationToken cancellation = default);

    Task<bool> RemoveAsync(string hash, CancellationToken cancellation = default);

    /// <summary>Ends the sessions of a user (a changed password), all but the one with the hash <paramref name="except"/>, if any.</summary>
    Task RemoveAllAsync(string user, string? except = null, CancellationToken cancellation = default);

    /// <summary>Forgets the expired.</summary>
    Task PruneAsync(CancellationToken cancellation = default);
}

public sealed record SessionRecord(string Hash, string User, DateTimeOffset Created, DateTimeOffset Expires);
