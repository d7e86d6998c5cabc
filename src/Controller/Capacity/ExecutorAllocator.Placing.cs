using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <content>One request's way to its executor: found, waited for, prepared, and what is lost on the way.</content>
public sealed partial class ExecutorAllocator
{
    private async Task<BusyExecutor> PlaceAsync(ExecutorRequest request, LabelExpression? label, int attempt, DateTimeOffset notBefore, List<StartupTiming> timings, CancellationToken cancellation)
    {
        if (FindStarted(request) is { } started)
        {
            return started;
        }

        await RemoveDeadAsync(request, cancellation);
        var waiter = new Waiter(request, label, attempt, notBefore, timings);
        lock (_lock)
        {
            var behind = _waiting.FindIndex(w => w.Request.Since > request.Since);
            _waiting.Insert(behind < 0 ? _waiting.Count : behind, waiter);
        }

        Changed?.Invoke(null);
        React();
        using var registration = cancellation.Register(() =>
        {
            lock (_lock)
            {
                _waiting.Remove(waiter);
            }

            waiter.Placed.TrySetCanceled(cancellation);
            Changed?.Invoke(null);
        });
        using var retry = notBefore > _time.GetUtcNow() ? _time.CreateTimer(_ => React(), null, notBefore - _time.GetUtcNow(), Timeout.InfiniteTimeSpan) : null;
        return await waiter.Placed.Task;
    }

    /// <summary>When it is asked for again: the executor that this effect has already, or, after a restart, the node that was made for it before.</summary>
    private BusyExecutor? FindStarted(ExecutorRequest request)
    {
        lock (_lock)
        {
            if (_busy.TryGetValue((request.Run, request.Effect), out var held))
            {
                return held;
            }
        }

        foreach (var cloud in _clouds)
        {
            if (cloud.Nodes.FirstOrDefault(n => n.IsAlive && n.IsOf(request)) is not { } observed
                || cloud.Templates.FirstOrDefault(t => t.Name == observed.Template) is not { } template)
            {
                continue;
            }

            var found = new BusyExecutor(observed.NodeName, 0, request.Run, request.Effect, request.Job, request.RunNumber, _time.GetUtcNow());
            lock (_lock)
            {
                _onDemand[observed.NodeName] = new OnDemandNode(cloud, template, AgentSecret.Hash(_options.SecretOf(observed.NodeName)), (request.Run, request.Effect));
                _busy[(request.Run, request.Effect)] = found;
            }

            if (!cloud.Nodes.Any(n => n.NodeName == observed.NodeName && n.IsAlive))
            {
                // It ended in this very moment; the cloud told so before anybody wanted to know.
                _hub.MarkLost(observed.NodeName, "its agent has just ended");
            }

            return found;
        }

        return null;
    }

    /// <summary>What an earlier life of the server left of this request's nodes would take up room in the cloud, for which the request itself might then wait for ever.</summary>
    private async Task RemoveDeadAsync(ExecutorRequest request, CancellationToken cancellation)
    {
        foreach (var cloud in _clouds)
        {
            foreach (var node in cloud.Nodes.Where(n => n.IsOf(request) && !n.IsAlive))
            {
                await cloud.StopNodeAsync(node.NodeName, cancellation);
                _hub.Remove(node.NodeName);
            }
        }
    }

    private async Task<EffectResult> PrepareAsync(ExecutorRequest request, BusyExecutor placed, List<StartupTiming> timings, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(_options.ConnectTimeout);
        try
        {
            await _hub.WaitConnectedAsync(placed.Node, patience.Token);
            timings.Add(new StartupTiming("connected", _time.GetUtcNow()));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NodeStartException($"The agent '{placed.Node}' did not connect within {_options.ConnectTimeout.TotalSeconds:0} seconds. Its own log says why; usual causes: it cannot reach {_options.ControllerUrl}, or it ended at once.", MayRetry: true);
        }
        catch (AgentLostException lost)
        {
            throw new NodeStartException(lost.Message, MayRetry: true);
        }

        var prepare = new PrepareWorkspace(request.Job.Value, request.CustomWorkspace);
        var work = new AgentWork(placed.Node, request.Allocation + ".workspace", request.Allocation, prepare, NoOutput.Instance) { LetGo = request.LetGo };
        switch (await _hub.RunAsync(work, cancellation))
        {
            case WorkspacePrepared workspace:
                timings.Add(new StartupTiming("ready", _time.GetUtcNow()));
                BecomeReady(placed.Node);
                return new NodeAllocated(placed.Node, LabelsOf(placed.Node), placed.Executor, workspace, timings);
            case OperationFailed { IsInfrastructure: false } failed:
                await ReleaseAsync(request.Run, request.Effect);
                return new EffectFailed(failed.Message, IsInfrastructure: false);
            case OperationFailed failed:
                throw new NodeStartException(failed.Message, MayRetry: true);
            default:
                throw new OperationCanceledException(cancellation);
        }
    }

    private void BecomeReady(string name)
    {
        bool hasFailed;
        lock (_lock)
        {
            if (!_onDemand.TryGetValue(name, out var node))
            {
                return;
            }

            node.IsReady = true;
            hasFailed = node.HasFailed;
        }

        if (hasFailed)
        {
            _ = GiveBackLostAsync(name);
        }
    }

    /// <summary>
    /// A node died under a run that may not notice for hours, because it sleeps or waits for somebody: its room in the cloud is given back now. The run keeps the executor until its block ends,
    /// and its next step there learns from the hub that the node is lost, and why.
    /// </summary>
    private async Task GiveBackLostAsync(string name)
    {
        OnDemandNode? node;
        lock (_lock)
        {
            // One that is still being started is seen to by whoever waits for it.
            if (!_onDemand.TryGetValue(name, out node) || !node.IsReady)
            {
                return;
            }
        }

        try
        {
            await node.Cloud.StopNodeAsync(name, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception fault)
        {
            _log.LogWarning(fault, "What is left of the lost node {Node} could not be removed; it is tried again when its block ends", name);
            return;
        }

        lock (_lock)
        {
            if (ReferenceEquals(_onDemand.GetValueOrDefault(name), node))
            {
                _onDemand.Remove(name);
            }
        }

        Changed?.Invoke(name);
        React();
    }

    private bool IsPermanent(string node)
    {
        lock (_lock)
        {
            return _permanent.ContainsKey(node);
        }
    }

    private IReadOnlyList<string> LabelsOf(string node)
    {
        lock (_lock)
        {
            return _onDemand.TryGetValue(node, out var demanded) ? demanded.Template.Labels : _permanent.TryGetValue(node, out var permanent) ? permanent.Labels : [];
        }
    }
}
