using System.Collections.Concurrent;

namespace Slipway.Controller.Runs;

/// <summary>Transfers of one run that the server could not do yet, each with its reason and since when. Thread-safe.</summary>
internal sealed class TransferWaits
{
    private readonly ConcurrentDictionary<long, (string Why, DateTimeOffset Since)> _waits = new();

    public IEnumerable<(long Effect, string Why)> All => _waits.Select(w => (w.Key, Say(w.Value.Why)));

    /// <returns>False where that reason was said already.</returns>
    public bool Add(long effect, string why, DateTimeOffset now)
    {
        var isNew = !_waits.TryGetValue(effect, out var earlier) || earlier.Why != why;
        _waits[effect] = (why, earlier.Why is null ? now : earlier.Since);
        return isNew;
    }

    public bool TryRemove(long effect, out (string Why, DateTimeOffset Since) wait) => _waits.TryRemove(effect, out wait);

    private static string Say(string why) => $"waiting for the server to take files: {why}";
}
