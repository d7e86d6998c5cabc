namespace Slipway.Controller.Agents;

/// <summary>
/// The few wide windows of operations whose output comes fast. What is under way is confirmed when the disk has it, so that a sync per window bounds the rate of one operation;
/// were every window wide, a thousand busy agents could fill the memory. Whoever has been quiet gives its window to the next. Thread-safe.
/// </summary>
internal sealed class WideWindows(int most, TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly Dictionary<object, (long LastUse, Action Narrow)> _holders = [];

    /// <summary>Takes a window; true if there was one. The holder says <see cref="Use"/> as long as it is busy.</summary>
    /// <param name="narrow">Called when another takes it over; must neither wait nor call back.</param>
    public bool TryTake(object holder, Action narrow)
    {
        lock (_holders)
        {
            if (_holders.Count >= most && !TryEndQuiet())
            {
                return false;
            }

            _holders[holder] = (time.GetTimestamp(), narrow);
            return true;
        }
    }

    public void Use(object holder)
    {
        lock (_holders)
        {
            if (_holders.TryGetValue(holder, out var held))
            {
                _holders[holder] = held with { LastUse = time.GetTimestamp() };
            }
        }
    }

    public void Release(object holder)
    {
        lock (_holders)
        {
            _holders.Remove(holder);
        }
    }

    private bool TryEndQuiet()
    {
        foreach (var (holder, (lastUse, narrow)) in _holders)
        {
            if (time.GetElapsedTime(lastUse) >= Quiet)
            {
                _holders.Remove(holder);
                narrow();
                return true;
            }
        }

        return false;
    }
}
