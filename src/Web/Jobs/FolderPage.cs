using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Controls;
using Slipway.Web.Hosting;

namespace Slipway.Web.Jobs;

/// <summary>A folder's listing with what goes on beside it.</summary>
/// <param name="Folder">Null for the root.</param>
/// <param name="Page">Counts from one.</param>
public sealed record FolderModel(
    JobView? Folder,
    JobPath Path,
    IReadOnlyList<JobRow> Rows,
    string? Filter,
    int Page,
    int Pages,
    int Total,
    ActivityModel Activity,
    PageRights Rights,
    string CurlLogin,
    DateTimeOffset Now);

/// <param name="Trend">The newest runs that ended, oldest first.</param>
public sealed record JobRow(JobView Job, IReadOnlyList<TrendPoint> Trend)
{
    public Tone Tone => Job.Kind == JobKind.Folder ? Tone.None : Tones.Of(Job.LastRun);
}

internal static class FolderPage
{
    private const int PageSize = 100;
    private const int TrendLength = 12;

    public static async Task<Page?> ReadAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        var jobs = services.GetRequiredService<IJobReads>();
        var folder = request.Job.IsRoot ? null : await jobs.FindAsync(request.Job, cancellation);
        var all = (await jobs.ListAsync(request.Job, cancellation)).Where(j => request.Access.May(Permission.Read, j.Path)).ToList();
        var filter = request["q"];
        var matching = filter is null ? all : all.Where(j => j.Path.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToList();
        var pages = Math.Max(1, (matching.Count + PageSize - 1) / PageSize);
        var number = Math.Clamp(request.Number("page") ?? 1, 1, pages);
        var shown = matching.OrderBy(j => j.Kind).ThenBy(j => j.Path.Name, StringComparer.OrdinalIgnoreCase).Skip((number - 1) * PageSize).Take(PageSize).ToList();
        var trends = await jobs.ReadTrendsAsync([.. shown.Select(j => j.Path)], TrendLength, cancellation);
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var model = new FolderModel(
            folder,
            request.Job,
            [.. shown.Zip(trends, (job, trend) => new JobRow(job, trend))],
            filter,
            number,
            pages,
            all.Count,
            await ActivityModel.ReadAsync(request.Access, services, now, cancellation),
            request.Rights,
            request.CurlLogin,
            now);
        return Page.Of<FolderContent>(request.Job.IsRoot ? "Jobs" : request.Job.Name, model) with
        {
            Crumbs = request.Job.IsRoot ? [] : [.. JobCrumbs.Of(request.Job)],
            Watch = $"folder={Uri.EscapeDataString(request.Job.Value)}&queue&nodes",
        };
    }
}
