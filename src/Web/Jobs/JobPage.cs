using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Controls;
using Slipway.Web.Hosting;

namespace Slipway.Web.Jobs;

/// <param name="Older">The address of the runs before the ones listed; null where these are the last.</param>
public sealed record JobModel(
    JobDetailView Detail,
    IReadOnlyList<RunRow> Runs,
    IReadOnlyList<TrendPoint> Trend,
    string? Older,
    bool IsFirstPage,
    PageRights Rights,
    string CurlLogin,
    DateTimeOffset Now)
{
    public JobView Job => Detail.Job;

    public bool HasParameters => Detail.Parameters.Count > 0;
}

public sealed record RunRow(RunView Run, RunSummaryView? Summary)
{
    public string Href => $"{Run.JobPath.ToUrlPath()}{Run.Number}/";
}

internal static class JobPage
{
    private const int PageSize = 25;
    private const int TrendLength = 50;

    /// <summary>A path below <c>/job/</c> that names no run: a folder's listing, or a job.</summary>
    public static async Task<Page?> ReadAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        var jobs = services.GetRequiredService<IJobReads>();
        if (await jobs.FindDetailAsync(request.Job, cancellation) is not { } detail)
        {
            // A folder may be known only by its row.
            return await jobs.FindAsync(request.Job, cancellation) is { Kind: JobKind.Folder } ? await FolderPage.ReadAsync(request, services, cancellation) : null;
        }

        if (detail.Job.Kind == JobKind.Folder)
        {
            return await FolderPage.ReadAsync(request, services, cancellation);
        }

        var reads = services.GetRequiredService<IRunReads>();
        var before = request.Number("before");
        var runs = await reads.ListAsync(request.Job, before, PageSize + 1, cancellation);
        var shown = runs.Take(PageSize).ToList();
        var summaries = (await reads.SummarizeAsync([.. shown.Select(r => r.Id)], cancellation)).ToDictionary(s => s.Run);
        var model = new JobModel(
            detail,
            [.. shown.Select(r => new RunRow(r, summaries.GetValueOrDefault(r.Id)))],
            await jobs.ReadTrendAsync(request.Job, TrendLength, cancellation),
            runs.Count > PageSize ? $"{request.Job.ToUrlPath()}?before={shown[^1].Number}" : null,
            before is null,
            request.Rights,
            request.CurlLogin,
            services.GetRequiredService<TimeProvider>().GetUtcNow());
        return Page.Of<JobContent>(detail.Job.DisplayName ?? request.Job.Name, model) with
        {
            Crumbs = [.. JobCrumbs.Of(request.Job)],
            Watch = $"job={Uri.EscapeDataString(request.Job.Value)}&queue",
            Tone = Tones.Of(detail.Job.LastRun),
        };
    }
}
