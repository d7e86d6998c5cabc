using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Slipway.Controller.Locks;
using Slipway.Controller.Telemetry;
using Slipway.Feeds;
using Slipway.Jenkinsfile.Execution;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Store.Jobs;
using Slipway.Store.Logs;
using Slipway.Store.Runs;

namespace Slipway.Controller.Runs;

/// <summary>
/// A run that is under way: its program, its journal and log, and what it holds. It lives until the run has ended or the server stops; a restart makes a new one from the journal.
/// </summary>
internal sealed class LiveRun : IRunRecorder, INodeHolder
{
    private readonly RunServices _services;
    private readonly IRunNeighbours _neighbours;
    private readonly IRunLogWriter _log;
    private readonly EffectPerformer _performer;
    private readonly PipelineRun _program;
    private readonly ILogger _logger;
    private readonly DateTimeOffset _started;
    private readonly TaskCompletionSource<RunFinished> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LiveRun(RunRecord record, RunProgram program, IReadOnlyList<JournalEntry> history, IRunLogWriter log, RunServices services, IRunNeighbours neighbours)
    {
        Id = record.Id;
        Job = record.Job;
        _started = record.Started;
        Program = program;
        _services = services;
        _neighbours = neighbours;
        _log = log;
        _logger = services.Logs.CreateLogger<LiveRun>();
        _performer = new EffectPerformer(this, services, neighbours, log, history);
        _program = new PipelineRun(program, history, this, _performer, services.Limits);
    }

    public RunId Id { get; }

    public JobId Job { get; }

    public RunProgram Program { get; }

    public int Number => Program.Number;

    public JobPath JobPath => JobPath.Parse(Program.Job);

    /// <summary>Completes with the run's end; never when the server stops before.</summary>
    public Task<RunFinished> Ended => _ended.Task;

    /// <summary>The highest milestone that this run has passed; null before the first.</summary>
    public int? LastMilestone => _performer.LastMilestone;

    public EffectPerformer Performer => _performer;

    public HeldNodes Nodes => _performer.Nodes;

    public override string ToString() => $"{Program.Job} #{Number}";

    /// <summary>Runs the program to its end, or until the server stops.</summary>
    /// <exception cref="Jenkinsfile.Execution.RunSuspendedException">The store refused a write, or the server is stopping: the run stands where its journal ends.</exception>
    public async Task ExecuteAsync(CancellationToken shutdown)
    {
        var finished = await _program.ExecuteAsync(shutdown);
        await _log.DisposeAsync();
        RunMetrics.Ended(finished.Result, _services.Time.GetUtcNow() - _started);
        await GiveBackAsync();
        _ended.TrySetResult(finished);
        _neighbours.OnEnded(this);
    }

    /// <summary>Lets go of agents, queues and the log, without ending anything; for a run that could not go on.</summary>
    public async ValueTask AbandonAsync()
    {
        await _performer.LetGoAsync();
        await _log.DisposeAsync();
    }

    public void Interrupt(RunResult result, string cause, string? user) => _program.Interrupt(new InterruptRequested(result, cause, user));

    public void Lose(long allocation, string message, bool isInfrastructure) => _program.Lose(new AllocationLost(allocation, message, isInfrastructure));

    /// <summary>Called when the run was given a node, durably.</summary>
    public Action<LiveRun, string>? NodeGiven { get; set; }

    async Task IRunRecorder.AppendAsync(IReadOnlyList<RunEvent> events)
    {
        if (events.Any(e => e is RunFinished))
        {
            // The log is whole before the run counts as ended: whoever sees the end can read all of it.
            await _log.CompleteAsync();
        }

        await _services.Store.Journal.AppendAsync(Id, events);
        foreach (var record in events)
        {
            await OnDurableAsync(record);
        }

        _services.Changes.Publish(new Change.OfRun(Id, JobPath, Number));
    }

    void IRunRecorder.WriteLog(long line, int flowNode, string text)
    {
        _log.WriteLog(line, flowNode, text);
    }

    private async ValueTask OnDurableAsync(RunEvent record)
    {
        switch (record)
        {
            case EffectCompleted completed:
                _performer.OnDurable(completed);
                if (completed.Result is NodeAllocated given)
                {
                    NodeGiven?.Invoke(this, given.Node);
                }

                break;
            case JobPropertiesDeclared declared:
                await _services.Store.Jobs.DeclareAsync(Job, new DeclaredProperties(_services.Seal.SealDeclared(declared.Parameters), declared.DisallowsConcurrentRuns, declared.AbortsPrevious, declared.Retention));
                _services.Changes.Publish(new Change.OfJob(JobPath));
                break;
            default:
                break;
        }
    }

    /// <summary>All that the run still holds. A failure here is not the run's: it has ended, and what is left over is found at the next start.</summary>
    private async Task GiveBackAsync()
    {
        try
        {
            _services.Locks.ReleaseAll(Id);
            await _services.Executors.ReleaseAllAsync(Id);
            await _services.Store.Stashes.DeleteAllAsync(Id);
            if (await _services.Store.Jobs.FindAsync(Job) is { Retention: { } rules })
            {
                await _services.Store.Runs.ApplyRetentionAsync(Job, rules);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _logger.LogWarning(fault, "Cleaning up after {Run} was not completed; the rest is done at the next start", this);
        }
    }
}
