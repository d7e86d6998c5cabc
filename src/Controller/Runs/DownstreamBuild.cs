using Slipway.Controller.Queue;
using Slipway.Controller.Triggers;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Store.Jobs;
using Slipway.Store.Queue;

namespace Slipway.Controller.Runs;

/// <summary>The <c>build</c> step: starts another job once, and waits for it where it is asked to. What was started is found again by the cause that names this run and effect.</summary>
internal sealed class DownstreamBuild(RunServices services, RunQueue queue, RunSupervisor supervisor)
{
    public async Task<EffectResult> RunAsync(LiveRun parent, long effect, BuildJob request, DateTimeOffset requested, Func<string, ValueTask> note, CancellationToken cancellation)
    {
        if (await FindJobAsync(parent.JobPath, request.Job) is not { } job)
        {
            return new EffectFailed($"No item named {request.Job} found. Paths are relative to the folder of {parent.JobPath}; one that begins with '/' is counted from the top.", IsInfrastructure: false);
        }

        if (job.Definition.Kind != ItemKind.Pipeline)
        {
            return new EffectFailed($"{job.Path} is a folder, which cannot be built.", IsInfrastructure: false);
        }

        if (!job.IsEnabled)
        {
            return new EffectFailed($"{job.Path} is disabled, so it cannot be built.", IsInfrastructure: false);
        }

        var (parameters, fault) = ParameterFilling.Fill(job.Parameters, request.Parameters.ToDictionary(p => p.Name, p => p.Value), services.Seal);
        if (parameters is null)
        {
            return new EffectFailed(fault!, IsInfrastructure: false);
        }

        QueueItemId? item = null;
        try
        {
            var started = await FindStartedAsync(parent, effect, job, requested, cancellation);
            if (started is null)
            {
                var now = services.Time.GetUtcNow();
                var cause = new UpstreamCause(parent.Program.Job, parent.Number, parent.Id, effect);
                var queued = await queue.EnqueueAsync(new QueueRequest(job.Id, parameters, [cause], now + (request.QuietPeriod ?? job.QuietPeriod ?? TimeSpan.Zero), AtOnce: request.QuietPeriod == TimeSpan.Zero), cancellation);
                if (queued is null)
                {
                    return new EffectFailed($"{job.Path} was deleted before it could be built.", IsInfrastructure: false);
                }

                item = queued.Id;
                if (!request.Await)
                {
                    return new JobBuilt(null, null, null, job.Path.Value);
                }

                started = await WaitForStartAsync(queued.Id, cancellation);
            }

            if (started is not { } run)
            {
                return new EffectFailed($"The request to build {job.Path} was cancelled while it waited.", IsInfrastructure: false);
            }

            if (!request.Await)
            {
                return new JobBuilt(run.Run, run.Number, null, job.Path.Value);
            }

            await note($"Starting building: {job.Path.Value} #{run.Number}\n");
            var result = await supervisor.WaitForEndAsync(run.Run, cancellation);
            return new JobBuilt(run.Run, run.Number, result, job.Path.Value);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await StopAsync(parent, effect, job, item, requested);
            return new EffectCancelled();
        }
    }

    /// <summary>As in Jenkins: a path is looked up from the folder of the run's job; a leading slash counts from the root, <c>..</c> goes up.</summary>
    private async Task<JobRecord?> FindJobAsync(JobPath from, string name)
    {
        var at = name.StartsWith('/') ? JobPath.Root : from.Parent;
        foreach (var segment in name.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == "..")
            {
                at = at.Parent;
            }
            else if (segment != ".")
            {
                if (!JobPath.IsLegalName(segment, out _))
                {
                    return null;
                }

                at = at.Child(segment);
            }
        }

        return at.IsRoot ? null : await services.Store.Jobs.FindAsync(at);
    }

    private async Task<(RunId Run, int Number)?> FindStartedAsync(LiveRun parent, long effect, JobRecord job, DateTimeOffset requested, CancellationToken cancellation)
    {
        foreach (var waiting in await services.Store.Queue.ListWaitingAsync(job.Id, cancellation))
        {
            if (IsOurs(waiting.Causes))
            {
                return await WaitForStartAsync(waiting.Id, cancellation);
            }
        }

        int? before = null;
        while (true)
        {
            var page = await services.Store.Runs.ListAsync(job.Id, before, 50, cancellation);
            foreach (var run in page)
            {
                if (IsOurs(run.Causes))
                {
                    return (run.Id, run.Number);
                }
            }

            if (page.Count == 0 || page[^1].Queued < requested)
            {
                return null;
            }

            before = page[^1].Number;
        }

        bool IsOurs(IReadOnlyList<RunCause> causes) => causes.Any(c => c is UpstreamCause upstream && upstream.Run == parent.Id && upstream.Effect == effect);
    }

    private async Task<(RunId Run, int Number)?> WaitForStartAsync(QueueItemId item, CancellationToken cancellation)
    {
        await foreach (var _ in services.Changes.SubscribeAsync(services.Changes.Position, cancellation).Where(c => c.Change is Feeds.Change.OfEverything or Feeds.Change.OfQueue).Prepend(null!))
        {
            if (await services.Store.Queue.FindAsync(item, cancellation) is not { } record)
            {
                return null;
            }

            if (!record.IsWaiting)
            {
                return record is { Run: { } run, Number: { } number } ? (run, number) : null;
            }
        }

        throw new OperationCanceledException(cancellation);
    }

    /// <summary>Nobody waits for it any more: what was started for this run alone ends too.</summary>
    private async Task StopAsync(LiveRun parent, long effect, JobRecord job, QueueItemId? item, DateTimeOffset requested)
    {
        if (item is { } queued && await queue.CancelAsync(queued, CancellationToken.None))
        {
            return;
        }

        if (await FindStartedAsync(parent, effect, job, requested, CancellationToken.None) is { } run)
        {
            supervisor.Interrupt(run.Run, RunResult.Aborted, $"Aborted by {parent.Program.Job} #{parent.Number}", null);
        }
    }
}
