using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>What an earlier life of the server has left: allocations that runs hold are taken up with their nodes, nodes that nobody needs are removed.</summary>
internal sealed class NodeRecovery(CapacityContext context, NodeKeeper keeper, NodeLife life)
{
    private const string EndedMeanwhile = "it ended, or was removed, while the server was away";

    private readonly ExecutorLedger _ledger = context.Ledger;

    /// <inheritdoc cref="ExecutorAllocator.Restore"/>
    public void Restore(RunId run, long effect, JobPath job, int number, NodeAllocated allocated, DateTimeOffset since)
    {
        lock (_ledger.Lock)
        {
            _ledger.Busy[(run, effect)] = new BusyExecutor(allocated.Node, allocated.Executor, run, effect, job, number, since);
            if (_ledger.Permanent.ContainsKey(allocated.Node))
            {
                return;
            }
        }

        _ = RestoreOnDemandAsync((run, effect), job, allocated);
    }

    /// <summary>Whether an agent of this name may be one of our nodes. Where a cloud has not been seen yet, it may: its secret tells, for nobody else can know it.</summary>
    public bool MayBeOurs(string name) =>
        _ledger.IsUsed(name) || context.Clouds.Known.Any(cloud => !cloud.Observed.IsCompleted || cloud.Nodes.Any(n => n.NodeName == name));

    /// <inheritdoc cref="ExecutorAllocator.RemoveLeftoversAsync"/>
    public async Task RemoveLeftoversAsync(Func<IReadOnlySet<RunId>> unfinished, CancellationToken cancellation)
    {
        foreach (var cloud in context.Clouds.Known.Where(c => c.Observed.IsCompleted))
        {
            if (context.Clouds.Offering.Contains(cloud))
            {
                keeper.TakeUp(cloud);
            }

            var observed = cloud.Nodes;
            var runs = unfinished();
            foreach (var node in observed.Where(n => !(n.Run is { } run && runs.Contains(run)) && !_ledger.IsKnown(n.NodeName)))
            {
                context.Log.LogInformation("Removing node {Node} of cloud {Cloud}: no run needs it any more", node.NodeName, cloud.Name);
                await cloud.StopNodeAsync(node.NodeName, cancellation);
                context.Hub.Remove(node.NodeName);
            }
        }

        ForgetAgents();
        context.React();
    }

    /// <summary>Whatever clouds have for a run that has ended.</summary>
    public async Task RemoveAllOfAsync(RunId run)
    {
        foreach (var cloud in context.Clouds.Known)
        {
            // One that is kept for others by now is not the run's, though what the cloud says of it may lag behind.
            foreach (var node in cloud.Nodes.Where(n => n.Run == run && (_ledger.FindOnDemand(n.NodeName) is not { } known || known.Owner?.Run == run)))
            {
                await cloud.StopNodeAsync(node.NodeName, context.Stopping);
                context.Hub.Remove(node.NodeName);
            }
        }
    }

    /// <summary>A cloud that cannot be asked now is no reason to give a node up: its agent may be connected and at work. It is looked for when every cloud that may have it has been seen.</summary>
    private async Task RestoreOnDemandAsync((RunId Run, long Effect) owner, JobPath job, NodeAllocated allocated)
    {
        var candidates = context.Clouds.Known.Where(c => allocated.Pod is not { } pod || c.Name == pod.Cloud).ToList();
        if (TryRestore(candidates, owner, job, allocated))
        {
            return;
        }

        try
        {
            await Task.WhenAll(candidates.Select(c => c.Observed)).WaitAsync(context.Stopping);
            if (allocated.Pod is { } pod)
            {
                // A pipeline may name a namespace that no configuration does.
                await Task.WhenAll(candidates.OfType<IContainerCloud>().Select(c => c.LookIntoAsync(pod.Namespace, context.Stopping)));
            }
        }
        catch (OperationCanceledException) when (context.Stopping.IsCancellationRequested)
        {
            return;
        }
        catch (OperationCanceledException)
        {
            // The cloud went with the configuration, and what it has can be seen no more.
        }

        if (!TryRestore(candidates, owner, job, allocated) && _ledger.IsHeld(owner.Run, owner.Effect))
        {
            context.Hub.MarkLost(allocated.Node, EndedMeanwhile);
        }
    }

    private bool TryRestore(IReadOnlyList<ICloud> candidates, (RunId Run, long Effect) owner, JobPath job, NodeAllocated allocated)
    {
        foreach (var cloud in candidates)
        {
            if (cloud.Nodes.FirstOrDefault(n => n.NodeName == allocated.Node) is not { } observed)
            {
                continue;
            }

            var template = cloud.Templates.FirstOrDefault(t => t.Name == observed.Template) ?? new NodeTemplate(observed.Template, allocated.Labels, NodeMode.Exclusive);
            lock (_ledger.Lock)
            {
                if (!_ledger.Busy.ContainsKey(owner))
                {
                    return true;
                }

                var node = context.NewNode(cloud, template, allocated.Node, observed.Created);
                (node.Owner, node.Folder, node.IsReady) = (owner, job.Parent, true);
                _ledger.OnDemand[allocated.Node] = node;
            }

            // Asked again: what the cloud told of it before it was known here, nobody heard.
            if (!cloud.Nodes.Any(n => n.NodeName == allocated.Node && n.IsAlive))
            {
                context.Hub.MarkLost(allocated.Node, EndedMeanwhile);
                _ = life.EndLostAsync(allocated.Node);
            }

            return true;
        }

        return false;
    }

    /// <summary>An agent may have dialled once more after its node was given back, while its pod still ended: nobody else would ever forget it.</summary>
    private void ForgetAgents()
    {
        var clouds = context.Clouds.Known.ToList();
        if (clouds.Exists(c => !c.Observed.IsCompleted))
        {
            return;
        }

        var gone = context.Hub.Agents.Where(a => a.Connection is AgentConnectionState.Disconnected or AgentConnectionState.Lost).Select(a => a.NodeName).ToList();
        var there = clouds.SelectMany(c => c.Nodes).Select(n => n.NodeName).ToHashSet(StringComparer.Ordinal);
        foreach (var name in gone.Where(name => !there.Contains(name) && !_ledger.IsPermanent(name) && !_ledger.IsKnown(name)))
        {
            context.Hub.Remove(name);
        }
    }
}
