using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Hosting;

namespace Slipway.Web.Jobs;

/// <param name="Job">Null for a new one.</param>
/// <param name="Folder">Where a new one goes.</param>
/// <param name="Xml">The configuration as text where it is edited so; null where the form shows it.</param>
/// <param name="FormShowsAll">The form can show this configuration at all.</param>
public sealed record ConfigModel(JobPath? Job, JobPath Folder, JobConfigForm Form, string? Xml, bool FormShowsAll, bool MayDelete)
{
    public bool IsNew => Job is null;

    public string BackHref => (Job ?? Folder) is { IsRoot: false } path ? path.ToUrlPath() : "./";
}

internal static class ConfigPages
{
    public static async Task<Page?> ReadAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        if (request.Route is { Rest: "newJob" })
        {
            return await services.GetRequiredService<IJobReads>().FindAsync(request.Job, cancellation) is { Kind: JobKind.Folder } ? New(request.Job) : null;
        }

        if (await services.GetRequiredService<IJobReads>().ReadConfigAsync(request.Job, cancellation) is not { } xml)
        {
            return null;
        }

        var form = JobConfigXml.Read(xml);
        var asXml = form is null || request["as"] == "xml";
        return Page.Of<ConfigContent>(
            $"Configure {request.Job.Name}",
            new ConfigModel(request.Job, request.Job.Parent, form ?? JobConfigForm.Empty, asXml ? xml : null, form is not null, request.Rights.MayConfigure)) with
        {
            Crumbs = [.. JobCrumbs.Of(request.Job), new Crumb("Configure", $"{request.Job.ToUrlPath()}configure")],
        };
    }

    public static Task<Page?> ReadNewAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation) => Task.FromResult<Page?>(New(JobPath.Root));

    private static Page New(JobPath folder) =>
        Page.Of<ConfigContent>("New job", new ConfigModel(null, folder, JobConfigForm.Empty, null, true, false)) with
        {
            Crumbs = [.. JobCrumbs.Of(folder), new Crumb("New job", folder.IsRoot ? "newJob" : $"{folder.ToUrlPath()}newJob")],
        };
}
