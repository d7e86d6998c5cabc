namespace Slipway.Jenkinsfile.Execution.Cancellation;

/// <summary>
/// A part of a run that can be stopped on its own: the whole, a branch of <c>parallel</c>, the body of a <c>timeout</c>. An interruption reaches what waits in the scope at that
/// moment; what a script does after catching it runs on, as in Jenkins. A forced one stays: nothing may start in the scope after it.
/// </summary>
internal sealed class CancelScope
{
    private readonly CancelScope? _parent;
    private readonly List<CancelScope> _children = [];
    private readonly List<Action<Interruption>> _waiting = [];
    private Interruption? _next;
    private Interruption? _forced;

    public CancelScope()
    {
    }

    private CancelScope(CancelScope parent)
    {
        _parent = parent;
        parent._children.Add(this);
    }

    public CancelScope Open() => new(this);

    public void Close() => _parent?._children.Remove(this);

    /// <summary>
    /// Stops what waits here. A scope whose code is just running (it was stopped by another branch in the same turn) keeps the interruption for its next wait.
    /// </summary>
    public void Interrupt(Interruption interruption)
    {
        if (interruption.IsForced)
        {
            _forced = interruption;
        }

        if (_waiting.Count == 0 && _children.Count == 0)
        {
            _next = interruption;
            return;
        }

        foreach (var stop in _waiting.ToArray())
        {
            stop(interruption);
        }

        foreach (var child in _children.ToArray())
        {
            child.Interrupt(interruption);
        }
    }

    /// <summary>The interruption that the next step of this scope has to fail with, if there is one; an unforced one is taken once.</summary>
    public Interruption? TakePending()
    {
        for (var scope = this; scope is not null; scope = scope._parent)
        {
            if (scope._forced is { } forced)
            {
                return forced;
            }

            if (scope._next is { } next)
            {
                scope._next = null;
                return next;
            }
        }

        return null;
    }

    /// <summary>Registers something that waits; dispose the result when it does no longer.</summary>
    public IDisposable Wait(Action<Interruption> stop)
    {
        _waiting.Add(stop);
        return new Waiting(this, stop);
    }

    private sealed class Waiting(CancelScope scope, Action<Interruption> stop) : IDisposable
    {
        public void Dispose() => scope._waiting.Remove(stop);
    }
}
