namespace Slipway.Controller.Capacity;

/// <summary>
/// Says in a build's log why its request waits, once it has waited for longer than anybody would without a word, and again when the reason becomes another. Never the same twice. Thread-safe.
/// </summary>
internal sealed class WaitNotes(BuildNotes notes, TimeProvider time) : IDisposable
{
    /// <summary>A node that is started as usual has taken the request by then.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // A queue that moves has many reasons, one after the other; the page shows them all.
    private const int Most = 20;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private ITimer? _timer;
    private string? _why;
    private bool _isOver;

    /// <param name="why">In a clause: <c>waiting for an agent with label 'x': …</c>. Null: it waits no more.</param>
    public void Changed(string? why)
    {
        lock (_lock)
        {
            _why = why;
            if (_isOver || why is null || _said.Contains(why))
            {
                return;
            }

            _timer ??= time.CreateTimer(_ => Say(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(Patience, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            _timer?.Dispose();
        }
    }

    private void Say()
    {
        lock (_lock)
        {
            if (_isOver || _why is not { } why || _said.Count >= Most || !_said.Add(why))
            {
                return;
            }

            if (_said.Count == 1)
            {
                notes.Add("Still waiting to schedule task");
            }

            notes.Add(char.ToUpperInvariant(why[0]) + why[1..]);
        }
    }
}
