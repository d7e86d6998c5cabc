using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Controller.Telemetry;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <content>One request's way to its executor: found, waited for, prepared, and what is lost on the way.</content>
public sealed partial class ExecutorAllocator
{
    private static readonly TimeSpan CloudsWord = TimeSpan.FromSeconds(20);

    /// <summary>What the pipeline declares for this label, as the clouds that make pods understand it; null where it declares nothing of that label.</summary>
    /// <exception cref="NodeTemplateException">A template is wrong, or no cloud can make it.</exception>
    private List<TemplateOffer>? Declared(ExecutorRequest request, LabelExpression? label)
    {
        if (label is null || !request.Templates.Any(t => label.Matches(LabelExpression.SplitLabels(t.Label))))
        {
            return null;
        }

        var clouds = _clouds.Clouds.OfType<IContainerCloud>().ToList();
        if (clouds.Count == 0)
        {
            throw new NodeTemplateException("The pipeline declares a pod, and no Kubernetes cloud is configured. Name one in the server's configuration (jenkins.clouds[].kubernetes).");
        }

        foreach (var name in request.Templates.Select(t => t.Cloud).OfType<string>().Where(name => !clouds.Exists(c => c.Name == name)))
        {
            throw new NodeTemplateException($"Cloud does not exist: {name}. There {(clouds.Count == 1 ? "is" : "are")}: {string.Join(", ", clouds.Select(c => c.Name))}.");
        }

        var offers = clouds.Select(c => (Cloud: c, Template: c.Resolve(request.Templates, label, request.Job))).Where(o => o.Template is not null).Select(o => new TemplateOffer(o.Cloud, o.Template!)).ToList();
        return offers.Count > 0 ? offers : null;
    }

    private async Task<BusyExecutor> PlaceAsync(Waiter waiter, CancellationToken cancellation)
    {
        var request = waiter.Request;
        if (FindHeld(waiter) is { } held)
        {
            return held;
        }

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
        using var retry = waiter.Demand.NotBefore is var notBefore && notBefore > _time.GetUtcNow() ? _time.CreateTimer(_ => React(), null, notBefore - _time.GetUtcNow(), Timeout.InfiniteTimeSpan) : null;
        return await waiter.Placed.Task;
    }

    /// <summary>The executor that this request has already, from an earlier life of its run.</summary>
    private BusyExecutor? FindHeld(Waiter waiter)
    {
        lock (_lock)
        {
            if (!_busy.TryGetValue((waiter.Request.Run, waiter.Request.Effect), out var held))
            {
                return null;
            }

            if (_onDemand.TryGetValue(held.Node, out var known))
            {
                known.Notes = waiter.Notes;
            }

            return held;
        }
    }

    /// <summary>
    /// Asked again after a restart, a request may have a node already: of any attempt, or a kept one, so that no name finds it. Planning it before every cloud that it is offered was looked at could start a second one.
    /// Called with the lock held.
    /// </summary>
    private string? WhyHeld(Waiter waiter)
    {
        var offers = waiter.Demand.Declared ?? [.. _clouds.Clouds.SelectMany(c => c.Templates.Where(t => t.Serves(waiter.Label)).Select(t => new TemplateOffer(c, t)))];
        return offers.FirstOrDefault(o => !o.Cloud.Observed.IsCompleted && o.Cloud.Admits(waiter.Request.Job)) is { } unseen
            ? $"waiting until the cloud '{unseen.Cloud.Name}' can be asked which nodes it has, for one may have been started for this before: {unseen.Cloud.WhyNotNow(unseen.Template) ?? "it has not answered yet"}"
            : null;
    }

    /// <summary>Takes the node that was started for the request before; else lets it be planned, once the remains of dead ones are gone, which would take up room for which it might itself wait for ever.</summary>
    private async Task SeekAsync(Waiter waiter)
    {
        try
        {
            if (!TakeStarted(waiter))
            {
                await RemoveDeadAsync(waiter.Request, _stopping.Token);
                lock (_lock)
                {
                    waiter.IsHeld = false;
                }

                React();
            }
        }
        catch (Exception fault)
        {
            lock (_lock)
            {
                _waiting.Remove(waiter);
            }

            waiter.Placed.TrySetException(fault);
        }
    }

    private bool TakeStarted(Waiter waiter)
    {
        var request = waiter.Request;
        foreach (var cloud in KnownClouds)
        {
            if (cloud.Nodes.FirstOrDefault(n => n.IsAlive && n.IsOf(request)) is not { } observed
                || (waiter.Demand.Declared?.FirstOrDefault(o => ReferenceEquals(o.Cloud, cloud))?.Template ?? cloud.Templates.FirstOrDefault(t => t.Name == observed.Template)) is not { } template)
            {
                continue;
            }

            lock (_lock)
            {
                if (!_waiting.Remove(waiter))
                {
                    return true;
                }

                _onDemand[observed.NodeName] = new OnDemandNode(cloud, template, AgentSecret.Hash(_options.SecretOf(observed.NodeName)), observed.Created)
                {
                    Owner = (request.Run, request.Effect),
                    Folder = request.Job.Parent,
                    Notes = waiter.Notes,
                    Timings = waiter.Timings,
                };
                Take(waiter, observed.NodeName, 0);
            }

            if (!cloud.Nodes.Any(n => n.NodeName == observed.NodeName && n.IsAlive))
            {
                // It ended in this very moment; the cloud told so before anybody wanted to know.
                _hub.MarkLost(observed.NodeName, "its agent has just ended");
            }

            Changed?.Invoke(observed.NodeName);
            return true;
        }

        return false;
    }

    private async Task RemoveDeadAsync(ExecutorRequest request, CancellationToken cancellation)
    {
        foreach (var cloud in KnownClouds)
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
        OnDemandNode? node;
        lock (_lock)
        {
            _onDemand.TryGetValue(placed.Node, out node);
        }

        var agent = await WaitConnectedAsync(placed.Node, node, cancellation);
        Note(timings, "connected");
        NoteProgramStarted(timings, agent);
        if (node is { Cloud: IContainerCloud containers })
        {
            var waiting = WaitContainersAsync(containers, placed.Node, node.Template.ConnectTimeout ?? _options.ConnectTimeout, request, cancellation);
            var isWait = !waiting.IsCompleted;
            await waiting;
            if (isWait)
            {
                Note(timings, "containers");
            }
        }

        if (node is { WasTakenUp: true })
        {
            foreach (var allocation in agent.HeldAllocations.Where(a => a != request.Allocation))
            {
                await _hub.ReleaseAsync(placed.Node, allocation, cancellation, deletesWorkspaces: true);
            }
        }

        var prepare = new PrepareWorkspace(request.Job.Value, request.CustomWorkspace);
        var work = new AgentWork(placed.Node, request.Allocation + ".workspace", request.Allocation, prepare, NoOutput.Instance) { LetGo = request.LetGo };
        switch (await _hub.RunAsync(work, cancellation))
        {
            case WorkspacePrepared workspace:
                Note(timings, "ready");
                BecomeReady(placed.Node);
                var moments = InOrder(timings);
                if (node is not null)
                {
                    StartupChain.Record(node.Cloud.Name, moments);
                }

                var pod = node is { Cloud: IContainerCloud pods } ? pods.FindPod(placed.Node) : null;
                return new NodeAllocated(placed.Node, LabelsOf(placed.Node), placed.Executor, workspace, moments) { Pod = pod };
            case OperationFailed { IsNodeLost: true } lost:
                var why = FailureOf(placed.Node);
                throw new NodeStartException(why?.Message ?? lost.Message, why?.MayRetry ?? true, why);
            case OperationFailed { IsInfrastructure: false } failed:
                await ReleaseAsync(request.Run, request.Effect);
                return new EffectFailed(failed.Message, IsInfrastructure: false);
            case OperationFailed failed:
                throw new NodeStartException(failed.Message, mayRetry: true, FailureOf(placed.Node));
            default:
                throw new OperationCanceledException(cancellation);
        }
    }

    /// <summary>As in Jenkins, the first step finds every container of its pod started. Those that the agent can reach are asked for through it, which takes milliseconds; the cluster's word comes up to a second later.</summary>
    /// <exception cref="NodeStartException">One of them cannot be used, or has not started in time.</exception>
    private async Task WaitContainersAsync(IContainerCloud cloud, string name, TimeSpan allowed, ExecutorRequest request, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var limit = _time.CreateTimer(_ => patience.Cancel(), null, allowed, Timeout.InfiniteTimeSpan);
        var containers = cloud.ContainersOfAgent(name);
        var opened = await Task.WhenAll(containers.Select(container =>
            _hub.RunAsync(new AgentWork(name, $"{request.Allocation}.open.{container}", request.Allocation, new OpenContainer(container), NoOutput.Instance) { LetGo = request.LetGo }, patience.Token)));
        foreach (var container in containers)
        {
            _hub.Acknowledge(name, $"{request.Allocation}.open.{container}");
        }

        if (opened.OfType<OperationFailed>().FirstOrDefault() is { } failed)
        {
            var failure = FailureOf(name);
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

    /// <summary>
    /// Waits for the agent of a node. One that is made for this has as long as its template allows in all, and only the usual patience once its program runs: what has started either connects soon or never.
    /// </summary>
    /// <exception cref="NodeStartException">It did not connect, or the node failed.</exception>
    private async Task<AgentInfo> WaitConnectedAsync(string name, OnDemandNode? node, CancellationToken cancellation)
    {
        var allowed = node?.Template.ConnectTimeout ?? _options.ConnectTimeout;

        // A cloud that sees into its nodes knows better why one does not come, and says so when its time is over: it is left the last word.
        var inAll = node?.Cloud is IContainerCloud ? allowed + CloudsWord : allowed;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var limit = _time.CreateTimer(_ => patience.Cancel(), null, inAll, Timeout.InfiniteTimeSpan);
        _ = node?.AgentStarted.Task.ContinueWith(_ => Shorten(), cancellation, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        try
        {
            return await _hub.WaitConnectedAsync(name, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            var details = node is { Cloud: IContainerCloud pods } ? await pods.DescribeSilenceAsync(name, cancellation) : [];
            var message = details.Count > 0
                ? $"The agent '{name}' did not connect in time. What its cloud sees of it, its own last lines and the usual causes stand above."
                : $"The agent '{name}' did not connect in time. Its own log says why; usual causes: it cannot reach {_options.ControllerUrl}, something between them does not let WebSockets pass, or it ended at once.";
            throw new NodeStartException(message, mayRetry: true, new NodeFailure(name, NodeFailureReason.AgentEnded, message, IsInfrastructure: true, MayRetry: true) { Details = details });
        }
        catch (AgentLostException lost)
        {
            var failure = FailureOf(name);
            throw new NodeStartException(failure?.Message ?? lost.Message, failure?.MayRetry ?? true, failure);
        }

        void Shorten()
        {
            try
            {
                limit.Change(_options.ConnectTimeout < allowed ? _options.ConnectTimeout : allowed, Timeout.InfiniteTimeSpan);
            }
            catch (ObjectDisposedException)
            {
                // It has connected already.
            }
        }
    }

    private NodeFailure? FailureOf(string name)
    {
        lock (_lock)
        {
            return _onDemand.GetValueOrDefault(name)?.Failure;
        }
    }

    private void Note(List<StartupTiming> timings, string link)
    {
        lock (timings)
        {
            timings.Add(new StartupTiming(link, _time.GetUtcNow()));
        }
    }

    /// <summary>
    /// When a new node's agent was started is its own to say: the cluster tells of it by the second, and often only when the agent is here already.
    /// Its word counts within what we know: after the node was made, and not in the future.
    /// </summary>
    private static void NoteProgramStarted(List<StartupTiming> timings, AgentInfo agent)
    {
        lock (timings)
        {
            var created = timings.FindLast(t => t.Link == "created");
            if (created is not null && agent.ProgramStarted is { } started && started > created.Time && started <= timings[^1].Time)
            {
                timings.RemoveAll(t => t.Link == "started");
                timings.Add(new StartupTiming("started", started));
            }
        }
    }

    /// <summary>The links of a start that failed would be taken for those of the next one: all that is told of it is how long it took.</summary>
    private void NoteFailed(List<StartupTiming> timings)
    {
        lock (timings)
        {
            timings.RemoveAll(t => t.Link != "requested");
            Note(timings, "failed");
        }
    }

    private static IReadOnlyList<StartupTiming> InOrder(List<StartupTiming> timings)
    {
        lock (timings)
        {
            return StartupChain.InOrder(timings);
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
            node.Timings = null;
            hasFailed = node.Failure is not null;
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

        if (node.Owner is null)
        {
            // Nobody else will.
            _hub.Remove(name);
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
