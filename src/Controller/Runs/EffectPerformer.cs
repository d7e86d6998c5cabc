using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Slipway.Controller.Agents;
using Slipway.Controller.Capacity;
using Slipway.Controller.Locks;
using Slipway.Feeds;
using Slipway.Jenkinsfile.Execution;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Model.Scm;
using Slipway.Provisioning;
using Slipway.Store.Logs;

namespace Slipway.Controller.Runs;

/// <summary>Carries out what one run asks for. Everything is named by run and effect, so that doing it again after a restart picks up what was begun.</summary>
#pragma warning disable CA1001 // The source has no timer and so nothing to release; its token is observed after the run was let go.
internal sealed class EffectPerformer : IEffectPerformer
#pragma warning restore CA1001
{
    private readonly LiveRun _run;
    private readonly RunServices _services;
    private readonly IRunNeighbours _neighbours;
    private readonly IRunLogWriter _log;
    private readonly ConcurrentDictionary<long, string> _nodes = new();
    private readonly ConcurrentDictionary<long, EffectRequested> _open = new();
    private readonly ConcurrentDictionary<long, TestsRecorded> _tests = new();
    private readonly TransferWaits _waits = new();
    private readonly CancellationTokenSource _letGo = new();
    private bool _superseded;

    public EffectPerformer(LiveRun run, RunServices services, IRunNeighbours neighbours, IRunLogWriter log, IReadOnlyList<JournalEntry> history)
    {
        _run = run;
        _services = services;
        _neighbours = neighbours;
        _log = log;
        Nodes = new HeldNodes(log);
        foreach (var entry in history)
        {
            switch (entry.Event)
            {
                case EffectRequested requested:
                    _open[requested.Effect] = requested;
                    if (requested.Request is ReleaseNode release)
                    {
                        Nodes.GiveBack(release.Allocation);
                    }

                    break;
                case EffectCompleted completed:
                    Remember(completed);
                    break;
                default:
                    break;
            }
        }
    }

    public int? LastMilestone { get; private set; }

    /// <summary>The nodes of the blocks that the run is in.</summary>
    public HeldNodes Nodes { get; }

    /// <summary>
    /// The run cannot go on in this life: its waiting ends, and what was begun on agents goes on for the next one, which asks for the same effects again.
    /// Without this the old life would keep its places in queues and its log under operations that are not its own any more.
    /// </summary>
    public Task LetGoAsync() => _letGo.CancelAsync();

    /// <summary>True the first time: a run is told once that a newer one takes its place.</summary>
    public bool MarkSuperseded() => !Interlocked.Exchange(ref _superseded, true);

    public static string OperationId(RunId run, long effect) => $"r{run}.e{effect}";

    public async Task<EffectResult> PerformAsync(EffectRequested effect, DateTimeOffset requested, bool again, CancellationToken cancellation)
    {
        _open[effect.Effect] = effect;
        var owner = new LockOwner(_run.Id, effect.Effect);
        switch (effect.Request)
        {
            case AllocateNode allocate:
                return await AllocateAsync(effect, allocate, requested, again, cancellation);
            case ReleaseNode release:
                Nodes.GiveBack(release.Allocation);
                await _services.Executors.ReleaseAsync(_run.Id, release.Allocation);
                return new EffectDone();
            case OnNode onNode:
                return await OperateAsync(effect, onNode, cancellation);
            case Wait wait:
                return await WaitAsync(requested + wait.Duration, cancellation);
            case ReadClock:
                return new ClockRead(_services.Time.GetUtcNow());
            case DrawRandom draw:
                return new RandomDrawn(RandomNumberGenerator.GetBytes(Math.Clamp(draw.Bytes, 0, 1024)));
            case BuildJob build:
                return await _neighbours.BuildAsync(_run, effect.Effect, build, requested, text => NoteOnceAsync(effect, text), cancellation);
            case AcquireLock acquire:
                return await AcquireAsync(owner, acquire, requested, cancellation);
            case ReleaseLock release:
                _services.Locks.Release(owner with { Effect = release.Acquisition });
                return new EffectDone();
            case PassMilestone milestone:
                return await PassAsync(milestone, cancellation);
            case ReadContainerLog read:
                return await ReadContainerLogAsync(read, cancellation);
            case ReadScriptFile file:
                return await ReadScriptFileAsync(file, cancellation);
            default:
                return new EffectFailed($"This server does not know how to do '{effect.Request.GetType().Name}'.", IsInfrastructure: true);
        }
    }

    /// <summary>The result is in the journal: the agent may forget the operation.</summary>
    public void OnDurable(EffectCompleted completed)
    {
        if (!_open.TryGetValue(completed.Effect, out var effect))
        {
            return;
        }

        Remember(completed);
        _waits.TryRemove(completed.Effect, out _);
        if (effect.Request is OnNode { Allocation: var allocation } && _nodes.TryGetValue(allocation, out var node))
        {
            _services.Hub.Acknowledge(node, OperationId(_run.Id, completed.Effect));
        }
        else if (completed.Result is NodeAllocated allocated)
        {
            _services.Hub.Acknowledge(allocated.Node, OperationId(_run.Id, completed.Effect) + ".workspace");
        }
    }

    /// <summary>The step that asked for an effect.</summary>
    public int? FlowNodeOf(long effect) => _open.TryGetValue(effect, out var requested) ? requested.FlowNode : null;

    /// <summary>Files that an operation of this run sends; see <see cref="IAgentTransferHandler"/>.</summary>
    public Task ReceiveAsync(long effect, UploadFiles upload, Stream archive, CancellationToken cancellation) => SayingWhyAsync(
        effect,
        () => new UploadIntake(_services.Store, _run.Id).ReceiveAsync(effect, upload, archive, recorded => _tests[effect] = recorded, cancellation));

    /// <summary>Files that an operation of this run fetches; see <see cref="IAgentTransferHandler"/>.</summary>
    public Task SendAsync(long effect, DownloadFiles download, Stream archive, CancellationToken cancellation) => SayingWhyAsync(effect, async () =>
    {
        Stream? stash;
        try
        {
            stash = await _services.Store.Stashes.OpenAsync(_run.Id, download.Stash, cancellation);
            if (stash is null)
            {
                var known = await _services.Store.Stashes.ListAsync(_run.Id, cancellation);
                throw new AgentTransferException($"No such saved stash ‘{download.Stash}’. " + (known.Count > 0 ? $"Saved so far: {string.Join(", ", known)}." : "Nothing was stashed in this run yet."));
            }
        }
        catch (Exception fault) when (TransferFaults.AreOurs(fault))
        {
            throw TransferFaults.Translate(fault);
        }

        await using (stash)
        {
            await stash.CopyToAsync(archive, cancellation);
        }
    });

    /// <summary>Transfers that wait for the server itself, with their steps.</summary>
    public IEnumerable<(int? FlowNode, string Why)> TransferWaits => _waits.All.Select(w => (FlowNodeOf(w.Effect), w.Why));

    /// <summary>A transfer that the server cannot do now is tried again by its agent, and the run's page and log say what it waits for.</summary>
    private async Task SayingWhyAsync(long effect, Func<Task> transfer)
    {
        try
        {
            await transfer();
        }
        catch (AgentTransferDelayedException delayed)
        {
            if (_waits.Add(effect, delayed.Message, _services.Time.GetUtcNow()))
            {
                _services.Changes.Publish(new Change.OfRun(_run.Id, _run.JobPath, _run.Number));

                // The log lies on the same disk: where that is full, the line can only be written when all is over.
                if (delayed.InnerException is not Store.StoreFullException)
                {
                    await TryNoteTransferAsync(effect, $"The server cannot take files of this step now; it tries again: {delayed.Message}\n");
                }
            }

            throw;
        }

        if (_waits.TryRemove(effect, out var wait))
        {
            _services.Changes.Publish(new Change.OfRun(_run.Id, _run.JobPath, _run.Number));
            await TryNoteTransferAsync(effect, $"The files of this step waited {(_services.Time.GetUtcNow() - wait.Since).TotalSeconds:0} s for the server: {wait.Why}\n");
        }
    }

    /// <summary>The step's own output counts in what its agent wrote, so the server's lines count by themselves, under the effect's negative number.</summary>
    private async Task TryNoteTransferAsync(long effect, string text)
    {
        try
        {
            await _log.AppendAgentOutputAsync(-effect, FlowNodeOf(effect) ?? 0, _log.ConfirmedOffset(-effect), Encoding.UTF8.GetBytes(text));
        }
        catch (Exception fault) when (fault is Store.StoreException or ObjectDisposedException)
        {
            // The page says it too.
        }
    }

    private void Remember(EffectCompleted completed)
    {
        if (completed.Result is NodeAllocated allocated)
        {
            _nodes[completed.Effect] = allocated.Node;
            Nodes.Add(completed.Effect, allocated.Node, FlowNodeOf(completed.Effect) ?? 0);
        }
        else if (completed.Result is EffectDone && _open.TryGetValue(completed.Effect, out var effect) && effect.Request is PassMilestone milestone)
        {
            LastMilestone = milestone.Ordinal;
        }
    }

    private async Task<EffectResult> AllocateAsync(EffectRequested effect, AllocateNode allocate, DateTimeOffset requested, bool again, CancellationToken cancellation)
    {
        var request = new ExecutorRequest(_run.Id, effect.Effect, _run.JobPath, _run.Number, allocate.Label, allocate.CustomWorkspace, requested, text => NoteAsync(effect, text))
        {
            LetGo = _letGo.Token,
            IsAskedAgain = again,
            Templates = allocate.Templates,
            RunUrl = new Uri(_services.RootUrl, $"{_run.JobPath.ToUrlPath()}{_run.Number}/"),
        };
        return await _services.Executors.AllocateAsync(request, cancellation);
    }

    /// <summary>A line of the controller's own in the step's part of the log; not of the program, so it is not counted among the program's lines.</summary>
    private async ValueTask NoteAsync(EffectRequested effect, string text) =>
        await _log.AppendAgentOutputAsync(effect.Effect, effect.FlowNode, _log.ConfirmedOffset(effect.Effect), Encoding.UTF8.GetBytes(text));

    /// <summary>The only line of an effect that nothing else writes for: it stands at the beginning, so that the log drops it where it has it from an earlier life.</summary>
    private async ValueTask NoteOnceAsync(EffectRequested effect, string text) => await _log.AppendAgentOutputAsync(effect.Effect, effect.FlowNode, 0, Encoding.UTF8.GetBytes(text));

    private async Task<EffectResult> OperateAsync(EffectRequested effect, OnNode onNode, CancellationToken cancellation)
    {
        if (!_nodes.TryGetValue(onNode.Allocation, out var node))
        {
            return new EffectFailed("The node of this step was given back already. Put the step inside the node block that it belongs to.", IsInfrastructure: false);
        }

        var operation = OperationId(_run.Id, effect.Effect);
        string? warning = null;
        if (onNode.Operation is OpenContainer open)
        {
            try
            {
                warning = await _services.Executors.PrepareContainerAsync(node, open.Container, cancellation);
            }
            catch (ContainerException fault)
            {
                return new EffectFailed(fault.Message, fault.IsInfrastructure);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return new EffectCancelled();
            }
        }

        var work = new AgentWork(node, operation, ExecutorRequest.AllocationId(_run.Id, onNode.Allocation), await CompleteAsync(onNode.Operation, cancellation), new LogSink(_log, effect)) { LetGo = _letGo.Token };
        var result = await _services.Hub.RunAsync(work, cancellation);
        return result switch
        {
            OperationCancelled => new EffectCancelled(),
            ContainerOpened opened when warning is not null => new OperationEnded(opened with { Warning = warning }),
            FilesUploaded uploaded when onNode.Operation is UploadFiles { Purpose: UploadPurpose.TestReports } => await CountTestsAsync(effect.Effect, uploaded),
            _ => new OperationEnded(result),
        };
    }

    private async Task<EffectResult> ReadContainerLogAsync(ReadContainerLog read, CancellationToken cancellation)
    {
        if (!_nodes.TryGetValue(read.Allocation, out var node))
        {
            return new EffectFailed("The node of this step was given back already. Put the step inside the node block that it belongs to.", IsInfrastructure: false);
        }

        try
        {
            return new OperationEnded(new TextRead(await _services.Executors.ReadContainerLogAsync(node, read, cancellation)));
        }
        catch (ContainerException fault)
        {
            return new EffectFailed(fault.Message, fault.IsInfrastructure);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new EffectCancelled();
        }
    }

    private async Task<EffectResult> ReadScriptFileAsync(ReadScriptFile file, CancellationToken cancellation)
    {
        var job = await _services.Store.Jobs.FindAsync(_run.Job, cancellation);
        if (_run.Program.Scm is not { } revision || job?.Definition.Script is not ScmScript scm)
        {
            return new EffectFailed($"'{file.Path}' cannot be read: the pipeline does not come from a repository. Write its content into the pipeline, or configure the job to take its Jenkinsfile from source control.", IsInfrastructure: false);
        }

        try
        {
            var (text, fault) = await _services.Scripts.ReadFileAsync(scm, revision.Commit, file.Path, cancellation);
            return text is null ? new EffectFailed(fault!, IsInfrastructure: false) : new OperationEnded(new TextRead(text));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new EffectCancelled();
        }
    }

    /// <summary>What an operation needs on its way to the agent and the journal does not hold.</summary>
    private async Task<AgentOperation> CompleteAsync(AgentOperation operation, CancellationToken cancellation)
    {
        if (operation is not GitCheckout checkout)
        {
            return operation;
        }

        var url = RepositoryUrl.WithoutCredentials(checkout.Url);
        var previous = await _services.Store.Runs.FindRevisionsAsync(_run.Job, _run.Number, url, cancellation);
        return await WithCredentialAsync(checkout with { PreviousByBranch = previous.Count > 0 ? previous : null }, cancellation);
    }

    /// <summary>
    /// The credentials inside the job's repository address are in no journal: they are put in on the way to the agent, and only for that repository.
    /// </summary>
    private async Task<AgentOperation> WithCredentialAsync(AgentOperation operation, CancellationToken cancellation)
    {
        if (operation is not GitCheckout { Credential: null } checkout || _run.Program.Scm?.Url != checkout.Url)
        {
            return operation;
        }

        var job = await _services.Store.Jobs.FindAsync(_run.Job, cancellation);
        return job?.Definition.Script is ScmScript scm && RepositoryUrl.WithoutCredentials(scm.Url) == checkout.Url
            ? checkout with { Credential = RepositoryUrl.CredentialIn(scm.Url) }
            : operation;
    }

    private async Task<EffectResult> AcquireAsync(LockOwner owner, AcquireLock acquire, DateTimeOffset requested, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _letGo.Token);
        var acquiring = _services.Locks.AcquireAsync(owner, acquire, requested, either.Token);
        if (!acquiring.IsCompleted)
        {
            // Nothing is recorded while it waits, so nothing else tells readers that there is a reason to show.
            _services.Changes.Publish(new Change.OfRun(_run.Id, _run.JobPath, _run.Number));
        }

        return await acquiring;
    }

    private async Task<EffectResult> CountTestsAsync(long effect, FilesUploaded uploaded)
    {
        if (_tests.TryRemove(effect, out var recorded))
        {
            return recorded;
        }

        // The upload was read in an earlier life of the server.
        var summary = await _services.Store.Tests.FindSummaryAsync(_run.Id, effect);
        return new TestsRecorded(uploaded.Count, summary?.Total ?? 0, summary?.Failed ?? 0, summary?.Skipped ?? 0);
    }

    private async Task<EffectResult> WaitAsync(DateTimeOffset due, CancellationToken cancellation)
    {
        try
        {
            for (var left = due - _services.Time.GetUtcNow(); left > TimeSpan.Zero; left = due - _services.Time.GetUtcNow())
            {
                // A timer takes 49 days at most.
                await Task.Delay(left < TimeSpan.FromDays(1) ? left : TimeSpan.FromDays(1), _services.Time, cancellation);
            }

            return new EffectDone();
        }
        catch (OperationCanceledException)
        {
            return new EffectCancelled();
        }
    }

    private async Task<EffectResult> PassAsync(PassMilestone milestone, CancellationToken cancellation)
    {
        if (await _services.Store.Milestones.PassAsync(_run.Job, milestone.Ordinal, _run.Number, cancellation) is { } newer)
        {
            return new EffectRefused($"Canceled since build #{newer} already got here", RunResult.NotBuilt);
        }

        _neighbours.SupersedeBefore(_run, milestone.Ordinal);
        return new EffectDone();
    }

    private sealed class LogSink(IRunLogWriter log, EffectRequested effect) : IAgentOutputSink
    {
        /// <summary>Asked at the start of every try: after a full disk this is where the log takes writes again.</summary>
        public async ValueTask<long> GetConfirmedOffsetAsync(string operationId, CancellationToken cancellation)
        {
            await log.RecoverAsync();
            return log.ConfirmedOffset(effect.Effect);
        }

        public ValueTask<long> AppendAsync(string operationId, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
            log.TakeAgentOutputAsync(effect.Effect, effect.FlowNode, offset, bytes);

        public async ValueTask<long> FlushAsync(string operationId, CancellationToken cancellation)
        {
            await log.FlushAsync();
            return log.ConfirmedOffset(effect.Effect);
        }
    }
}
