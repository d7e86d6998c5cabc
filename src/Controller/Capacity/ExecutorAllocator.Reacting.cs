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
        List<Waiter> seeks = [];
        List<ExecutorRequest> waits = [];
        bool hasPlanned;
        lock (_lock)
        {
            _rounds++;
            hasPlanned = _waiting.Count > 0;
            if (hasPlanned)
            {
                Plan(starts, seeks, waits);
            }
        }

        foreach (var (waiter, node, name) in starts)
        {
            _ = StartAsync(waiter, node, name);
        }

        foreach (var waiter in seeks)
        {
            _ = SeekAsync(waiter);
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
    private void Plan(List<(Waiter Waiter, OnDemandNode Node, string Name)> starts, List<Waiter> seeks, List<ExecutorRequest> waits)
    {
        var ready = new List<Waiter>();
        foreach (var waiter in _waiting)
        {
            Understand(waiter);
            if (waiter.WhyUndeclarable is { } undeclarable)
            {
                Wait(waiter, undeclarable, isStuck: true, waits);
            }
            else if (!waiter.IsHeld)
            {
                ready.Add(waiter);
            }
            else if (!waiter.IsSought)
            {
                Hold(waiter, seeks, waits);
            }
        }

        var plan = PlacementPlanner.Plan(ready.ConvertAll(w => w.Demand), OfferNodes(), OfferIdle(), OfferTemplates(), _time.GetUtcNow());
        for (var i = 0; i < plan.Count; i++)
        {
            var waiter = ready[i];
            if (plan[i] is not Placement.Wait && waiter.Tell(null))
            {
                waits.Add(waiter.Request);
            }

            switch (plan[i])
            {
                case Placement.OnNode(var name, var executor):
                    _waiting.Remove(waiter);
                    waiter.NoteMatched(_time.GetUtcNow());
                    waiter.Note("planned", _time.GetUtcNow());
                    Take(waiter, name, executor);
                    break;
                case Placement.OnNewNode(var cloud, var template):
                    _waiting.Remove(waiter);
                    waiter.NoteMatched(_time.GetUtcNow());
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
                    Wait(waiter, why, isStuck, waits);
                    break;
            }
        }
    }

    // Called with the lock held.
    private void Hold(Waiter waiter, List<Waiter> seeks, List<ExecutorRequest> waits)
    {
        if (WhyHeld(waiter) is not { } why)
        {
            waiter.IsSought = true;
            seeks.Add(waiter);
            return;
        }

        if (!waiter.HasSaidHeld)
        {
            waiter.HasSaidHeld = true;
            waiter.Notes.Add(why);
        }

        Wait(waiter, why, isStuck: false, waits);
    }

    // Called with the lock held.
    private void Wait(Waiter waiter, string why, bool isStuck, List<ExecutorRequest> waits)
    {
        (waiter.Why, waiter.IsStuck) = (why, isStuck);
        if (!isStuck)
        {
            waiter.NoteMatched(_time.GetUtcNow());
        }

        if (waiter.Tell(why))
        {
            waits.Add(waiter.Request);
        }
    }

    /// <summary>
    /// What a pipeline declares is understood by the clouds that there are, each with its own templates as parents. While it waits, both may change; it is then understood anew. Called with the lock held.
    /// </summary>
    private void Understand(Waiter waiter)
    {
        if (waiter.Demand.Declared is null)
        {
            return;
        }

        IReadOnlyList<object> now = [.. _clouds.Clouds.OfType<IContainerCloud>().SelectMany(c => new object[] { c, c.Templates })];
        if (waiter.UnderstoodWith is { } before && before.SequenceEqual(now, ReferenceEqualityComparer.Instance))
        {
            return;
        }

        var isFirst = waiter.UnderstoodWith is null;
        waiter.UnderstoodWith = now;
        if (isFirst)
        {
            return;
        }

        try
        {
            waiter.Declare(Declared(waiter.Request, waiter.Label) ?? []);
            waiter.WhyUndeclarable = null;
        }
        catch (NodeTemplateException fault)
        {
            // Its build asked when all was well: it waits for whoever changed the configuration to set it right.
            waiter.WhyUndeclarable = $"waiting for the pod that the pipeline declares, which cannot be made since the configuration changed: {fault.Message}";
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
                _options.DeadlineOf(node.Template, _time.GetUtcNow()),
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

                        waiter.Tell(waiter.Why);
                    }

                    WaitChanged?.Invoke(waiter.Request);
                    if (Volatile.Read(ref _rounds) != round || node.Cloud.WhyNotNow(node.Template) is not null)
                    {
                        // Whatever made room while it was not among the waiting did not wake it; and another cloud may have room.
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
        [.. _clouds.Clouds.SelectMany(cloud => cloud.Templates.Select(template => new TemplateOffer(cloud, template)))];

    /// <summary>Those that take work, and those that were taken out of the configuration and still have nodes.</summary>
    private IEnumerable<ICloud> KnownClouds => _clouds.Clouds.Union(_clouds.Draining);

    /// <summary>Clouds came or went with the configuration. One that went is listened to until it has drained.</summary>
    private void OnCloudsChanged()
    {
        List<ICloud> came;
        List<ICloud> gone;
        lock (_lock)
        {
            var known = KnownClouds.ToHashSet();
            came = [.. known.Where(_followed.Add)];
            gone = [.. _followed.Where(c => !known.Contains(c))];
            _followed.ExceptWith(gone);
            foreach (var (cloud, template) in _sparesNotBefore.Keys.Where(k => !_clouds.Clouds.Contains(k.Item1)).ToList())
            {
                _sparesNotBefore.Remove((cloud, template));
            }
        }

        foreach (var cloud in came)
        {
            cloud.NodeFailed += OnNodeFailed;
            cloud.NodeProgressed += OnNodeProgressed;
            cloud.CapacityChanged += OnCapacityChanged;
            if (!cloud.Observed.IsCompleted)
            {
                _ = cloud.Observed.ContinueWith(_ => OnCapacityChanged(), TaskScheduler.Default);
            }
        }

        foreach (var cloud in gone)
        {
            cloud.NodeFailed -= OnNodeFailed;
            cloud.NodeProgressed -= OnNodeProgressed;
            cloud.CapacityChanged -= OnCapacityChanged;
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
