using Slipway.Model;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>
/// Who has which executor, which nodes there are to have them on, and who waits. What belongs together is read and written with <see cref="Lock"/> held; the methods take it themselves.
/// </summary>
internal sealed class ExecutorLedger
{
    public Lock Lock { get; } = new();

    /// <summary>In the order in which they asked.</summary>
    public List<Waiter> Waiting { get; } = [];

    public Dictionary<(RunId Run, long Effect), BusyExecutor> Busy { get; } = [];

    public Dictionary<string, PermanentNode> Permanent { get; } = new(StringComparer.Ordinal);

    /// <summary>Those that are being started, are used, are cleaned, or wait for work.</summary>
    public Dictionary<string, OnDemandNode> OnDemand { get; } = new(StringComparer.Ordinal);

    public void Enqueue(Waiter waiter)
    {
        lock (Lock)
        {
            var behind = Waiting.FindIndex(w => w.Request.Since > waiter.Request.Since);
            Waiting.Insert(behind < 0 ? Waiting.Count : behind, waiter);
        }
    }

    /// <returns>False where it waits no more.</returns>
    public bool Dequeue(Waiter waiter)
    {
        lock (Lock)
        {
            return Waiting.Remove(waiter);
        }
    }

    /// <summary>The executor goes to the request; who waits for it learns so.</summary>
    public void Give(Waiter waiter, string node, int executor, DateTimeOffset now)
    {
        lock (Lock)
        {
            var request = waiter.Request;
            var busy = new BusyExecutor(node, executor, request.Run, request.Effect, request.Job, request.RunNumber, now);
            Busy[(request.Run, request.Effect)] = busy;
            waiter.Placed.TrySetResult(busy);
        }
    }

    public OnDemandNode? FindOnDemand(string name)
    {
        lock (Lock)
        {
            return OnDemand.GetValueOrDefault(name);
        }
    }

    /// <summary>Removes a node, if it is still this one.</summary>
    public void Forget(string name, OnDemandNode node)
    {
        lock (Lock)
        {
            if (ReferenceEquals(OnDemand.GetValueOrDefault(name), node))
            {
                OnDemand.Remove(name);
            }
        }
    }

    public bool IsPermanent(string name)
    {
        lock (Lock)
        {
            return Permanent.ContainsKey(name);
        }
    }

    public bool IsHeld(RunId run, long effect)
    {
        lock (Lock)
        {
            return Busy.ContainsKey((run, effect));
        }
    }

    /// <summary>Whether a run has an executor there.</summary>
    public bool IsUsed(string name)
    {
        lock (Lock)
        {
            return Busy.Values.Any(b => b.Node == name);
        }
    }

    /// <summary>An on-demand node, or one that a run has an executor on.</summary>
    public bool IsKnown(string name)
    {
        lock (Lock)
        {
            return OnDemand.ContainsKey(name) || IsUsed(name);
        }
    }

    public NodeFailure? FailureOf(string name)
    {
        lock (Lock)
        {
            return OnDemand.GetValueOrDefault(name)?.Failure;
        }
    }

    public IReadOnlyList<string> LabelsOf(string name)
    {
        lock (Lock)
        {
            return OnDemand.TryGetValue(name, out var demanded) ? demanded.Template.Labels : Permanent.TryGetValue(name, out var permanent) ? permanent.Labels : [];
        }
    }
}
