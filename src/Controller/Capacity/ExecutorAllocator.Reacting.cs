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
    /// <summary>One round of planning. Starting nodes goes on without the lock.</summary>
    private void React()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        List<(Waiter Waiter, OnDemandNode Node, string Name)> starts = [];
        List<ExecutorRequest> waits = [];
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                return;
            }

            var demands = _waiting.ConvertAll(w => new ExecutorDemand(w.Label, w.NotBefore));
            var plan = PlacementPlanner.Plan(demands, OfferNodes(), OfferTemplates(), _time.GetUtcNow());
            var asked = _waiting.ToList();
            for (var i = 0; i < plan.Count; i++)
            {
                var said = asked[i].Said;
                asked[i].Said = (plan[i] as Placement.Wait)?.Why;
                if (said != asked[i].Said)
                {
                    waits.Add(asked[i].Request);
                }

                switch (plan[i])
                {
                    case Placement.OnNode(var name, var executor):
                        _waiting.Remove(asked[i]);
                        asked[i].Timings.Add(new StartupTiming("matched", _time.GetUtcNow()));
                        Take(asked[i], name, executor);
                        break;
                    case Placement.OnNewNode(var cloud, var template):
                        _waiting.Remove(asked[i]);
                        asked[i].Timings.Add(new StartupTiming("matched", _time.GetUtcNow()));
                        var newName = NodeNames.For(cloud, template, asked[i].Request, asked[i].Attempt);
                        var node = new OnDemandNode(cloud, template, AgentSecret.Hash(_options.SecretOf(newName)), (asked[i].Request.Run, asked[i].Request.Effect));
                        _onDemand[newName] = node;
                        _starting[newName] = asked[i];
                        starts.Add((asked[i], node, newName));
                        break;
                    case Placement.Wait(var why, var isStuck):
                        asked[i].Why = why;
                        asked[i].IsStuck = isStuck;
                        break;
                }
            }
        }

        foreach (var (waiter, node, name) in starts)
        {
            _ = StartAsync(waiter, node, name);
        }

        Changed?.Invoke(null);
        foreach (var request in waits)
        {
            WaitChanged?.Invoke(request);
        }
    }

    private async Task StartAsync(Waiter waiter, OnDemandNode node, string name)
    {
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
            };
            waiter.Timings.Add(new StartupTiming("planned", _time.GetUtcNow()));
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
                    break;
                case NodeStart.Failed(var failure):
                    lock (_lock)
                    {
                        _onDemand.Remove(name);
                    }

                    waiter.Placed.TrySetException(new NodeStartException(failure.Message, failure.MayRetry));
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

            waiter.Placed.TrySetException(new NodeStartException($"The agent '{name}' could not be started: {fault.Message}", MayRetry: true));
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
        [.. _clouds.SelectMany(cloud => cloud.Templates.Select(template => new TemplateOffer(cloud, template, cloud.WhyNotNow(template))))];

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
        lock (_lock)
        {
            _starting.GetValueOrDefault(progress.NodeName)?.Note(progress);
        }
    }

    private void OnNodeFailed(NodeFailure failure)
    {
        bool wanted;
        lock (_lock)
        {
            wanted = _onDemand.TryGetValue(failure.NodeName, out var node);
            if (node is not null)
            {
                node.HasFailed = true;
            }
        }

        if (wanted)
        {
            _hub.MarkLost(failure.NodeName, failure.Message);
            _ = GiveBackLostAsync(failure.NodeName);
        }

        React();
    }
}
