using System.Diagnostics.CodeAnalysis;

namespace Slipway.Jenkinsfile.Execution;

/// <summary>
/// Runs everything that belongs to one run, one piece at a time, in the order in which it became ready. Step code is ordinary <c>async</c> C#: an <c>await</c> on a task that the
/// engine completes comes back here. Nothing runs between two pumps, so a run that waits holds no thread.
/// </summary>
/// <remarks>
/// INVARIANT: the order of continuations depends on nothing but the order in which results were delivered. Tasks that steps await are completed only by the run's driver while it
/// pumps; code of a run never awaits the clock, a thread or the network. A continuation that arrives from elsewhere is told to <see cref="ForeignPost"/>.
/// </remarks>
internal sealed class RunScheduler : SynchronizationContext
{
    private readonly Queue<Action> _ready = new();
    private readonly Lock _gate = new();
    private volatile int _pump;

    /// <summary>Called when something outside the run completed a task that the run waited for: the run would not replay. May be called on any thread.</summary>
    public Action? ForeignPost { get; set; }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (_pump != Environment.CurrentManagedThreadId)
        {
            ForeignPost?.Invoke();
        }

        Enqueue(() => d(state));
    }

    /// <summary>Adds a piece of work; for the driver.</summary>
    public void Enqueue(Action work)
    {
        lock (_gate)
        {
            _ready.Enqueue(work);
        }
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (Current != this)
        {
            throw new NotSupportedException("A run's scheduler is entered only by its driver.");
        }

        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs what is ready and what becomes ready meanwhile, first come first served, until nothing is left.</summary>
    public void RunToQuiescence()
    {
        var previous = Current;
        SetSynchronizationContext(this);
        _pump = Environment.CurrentManagedThreadId;
        try
        {
            while (TryTake(out var work))
            {
                work();
            }
        }
        finally
        {
            _pump = 0;
            SetSynchronizationContext(previous);
        }
    }

    /// <summary>Does something in the middle of a piece that is not the program's: what it awaits does not come back here.</summary>
    public void Outside(Action action)
    {
        SetSynchronizationContext(null);
        try
        {
            action();
        }
        finally
        {
            SetSynchronizationContext(this);
        }
    }

    private bool TryTake([NotNullWhen(true)] out Action? work)
    {
        lock (_gate)
        {
            return _ready.TryDequeue(out work);
        }
    }
}
