using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Slipway.Store;
using Slipway.Store.Access;

namespace Slipway.Api.Access;

/// <summary>How a caller proved who they are.</summary>
internal enum Proof
{
    /// <summary>Not at all.</summary>
    None,
    Session,
    Password,
    ApiToken,
}

/// <param name="Session">The secret of the session's cookie.</param>
internal sealed record Identity(string UserId, string FullName, Proof Proof, string? Session)
{
    public static Identity Anonymous { get; } = new("anonymous", "anonymous", Proof.None, null);
}

/// <summary>
/// Checks passwords, API tokens and sessions. A password that was right is remembered for a short while under a keyed hash, so that clients which send it with every request do not
/// pay for its derivation each time; failures of one address and user are slowed down.
/// </summary>
internal sealed class Authenticator(IStore store, AccessOptions options, TimeProvider time, ILogger<Authenticator> log) : IDisposable
{
    private const int FreeFailures = 5;
    private static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestBlock = TimeSpan.FromMinutes(5);
    private readonly byte[] _cacheKey = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _verified = new();
    private readonly ConcurrentDictionary<string, (int Count, DateTimeOffset Last)> _failures = new();
    private readonly SemaphoreSlim _derivations = new(2);

    /// <returns>Null where user and secret do not fit together, or there were too many failures just now.</returns>
    public async Task<Identity?> CheckBasicAsync(string user, string secret, string address, CancellationToken cancellation)
    {
        if (await store.Users.FindTokenAsync(SecretText.Hash(secret), cancellation) is { } token && string.Equals(token.User, user, StringComparison.OrdinalIgnoreCase))
        {
            await store.Users.TouchTokenAsync(token.Id, time.GetUtcNow(), cancellation);
            return await store.Users.FindAsync(token.User, cancellation) is { } owner ? new Identity(owner.Id, owner.FullName, Proof.ApiToken, null) : null;
        }

        return await CheckPasswordAsync(user, secret, address, cancellation) is { } found ? new Identity(found.Id, found.FullName, Proof.Password, null) : null;
    }

    public async Task<UserRecord?> CheckPasswordAsync(string user, string password, string address, CancellationToken cancellation)
    {
        var subject = $"{address} {user.ToLowerInvariant()}";
        if (IsBlocked(subject))
        {
            return null;
        }

        var found = await store.Users.FindAsync(user, cancellation);
        var key = Convert.ToHexString(HMACSHA256.HashData(_cacheKey, Encoding.UTF8.GetBytes($"{user.ToLowerInvariant()}\0{password}\0{found?.PasswordHash}")));
        var now = time.GetUtcNow();
        if (found?.PasswordHash is not null && _verified.TryGetValue(key, out var until) && until > now)
        {
            return found;
        }

        // An unknown user costs the same as a wrong password: the answer's time does not tell which it was. Few at a time: guessing cannot take all processors.
        await _derivations.WaitAsync(cancellation);
        bool right;
        try
        {
            right = PasswordHasher.Verify(password, found?.PasswordHash ?? Decoy.Hash) && found?.PasswordHash is not null;
        }
        finally
        {
            _derivations.Release();
        }

        if (!right)
        {
            _failures.AddOrUpdate(subject, (1, now), (_, was) => (was.Count + 1, now));
            log.LogWarning("Login of '{User}' from {Address} failed", user, address);
            return null;
        }

        _failures.TryRemove(subject, out _);
        Remember(key, now);
        return found;
    }

    /// <summary>Begins a session; the secret goes into the cookie, its hash into the store.</summary>
    public async Task<string> BeginSessionAsync(UserRecord user, CancellationToken cancellation)
    {
        var secret = SecretText.Create();
        var now = time.GetUtcNow();
        await store.Sessions.AddAsync(new SessionRecord(SecretText.Hash(secret), user.Id, now, now + options.SessionLifetime), cancellation);
        return secret;
    }

    public async Task<Identity?> CheckSessionAsync(string secret, CancellationToken cancellation)
    {
        var hash = SecretText.Hash(secret);
        if (await store.Sessions.FindAsync(hash, cancellation) is not { } session || await store.Users.FindAsync(session.User, cancellation) is not { } user)
        {
            return null;
        }

        var now = time.GetUtcNow();
        if (session.Expires - now < options.SessionLifetime / 2)
        {
            await store.Sessions.ExtendAsync(hash, now + options.SessionLifetime, cancellation);
        }

        return new Identity(user.Id, user.FullName, Proof.Session, secret);
    }

    public Task EndSessionAsync(string secret, CancellationToken cancellation) => store.Sessions.RemoveAsync(SecretText.Hash(secret), cancellation);

    public void Dispose() => _derivations.Dispose();

    private void Remember(string key, DateTimeOffset now)
    {
        if (_verified.Count > 1000)
        {
            foreach (var old in _verified.Where(v => v.Value < now))
            {
                _verified.TryRemove(old);
            }
        }

        _verified[key] = now + RememberFor;
    }

    private bool IsBlocked(string subject)
    {
        var now = time.GetUtcNow();
        if (_failures.Count > 10_000)
        {
            foreach (var old in _failures.Where(f => now - f.Value.Last > LongestBlock))
            {
                _failures.TryRemove(old);
            }
        }

        if (!_failures.TryGetValue(subject, out var failed) || failed.Count < FreeFailures)
        {
            return false;
        }

        var block = TimeSpan.FromSeconds(Math.Min(LongestBlock.TotalSeconds, Math.Pow(2, failed.Count - FreeFailures)));
        return now - failed.Last < block;
    }

    private static class Decoy
    {
        public static string Hash { get; } = PasswordHasher.Hash(SecretText.Create());
    }
}
