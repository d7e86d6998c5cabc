using Microsoft.Extensions.Logging;
using Slipway.Model;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>
/// A request's way through the queue to an executor: it waits, is held as long as a node of its own may be somewhere out of sight, gets an executor that is free, or has a node started. Whatever changes leads to one
/// round over all who wait (<see cref="Round"/>), which <see cref="PlacementPlanner"/> decides.
/// </summary>
internal sealed class NodePlacement(CapacityContext context, PodDeclarations declarations, NodeKeeper keeper, Action<ExecutorRequest> tellWait, Func<RunId, long, Task> giveBack)
{
    private readonly ExecutorLedger _ledger = context.Ledger;
    private long _rounds;

    /// <summary>Waits for an executor. An on-demand node that it is on may still be starting.</summary>
    /// <exception cref="NodeStartException">A node was to be started for it, and could not be.</exception>
    /// <exception cref="RequestCancelledException">Somebody took it out of the queue.</exception>
    public async Task<BusyExecutor> PlaceAsync(Waiter waiter, CancellationToken cancellation)
    {
        if (FindHeld(waiter) is { } held)
        {
            return held;
        }

        _ledger.Enqueue(waiter);
        context.Tell(null);
        context.React();
        using var registration = cancellation.Register(() =>
        {
            _ledger.Dequeue(waiter);
            waiter.Placed.TrySetCanceled(cancellation);
            context.Tell(null);
        });
        var now = context.Time.GetUtcNow();
        using var retry = waiter.Demand.NotBefore is var notBefore && notBefore > now ? context.Time.CreateTimer(_ => context.React(), null, notBefore - now, Timeout.InfiniteTimeSpan) : null;
        return await waiter.Placed.Task;
    }

    /// <summary>Takes a request out of the queue, which ends with <see cref="RequestCancelledException"/>.</summary>
    /// <returns>False where no such request waits.</returns>
    public bool Cancel(RunId run, long effect, string cause)
    {
        Waiter? waiter;
        lock (_ledger.Lock)
        {
            waiter = _ledger.Waiting.Find(w => w.Request.Run == run && w.Request.Effect == effect);
            if (waiter is null)
            {
                return false;
            }

            _ledger.Waiting.Remove(waiter);
        }

        var cancelled = waiter.Placed.TrySetException(new RequestCancelledException(cause));
        context.Tell(null);
        context.React();
        return cancelled;
    }

    /// <summary>Gives everybody who waits what there is. Starting nodes goes on without the lock.</summary>
    public void Round()
    {
        var outcome = new RoundOutcome();
        lock (_ledger.Lock)
        {
            _rounds++;
            if (_ledger.Waiting.Count == 0)
            {
                return;
            }

            Plan(outcome);
        }

        foreach (var (waiter, node, name) in outcome.Starts)
        {
            _ = StartAsync(waiter, node, name);
        }

        foreach (var waiter in outcome.Searches)
        {
            _ = SearchAsync(waiter);
        }

        foreach (var end in outcome.Ends)
        {
            // Not on this thread, which may hold the lock of another node's agent.
            _ = Task.Run(end);
        }

        context.Tell(null);
        foreach (var request in outcome.OtherReasons)
        {
            tellWait(request);
        }
    }

    /// <summary>The executor that this request has already, from an earlier life of its run.</summary>
    private BusyExecutor? FindHeld(Waiter waiter)
    {
        lock (_ledger.Lock)
        {
            if (!_ledger.Busy.TryGetValue((waiter.Request.Run, waiter.Request.Effect), out var held))
            {
                return null;
            }

            if (_ledger.OnDemand.TryGetValue(held.Node, out var known))
            {
                known.Notes = waiter.Notes;
            }

            return held;
        }
    }

    private void Plan(RoundOutcome outcome)
    {
        var ready = new List<Waiter>();
        foreach (var waiter in _ledger.Waiting)
        {
            declarations.Refresh(waiter);
            if (waiter.WhyUndeclarable is { } undeclarable)
            {
                outcome.Wait(waiter, undeclarable, isStuck: true);
            }
            else if (waiter.Search == Search.Done)
            {
                ready.Add(waiter);
            }
            else if (waiter.Search == Search.ToDo)
            {
                SearchOrHold(waiter, outcome);
            }
        }

        var plan = PlacementPlanner.Plan(ready.ConvertAll(w => w.Demand), OfferNodes(), keeper.Offers(), keeper.Leaving(), OfferTemplates(), context.Time.GetUtcNow());
        foreach (var (waiter, placement) in ready.Zip(plan))
        {
            Apply(waiter, placement, outcome);
        }
    }

    private void Apply(Waiter waiter, Placement placement, RoundOutcome outcome)
    {
        var now = context.Time.GetUtcNow();
        if (placement is Placement.Wait(var why, var isStuck) wait)
        {
            if (wait.Ends is { } inTheWay)
            {
                outcome.Ends.Add(keeper.BeginEnd(inTheWay.Name));
            }

            outcome.Wait(waiter, why, isStuck);
            if (!isStuck)
            {
                waiter.Timings.AddMatched(now);
            }

            return;
        }

        _ledger.Waiting.Remove(waiter);
        outcome.WaitsNoMore(waiter);
        waiter.Timings.AddMatched(now);
        if (placement is Placement.OnNode(var name, var executor))
        {
            waiter.Timings.Add("planned", now);
            keeper.HandOver(name, waiter);
            _ledger.Give(waiter, name, executor, now);
        }
        else if (placement is Placement.OnNewNode(var cloud, var template))
        {
            var newName = NodeNames.For(cloud, template, waiter.Request, waiter.Attempt);
            var node = context.NewNode(cloud, template, newName, now);
            Assign(node, waiter);
            _ledger.OnDemand[newName] = node;
            outcome.Starts.Add((waiter, node, newName));
        }
    }

    private static void Assign(OnDemandNode node, Waiter waiter) =>
        (node.Owner, node.Folder, node.Notes, node.Timings) = ((waiter.Request.Run, waiter.Request.Effect), waiter.Request.Job.Parent, waiter.Notes, waiter.Timings);

    private List<NodeOffer> OfferNodes() => [.. _ledger.Permanent.Values.Select(node =>
    {
        var state = context.Hub.Find(node.Name);
        var online = !node.IsTakenOffline && state?.Connection == Agents.AgentConnectionState.Connected;
        var used = _ledger.Busy.Values.Where(b => b.Node == node.Name).Select(b => b.Executor).ToHashSet();
        var free = Enumerable.Range(0, node.Executors).Where(e => !used.Contains(e)).ToList();
        return new NodeOffer(node.Name, node.Labels, node.Mode, online, free, node.IsTakenOffline ? node.OfflineReason ?? "taken offline" : state?.Reason ?? "its agent has not connected");
    })];

    private List<TemplateOffer> OfferTemplates() => [.. context.Clouds.Offering.SelectMany(cloud => cloud.Templates.Select(template => new TemplateOffer(cloud, template)))];

    /// <summary>
    /// Asked again after a restart, a request may have a node already: of any attempt, or a kept one, so that no name finds it. Planning it before every cloud that it is offered was looked at could start a second one.
    /// </summary>
    private void SearchOrHold(Waiter waiter, RoundOutcome outcome)
    {
        var offers = waiter.Demand.Declared ?? OfferTemplates().FindAll(o => o.Template.Serves(waiter.Label));
        if (offers.FirstOrDefault(o => !o.Cloud.Observed.IsCompleted && o.Cloud.Admits(waiter.Request.Job)) is not { } unseen)
        {
            waiter.Search = Search.UnderWay;
            outcome.Searches.Add(waiter);
            return;
        }

        var why = $"waiting until the cloud '{unseen.Cloud.Name}' can be asked which nodes it has, for one may have been started for this before: {unseen.Cloud.WhyNotNow(unseen.Template) ?? "it has not answered yet"}";
        waiter.Timings.AddMatched(context.Time.GetUtcNow());
        outcome.Wait(waiter, why, isStuck: false);
    }

    /// <summary>Takes the node that was started for the request before; else lets it be planned, once the remains of dead ones are gone, which would take up room for which it might itself wait for ever.</summary>
    private async Task SearchAsync(Waiter waiter)
    {
        try
        {
            if (TryTakeStarted(waiter))
            {
                return;
            }

            await RemoveDeadAsync(waiter.Request);
            lock (_ledger.Lock)
            {
                waiter.Search = Search.Done;
            }

            context.React();
        }
        catch (Exception fault)
        {
            _ledger.Dequeue(waiter);
            waiter.Placed.TrySetException(fault is OperationCanceledException ? fault : new NodeStartException($"What an earlier attempt has left could not be removed: {fault.Message}", mayRetry: true));
        }
    }

    /// <returns>True where nothing is left to be done for the request.</returns>
    private bool TryTakeStarted(Waiter waiter)
    {
        var request = waiter.Request;
        foreach (var cloud in context.Clouds.Known)
        {
            if (cloud.Nodes.FirstOrDefault(n => n.IsAlive && n.IsOf(request)) is not { } observed
                || (waiter.Demand.Declared?.FirstOrDefault(o => ReferenceEquals(o.Cloud, cloud))?.Template ?? cloud.Templates.FirstOrDefault(t => t.Name == observed.Template)) is not { } template)
            {
                continue;
            }

            lock (_ledger.Lock)
            {
                if (!_ledger.Waiting.Remove(waiter))
                {
                    return true;
                }

                var node = context.NewNode(cloud, template, observed.NodeName, observed.Created);
                Assign(node, waiter);
                _ledger.OnDemand[observed.NodeName] = node;
                _ledger.Give(waiter, observed.NodeName, 0, context.Time.GetUtcNow());
            }

            if (!cloud.Nodes.Any(n => n.NodeName == observed.NodeName && n.IsAlive))
            {
                // It ended in this very moment; the cloud told so before anybody wanted to know.
                context.Hub.MarkLost(observed.NodeName, "its agent has just ended");
            }

            context.Tell(observed.NodeName);
            return true;
        }

        return false;
    }

    private async Task RemoveDeadAsync(ExecutorRequest request)
    {
        foreach (var cloud in context.Clouds.Known)
        {
            foreach (var node in cloud.Nodes.Where(n => n.IsOf(request) && !n.IsAlive))
            {
                await cloud.StopNodeAsync(node.NodeName, context.Stopping);
                context.Hub.Remove(node.NodeName);
            }
        }
    }

    private async Task StartAsync(Waiter waiter, OnDemandNode node, string name)
    {
        var round = Volatile.Read(ref _rounds);
        try
        {
            waiter.Timings.Add("planned", context.Time.GetUtcNow());
            switch (await node.Cloud.StartNodeAsync(Request(waiter.Request, node.Template, name), context.Stopping))
            {
                case NodeStart.Started:
                    _ledger.Give(waiter, name, 0, context.Time.GetUtcNow());
                    break;
                case NodeStart.AtCapacity(var reason):
                    WaitOn(waiter, name, $"waiting for an agent: {reason}");
                    if (Volatile.Read(ref _rounds) != round || node.Cloud.WhyNotNow(node.Template) is not null)
                    {
                        // Whatever made room while it was not among the waiting did not wake it; and another cloud may have room.
                        context.React();
                    }

                    break;
                case NodeStart.Failed(var failure):
                    _ledger.Forget(name, node);
                    waiter.Placed.TrySetException(new NodeStartException(failure.Message, failure.MayRetry, failure));
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            waiter.Placed.TrySetCanceled();
        }
        catch (Exception fault)
        {
            context.Log.LogError(fault, "Starting node {Node} failed", name);
            _ledger.Forget(name, node);
            waiter.Placed.TrySetException(new NodeStartException($"The agent '{name}' could not be started: {fault.Message}", mayRetry: true));
        }

        context.Tell(name);
        if (waiter.Placed.Task.IsCanceled)
        {
            // Cancelled while the node was on its way: it is nobody's now.
            await giveBack(waiter.Request.Run, waiter.Request.Effect);
        }
    }

    private NodeRequest Request(ExecutorRequest request, NodeTemplate template, string name) => new(
        name,
        context.Options.SecretOf(name),
        request.Run,
        request.Job.Value,
        template,
        context.Options.ControllerUrl,
        context.Options.DeadlineOf(template, context.Time.GetUtcNow()),
        context.Options.WorkspaceOf?.Invoke(request))
    {
        Effect = request.Effect,
        RunUrl = request.RunUrl,
    };

    /// <summary>There was no room after all.</summary>
    private void WaitOn(Waiter waiter, string name, string why)
    {
        lock (_ledger.Lock)
        {
            _ledger.OnDemand.Remove(name);
            (waiter.Why, waiter.IsStuck) = (why, false);
            waiter.Tell(why);
            if (!waiter.Placed.Task.IsCompleted)
            {
                _ledger.Enqueue(waiter);
            }
        }

        tellWait(waiter.Request);
    }

    /// <summary>What one round has decided, to be done without the lock.</summary>
    private sealed class RoundOutcome
    {
        public List<(Waiter Waiter, OnDemandNode Node, string Name)> Starts { get; } = [];

        /// <summary>Whose earlier nodes can be looked for now.</summary>
        public List<Waiter> Searches { get; } = [];

        /// <summary>Nodes that only wait for work and take up the room that others wait for.</summary>
        public List<Func<Task>> Ends { get; } = [];

        /// <summary>Who waits for another reason than before, or waits no longer.</summary>
        public List<ExecutorRequest> OtherReasons { get; } = [];

        public void Wait(Waiter waiter, string why, bool isStuck)
        {
            (waiter.Why, waiter.IsStuck) = (why, isStuck);
            if (waiter.Tell(why))
            {
                OtherReasons.Add(waiter.Request);
            }
        }

        public void WaitsNoMore(Waiter waiter)
        {
            if (waiter.Tell(null))
            {
                OtherReasons.Add(waiter.Request);
            }
        }
    }
}
