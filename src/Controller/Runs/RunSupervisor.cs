using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Controller.Locks;
using Slipway.Controller.Queue;
using Slipway.Feeds;
using Slipway.Jenkinsfile.Execution;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Store.Queue;
using Slipway.Store.Runs;

namespace Slipway.Controller.Runs;

/// <summary>
/// The runs that are under way. It begins those that leave the queue, takes up all unfinished ones at start, tries again when the store could not take a write,
/// and knows which run an agent's transfer belongs to.
/// </summary>
internal sealed class RunSupervisor(RunServices services, RunQueue queue) : IRunStarter, IRunNeighbours, IAgentTransferHandler, IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<RunId, LiveRun> _live = new();
    private readonly ConcurrentDictionary<RunId, RunRecord> _unfinished = new();
    private readonly ConcurrentDictionary<RunId, string> _suspended = new();
    private readonly ConcurrentDictionary<RunId, InterruptRequested> _interrupts = new();
    private readonly ConcurrentDictionary<RunId, CancellationTokenSource> _preparing = new();
    private readonly ConcurrentDictionary<RunId, Task> _tasks = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _log = services.Logs.CreateLogger<RunSupervisor>();

    /// <summary>Raised when a run begins to go on in this life of the server. Handlers must be quick and must not throw.</summary>
    public event Action<LiveRun>? WentLive;

    /// <summary>The runs that go on now.</summary>
    public IEnumerable<LiveRun> Live => _live.Select(r => r.Value);

    /// <summary>
    /// Takes up what was under way when the server stopped: first who holds which executor and lock, then the programs, so that nobody takes what belongs to another.
    /// A run whose journal cannot be read is left as it is, with the reason; it harms no other.
    /// </summary>
    public async Task ResumeAsync(CancellationToken cancellation)
    {
        var resumable = new List<(RunRecord Run, List<JournalEntry> History)>();
        foreach (var run in await services.Store.Journal.ListUnfinishedAsync(cancellation))
        {
            _unfinished[run.Id] = run;
            try
            {
                var history = new List<JournalEntry>();
                await foreach (var entry in services.Store.Journal.ReadAsync(run.Id, cancellation: cancellation))
                {
                    history.Add(entry);
                }

                RestoreHoldings(run, history);
                resumable.Add((run, history));
            }
            catch (Store.JournalCorruptException fault)
            {
                _suspended[run.Id] = fault.Message;
                _log.LogError(fault, "{Job} #{Number} cannot go on", run.JobPath, run.Number);
            }
        }

        foreach (var (run, history) in resumable)
        {
            Launch(run, history);
        }

        if (resumable.Count > 0)
        {
            _log.LogInformation("{Count} runs go on where they stood", resumable.Count);
        }

        await services.Executors.RemoveLeftoversAsync(() => _unfinished.Keys.ToHashSet(), cancellation);
    }

    public LiveRun? Find(RunId run) => _live.GetValueOrDefault(run);

    /// <summary>Why a run stands still although nothing in its program says so; null when it does not.</summary>
    public string? WhySuspended(RunId run) => _suspended.GetValueOrDefault(run);

    public IReadOnlyList<RunRecord> Unfinished => [.. _unfinished.Values];

    public IReadOnlyList<int> UnfinishedOf(JobId job) => [.. _unfinished.Values.Where(r => r.Job == job).Select(r => r.Number).Order()];

    public void AbortForNewer(JobId job, int? newer)
    {
        foreach (var run in _live.Values.Where(r => r.Job == job && r.Performer.MarkSuperseded()))
        {
            run.Interrupt(RunResult.NotBuilt, newer is null ? "Superseded by a newer build" : $"Superseded by #{newer}", null);
        }
    }

    public void Begin(RunRecord run)
    {
        _unfinished[run.Id] = run;
        services.Changes.Publish(new Change.OfRun(run.Id, run.JobPath, run.Number));
        Launch(run, []);
    }

    /// <returns>False where the run is not under way.</returns>
    public bool Interrupt(RunId run, RunResult result, string cause, string? user)
    {
        if (_live.TryGetValue(run, out var live))
        {
            live.Interrupt(result, cause, user);
            return true;
        }

        if (!_unfinished.ContainsKey(run))
        {
            return false;
        }

        // It has not begun yet (its script is being fetched, which ends) or is suspended: it learns of it when it goes on.
        _interrupts[run] = new InterruptRequested(result, cause, user);
        if (_preparing.TryGetValue(run, out var preparing))
        {
            preparing.Cancel();
        }

        return true;
    }

    public void SupersedeBefore(LiveRun passed, int ordinal)
    {
        foreach (var run in _live.Values.Where(r => r.Job == passed.Job && r.Number < passed.Number && r.LastMilestone is { } last && last < ordinal && r.Performer.MarkSuperseded()))
        {
            run.Interrupt(RunResult.NotBuilt, $"Superseded by #{passed.Number}", null);
        }
    }

    public async Task<EffectResult> BuildAsync(LiveRun parent, long effect, BuildJob request, DateTimeOffset requested, Func<string, ValueTask> note, CancellationToken cancellation) =>
        await new DownstreamBuild(services, queue, this).RunAsync(parent, effect, request, requested, note, cancellation);

    public void OnEnded(LiveRun run)
    {
        _live.TryRemove(run.Id, out _);
        _unfinished.TryRemove(run.Id, out _);
        services.Changes.Publish(new Change.OfRun(run.Id, run.JobPath, run.Number));
        queue.Look();
    }

    /// <summary>Completes when the run has ended, whatever happens to it in between.</summary>
    public async Task<RunResult> WaitForEndAsync(RunId run, CancellationToken cancellation)
    {
        await foreach (var _ in services.Changes.SubscribeAsync(services.Changes.Position, cancellation).Where(c => c.Change is Change.OfEverything || (c.Change is Change.OfRun of && of.Run == run)).Prepend(null!))
        {
            if (await services.Store.Runs.FindAsync(run, cancellation) is not { } record)
            {
                return RunResult.Aborted;
            }

            if (record is { IsFinished: true, Result: { } result })
            {
                return result;
            }
        }

        throw new OperationCanceledException(cancellation);
    }

    public Task ReceiveAsync(AgentTransfer transfer, UploadFiles upload, Stream archive, CancellationToken cancellation) =>
        RunOf(transfer, out var effect).Performer.ReceiveAsync(effect, upload, archive, cancellation);

    public Task SendAsync(AgentTransfer transfer, DownloadFiles download, Stream archive, CancellationToken cancellation) =>
        RunOf(transfer, out var effect).Performer.SendAsync(effect, download, archive, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_tasks.Values);
    }

    private LiveRun RunOf(AgentTransfer transfer, out long effect)
    {
        effect = 0;
        var parts = transfer.OperationId.Split('.');
        if (parts.Length == 2 && parts[0].StartsWith('r') && parts[1].StartsWith('e')
            && long.TryParse(parts[0].AsSpan(1), out var run) && long.TryParse(parts[1].AsSpan(1), out effect)
            && _live.TryGetValue(new RunId(run), out var live))
        {
            return live;
        }

        // It may stand still for a while, because the store does not take its journal.
        throw new AgentTransferDelayedException($"The run of operation {transfer.OperationId} is not under way on this server now.");
    }

    private void RestoreHoldings(RunRecord run, List<JournalEntry> history)
    {
        var requests = history.Select(e => e.Event).OfType<EffectRequested>().ToDictionary(r => r.Effect, r => r.Request);
        var released = history.Select(e => e.Event).OfType<EffectCompleted>()
            .Select(c => requests.GetValueOrDefault(c.Effect))
            .Select(request => request switch { ReleaseNode release => release.Allocation, ReleaseLock release => release.Acquisition, _ => 0 })
            .ToHashSet();
        foreach (var entry in history)
        {
            switch (entry.Event)
            {
                case EffectCompleted { Result: NodeAllocated allocated } completed when !released.Contains(completed.Effect):
                    services.Executors.Restore(run.Id, completed.Effect, run.JobPath, run.Number, allocated, entry.Time);
                    break;
                case EffectCompleted { Result: LockAcquired acquired } completed when !released.Contains(completed.Effect):
                    services.Locks.Restore(new LockOwner(run.Id, completed.Effect), acquired.Resources);
                    break;
                default:
                    break;
            }
        }
    }

    private void Launch(RunRecord run, IReadOnlyList<JournalEntry> history)
    {
        var task = Task.Run(() => CarryThroughAsync(run, history));
        _tasks[run.Id] = task;
        _ = task.ContinueWith(_ => _tasks.TryRemove(run.Id, out var _), TaskScheduler.Default);
    }

    /// <summary>Keeps a run going until it has ended: when the store could not take a write, the run goes on from its journal once it can.</summary>
    private async Task CarryThroughAsync(RunRecord run, IReadOnlyList<JournalEntry> history)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await GoOnAsync(run, history);
                _suspended.TryRemove(run.Id, out _);
                return;
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Store.RunMissingException)
            {
                _unfinished.TryRemove(run.Id, out _);
                return;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                _suspended[run.Id] = fault.Message;
                _log.LogError(fault, "{Job} #{Number} stands still; it goes on in {Seconds} seconds if it can", run.JobPath, run.Number, RetryAfter.TotalSeconds);
                services.Changes.Publish(new Change.OfRun(run.Id, run.JobPath, run.Number));
            }

            if (_live.TryRemove(run.Id, out var live))
            {
                await live.AbandonAsync();
            }

            try
            {
                await Task.Delay(RetryAfter, services.Time, _stopping.Token);
                history = await ReadHistoryAsync(run.Id);
            }
            catch (Exception fault) when (fault is OperationCanceledException or Store.StoreException)
            {
                // Said already; the next round tries again, or the server stops.
            }
        }
    }

    private async Task<IReadOnlyList<JournalEntry>> ReadHistoryAsync(RunId run)
    {
        var history = new List<JournalEntry>();
        await foreach (var entry in services.Store.Journal.ReadAsync(run, cancellation: _stopping.Token))
        {
            history.Add(entry);
        }

        return history;
    }

    private async Task GoOnAsync(RunRecord run, IReadOnlyList<JournalEntry> history)
    {
        var log = await services.Store.Logs.OpenAsync(run.Id, _stopping.Token);
        LiveRun live;
        try
        {
            var isResumed = history.Count > 0;
            if ((history.Count > 0 ? history[0].Event : null) is not RunStarted started)
            {
                var (program, fault) = await PrepareAsync(run);
                if (program is null)
                {
                    await EndUnpreparedAsync(run, log, fault);
                    return;
                }

                started = new RunStarted(program);
                history = await services.Store.Journal.AppendAsync(run.Id, [started]);
            }

            if (isResumed)
            {
                await SayResumedAsync(log);
            }

            live = new LiveRun(run, started.Program, history, log, services, this);
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }

        _live[run.Id] = live;
        WentLive?.Invoke(live);
        if (_interrupts.TryRemove(run.Id, out var interrupt))
        {
            live.Interrupt(interrupt.Result, interrupt.Cause, interrupt.User);
        }

        await live.ExecuteAsync(_stopping.Token);
    }

    /// <summary>As Jenkins says it, so that readers of the log know why it pauses here. Not a line of the program: those are written again by the replay, and kept once.</summary>
    private async Task SayResumedAsync(Store.Logs.IRunLogWriter log)
    {
        const long Resumption = long.MinValue;
        var now = services.Time.GetUtcNow().ToString("ddd MMM dd HH:mm:ss 'UTC' yyyy", System.Globalization.CultureInfo.InvariantCulture);
        await log.AppendAgentOutputAsync(Resumption, 0, log.ConfirmedOffset(Resumption), Encoding.UTF8.GetBytes($"Resuming build at {now} after a restart of the server\nReady to run at {now}\n"));
    }

    /// <returns>The program, or the fault for which there is none; neither, where the run was interrupted meanwhile.</returns>
    private async Task<(RunProgram? Program, string? Fault)> PrepareAsync(RunRecord run)
    {
        var interrupted = _preparing[run.Id] = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, interrupted.Token);
        try
        {
            // An interrupt that came just before could not cancel it.
            return _interrupts.ContainsKey(run.Id) ? (null, null) : await new RunPreparation(services).PrepareAsync(run, either.Token);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            return (null, null);
        }
        finally
        {
            _preparing.TryRemove(run.Id, out _);
        }
    }

    /// <summary>The run has no script, or was interrupted before it had one: it ends with the reason, before anything else begins.</summary>
    private async Task EndUnpreparedAsync(RunRecord run, Store.Logs.IRunLogWriter log, string? fault)
    {
        _interrupts.TryRemove(run.Id, out var interrupt);
        var (result, reason) = fault is null && interrupt is not null ? (interrupt.Result, interrupt.Cause) : (RunResult.Failure, $"ERROR: {fault}");
        var text = new StringBuilder();
        foreach (var cause in run.Causes)
        {
            text.Append(cause.Description).Append('\n');
        }

        text.Append(reason).Append("\nFinished: ").Append(result.ToJenkins()).Append('\n');
        log.WriteLog(1, 0, text.ToString());
        await log.CompleteAsync();
        await log.DisposeAsync();
        await services.Store.Journal.AppendAsync(run.Id, [new RunFinished(result, fault)]);
        _unfinished.TryRemove(run.Id, out _);
        services.Changes.Publish(new Change.OfRun(run.Id, run.JobPath, run.Number));
        queue.Look();
    }
}
