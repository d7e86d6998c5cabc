using System.Collections.Concurrent;

namespace Slipway.Api.Access;

/// <summary>
/// Slows down guessing. Failures count for each user from an address, and for each address over all users; past the free ones every further failure doubles the pause. Kept in memory:
/// a restart forgives, but costs an attacker more than the pause.
/// </summary>
internal sealed class LoginThrottle(TimeProvider time)
{
    private const int FreeForUser = 5;
    private const int FreeForAddress = 30;
    private const int TooManySubjects = 10_000;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, (int Count, DateTimeOffset Last)> _failures = new();

    /// <summary>How long it takes until the next attempt is looked at; null: at once.</summary>
    public TimeSpan? PauseOf(string address, string user)
    {
        var (one, all) = (PauseOf(OfUser(address, user), FreeForUser), PauseOf(OfAddress(address), FreeForAddress));
        var longer = one > all ? one : all;
        return longer > TimeSpan.Zero ? longer : null;
    }

    public void Failed(string address, string user)
    {
        var now = time.GetUtcNow();
        Forget(now);
        foreach (var subject in (string[])[OfUser(address, user), OfAddress(address)])
        {
            _failures.AddOrUpdate(subject, (1, now), (_, was) => (now - was.Last > LongestPause ? 1 : was.Count + 1, now));
        }
    }

    public void Succeeded(string address, string user) => _failures.TryRemove(OfUser(address, user), out _);

    private TimeSpan PauseOf(string subject, int free)
    {
        if (!_failures.TryGetValue(subject, out var failed) || failed.Count < free)
        {
            return TimeSpan.Zero;
        }

        var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, failed.Count - free)));
        return failed.Last + pause - time.GetUtcNow();
    }

    private void Forget(DateTimeOffset now)
    {
        if (_failures.Count > TooManySubjects)
        {
            foreach (var old in _failures.Where(f => now - f.Value.Last > LongestPause))
            {
                _failures.TryRemove(old);
            }
        }
    }

    private static string OfUser(string address, string user) => $"{address} {user.ToLowerInvariant()}";

    private static string OfAddress(string address) => address;
}
