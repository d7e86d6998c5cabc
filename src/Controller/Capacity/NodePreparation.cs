using Slipway.Controller.Agents;
using Slipway.Controller.Telemetry;
using Slipway.Model.Effects;
using Slipway.Model.Operations;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>From an executor that was given to one that steps can run on: its agent connects, its containers are open, its workspace is there.</summary>
internal sealed class NodePreparation(ExecutorLedger ledger, IAgentHub hub, AllocatorOptions options, TimeProvider time)
{
    /// <summary>A cloud that sees into its nodes knows better why one does not come, and says so when its time is over: it is left the last word.</summary>
    private static readonly TimeSpan CloudsWord = TimeSpan.FromSeconds(20);

    /// <returns>The allocation, or the failure of a request that no other node would serve better.</returns>
    /// <exception cref="NodeStartException">The node did not come up.</exception>
    public async Task<EffectResult> PrepareAsync(ExecutorRequest request, BusyExecutor placed, StartTimings timings, CancellationToken cancellation)
    {
        var node = ledger.FindOnDemand(placed.Node);
        var agent = await WaitConnectedAsync(placed.Node, node, cancellation);
        timings.Add("connected", time.GetUtcNow());
        timings.AddProgramStarted(agent);
        if (node is { Cloud: IContainerCloud containers, HasOpened: false })
        {
            var waiting = WaitContainersAsync(containers, placed.Node, node.Template.ConnectTimeout ?? options.ConnectTimeout, request, cancellation);
            var isWait = !waiting.IsCompleted;
            await waiting;
            if (isWait)
            {
                timings.Add("containers", time.GetUtcNow());
            }

            lock (ledger.Lock)
            {
                node.HasOpened = true;
            }
        }

        if (node is { WasTakenUp: true })
        {
            foreach (var allocation in agent.HeldAllocations.Where(a => a != request.Allocation))
            {
                await hub.ReleaseAsync(placed.Node, allocation, cancellation, deletesWorkspaces: true);
            }
        }

        switch (await PrepareWorkspaceAsync(request, placed.Node, cancellation))
        {
            case WorkspacePrepared workspace:
                timings.Add("ready", time.GetUtcNow());
                var moments = timings.InOrder();
                if (node is not null)
                {
                    StartupChain.Record(node.Cloud.Name, moments);
                }

                var pod = node is { Cloud: IContainerCloud pods } ? pods.FindPod(placed.Node) : null;
                return new NodeAllocated(placed.Node, ledger.LabelsOf(placed.Node), placed.Executor, workspace, moments) { Pod = pod };
            case OperationFailed { IsNodeLost: true } lost:
                var why = ledger.FailureOf(placed.Node);
                throw new NodeStartException(why?.Message ?? lost.Message, why?.MayRetry ?? true, why);
            case OperationFailed { IsInfrastructure: false } failed:
                return new EffectFailed(failed.Message, IsInfrastructure: false);
            case OperationFailed failed:
                throw new NodeStartException(failed.Message, mayRetry: true, ledger.FailureOf(placed.Node));
            default:
                throw new OperationCanceledException(cancellation);
        }
    }

    /// <summary>
    /// Waits for the agent of a node. One that is made for this has as long as its template allows in all, and only the usual patience once its program runs: what has started either connects soon or never.
    /// </summary>
    /// <exception cref="NodeStartException">It did not connect, or the node failed.</exception>
    public async Task<AgentInfo> WaitConnectedAsync(string name, OnDemandNode? node, CancellationToken cancellation)
    {
        var allowed = node?.Template.ConnectTimeout ?? options.ConnectTimeout;
        var inAll = node?.Cloud is IContainerCloud ? allowed + CloudsWord : allowed;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var limit = time.CreateTimer(_ => patience.Cancel(), null, inAll, Timeout.InfiniteTimeSpan);
        _ = node?.AgentStarted.Task.ContinueWith(_ => Shorten(), cancellation, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        try
        {
            return await hub.WaitConnectedAsync(name, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            var details = node is { Cloud: IContainerCloud pods } ? await pods.DescribeSilenceAsync(name, cancellation) : [];
            var message = details.Count > 0
                ? $"The agent '{name}' did not connect in time. What its cloud sees of it, its own last lines and the usual causes stand above."
                : $"The agent '{name}' did not connect in time. Its own log says why; usual causes: it cannot reach {options.ControllerUrl}, something between them does not let WebSockets pass, or it ended at once.";
            throw new NodeStartException(message, mayRetry: true, new NodeFailure(name, NodeFailureReason.AgentEnded, message, IsInfrastructure: true, MayRetry: true) { Details = details });
        }
        catch (AgentLostException lost)
        {
            var failure = ledger.FailureOf(name);
            throw new NodeStartException(failure?.Message ?? lost.Message, failure?.MayRetry ?? true, failure);
        }

        void Shorten()
        {
            try
            {
                limit.Change(options.ConnectTimeout < allowed ? options.ConnectTimeout : allowed, Timeout.InfiniteTimeSpan);
            }
            catch (ObjectDisposedException)
            {
                // It has connected already.
            }
        }
    }

    private Task<OperationResult> PrepareWorkspaceAsync(ExecutorRequest request, string node, CancellationToken cancellation) =>
        hub.RunAsync(Work(request, node, "workspace", new PrepareWorkspace(request.Job.Value, request.CustomWorkspace)), cancellation);

    /// <summary>
    /// As in Jenkins, the first step finds every container of its pod started. Those that the agent can reach are asked for through it, which takes milliseconds; the cluster's word comes up to a second later.
    /// Once for each node: later blocks on a kept one find them open, or learn from the cloud that one has ended.
    /// </summary>
    /// <exception cref="NodeStartException">One of them cannot be used, or has not started in time.</exception>
    private async Task WaitContainersAsync(IContainerCloud cloud, string name, TimeSpan allowed, ExecutorRequest request, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var limit = time.CreateTimer(_ => patience.Cancel(), null, allowed, Timeout.InfiniteTimeSpan);
        var containers = cloud.ContainersOfAgent(name);
        var opened = await Task.WhenAll(containers.Select(container => hub.RunAsync(Work(request, name, $"open.{container}", new OpenContainer(container)), patience.Token)));
        foreach (var container in containers)
        {
            hub.Acknowledge(name, $"{request.Allocation}.open.{container}");
        }

        if (opened.OfType<OperationFailed>().FirstOrDefault() is { } failed)
        {
            var failure = ledger.FailureOf(name);
            throw new NodeStartException(failure?.Message ?? failed.Message, failure?.MayRetry ?? failed.IsInfrastructure, failure);
        }

        try
        {
            await cloud.WaitStartedAsync(name, patience.Token);
            patience.Token.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            var late = containers.Where((_, index) => opened[index] is not ContainerOpened).ToList();
            var which = late.Count == 0 ? "Not every container" : $"The container {string.Join(", ", late.Select(container => $"'{container}'"))}";
            var message = $"{which} of the node '{name}' {(late.Count == 0 ? "has" : "has not")} started within {allowed.TotalSeconds:0} seconds (slaveConnectTimeout). Is its image large, or does its own entry point not run the command that it is given?";
            throw new NodeStartException(message, mayRetry: false, new NodeFailure(name, NodeFailureReason.CannotStart, message, IsInfrastructure: true, MayRetry: false));
        }
    }

    private static AgentWork Work(ExecutorRequest request, string node, string what, AgentOperation operation) =>
        new(node, $"{request.Allocation}.{what}", request.Allocation, operation, NoOutput.Instance) { LetGo = request.LetGo };
}
