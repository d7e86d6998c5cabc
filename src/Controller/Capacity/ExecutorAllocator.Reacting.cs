using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <content>What happens when anything changes: a round of planning, nodes that are started for it, and what clouds and agents tell.</content>
public sealed partial class ExecutorAllocator
{
    private long _rounds;

    /// <summary>One round of planning. Starting nodes goes on without the lock.</summary>
    private void React()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        List<(Waiter Waiter, OnDemandNode Node, string Name)> starts = [];
        List<ExecutorRequest> waits = [];
        bool hasPlanned;
        lock (_lock)
        {
            _rounds++;
            hasPlanned = _waiting.Count > 0;
            if (hasPlanned)
            {
                Plan(starts, waits);
            }
        }

        foreach (var (waiter, node, name) in starts)
        {
            _ = StartAsync(waiter, node, name);
        }

        Tend();
        if (!hasPlanned)
        {
            return;
        }

        Changed?.Invoke(null);
        foreach (var request in waits)
        {
            WaitChanged?.Invoke(request);
        }
    }

    // Called with the lock held.
    private void Plan(List<(Waiter Waiter, OnDemandNode Node, string Name)> starts, List<ExecutorRequest> waits)
    {
        var asked = _waiting.ToList();
        var plan = PlacementPlanner.Plan(asked.ConvertAll(w => w.Demand), OfferNodes(), OfferIdle(), OfferTemplates(), _time.GetUtcNow());
        for (var i = 0; i < plan.Count; i++)
        {
            var waiter = asked[i];
            var said = waiter.Said;
            waiter.Said = (plan[i] as Placement.Wait)?.Why;
            if (said != waiter.Said)
            {
                waits.Add(waiter.Request);
            }

            switch (plan[i])
            {
                case Placement.OnNode(var name, var executor):
                    _waiting.Remove(waiter);
                    waiter.Note("matched", _time.GetUtcNow());
                    Take(waiter, name, executor);
                    break;
                case Placement.OnNewNode(var cloud, var template):
                    _waiting.Remove(waiter);
                    waiter.Note("matched", _time.GetUtcNow());
                    var newName = NodeNames.For(cloud, template, waiter.Request, waiter.Attempt);
                    var node = new OnDemandNode(cloud, template, AgentSecret.Hash(_options.SecretOf(newName)), _time.GetUtcNow())
                    {
                        Owner = (waiter.Request.Run, waiter.Request.Effect),
                        Folder = waiter.Request.Job.Parent,
                        Notes = waiter.Notes,
                        Timings = waiter.Timings,
                    };
                    _onDemand[newName] = node;
                    starts.Add((waiter, node, newName));
                    break;
                case Placement.Wait(var why, var isStuck):
                    waiter.Why = why;
                    waiter.IsStuck = isStuck;
                    break;
            }
        }
    }

    private async Task StartAsync(Waiter waiter, OnDemandNode node, string name)
    {
        var round = Volatile.Read(ref _rounds);
        try
        {
            var request = new NodeRequest(
                name,
                _options.SecretOf(name),
                waiter.Request.Run,
                waiter.Request.Job.Value,
                node.Template,
                _options.ControllerUrl,
                _time.GetUtcNow() + _options.NodeDeadline,
                _options.WorkspaceOf?.Invoke(waiter.Request))
            {
                Effect = waiter.Request.Effect,
                RunUrl = waiter.Request.RunUrl,
            };
            waiter.Note("planned", _time.GetUtcNow());
            switch (await node.Cloud.StartNodeAsync(request, _stopping.Token))
            {
                case NodeStart.Started:
                    lock (_lock)
                    {
                        Take(waiter, name, 0);
                    }

                    break;
                case NodeStart.AtCapacity(var reason):
                    lock (_lock)
                    {
                        _onDemand.Remove(name);
                        waiter.Why = $"waiting for an agent: {reason}";
                        if (!waiter.Placed.Task.IsCompleted)
                        {
                            _waiting.Insert(0, waiter);
                            _waiting.Sort((a, b) => a.Request.Since.CompareTo(b.Request.Since));
                        }

                        waiter.Said = waiter.Why;
                    }

                    WaitChanged?.Invoke(waiter.Request);
                    if (Volatile.Read(ref _rounds) != round)
                    {
                        // Whatever made room while it was not among the waiting did not wake it.
                        React();
                    }

                    break;
                case NodeStart.Failed(var failure):
                    lock (_lock)
                    {
                        _onDemand.Remove(name);
                    }

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
            _log.LogError(fault, "Starting node {Node} failed", name);
            lock (_lock)
            {
                _onDemand.Remove(name);
            }

            waiter.Placed.TrySetException(new NodeStartException($"The agent '{name}' could not be started: {fault.Message}", mayRetry: true));
        }

        Changed?.Invoke(name);
        if (waiter.Placed.Task.IsCanceled)
        {
            // Cancelled while the node was on its way: it is nobody's now.
            await ReleaseAsync(waiter.Request.Run, waiter.Request.Effect);
        }
    }

    // Called with the lock held.
    private void Take(Waiter waiter, string node, int executor)
    {
        var request = waiter.Request;
        var busy = new BusyExecutor(node, executor, request.Run, request.Effect, request.Job, request.RunNumber, _time.GetUtcNow());
        _busy[(request.Run, request.Effect)] = busy;
        if (_onDemand.TryGetValue(node, out var demanded) && demanded.IdleSince is not null)
        {
            demanded.IdleSince = null;
            demanded.Owner = (request.Run, request.Effect);
            demanded.Folder = request.Job.Parent;
            demanded.Notes = waiter.Notes;
            _ = TellAsync(demanded.Cloud, node, new NodeAssignment(request.Run, request.Effect, request.Job.Value, request.RunUrl, request.Job.Parent));
        }

        waiter.Placed.TrySetResult(busy);
    }

    // Called with the lock held.
    private List<NodeOffer> OfferNodes()
    {
        var connections = _hub.Agents.ToDictionary(a => a.NodeName);
        return [.. _permanent.Values.Select(node =>
        {
            var state = connections.GetValueOrDefault(node.Name);
            var online = !node.IsTakenOffline && state?.Connection == AgentConnectionState.Connected;
            var used = _busy.Values.Where(b => b.Node == node.Name).Select(b => b.Executor).ToHashSet();
            var free = Enumerable.Range(0, node.Executors).Where(e => !used.Contains(e)).ToList();
            return new NodeOffer(node.Name, node.Labels, node.Mode, online, free, node.IsTakenOffline ? node.OfflineReason ?? "taken offline" : state?.Reason ?? "its agent has not connected");
        })];
    }

    private List<TemplateOffer> OfferTemplates() =>
        [.. _clouds.Clouds.Where(c => c.Observed.IsCompleted).SelectMany(cloud => cloud.Templates.Select(template => new TemplateOffer(cloud, template)))];

    /// <summary>Clouds came or went with the configuration. One that went is followed on as long as it has nodes.</summary>
    private void OnCloudsChanged()
    {
        List<ICloud> added;
        lock (_lock)
        {
            added = [.. _clouds.Clouds.Where(_followed.Add)];
        }

        foreach (var cloud in added)
        {
            cloud.NodeFailed += OnNodeFailed;
            cloud.NodeProgressed += OnNodeProgressed;
            cloud.CapacityChanged += OnCapacityChanged;
            if (!cloud.Observed.IsCompleted)
            {
                _ = cloud.Observed.ContinueWith(_ => OnCapacityChanged(), TaskScheduler.Default);
            }
        }

        OnCapacityChanged();
    }

    private void OnCapacityChanged() => React();

    private void OnAgentChanged(AgentState state)
    {
        Changed?.Invoke(state.NodeName);
        if (state.Connection == AgentConnectionState.Connected)
        {
            React();
        }
    }

    private void OnNodeProgressed(NodeProgress progress)
    {
        BuildNotes? notes;
        lock (_lock)
        {
            if (!_onDemand.TryGetValue(progress.NodeName, out var node))
            {
                return;
            }

            notes = node.Notes;
            if (progress.Link is { } link && node.Timings is { } timings)
            {
                lock (timings)
                {
                    timings.Add(new StartupTiming(link, progress.Time));
                }
            }

            if (progress.Link == "started")
            {
                node.AgentStarted.TrySetResult();
            }
        }

        if (progress.Message is { } message)
        {
            notes?.Add(message);
        }
    }

    private void OnNodeFailed(NodeFailure failure)
    {
        BuildNotes? notes = null;
        bool wanted;
        lock (_lock)
        {
            wanted = _onDemand.TryGetValue(failure.NodeName, out var node);
            if (node is not null)
            {
                node.Failure ??= failure;

                // While it starts, whoever waits for it tells why; later nobody else does.
                notes = node.IsReady ? node.Notes : null;
            }
        }

        if (wanted)
        {
            foreach (var line in notes is null ? [] : failure.Details)
            {
                notes!.Add(line);
            }

            _hub.MarkLost(failure.NodeName, failure.Message, failure.IsInfrastructure);
            _ = GiveBackLostAsync(failure.NodeName);
        }

        React();
    }
}
