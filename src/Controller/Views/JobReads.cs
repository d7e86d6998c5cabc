using Slipway.Controller.Queue;
using Slipway.Controller.Secrets;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Store;
using Slipway.Store.Jobs;
using Slipway.Store.Runs;

namespace Slipway.Controller.Views;

internal sealed class JobReads(IStore store, RunQueue queue, RunReads runs, QueueReads queued, ParameterSeal seal) : IJobReads
{
    private const int Page = 1000;

    public async Task<IReadOnlyList<JobView>> ListAsync(JobPath folder, CancellationToken cancellation)
    {
        var views = new List<JobView>();
        string? after = null;
        while (true)
        {
            var page = await store.Jobs.ListAsync(folder, after, Page, cancellation);
            var latest = await store.Runs.ReadLatestAsync([.. page.Where(j => j.Definition.Kind == ItemKind.Pipeline).Select(j => j.Id)], cancellation);
            views.AddRange(page.Select(j => View(j, latest.GetValueOrDefault(j.Id))));
            if (page.Count < Page)
            {
                return views;
            }

            after = page[^1].Path.Name;
        }
    }

    public async Task<JobView?> FindAsync(JobPath job, CancellationToken cancellation)
    {
        if (job.IsRoot || await store.Jobs.FindAsync(job, cancellation) is not { } record)
        {
            return null;
        }

        var latest = await store.Runs.ReadLatestAsync([record.Id], cancellation);
        return View(record, latest.GetValueOrDefault(record.Id));
    }

    public async Task<JobDetailView?> FindDetailAsync(JobPath job, CancellationToken cancellation)
    {
        if (await FindAsync(job, cancellation) is not { } view || await store.Jobs.FindAsync(job, cancellation) is not { } record)
        {
            return null;
        }

        var source = record.Definition.Script switch
        {
            ScmScript scm => $"{scm.Path} from {Model.Scm.RepositoryUrl.WithoutCredentials(scm.Url)} ({string.Join(", ", scm.Refs)})",
            InlineScript => "inline",
            _ => "",
        };
        return new JobDetailView(view, record.Parameters, source, !record.DisallowsConcurrentRuns, [.. queued.Waiting().Where(q => q.Job == job)]);
    }

    public async Task<string?> ReadConfigAsync(JobPath job, CancellationToken cancellation) =>
        await store.Jobs.FindAsync(job, cancellation) is { } record && await store.Jobs.ReadConfigAsync(record.Id, cancellation) is { } config ? seal.SealConfig(config, check: false) : null;

    public async Task<IReadOnlyList<TrendPoint>> ReadTrendAsync(JobPath job, int count, CancellationToken cancellation) => (await ReadTrendsAsync([job], count, cancellation))[0];

    public async Task<IReadOnlyList<IReadOnlyList<TrendPoint>>> ReadTrendsAsync(IReadOnlyList<JobPath> jobs, int count, CancellationToken cancellation)
    {
        var ids = new List<JobId?>(jobs.Count);
        foreach (var job in jobs)
        {
            ids.Add((await store.Jobs.FindAsync(job, cancellation))?.Id);
        }

        var ended = await store.Runs.ListEndedAsync([.. ids.OfType<JobId>()], count, cancellation);
        return [.. ids.Select(IReadOnlyList<TrendPoint> (id) => id is { } known ? [.. ended[known].Reverse().Select(PointOf)] : [])];
    }

    private static TrendPoint PointOf(RunRecord run) => new(run.Number, run.Result, (run.Ended ?? run.Started) - run.Started, run.Tests);

    private JobView View(JobRecord job, LatestRuns? latest) => new(
        job.Id,
        job.Path,
        job.Definition.Kind == ItemKind.Folder ? JobKind.Folder : JobKind.Pipeline,
        job.Definition.DisplayName,
        job.Definition.Description,
        job.IsEnabled,
        queue.IsQueued(job.Id),
        job.NextNumber,
        ViewOf(latest?.Last),
        ViewOf(latest?.LastCompleted),
        ViewOf(latest?.LastSuccessful),
        ViewOf(latest?.LastFailed));

    private RunView? ViewOf(RunRecord? run) => run is null ? null : runs.View(run, null);
}
