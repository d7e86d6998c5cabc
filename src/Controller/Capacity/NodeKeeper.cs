using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Model;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>Carries out what <see cref="KeptNodes"/> decides: cleans nodes and offers them, hands them on, ends them, starts spare ones. One timer for all of them.</summary>
internal sealed class NodeKeeper(CapacityContext context, NodePreparation preparation) : IAsyncDisposable
{
    private static readonly TimeSpan CleaningPatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SparePause = TimeSpan.FromSeconds(30);

    private readonly ExecutorLedger _ledger = context.Ledger;
    private readonly Dictionary<(ICloud Cloud, string Template), DateTimeOffset> _sparesNotBefore = [];
    private readonly Dictionary<string, LeavingNode> _leaving = new(StringComparer.Ordinal);
    private long _spareNumber;
    private ITimer? _timer;

    /// <summary>The block on the node has ended well. A node that may wait for another one is the request's no longer, and is cleaned from now on.</summary>
    /// <returns>False where it has to be ended instead.</returns>
    public bool TryKeep(BusyExecutor busy)
    {
        OnDemandNode? node;
        lock (_ledger.Lock)
        {
            if (!ReferenceEquals(_ledger.Busy.GetValueOrDefault((busy.Run, busy.Effect)), busy))
            {
                // Somebody else gives it back in this moment.
                return true;
            }

            if (!_ledger.OnDemand.TryGetValue(busy.Node, out node) || !node.IsReady || node.Failure is not null || !KeptNodes.MayStay(node.Template.Reuse, node.Created, CountUnowned(node), context.Time.GetUtcNow())
                || ConnectionOf(busy.Node) is null)
            {
                return false;
            }

            _ledger.Busy.Remove((busy.Run, busy.Effect));
            (node.Owner, node.Folder, node.Notes) = (null, busy.Job.Parent, null);
        }

        _ = CleanAsync(busy, node);
        return true;
    }

    /// <summary>Those that wait for work, the longest first. With the ledger's lock held.</summary>
    public IReadOnlyList<IdleOffer> Offers() =>
        [.. _ledger.OnDemand.Where(n => n.Value.IsIdle).OrderBy(n => n.Value.IdleSince).Select(n => new IdleOffer(n.Key, n.Value.Cloud, n.Value.Template.Reuse!.Key, n.Value.Folder) { Template = n.Value.Template.Name })];

    /// <summary>Those that are being ended, and take up room as long as their cloud sees them, which is longer than it takes to ask for their end. With the ledger's lock held.</summary>
    public IReadOnlyList<LeavingNode> Leaving()
    {
        foreach (var gone in _leaving.Where(l => !l.Value.Cloud.Nodes.Any(n => n.NodeName == l.Key)).Select(l => l.Key).ToList())
        {
            _leaving.Remove(gone);
        }

        return [.. _leaving.Values];
    }

    /// <summary>A waiting node has to make room for work that it cannot do: from here on nobody gets it. With the ledger's lock held.</summary>
    /// <returns>Ends it; to be called without the lock.</returns>
    public Func<Task> BeginEnd(string name)
    {
        var node = _ledger.OnDemand[name];
        Leave(name, node);
        return () => StopAsync(name, node);
    }

    /// <summary>A waiting node goes to a request. With the ledger's lock held.</summary>
    public void HandOver(string name, Waiter waiter)
    {
        if (_ledger.OnDemand.TryGetValue(name, out var node) && node.IdleSince is not null)
        {
            var request = waiter.Request;
            node.IdleSince = null;
            node.Owner = (request.Run, request.Effect);
            node.Folder = request.Job.Parent;
            node.Notes = waiter.Notes;
            _ = MarkAsync(node.Cloud, name, new NodeAssignment(request.Run, request.Effect, request.Job.Value, request.RunUrl, request.Job.Parent));
        }
    }

    /// <summary>Nodes that waited for work when the server stopped, cleaned and so marked, wait on; called when their cloud has been looked at.</summary>
    public void TakeUp(ICloud cloud)
    {
        lock (_ledger.Lock)
        {
            foreach (var observed in cloud.Nodes.Where(n => n is { IsAlive: true, IdleFor: not null, ReuseKey: not null } && !_ledger.OnDemand.ContainsKey(n.NodeName)))
            {
                if (cloud.Templates.FirstOrDefault(t => t.Name == observed.Template && t.Reuse?.Key == observed.ReuseKey) is { } template)
                {
                    _ledger.OnDemand[observed.NodeName] = new OnDemandNode(cloud, template, AgentSecret.Hash(context.Options.SecretOf(observed.NodeName)), observed.Created)
                    {
                        Folder = observed.IdleFor,
                        IsReady = true,
                        WasTakenUp = true,
                        IdleSince = context.Time.GetUtcNow(),
                    };
                }
            }
        }
    }

    /// <summary>Ends and starts what is due, and comes back when the next moment of that kind is.</summary>
    public void Tend()
    {
        KeepingPlan plan;
        List<(string Name, OnDemandNode Node)> spares = [];
        List<(string Name, OnDemandNode Node)> ends = [];
        lock (_ledger.Lock)
        {
            if (context.Stopping.IsCancellationRequested)
            {
                return;
            }

            var now = context.Time.GetUtcNow();
            plan = KeptNodes.Plan(Kept(), SpareTemplates(), now);
            foreach (var end in plan.Ends)
            {
                ends.Add((end.Name, _ledger.OnDemand[end.Name]));
            }

            foreach (var spare in plan.Spares)
            {
                var name = spare.Cloud.NameNode(spare.Template, JobPath.Root, 0, $"spare-{now.ToUnixTimeMilliseconds()}-{++_spareNumber}");
                var node = context.NewNode(spare.Cloud, spare.Template, name, now);
                _ledger.OnDemand[name] = node;
                spares.Add((name, node));
            }

            _timer ??= context.Time.CreateTimer(_ => Tend(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(plan.Next is { } moment ? TimeSpan.FromTicks(Math.Clamp((moment - now).Ticks, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerDay)) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        foreach (var (name, node) in ends)
        {
            // Not on this thread, which may hold the lock of another node's agent.
            _ = Task.Run(() => EndAsync(name, node));
        }

        foreach (var (name, node) in spares)
        {
            _ = StartSpareAsync(name, node);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is { } timer)
        {
            await timer.DisposeAsync();
        }
    }

    private IEnumerable<KeptNode> Kept() =>
        _ledger.OnDemand.Where(n => n.Value.IsIdle).Select(n => new KeptNode(n.Key, n.Value.Cloud, n.Value.Template.Reuse!, n.Value.Folder, n.Value.Created, n.Value.IdleSince!.Value, IsStillOffered(n.Value)));

    private IEnumerable<SpareTemplate> SpareTemplates()
    {
        var templates = context.Clouds.Offering.SelectMany(c => c.Templates.Where(t => t.Reuse is { MinIdle: > 0 }).Select(t => (Cloud: c, Template: t))).ToList();
        foreach (var gone in _sparesNotBefore.Keys.Where(k => !templates.Exists(t => ReferenceEquals(t.Cloud, k.Cloud) && t.Template.Name == k.Template)).ToList())
        {
            _sparesNotBefore.Remove(gone);
        }

        return templates.Select(t => new SpareTemplate(
            t.Cloud,
            t.Template,
            _ledger.OnDemand.Values.Count(n => ReferenceEquals(n.Cloud, t.Cloud) && n.Template.Reuse?.Key == t.Template.Reuse!.Key && n.Owner is null && n.Failure is null && n.Folder is null),
            _sparesNotBefore.GetValueOrDefault((t.Cloud, t.Template.Name)))
        {
            OnTheirWay = CountOnTheirWay(t.Cloud),
        });
    }

    private int CountOnTheirWay(ICloud cloud)
    {
        var counted = cloud.Nodes.Select(n => n.NodeName).ToHashSet(StringComparer.Ordinal);
        return _ledger.OnDemand.Count(n => ReferenceEquals(n.Value.Cloud, cloud) && !counted.Contains(n.Key));
    }

    /// <summary>The cloud still takes work, and has the template as it was when the node was made; one that a pipeline declared is always as it was.</summary>
    private bool IsStillOffered(OnDemandNode node) =>
        context.Clouds.Offering.Contains(node.Cloud) && (node.Cloud.Templates.FirstOrDefault(t => t.Name == node.Template.Name) is not { } now || now.Reuse?.Key == node.Template.Reuse?.Key);

    /// <summary>Of the same kind, without an owner: they wait, are being cleaned, or are being started as spare ones.</summary>
    private int CountUnowned(OnDemandNode node) =>
        _ledger.OnDemand.Values.Count(n => n != node && ReferenceEquals(n.Cloud, node.Cloud) && n.Template.Reuse?.Key == node.Template.Reuse?.Key && n.Owner is null);

    /// <summary>Since when the node's agent is connected; another moment after each new connection, null while it is away.</summary>
    private DateTimeOffset? ConnectionOf(string name) => context.Hub.Find(name) is { Connection: AgentConnectionState.Connected } agent ? agent.Since : null;

    /// <summary>Has everything of the ended block removed from the node, then offers it. One that cannot be cleaned is ended.</summary>
    private async Task CleanAsync(BusyExecutor busy, OnDemandNode node)
    {
        var name = busy.Node;
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.Stopping);
            patience.CancelAfter(CleaningPatience);
            var connection = ConnectionOf(name);
            await context.Hub.ReleaseAsync(name, ExecutorRequest.AllocationId(busy.Run, busy.Effect), patience.Token, deletesWorkspaces: true);

            // The release completes at once for an agent that is away, or goes away: what was not cleaned for sure is not handed on.
            if (connection is not null && ConnectionOf(name) == connection)
            {
                lock (_ledger.Lock)
                {
                    node.IdleSince = context.Time.GetUtcNow();

                    // With the lock held, as when it is handed over: marked in the order in which it happened.
                    _ = MarkAsync(node.Cloud, name, new NodeAssignment(null, 0, "", null, busy.Job.Parent));
                }

                context.Tell(name);
                context.React();
                return;
            }
        }
        catch (OperationCanceledException) when (context.Stopping.IsCancellationRequested)
        {
            return;
        }
        catch (OperationCanceledException)
        {
            context.Log.LogWarning("Node {Node} could not be cleaned within {Minutes} minutes; it is ended instead of kept", name, CleaningPatience.TotalMinutes);
        }

        await EndAsync(name, node);
    }

    private async Task MarkAsync(ICloud cloud, string name, NodeAssignment assignment)
    {
        try
        {
            await cloud.AssignNodeAsync(name, assignment, context.Stopping);
        }
        catch (Exception fault)
        {
            // A later life of the controller would end the node rather than keep it; nothing worse.
            context.Log.LogDebug(fault, "Node {Node} could not be marked with whose it is", name);
        }
    }

    private async Task StartSpareAsync(string name, OnDemandNode node)
    {
        string? fault;
        try
        {
            var request = new NodeRequest(name, context.Options.SecretOf(name), null, "", node.Template, context.Options.ControllerUrl, context.Options.DeadlineOf(node.Template, context.Time.GetUtcNow()));
            fault = await node.Cloud.StartNodeAsync(request, context.Stopping) switch
            {
                NodeStart.AtCapacity(var reason) => reason,
                NodeStart.Failed(var failure) => failure.Message,
                _ => null,
            };
            if (fault is null)
            {
                await preparation.WaitConnectedAsync(name, node, context.Stopping);
                lock (_ledger.Lock)
                {
                    node.IsReady = true;
                    node.IdleSince = context.Time.GetUtcNow();
                }

                context.Tell(name);
                context.React();
                return;
            }
        }
        catch (OperationCanceledException) when (context.Stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failure)
        {
            fault = failure.Message;
        }

        context.Log.LogWarning("A spare node of template '{Template}' of cloud '{Cloud}' could not be made ready; it is tried again in {Seconds} seconds: {Reason}", node.Template.Name, node.Cloud.Name, SparePause.TotalSeconds, fault);
        lock (_ledger.Lock)
        {
            _sparesNotBefore[(node.Cloud, node.Template.Name)] = context.Time.GetUtcNow() + SparePause;
        }

        await EndAsync(name, node);
        Tend();
    }

    /// <summary>Ends a node that nobody has; one that was given away in this moment stays.</summary>
    private async Task EndAsync(string name, OnDemandNode node)
    {
        lock (_ledger.Lock)
        {
            if (node.Owner is not null || !ReferenceEquals(_ledger.OnDemand.GetValueOrDefault(name), node))
            {
                return;
            }

            Leave(name, node);
        }

        await StopAsync(name, node);
    }

    private void Leave(string name, OnDemandNode node)
    {
        node.IdleSince = null;
        _ledger.OnDemand.Remove(name);
        _leaving[name] = new LeavingNode(node.Cloud, node.Template.Name);
    }

    private async Task StopAsync(string name, OnDemandNode node)
    {
        try
        {
            await node.Cloud.StopNodeAsync(name, context.Stopping);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            context.Log.LogWarning(fault, "The kept node {Node} could not be ended; it is tried again as a left-over", name);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        context.Hub.Remove(name);
        context.Tell(name);
        context.React();
    }
}
