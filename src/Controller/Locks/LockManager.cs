using Slipway.Model;
using Slipway.Model.Effects;

namespace Slipway.Controller.Locks;

/// <summary>Who asks for a lock: a run and the effect in it.</summary>
public readonly record struct LockOwner(RunId Run, long Effect);

/// <summary>
/// Who holds which named resource, and who waits. In memory: what is held is known from the journals of the unfinished runs and is put back by <see cref="Restore"/> at start.
/// A resource exists as soon as somebody names it.
/// </summary>
public sealed class LockManager
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LockOwner> _held = new(StringComparer.Ordinal);
    private readonly List<Waiter> _waiting = [];

    public void Restore(LockOwner owner, IReadOnlyList<string> resources)
    {
        lock (_lock)
        {
            foreach (var resource in resources)
            {
                _held[resource] = owner;
            }
        }
    }

    /// <summary>Completes when the owner holds the resource. Waiters are served in order of their requests, or newest first for those that ask so.</summary>
    /// <param name="since">When it was asked for; after a restart the original moment, so that the order stays.</param>
    public async Task<EffectResult> AcquireAsync(LockOwner owner, AcquireLock request, DateTimeOffset since, CancellationToken cancellation)
    {
        if (request.Resource is not { Length: > 0 } resource)
        {
            return new EffectFailed(
                request.Label is { Length: > 0 } label
                    ? $"lock: no resource has the label '{label}': this server has no list of lockable resources yet. Name the resource itself: lock(resource: '…')."
                    : "lock: neither a resource nor a label is named. Write lock('name') or lock(resource: 'name').",
                IsInfrastructure: false);
        }

        Waiter waiter;
        lock (_lock)
        {
            if (!_held.TryGetValue(resource, out var holder) || holder == owner)
            {
                _held[resource] = owner;
                return new LockAcquired([resource]);
            }

            if (request.SkipIfLocked)
            {
                return new LockAcquired([]);
            }

            waiter = new Waiter(owner, resource, since, request.InversePrecedence);
            _waiting.Add(waiter);
        }

        using var registration = cancellation.Register(() =>
        {
            lock (_lock)
            {
                _waiting.Remove(waiter);
            }

            waiter.Granted.TrySetResult(false);
        });
        if (await waiter.Granted.Task)
        {
            return new LockAcquired([resource]);
        }

        return new EffectCancelled();
    }

    /// <summary>Gives back what the owner holds. Harmless when repeated.</summary>
    public void Release(LockOwner owner) => Release(held => held == owner);

    /// <summary>Gives back all that a run holds, and ends its waiting.</summary>
    public void ReleaseAll(RunId run) => Release(held => held.Run == run);

    /// <summary>What a run waits for, in words; null when it waits for no lock.</summary>
    public string? WhyWaiting(RunId run)
    {
        lock (_lock)
        {
            return _waiting.FirstOrDefault(w => w.Owner.Run == run) is { } waiter ? $"waiting for the lock '{waiter.Resource}'" : null;
        }
    }

    /// <summary>The run that holds a resource.</summary>
    public RunId? HolderOf(string resource)
    {
        lock (_lock)
        {
            return _held.TryGetValue(resource, out var holder) ? holder.Run : null;
        }
    }

    private void Release(Func<LockOwner, bool> isMeant)
    {
        List<Waiter> granted = [];
        lock (_lock)
        {
            foreach (var resource in _held.Where(h => isMeant(h.Value)).Select(h => h.Key).ToList())
            {
                _held.Remove(resource);
                var waiters = _waiting.Where(w => w.Resource == resource).ToList();
                var next = waiters.Where(w => w.NewestFirst).MaxBy(w => w.Since) ?? waiters.MinBy(w => w.Since);
                if (next is not null)
                {
                    _waiting.Remove(next);
                    _held[resource] = next.Owner;
                    granted.Add(next);
                }
            }
        }

        foreach (var waiter in granted)
        {
            if (!waiter.Granted.TrySetResult(true))
            {
                // Cancelled in the same moment: it does not want the lock any more.
                Release(waiter.Owner);
            }
        }
    }

    private sealed class Waiter(LockOwner owner, string resource, DateTimeOffset since, bool newestFirst)
    {
        public LockOwner Owner { get; } = owner;

        public string Resource { get; } = resource;

        public DateTimeOffset Since { get; } = since;

        public bool NewestFirst { get; } = newestFirst;

        public TaskCompletionSource<bool> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
