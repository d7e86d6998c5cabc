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
internal sealed record Identity(string UserId, string FullName, Proof Proof, string? Session, bool IsAdministrator = false)
{
    public static Identity Anonymous { get; } = new("anonymous", "anonymous", Proof.None, null);
}

/// <summary>What came of a check of user and secret.</summary>
/// <param name="User">Null where they do not fit together, or were not looked at.</param>
/// <param name="Pause">Set where there were too many failures: how long until the next attempt is looked at.</param>
internal sealed record LoginOutcome(UserRecord? User, TimeSpan? Pause)
{
    public static LoginOutcome Wrong { get; } = new(null, null);
}

/// <summary>
/// Checks passwords, API tokens and sessions. A password that was right is remembered for a short while under a keyed hash, so that clients which send it with every request do not
/// pay for its derivation each time; guessing is slowed down (<see cref="LoginThrottle"/>).
/// </summary>
internal sealed class Authenticator(IStore store, AccessOptions options, TimeProvider time, ILogger<Authenticator> log) : IDisposable
{
    private static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(2);
    private readonly byte[] _cacheKey = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _verified = new();
    private readonly LoginThrottle _throttle = new(time);

    // Derivations take a processor for a good part of a second; whoever guesses must not take all of them.
    private readonly SemaphoreSlim _derivations = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>User and secret of HTTP's Basic scheme: the secret is an API token or the password.</summary>
    public async Task<(Identity? Identity, TimeSpan? Pause)> CheckBasicAsync(string user, string secret, string address, CancellationToken cancellation)
    {
        if (await store.Users.FindTokenAsync(SecretText.Hash(secret), cancellation) is { } token && string.Equals(token.User, user, StringComparison.OrdinalIgnoreCase))
        {
            await store.Users.TouchTokenAsync(token.Id, time.GetUtcNow(), cancellation);
            return (await store.Users.FindAsync(token.User, cancellation) is { IsDisabled: false } owner ? Of(owner, Proof.ApiToken, null) : null, null);
        }

        var outcome = await CheckPasswordAsync(user, secret, address, cancellation);
        return (outcome.User is { } found ? Of(found, Proof.Password, null) : null, outcome.Pause);
    }

    public async Task<LoginOutcome> CheckPasswordAsync(string user, string password, string address, CancellationToken cancellation)
    {
        if (_throttle.PauseOf(address, user) is { } pause)
        {
            return new LoginOutcome(null, pause);
        }

        var found = await store.Users.FindAsync(user, cancellation);
        var key = Convert.ToHexString(HMACSHA256.HashData(_cacheKey, Encoding.UTF8.GetBytes($"{user.ToLowerInvariant()}\0{password}\0{found?.PasswordHash}")));
        var now = time.GetUtcNow();
        if (found is { PasswordHash: not null, IsDisabled: false } && _verified.TryGetValue(key, out var until) && until > now)
        {
            return new LoginOutcome(found, null);
        }

        if (!await IsRightAsync(password, found, cancellation))
        {
            _throttle.Failed(address, user);
            log.LogWarning("Login of '{User}' from {Address} failed", LogText.Of(user), address);
            return LoginOutcome.Wrong;
        }

        _throttle.Succeeded(address, user);
        Remember(key, now);
        return new LoginOutcome(found, null);
    }

    /// <summary>Begins a session; the secret goes into the cookie, its hash into the store.</summary>
    public async Task<string> BeginSessionAsync(UserRecord user, CancellationToken cancellation)
    {
        var secret = SecretText.Create();
        var now = time.GetUtcNow();
        await store.Sessions.PruneAsync(cancellation);
        await store.Sessions.AddAsync(new SessionRecord(SecretText.Hash(secret), user.Id, now, now + options.SessionLifetime), cancellation);
        return secret;
    }

    public async Task<Identity?> CheckSessionAsync(string secret, CancellationToken cancellation)
    {
        var hash = SecretText.Hash(secret);
        if (await store.Sessions.FindAsync(hash, cancellation) is not { } session || await store.Users.FindAsync(session.User, cancellation) is not { IsDisabled: false } user)
        {
            return null;
        }

        var now = time.GetUtcNow();
        if (session.Expires - now < options.SessionLifetime / 2)
        {
            await store.Sessions.ExtendAsync(hash, now + options.SessionLifetime, cancellation);
        }

        return Of(user, Proof.Session, secret);
    }

    public Task EndSessionAsync(string secret, CancellationToken cancellation) => store.Sessions.RemoveAsync(SecretText.Hash(secret), cancellation);

    /// <summary>What is kept of a new password. Waits for its turn like a login: it costs as much.</summary>
    public async Task<string> HashAsync(string password, CancellationToken cancellation)
    {
        await _derivations.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => PasswordHasher.Hash(password), cancellation);
        }
        finally
        {
            _derivations.Release();
        }
    }

    public void Dispose() => _derivations.Dispose();

    private static Identity Of(UserRecord user, Proof proof, string? session) => new(user.Id, user.FullName, proof, session, user.IsAdministrator);

    // An unknown or disabled user costs the same as a wrong password: the answer's time does not tell which it was.
    private async Task<bool> IsRightAsync(string password, UserRecord? user, CancellationToken cancellation)
    {
        await _derivations.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => PasswordHasher.Verify(password, user?.PasswordHash ?? Decoy.Hash), cancellation) && user is { PasswordHash: not null, IsDisabled: false };
        }
        finally
        {
            _derivations.Release();
        }
    }

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

    private static class Decoy
    {
        public static string Hash { get; } = PasswordHasher.Hash(SecretText.Create());
    }
}
