using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>
/// Gives <c>node</c> blocks their executors. It reacts: a request, a freed executor, an agent that came or went each lead to one round of <see cref="PlacementPlanner"/> at once; nothing
/// is polled or averaged (DESIGN D5). What is in use is known from the journals of the runs (<see cref="Restore"/>), what exists from the clouds' observation, so a restart forgets nothing.
/// </summary>
public sealed class ExecutorAllocator : IAgentDirectory, IAsyncDisposable
{
    private const int MostAttempts = 3;

    private readonly IReadOnlyList<ICloud> _clouds;
    private readonly IAgentHub _hub;
    private readonly AllocatorOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ExecutorAllocator> _log;
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiting = [];
    private readonly Dictionary<string, PermanentNode> _permanent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnDemandNode> _onDemand = new(StringComparer.Ordinal);
    private readonly Dictionary<(RunId, long), BusyExecutor> _busy = [];
    private readonly CancellationTokenSource _stopping = new();

    public ExecutorAllocator(IReadOnlyList<ICloud> clouds, IAgentHub hub, AllocatorOptions options, TimeProvider time, ILogger<ExecutorAllocator> log)
    {
        _clouds = clouds;
        _hub = hub;
        _options = options;
        _time = time;
        _log = log;
        _hub.Changed += OnAgentChanged;
        foreach (var cloud in clouds)
        {
            cloud.NodeFailed += OnNodeFailed;
        }
    }

    /// <summary>The queue or the use of executors changed. Handlers must be quick.</summary>
    public event Action<string?>? Changed;

    /// <summary>A request waits, for another reason than before, or waits no longer. Not told of one that finds its executor at once. Handlers must be quick.</summary>
    public event Action<ExecutorRequest>? WaitChanged;

    public IReadOnlyList<WaitingExecutor> Waiting
    {
        get
        {
            lock (_lock)
            {
                return [.. _waiting.Select(w => new WaitingExecutor(w.Request.Run, w.Request.Effect, w.Request.Job, w.Request.RunNumber, w.Request.Label, w.Request.Since, w.Why, w.IsStuck))];
            }
        }
    }

    public IReadOnlyList<BusyExecutor> Busy
    {
        get
        {
            lock (_lock)
            {
                return [.. _busy.Values];
            }
        }
    }

    public IReadOnlyList<PermanentNode> PermanentNodes
    {
        get
        {
            lock (_lock)
            {
                return [.. _permanent.Values];
            }
        }
    }

    /// <summary>The on-demand nodes that runs have or wait for: name, cloud and template.</summary>
    public IReadOnlyList<(string Name, string Cloud, NodeTemplate Template)> OnDemandNodes
    {
        get
        {
            lock (_lock)
            {
                return [.. _onDemand.Select(n => (n.Key, n.Value.Cloud.Name, n.Value.Template))];
            }
        }
    }

    /// <summary>Registers a permanent node, or replaces what was known of it.</summary>
    public void SetPermanent(PermanentNode node)
    {
        lock (_lock)
        {
            _permanent[node.Name] = node;
        }

        Changed?.Invoke(node.Name);
        React();
    }

    public void RemovePermanent(string name)
    {
        lock (_lock)
        {
            _permanent.Remove(name);
        }

        _hub.MarkLost(name, "the node was removed");
        _hub.Remove(name);
        Changed?.Invoke(name);
        React();
    }

    public ValueTask<ExpectedAgent?> FindAsync(string name, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if ((_onDemand.TryGetValue(name, out var node) ? node.SecretHash : _permanent.TryGetValue(name, out var permanent) ? permanent.SecretHash : null) is { } hash)
            {
                return ValueTask.FromResult<ExpectedAgent?>(new ExpectedAgent(name, hash));
            }
        }

        // After a restart an agent may dial before the run that asked for it does so again. An agent that is refused gives up for good, so it is let in: what nobody takes up is removed anyway.
        return ValueTask.FromResult(_clouds.Any(cloud => cloud.Nodes.Any(n => n.NodeName == name)) ? new ExpectedAgent(name, AgentSecret.Hash(_options.SecretOf(name))) : null);
    }

    /// <summary>
    /// Says, at start and before agents may connect, that a run holds this allocation. A node of a cloud that is not there any more is lost: its operations fail with that reason at once.
    /// </summary>
    public void Restore(RunId run, long effect, JobPath job, int number, NodeAllocated allocated, DateTimeOffset since)
    {
        lock (_lock)
        {
            _busy[(run, effect)] = new BusyExecutor(allocated.Node, allocated.Executor, run, effect, job, number, since);
            if (_permanent.ContainsKey(allocated.Node))
            {
                return;
            }

            foreach (var cloud in _clouds)
            {
                if (cloud.Nodes.FirstOrDefault(n => n.NodeName == allocated.Node) is { } observed)
                {
                    var template = cloud.Templates.FirstOrDefault(t => t.Name == observed.Template) ?? new NodeTemplate(observed.Template, allocated.Labels, NodeMode.Exclusive);
                    _onDemand[allocated.Node] = new OnDemandNode(cloud, template, AgentSecret.Hash(_options.SecretOf(allocated.Node)), (run, effect)) { IsReady = true };
                    if (observed.IsAlive)
                    {
                        return;
                    }

                    break;
                }
            }
        }

        _hub.MarkLost(allocated.Node, "it ended, or was removed, while the server was away");
        _ = GiveBackLostAsync(allocated.Node);
    }

    /// <summary>
    /// Stops nodes of the clouds whose run has ended. What an unfinished run has left, dead nodes among them, is its own: it may be starting a node of the same name right now,
    /// and gives everything back at its end (<see cref="ReleaseAllAsync"/>).
    /// </summary>
    public async Task RemoveLeftoversAsync(IReadOnlySet<RunId> unfinished, CancellationToken cancellation)
    {
        foreach (var cloud in _clouds)
        {
            foreach (var node in cloud.Nodes)
            {
                bool known;
                lock (_lock)
                {
                    known = _onDemand.ContainsKey(node.NodeName);
                }

                if (!known && !(node.Run is { } run && unfinished.Contains(run)))
                {
                    _log.LogInformation("Removing node {Node} of cloud {Cloud}: no run needs it any more", node.NodeName, cloud.Name);
                    await cloud.StopNodeAsync(node.NodeName, cancellation);
                }
            }
        }
    }

    /// <summary>
    /// Waits for an executor and prepares the workspace there. Asking again after a restart finds the node that was started for the same effect.
    /// </summary>
    public async Task<EffectResult> AllocateAsync(ExecutorRequest request, CancellationToken cancellation)
    {
        LabelExpression? label = null;
        if (!string.IsNullOrWhiteSpace(request.Label) && !LabelExpression.TryParse(request.Label, out label, out var fault))
        {
            return new EffectFailed(fault.ToString(), IsInfrastructure: false);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, request.LetGo, _stopping.Token);
        var timings = new List<StartupTiming> { new("requested", request.Since) };
        var notBefore = DateTimeOffset.MinValue;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var placed = await PlaceAsync(request, label, attempt, notBefore, timings, either.Token);
                return await PrepareAsync(request, placed, timings, either.Token);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested && !request.LetGo.IsCancellationRequested && !_stopping.IsCancellationRequested)
            {
                await ReleaseAsync(request.Run, request.Effect);
                return new EffectCancelled();
            }
            catch (RequestCancelledException cancelled)
            {
                return new EffectRefused(cancelled.Message, RunResult.Aborted);
            }
            catch (NodeStartException failure)
            {
                await ReleaseAsync(request.Run, request.Effect);
                if (!failure.MayRetry || attempt == MostAttempts)
                {
                    return new EffectFailed(failure.Message, IsInfrastructure: true);
                }

                await request.Note($"{failure.Message} Trying again ({attempt + 1} of {MostAttempts}).\n");
                notBefore = _time.GetUtcNow() + TimeSpan.FromSeconds(1 << attempt);
            }
        }
    }

    /// <summary>Takes a waiting request out of the queue, as somebody asked for: its <c>node</c> step is interrupted with that cause. One that has an executor already is left alone.</summary>
    /// <returns>False where no such request waits.</returns>
    public bool CancelWaiting(RunId run, long effect, string cause)
    {
        Waiter? waiter;
        lock (_lock)
        {
            waiter = _waiting.Find(w => w.Request.Run == run && w.Request.Effect == effect);
            if (waiter is null)
            {
                return false;
            }

            _waiting.Remove(waiter);
        }

        var cancelled = waiter.Placed.TrySetException(new RequestCancelledException(cause));
        Changed?.Invoke(null);
        React();
        return cancelled;
    }

    /// <summary>Gives an executor back; a node that was made for it goes away with all that runs there. Completes when it is gone. Harmless when repeated.</summary>
    public async Task ReleaseAsync(RunId run, long effect)
    {
        BusyExecutor? busy;
        OnDemandNode? node = null;
        lock (_lock)
        {
            _busy.TryGetValue((run, effect), out busy);
            if (busy is not null)
            {
                _onDemand.TryGetValue(busy.Node, out node);
            }
        }

        if (busy is null)
        {
            return;
        }

        if (node is not null)
        {
            await node.Cloud.StopNodeAsync(busy.Node, _stopping.Token);
            _hub.Remove(busy.Node);
        }
        else
        {
            await _hub.ReleaseAsync(busy.Node, ExecutorRequest.AllocationId(run, effect), _stopping.Token);
            if (!IsPermanent(busy.Node))
            {
                // On demand, and gone while the server was away: nobody asks for it again.
                _hub.Remove(busy.Node);
            }
        }

        lock (_lock)
        {
            _busy.Remove((run, effect));
            if (node is not null)
            {
                _onDemand.Remove(busy.Node);
            }
        }

        Changed?.Invoke(busy.Node);
        React();
    }

    /// <summary>Every executor that a run still holds is given back, and every node removed that was made for it: the run has ended, however it did.</summary>
    public async Task ReleaseAllAsync(RunId run)
    {
        List<long> held;
        lock (_lock)
        {
            held = [.. _busy.Keys.Where(k => k.Item1 == run).Select(k => k.Item2)];
        }

        foreach (var effect in held)
        {
            await ReleaseAsync(run, effect);
        }

        foreach (var cloud in _clouds)
        {
            foreach (var node in cloud.Nodes.Where(n => n.Run == run))
            {
                await cloud.StopNodeAsync(node.NodeName, _stopping.Token);
                _hub.Remove(node.NodeName);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _hub.Changed -= OnAgentChanged;
        foreach (var cloud in _clouds)
        {
            cloud.NodeFailed -= OnNodeFailed;
        }

        await _stopping.CancelAsync();
        _stopping.Dispose();
    }

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
            var prefix = NodeNames.PrefixFor(cloud.Name, request);
            if (cloud.Nodes.FirstOrDefault(n => n.IsAlive && n.NodeName.StartsWith(prefix, StringComparison.Ordinal)) is not { } observed
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
            var prefix = NodeNames.PrefixFor(cloud.Name, request);
            foreach (var node in cloud.Nodes.Where(n => n.NodeName.StartsWith(prefix, StringComparison.Ordinal) && !n.IsAlive))
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
                        var newName = NodeNames.For(cloud.Name, asked[i].Request, asked[i].Attempt);
                        var node = new OnDemandNode(cloud, template, AgentSecret.Hash(_options.SecretOf(newName)), (asked[i].Request.Run, asked[i].Request.Effect));
                        _onDemand[newName] = node;
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
                _options.WorkspaceOf?.Invoke(waiter.Request));
            waiter.Timings.Add(new StartupTiming("planned", _time.GetUtcNow()));
            switch (await node.Cloud.StartNodeAsync(request, p => waiter.Note(p), _stopping.Token))
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

    private sealed record OnDemandNode(ICloud Cloud, NodeTemplate Template, byte[] SecretHash, (RunId, long) Owner)
    {
        /// <summary>A run has its executor. With the lock held.</summary>
        public bool IsReady { get; set; }

        public bool HasFailed { get; set; }
    }

    private sealed class Waiter(ExecutorRequest request, LabelExpression? label, int attempt, DateTimeOffset notBefore, List<StartupTiming> timings)
    {
        public ExecutorRequest Request { get; } = request;

        public LabelExpression? Label { get; } = label;

        public int Attempt { get; } = attempt;

        public DateTimeOffset NotBefore { get; } = notBefore;

        public List<StartupTiming> Timings { get; } = timings;

        public string Why { get; set; } = "waiting for an agent";

        /// <summary>The reason that readers were told of last; null while there was none to tell.</summary>
        public string? Said { get; set; }

        public bool IsStuck { get; set; }

        public TaskCompletionSource<BusyExecutor> Placed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Note(NodeProgress progress)
        {
            lock (Timings)
            {
                Timings.Add(new StartupTiming(progress.Link, progress.Time));
            }
        }
    }
}

/// <summary>A node did not come up; the message is for the build's log.</summary>
internal sealed class NodeStartException(string message, bool MayRetry) : Exception(message)
{
    public bool MayRetry { get; } = MayRetry;
}
