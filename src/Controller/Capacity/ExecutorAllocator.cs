using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Controller.Runs;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>
/// Gives <c>node</c> blocks their executors: a request comes in (<see cref="AllocateAsync"/>), gets an executor or has a node started (<see cref="NodePlacement"/>), its agent connects and prepares
/// (<see cref="NodePreparation"/>); at the end of the block the executor is given back (<see cref="ReleaseAsync"/>), and an on-demand node is kept for others (<see cref="NodeKeeper"/>) or ended.
/// It reacts: a request, a freed executor, an agent that came or went, a cloud that has news each lead to one round of <see cref="PlacementPlanner"/> at once; nothing is polled or averaged (DESIGN D5). What is in use is
/// known from the journals of the runs (<see cref="Restore"/>), what exists from the clouds' observation (<see cref="NodeRecovery"/>), so a restart forgets nothing.
/// </summary>
public sealed class ExecutorAllocator : IAgentDirectory, IAsyncDisposable
{
    private const int MostAttempts = 3;

    private readonly IAgentHub _hub;
    private readonly AllocatorOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ExecutorLedger _ledger = new();
    private readonly CloudFollower _clouds;
    private readonly PodDeclarations _declarations;
    private readonly NodePlacement _placement;
    private readonly NodePreparation _preparation;
    private readonly NodeKeeper _keeper;
    private readonly NodeLife _life;
    private readonly NodeRecovery _recovery;

    public ExecutorAllocator(ICloudSet clouds, IAgentHub hub, AllocatorOptions options, TimeProvider time, ILogger<ExecutorAllocator> log)
    {
        (_hub, _options, _time) = (hub, options, time);
        _clouds = new CloudFollower(clouds);
        var context = new CapacityContext(_ledger, _clouds, hub, options, time, log, _stopping.Token) { Tell = node => Changed?.Invoke(node), React = React };
        _declarations = new PodDeclarations(_clouds);
        _preparation = new NodePreparation(_ledger, hub, options, time);
        _keeper = new NodeKeeper(context, _preparation);
        _placement = new NodePlacement(context, _declarations, _keeper, request => WaitChanged?.Invoke(request), (run, effect) => ReleaseAsync(run, effect));
        _life = new NodeLife(context);
        _recovery = new NodeRecovery(context, _keeper, _life);

        hub.Changed += OnAgentChanged;
        _clouds.Changed += React;
        _clouds.NodeProgressed += _life.OnProgressed;
        _clouds.NodeFailed += OnNodeFailed;
        _clouds.Start();
    }

    /// <summary>The queue or the use of executors changed. Handlers must be quick.</summary>
    public event Action<string?>? Changed;

    /// <summary>A request waits, for another reason than before, or waits no longer. Not told of one that finds its executor at once. Handlers must be quick.</summary>
    public event Action<ExecutorRequest>? WaitChanged;

    public IReadOnlyList<WaitingExecutor> Waiting
    {
        get
        {
            lock (_ledger.Lock)
            {
                return [.. _ledger.Waiting.Select(w => new WaitingExecutor(w.Request.Run, w.Request.Effect, w.Request.Job, w.Request.RunNumber, w.Request.Label, w.Request.Since, w.Why, w.IsStuck))];
            }
        }
    }

    public IReadOnlyList<BusyExecutor> Busy
    {
        get
        {
            lock (_ledger.Lock)
            {
                return [.. _ledger.Busy.Values];
            }
        }
    }

    public IReadOnlyList<PermanentNode> PermanentNodes
    {
        get
        {
            lock (_ledger.Lock)
            {
                return [.. _ledger.Permanent.Values];
            }
        }
    }

    /// <summary>The on-demand nodes that there are for work: name, cloud and template.</summary>
    public IReadOnlyList<(string Name, string Cloud, NodeTemplate Template)> OnDemandNodes
    {
        get
        {
            lock (_ledger.Lock)
            {
                return [.. _ledger.OnDemand.Select(n => (n.Key, n.Value.Cloud.Name, n.Value.Template))];
            }
        }
    }

    /// <summary>How many on-demand nodes wait for work.</summary>
    public int IdleNodes
    {
        get
        {
            lock (_ledger.Lock)
            {
                return _ledger.OnDemand.Values.Count(n => n.IsIdle);
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

        var declaredWith = _declarations.Surroundings();
        IReadOnlyList<TemplateOffer>? declared;
        try
        {
            declared = _declarations.Resolve(request, label);
        }
        catch (NodeTemplateException wrong)
        {
            return wrong.CancelsRequest ? new EffectRefused(Cancelled(wrong.Message), RunResult.Aborted) : new EffectFailed(wrong.Message, IsInfrastructure: false);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, request.LetGo, _stopping.Token);
        var notes = new BuildNotes(request.Note);
        var timings = new StartTimings(request.Since);
        var notBefore = DateTimeOffset.MinValue;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var words = new WaitNotes(notes, _time);
                return await TryAllocateAsync(new Waiter(request, label, declared, declaredWith, attempt, notBefore, timings, notes, words), either.Token);
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
                    timings.Add("given-up", _time.GetUtcNow());
                    return failure.CancelsRequest
                        ? new EffectRefused(Cancelled(failure.Message), RunResult.Aborted) { Timings = timings.InOrder() }
                        : new EffectFailed(failure.Message, failure.Failure?.IsInfrastructure ?? true) { IsNodeLost = true, Timings = timings.InOrder() };
                }

                notes.Add($"{failure.Message} Trying again ({attempt + 1} of {MostAttempts}).");
                notBefore = _time.GetUtcNow() + TimeSpan.FromSeconds(1 << attempt);
                timings.AddFailed(_time.GetUtcNow());
            }
        }
    }

    private async Task<EffectResult> TryAllocateAsync(Waiter waiter, CancellationToken cancellation)
    {
        var request = waiter.Request;
        var placed = await _placement.PlaceAsync(waiter, cancellation);
        var result = await _preparation.PrepareAsync(request, placed, waiter.Timings, cancellation);
        if (result is NodeAllocated)
        {
            _life.BecomeReady(placed.Node);
        }
        else
        {
            await ReleaseAsync(request.Run, request.Effect);
        }

        return result;
    }

    /// <summary>Takes a waiting request out of the queue, as somebody asked for: its <c>node</c> step is interrupted with that cause. One that has an executor already is left alone.</summary>
    /// <returns>False where no such request waits.</returns>
    public bool CancelWaiting(RunId run, long effect, string cause) => _placement.Cancel(run, effect, cause);

    /// <summary>
    /// Gives an executor back; a node that was made for it goes away with all that runs there, or is cleaned and kept for further work where its template says so. Completes when that is under way.
    /// Harmless when repeated.
    /// </summary>
    public async Task ReleaseAsync(RunId run, long effect, bool hasFailed = false)
    {
        BusyExecutor? busy;
        OnDemandNode? node;
        lock (_ledger.Lock)
        {
            if (!_ledger.Busy.TryGetValue((run, effect), out busy))
            {
                return;
            }

            node = _ledger.OnDemand.GetValueOrDefault(busy.Node);
        }

        if (!hasFailed && _keeper.TryKeep(busy))
        {
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
            if (!_ledger.IsPermanent(busy.Node))
            {
                // On demand, and gone while the server was away: nobody asks for it again.
                _hub.Remove(busy.Node);
            }
        }

        lock (_ledger.Lock)
        {
            _ledger.Busy.Remove((run, effect));
            if (node is not null)
            {
                _ledger.OnDemand.Remove(busy.Node);
            }
        }

        Changed?.Invoke(busy.Node);
        React();
    }

    /// <summary>Every executor that a run still holds is given back, and every node removed that was made for it: the run has ended, however it did.</summary>
    public async Task ReleaseAllAsync(RunId run)
    {
        foreach (var held in Busy.Where(b => b.Run == run))
        {
            await ReleaseAsync(run, held.Effect);
        }

        await _recovery.RemoveAllOfAsync(run);
    }

    /// <summary>
    /// Says, at start and before agents may connect, that a run holds this allocation. A node of a cloud that is not there any more is lost: its operations fail with that reason at once.
    /// </summary>
    public void Restore(RunId run, long effect, JobPath job, int number, NodeAllocated allocated, DateTimeOffset since) => _recovery.Restore(run, effect, job, number, allocated, since);

    /// <summary>
    /// Stops nodes of the clouds whose run has ended. What an unfinished run has left, dead nodes among them, is its own: it may be starting a node of the same name right now,
    /// and gives everything back at its end (<see cref="ReleaseAllAsync"/>).
    /// </summary>
    /// <param name="unfinished">Asked after the nodes were looked at, so that a run which began meanwhile is among them.</param>
    public Task RemoveLeftoversAsync(Func<IReadOnlySet<RunId>> unfinished, CancellationToken cancellation) => _recovery.RemoveLeftoversAsync(unfinished, cancellation);

    public ValueTask<ExpectedAgent?> FindAsync(string name, CancellationToken cancellation)
    {
        lock (_ledger.Lock)
        {
            if ((_ledger.OnDemand.TryGetValue(name, out var node) ? node.SecretHash : _ledger.Permanent.TryGetValue(name, out var permanent) ? permanent.SecretHash : null) is { } hash)
            {
                return ValueTask.FromResult<ExpectedAgent?>(new ExpectedAgent(name, hash));
            }
        }

        // After a restart an agent may dial before the run that asked for it does so again. An agent that is refused gives up for good, so it is let in: what nobody takes up is removed anyway.
        return ValueTask.FromResult(_recovery.MayBeOurs(name) ? new ExpectedAgent(name, AgentSecret.Hash(_options.SecretOf(name))) : null);
    }

    /// <summary>Registers a permanent node, or replaces what was known of it.</summary>
    public void SetPermanent(PermanentNode node)
    {
        lock (_ledger.Lock)
        {
            _ledger.Permanent[node.Name] = node;
        }

        Changed?.Invoke(node.Name);
        React();
    }

    public void RemovePermanent(string name)
    {
        lock (_ledger.Lock)
        {
            _ledger.Permanent.Remove(name);
        }

        _hub.MarkLost(name, "the node was removed");
        _hub.Remove(name);
        Changed?.Invoke(name);
        React();
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
        var cloud = _ledger.FindOnDemand(name)?.Cloud;
        var deadline = cloud?.Nodes.FirstOrDefault(n => n.NodeName == name)?.Deadline;
        return new NodeSight(cloud?.DescribeNode(name), deadline == DateTimeOffset.MaxValue ? null : deadline);
    }

    public async ValueTask DisposeAsync()
    {
        _hub.Changed -= OnAgentChanged;
        _clouds.Dispose();
        await _stopping.CancelAsync();
        await _keeper.DisposeAsync();
        _stopping.Dispose();
    }

    private void React()
    {
        if (!_stopping.IsCancellationRequested)
        {
            _placement.Round();
            _keeper.Tend();
        }
    }

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
        _life.OnFailed(failure);
        React();
    }

    private IContainerCloud CloudOfPod(string name, string what) =>
        _ledger.FindOnDemand(name)?.Cloud as IContainerCloud
        ?? throw new ContainerException($"{what} needs a node that is a pod, and '{name}' is none. Ask for a pod by its label, or by podTemplate.", isInfrastructure: false);

    private static string Cancelled(string message) => $"{message}{(message.EndsWith('.') ? "" : ".")} Queue task was cancelled.";
}
