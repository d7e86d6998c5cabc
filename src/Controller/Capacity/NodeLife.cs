using Microsoft.Extensions.Logging;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>What clouds tell of nodes that somebody has or waits for: into the build's log and the start-up chain; a node that is lost is given up.</summary>
internal sealed class NodeLife(CapacityContext context)
{
    private readonly ExecutorLedger _ledger = context.Ledger;

    public void OnProgressed(NodeProgress progress)
    {
        BuildNotes? notes;
        lock (_ledger.Lock)
        {
            if (!_ledger.OnDemand.TryGetValue(progress.NodeName, out var node))
            {
                return;
            }

            notes = node.Notes;
            if (progress.Link is { } link)
            {
                node.Timings?.Add(link, progress.Time);
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

    public void OnFailed(NodeFailure failure)
    {
        BuildNotes? notes;
        lock (_ledger.Lock)
        {
            if (!_ledger.OnDemand.TryGetValue(failure.NodeName, out var node))
            {
                return;
            }

            node.Failure ??= failure;

            // While it starts, whoever waits for it tells why; later nobody else does.
            notes = node.IsReady ? node.Notes : null;
        }

        foreach (var line in notes is null ? [] : failure.Details)
        {
            notes!.Add(line);
        }

        context.Hub.MarkLost(failure.NodeName, failure.Message, failure.IsInfrastructure);
        _ = EndLostAsync(failure.NodeName);
    }

    /// <summary>A run has its executor there from now on.</summary>
    public void BecomeReady(string name)
    {
        bool hasFailed;
        lock (_ledger.Lock)
        {
            if (!_ledger.OnDemand.TryGetValue(name, out var node))
            {
                return;
            }

            node.IsReady = true;
            node.Timings = null;
            hasFailed = node.Failure is not null;
        }

        if (hasFailed)
        {
            _ = EndLostAsync(name);
        }
    }

    /// <summary>
    /// A node died under a run that may not notice for hours, because it sleeps or waits for somebody: its room in the cloud is given back now. The run keeps the executor until its block ends,
    /// and its next step there learns from the hub that the node is lost, and why.
    /// </summary>
    public async Task EndLostAsync(string name)
    {
        OnDemandNode? node;
        lock (_ledger.Lock)
        {
            // One that is still being started is seen to by whoever waits for it.
            if (!_ledger.OnDemand.TryGetValue(name, out node) || !node.IsReady)
            {
                return;
            }
        }

        try
        {
            await node.Cloud.StopNodeAsync(name, context.Stopping);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception fault)
        {
            context.Log.LogWarning(fault, "What is left of the lost node {Node} could not be removed; it is tried again when its block ends", name);
            return;
        }

        _ledger.Forget(name, node);
        if (node.Owner is null)
        {
            // Nobody else will.
            context.Hub.Remove(name);
        }

        context.Tell(name);
        context.React();
    }
}
