using System.Diagnostics;

namespace Slipway.Agent.Processes;

/// <summary>A moment in the future by the machine's steady clock: a wall clock that is set (as in a pod just started) neither hastens nor delays it.</summary>
internal readonly record struct Deadline
{
    private readonly long _start;
    private readonly TimeSpan _span;

    private Deadline(long start, TimeSpan span) => (_start, _span) = (start, span);

    public bool HasPassed => Left <= TimeSpan.Zero;

    /// <summary>Negative once it has passed.</summary>
    public TimeSpan Left => _span - Stopwatch.GetElapsedTime(_start);

    public static Deadline In(TimeSpan span) => new(Stopwatch.GetTimestamp(), span);
}
