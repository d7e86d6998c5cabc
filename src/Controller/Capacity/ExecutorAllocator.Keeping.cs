using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Model;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <content>Nodes that stay for further work (DESIGN D6): cleaned and kept when their block ends, handed to the next of the same template and folder, ended when nobody comes or they are too old.</content>
public sealed partial class ExecutorAllocator
{
    private static readonly TimeSpan CleaningPatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SparePause = TimeSpan.FromSeconds(30);

    private readonly Dictionary<(ICloud, string), DateTimeOffset> _sparesNotBefore = [];
    private long _spareNumber;
    private ITimer? _keepingTimer;

    /// <summary>How many nodes wait for work.</summary>
    public int IdleNodes
    {
        get
        {
            lock (_lock)
            {
                return _onDemand.Values.Count(n => n.IsIdle);
            }
        }
    }

    /// <summary>Whether a node whose block has ended may serve another one. With the lock held.</summary>
    private bool MayBeKept(string name, OnDemandNode node)
    {
        if (node.Template.Reuse is not { } reuse || (reuse.Idle <= TimeSpan.Zero && reuse.MinIdle == 0) || node.Failure is not null || _time.GetUtcNow() - node.Created >= reuse.MaxAge)
        {
            return false;
        }

        var waiting = _onDemand.Values.Count(n => ReferenceEquals(n.Cloud, node.Cloud) && n.Template.Reuse?.Key == reuse.Key && n.Owner is null && n != node);
        return waiting < Math.Max(reuse.MaxIdle, reuse.MinIdle) && IsConnected(name);
    }

    /// <summary>Since when the node's agent is connected; another moment after each new connection, null while it is away.</summary>
    private DateTimeOffset? ConnectionOf(string name) => _hub.Agents.Where(a => a.NodeName == name && a.Connection == AgentConnectionState.Connected).Select(a => (DateTimeOffset?)a.Since).FirstOrDefault();

    private bool IsConnected(string name) => _hub.Agents.Any(a => a.NodeName == name && a.Connection == AgentConnectionState.Connected);

    /// <summary>Has everything of the ended block removed from the node, then offers it. One that cannot be cleaned is ended.</summary>
    private async Task CleanAndKeepAsync(string name, OnDemandNode node, string allocation, NodeAssignment idle)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            patience.CancelAfter(CleaningPatience);
            var connection = ConnectionOf(name);
            await _hub.ReleaseAsync(name, allocation, patience.Token, deletesWorkspaces: true);

            // The release completes at once for an agent that is away, or goes away: what was not cleaned for sure is not handed on.
            if (connection is not null && ConnectionOf(name) == connection)
            {
                lock (_lock)
                {
                    node.IdleSince = _time.GetUtcNow();

                    // With the lock held, as who takes it does: told in the order in which it happened.
                    _ = TellAsync(node.Cloud, name, idle);
                }

                Changed?.Invoke(name);
                React();
                return;
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (OperationCanceledException)
        {
            _log.LogWarning("Node {Node} could not be cleaned within {Minutes} minutes; it is ended instead of kept", name, CleaningPatience.TotalMinutes);
        }

        await EndKeptAsync(name, node);
    }

    private async Task TellAsync(ICloud cloud, string name, NodeAssignment assignment)
    {
        try
        {
            await cloud.AssignNodeAsync(name, assignment, _stopping.Token);
        }
        catch (Exception fault)
        {
            // A later life of the controller would end the node rather than keep it; nothing worse.
            _log.LogDebug(fault, "Node {Node} could not be marked with whose it is", name);
        }
    }

    private async Task EndKeptAsync(string name, OnDemandNode node)
    {
        lock (_lock)
        {
            if (node.Owner is not null || !ReferenceEquals(_onDemand.GetValueOrDefault(name), node))
            {
                return;
            }

            node.IdleSince = null;
            _onDemand.Remove(name);
        }

        try
        {
            await node.Cloud.StopNodeAsync(name, _stopping.Token);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _log.LogWarning(fault, "The kept node {Node} could not be ended; it is tried again as a left-over", name);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        _hub.Remove(name);
        Changed?.Invoke(name);
        React();
    }

    // Called with the lock held.
    private List<IdleOffer> OfferIdle() =>
        [.. _onDemand.Where(n => n.Value.IsIdle).OrderBy(n => n.Value.IdleSince).Select(n => new IdleOffer(n.Key, n.Value.Cloud, n.Value.Template.Reuse!.Key, n.Value.Folder))];

    /// <summary>Ends what has waited too long or grown too old, starts what a minimum asks for, and comes back when the next moment of that kind is due.</summary>
    private void Tend()
    {
        List<(string Name, OnDemandNode Node)> ends = [];
        List<(string Name, OnDemandNode Node)> spares = [];
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            var now = _time.GetUtcNow();
            DateTimeOffset? next = null;
            foreach (var group in _onDemand.Where(n => n.Value.IsIdle).GroupBy(n => (n.Value.Cloud, n.Value.Template.Reuse!.Key)).ToList())
            {
                var reuse = group.First().Value.Template.Reuse!;
                var isWanted = IsStillOffered(group.First().Value);
                var kept = group.Count();
                foreach (var (name, node) in group.OrderBy(n => n.Value.IdleSince))
                {
                    var tooOld = node.Created + reuse.MaxAge;
                    var tooIdle = node.IdleSince!.Value + reuse.Idle;
                    if (!isWanted || tooOld <= now || (tooIdle <= now && kept > reuse.MinIdle))
                    {
                        ends.Add((name, node));
                        kept--;
                        continue;
                    }

                    var due = kept > reuse.MinIdle && tooIdle < tooOld ? tooIdle : tooOld;
                    next = next is null || due < next ? due : next;
                }
            }

            foreach (var (cloud, template) in _clouds.Clouds.SelectMany(c => c.Templates.Select(t => (c, t))).Where(o => o.t.Reuse is { MinIdle: > 0 }))
            {
                var notBefore = _sparesNotBefore.GetValueOrDefault((cloud, template.Name));
                if (notBefore > now)
                {
                    next = next is null || notBefore < next ? notBefore : next;
                    continue;
                }

                var there = _onDemand.Values.Count(n => ReferenceEquals(n.Cloud, cloud) && n.Template.Reuse?.Key == template.Reuse!.Key && n.Owner is null && n.Failure is null && n.Folder is null)
                    - ends.Count(e => ReferenceEquals(e.Node.Cloud, cloud) && e.Node.Template.Reuse?.Key == template.Reuse!.Key && e.Node.Folder is null);
                for (var planned = 0; there < template.Reuse!.MinIdle && cloud.Observed.IsCompleted && cloud.WhyNotNow(template, planned, planned) is null; there++, planned++)
                {
                    var name = cloud.NameNode(template, JobPath.Root, 0, $"spare-{now.ToUnixTimeMilliseconds()}-{++_spareNumber}");
                    var node = new OnDemandNode(cloud, template, AgentSecret.Hash(_options.SecretOf(name)), now);
                    _onDemand[name] = node;
                    spares.Add((name, node));
                }
            }

            _keepingTimer ??= _time.CreateTimer(_ => Tend(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _keepingTimer.Change(next is { } moment ? TimeSpan.FromTicks(Math.Clamp((moment - now).Ticks, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerDay)) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        foreach (var (name, node) in ends)
        {
            // Not on this thread, which may hold the lock of another node's agent.
            _ = Task.Run(() => EndKeptAsync(name, node));
        }

        foreach (var (name, node) in spares)
        {
            _ = StartSpareAsync(name, node);
        }
    }

    /// <summary>The cloud is still configured, and has the template as it was when the node was made; one that a pipeline declared is always as it was.</summary>
    private bool IsStillOffered(OnDemandNode node) =>
        _clouds.Clouds.Contains(node.Cloud) && (node.Cloud.Templates.FirstOrDefault(t => t.Name == node.Template.Name) is not { } now || now.Reuse?.Key == node.Template.Reuse?.Key);

    private async Task StartSpareAsync(string name, OnDemandNode node)
    {
        string? fault;
        try
        {
            var request = new NodeRequest(name, _options.SecretOf(name), null, "", node.Template, _options.ControllerUrl, _options.DeadlineOf(node.Template, _time.GetUtcNow()));
            fault = await node.Cloud.StartNodeAsync(request, _stopping.Token) switch
            {
                NodeStart.AtCapacity(var reason) => reason,
                NodeStart.Failed(var failure) => failure.Message,
                _ => null,
            };
            if (fault is null)
            {
                await WaitConnectedAsync(name, node, _stopping.Token);
                lock (_lock)
                {
                    node.IsReady = true;
                    node.IdleSince = _time.GetUtcNow();
                }

                Changed?.Invoke(name);
                React();
                return;
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failure)
        {
            fault = failure.Message;
        }

        _log.LogWarning("A spare node of template '{Template}' of cloud '{Cloud}' could not be made ready; it is tried again in {Seconds} seconds: {Reason}", node.Template.Name, node.Cloud.Name, SparePause.TotalSeconds, fault);
        lock (_lock)
        {
            _sparesNotBefore[(node.Cloud, node.Template.Name)] = _time.GetUtcNow() + SparePause;
        }

        await EndKeptAsync(name, node);
        Tend();
    }

    /// <summary>Nodes that waited for work when the server stopped, cleaned and so marked, wait on; called when their cloud has been looked at.</summary>
    private void TakeUpIdle(ICloud cloud)
    {
        lock (_lock)
        {
            foreach (var observed in cloud.Nodes.Where(n => n is { IsAlive: true, IdleFor: not null, ReuseKey: not null } && !_onDemand.ContainsKey(n.NodeName)))
            {
                if (cloud.Templates.FirstOrDefault(t => t.Name == observed.Template && t.Reuse?.Key == observed.ReuseKey) is { } template)
                {
                    _onDemand[observed.NodeName] = new OnDemandNode(cloud, template, AgentSecret.Hash(_options.SecretOf(observed.NodeName)), observed.Created)
                    {
                        Folder = observed.IdleFor,
                        IsReady = true,
                        WasTakenUp = true,
                        IdleSince = _time.GetUtcNow(),
                    };
                }
            }
        }
    }
}
