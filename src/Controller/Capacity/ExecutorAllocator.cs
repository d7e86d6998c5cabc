using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Controller.Runs;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>
/// Gives <c>node</c> blocks their executors. It reacts: a request, a freed executor, an agent that came or went each lead to one round of <see cref="PlacementPlanner"/> at once; nothing
/// is polled or averaged (DESIGN D5). What is in use is known from the journals of the runs (<see cref="Restore"/>), what exists from the clouds' observation, so a restart forgets nothing.
/// </summary>
public sealed partial class ExecutorAllocator : IAgentDirectory, IAsyncDisposable
{
    private const int MostAttempts = 3;

    private readonly ICloudSet _clouds;
    private readonly IAgentHub _hub;
    private readonly AllocatorOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ExecutorAllocator> _log;
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiting = [];
    private readonly Dictionary<string, PermanentNode> _permanent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnDemandNode> _onDemand = new(StringComparer.Ordinal);
    private readonly HashSet<ICloud> _followed = [];
    private readonly Dictionary<(RunId, long), BusyExecutor> _busy = [];
    private readonly CancellationTokenSource _stopping = new();

    public ExecutorAllocator(ICloudSet clouds, IAgentHub hub, AllocatorOptions options, TimeProvider time, ILogger<ExecutorAllocator> log)
    {
        _clouds = clouds;
        _hub = hub;
        _options = options;
        _time = time;
        _log = log;
        _hub.Changed += OnAgentChanged;
        _clouds.Changed += OnCloudsChanged;
        OnCloudsChanged();
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
        return ValueTask.FromResult(MayBeOurs(name) ? new ExpectedAgent(name, AgentSecret.Hash(_options.SecretOf(name))) : null);
    }

    /// <summary>Where a cloud has not been seen yet, the agent may be one of its nodes: its secret tells, for nobody else can know it.</summary>
    private bool MayBeOurs(string name)
    {
        lock (_lock)
        {
            if (_busy.Values.Any(b => b.Node == name))
            {
                return true;
            }
        }

        return KnownClouds.Any(cloud => !cloud.Observed.IsCompleted || cloud.Nodes.Any(n => n.NodeName == name));
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
        }

        _ = RestoreOnDemandAsync((run, effect), job, allocated);
    }

    /// <summary>
    /// A cloud that cannot be asked now is no reason to give a node up: its agent may be connected and at work. It is looked for when every cloud that may have it has been seen.
    /// </summary>
    private async Task RestoreOnDemandAsync((RunId Run, long Effect) owner, JobPath job, NodeAllocated allocated)
    {
        var candidates = KnownClouds.Where(c => allocated.Pod is not { } pod || c.Name == pod.Cloud).ToList();
        if (!TryRestore(candidates, owner, job, allocated))
        {
            try
            {
                await Task.WhenAll(candidates.Select(c => c.Observed)).WaitAsync(_stopping.Token);
                if (allocated.Pod is { } pod)
                {
                    // A pipeline may name a namespace that no configuration does.
                    await Task.WhenAll(candidates.OfType<IContainerCloud>().Select(c => c.LookIntoAsync(pod.Namespace, _stopping.Token)));
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (OperationCanceledException)
            {
                // The cloud went with the configuration, and what it has can be seen no more.
            }

            if (!TryRestore(candidates, owner, job, allocated))
            {
                lock (_lock)
                {
                    if (!_busy.ContainsKey(owner))
                    {
                        return;
                    }
                }

                _hub.MarkLost(allocated.Node, "it ended, or was removed, while the server was away");
            }
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
            lock (_lock)
            {
                if (!_busy.ContainsKey(owner))
                {
                    return true;
                }

                _onDemand[allocated.Node] = new OnDemandNode(cloud, template, AgentSecret.Hash(_options.SecretOf(allocated.Node)), observed.Created) { Owner = owner, Folder = job.Parent, IsReady = true };
            }

            // Asked again: what the cloud told of it before it was known here, nobody heard.
            if (!cloud.Nodes.Any(n => n.NodeName == allocated.Node && n.IsAlive))
            {
                _hub.MarkLost(allocated.Node, "it ended, or was removed, while the server was away");
                _ = GiveBackLostAsync(allocated.Node);
            }

            return true;
        }

        return false;
    }

    /// <summary>
    /// Stops nodes of the clouds whose run has ended. What an unfinished run has left, dead nodes among them, is its own: it may be starting a node of the same name right now,
    /// and gives everything back at its end (<see cref="ReleaseAllAsync"/>).
    /// </summary>
    /// <param name="unfinished">Asked after the nodes were looked at, so that a run which began meanwhile is among them.</param>
    public async Task RemoveLeftoversAsync(Func<IReadOnlySet<RunId>> unfinished, CancellationToken cancellation)
    {
        foreach (var cloud in KnownClouds.Where(c => c.Observed.IsCompleted))
        {
            if (_clouds.Clouds.Contains(cloud))
            {
                TakeUpIdle(cloud);
            }

            var observed = cloud.Nodes;
            var runs = unfinished();
            foreach (var node in observed.Where(n => !(n.Run is { } run && runs.Contains(run)) && !IsKnown(n.NodeName)))
            {
                _log.LogInformation("Removing node {Node} of cloud {Cloud}: no run needs it any more", node.NodeName, cloud.Name);
                await cloud.StopNodeAsync(node.NodeName, cancellation);
                _hub.Remove(node.NodeName);
            }
        }

        ForgetAgents();
        React();
    }

    /// <summary>An agent may have dialled once more after its node was given back, while its pod still ended: nobody else would ever forget it.</summary>
    private void ForgetAgents()
    {
        var clouds = KnownClouds.ToList();
        if (clouds.Any(c => !c.Observed.IsCompleted))
        {
            return;
        }

        var gone = _hub.Agents.Where(a => a.Connection is AgentConnectionState.Disconnected or AgentConnectionState.Lost).Select(a => a.NodeName).ToList();
        var there = clouds.SelectMany(c => c.Nodes).Select(n => n.NodeName).ToHashSet(StringComparer.Ordinal);
        foreach (var name in gone.Where(name => !there.Contains(name) && !IsPermanent(name) && !IsKnown(name)))
        {
            _hub.Remove(name);
        }
    }

    private bool IsKnown(string name)
    {
        lock (_lock)
        {
            return _onDemand.ContainsKey(name) || _busy.Values.Any(b => b.Node == name);
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

        IReadOnlyList<TemplateOffer>? declared;
        try
        {
            declared = Declared(request, label);
        }
        catch (NodeTemplateException wrong) when (wrong.CancelsRequest)
        {
            return new EffectRefused(Cancelled(wrong.Message), RunResult.Aborted);
        }
        catch (NodeTemplateException wrong)
        {
            return new EffectFailed(wrong.Message, IsInfrastructure: false);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, request.LetGo, _stopping.Token);
        var notes = new BuildNotes(request.Note);
        var timings = new List<StartupTiming> { new("requested", request.Since) };
        var notBefore = DateTimeOffset.MinValue;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var words = new WaitNotes(notes, _time);
                var placed = await PlaceAsync(new Waiter(request, label, declared, attempt, notBefore, timings, notes, words), either.Token);
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
                await ReleaseAsync(request.Run, request.Effect, hasFailed: true);
                foreach (var line in failure.Failure?.Details ?? [])
                {
                    notes.Add(line);
                }

                if (!failure.MayRetry || attempt == MostAttempts)
                {
                    await notes.WrittenAsync();
                    return failure.CancelsRequest
                        ? new EffectRefused(Cancelled(failure.Message), RunResult.Aborted)
                        : new EffectFailed(failure.Message, failure.Failure?.IsInfrastructure ?? true) { IsNodeLost = true };
                }

                notes.Add($"{failure.Message} Trying again ({attempt + 1} of {MostAttempts}).");
                notBefore = _time.GetUtcNow() + TimeSpan.FromSeconds(1 << attempt);
                NoteFailed(timings);
            }
        }
    }

    private static string Cancelled(string message) => $"{message}{(message.EndsWith('.') ? "" : ".")} Queue task was cancelled.";

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

    /// <summary>
    /// Gives an executor back; a node that was made for it goes away with all that runs there, or is cleaned and kept for further work where its template says so. Completes when that is under way.
    /// Harmless when repeated.
    /// </summary>
    public async Task ReleaseAsync(RunId run, long effect, bool hasFailed = false)
    {
        BusyExecutor? busy;
        OnDemandNode? node = null;
        var isKept = false;
        lock (_lock)
        {
            _busy.TryGetValue((run, effect), out busy);
            if (busy is not null && _onDemand.TryGetValue(busy.Node, out node))
            {
                isKept = !hasFailed && node.IsReady && MayBeKept(busy.Node, node);
                if (isKept)
                {
                    _busy.Remove((run, effect));
                    node.Owner = null;
                    node.Folder = busy.Job.Parent;
                    node.Notes = null;
                }
            }
        }

        if (busy is null)
        {
            return;
        }

        if (isKept)
        {
            _ = CleanAndKeepAsync(busy.Node, node!, ExecutorRequest.AllocationId(run, effect), new NodeAssignment(null, 0, "", null, busy.Job.Parent));
            Changed?.Invoke(busy.Node);
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

        foreach (var cloud in KnownClouds)
        {
            foreach (var node in cloud.Nodes.Where(n => n.Run == run))
            {
                lock (_lock)
                {
                    // Kept for others by now; what the cloud says of it may lag behind.
                    if (_onDemand.TryGetValue(node.NodeName, out var known) && known.Owner?.Run != run)
                    {
                        continue;
                    }
                }

                await cloud.StopNodeAsync(node.NodeName, _stopping.Token);
                _hub.Remove(node.NodeName);
            }
        }
    }

    /// <inheritdoc cref="IContainerCloud.PrepareContainerAsync"/>
    public Task<string?> PrepareContainerAsync(string node, string container, CancellationToken cancellation) =>
        CloudOfPod(node, $"The step container('{container}')").PrepareContainerAsync(node, container, cancellation);

    /// <inheritdoc cref="IContainerCloud.ReadContainerLogAsync"/>
    public Task<string> ReadContainerLogAsync(string node, ReadContainerLog read, CancellationToken cancellation) =>
        CloudOfPod(node, $"The step containerLog('{read.Container}')").ReadContainerLogAsync(node, read, cancellation);

    /// <summary>What the node's cloud sees of it; nothing where it is a permanent one.</summary>
    internal NodeSight Look(string name)
    {
        ICloud? cloud;
        lock (_lock)
        {
            cloud = _onDemand.GetValueOrDefault(name)?.Cloud;
        }

        var deadline = cloud?.Nodes.FirstOrDefault(n => n.NodeName == name)?.Deadline;
        return new NodeSight(cloud?.DescribeNode(name), deadline == DateTimeOffset.MaxValue ? null : deadline);
    }

    private IContainerCloud CloudOfPod(string name, string what)
    {
        lock (_lock)
        {
            if (_onDemand.GetValueOrDefault(name)?.Cloud is IContainerCloud cloud)
            {
                return cloud;
            }
        }

        throw new ContainerException($"{what} needs a node that is a pod, and '{name}' is none. Ask for a pod by its label, or by podTemplate.", isInfrastructure: false);
    }

    public async ValueTask DisposeAsync()
    {
        _hub.Changed -= OnAgentChanged;
        _clouds.Changed -= OnCloudsChanged;
        lock (_lock)
        {
            foreach (var cloud in _followed)
            {
                cloud.NodeFailed -= OnNodeFailed;
                cloud.NodeProgressed -= OnNodeProgressed;
                cloud.CapacityChanged -= OnCapacityChanged;
            }
        }

        await _stopping.CancelAsync();
        if (_keepingTimer is { } timer)
        {
            await timer.DisposeAsync();
        }

        _stopping.Dispose();
    }
}

/// <summary>A node did not come up; the message is for the build's log.</summary>
internal sealed class NodeStartException(string message, bool mayRetry, NodeFailure? failure = null) : Exception(message)
{
    public bool MayRetry { get; } = mayRetry;

    /// <summary>What the cloud said; null where it said nothing.</summary>
    public NodeFailure? Failure { get; } = failure;

    /// <summary>The request as it stands can be met by nobody: it leaves the queue, as Jenkins cancels such an item.</summary>
    public bool CancelsRequest => Failure?.Reason is NodeFailureReason.ImagePull or NodeFailureReason.ContainerConfig or NodeFailureReason.InvalidTemplate or NodeFailureReason.Refused or NodeFailureReason.Unschedulable;
}
