using Slipway.Model;
using Slipway.Web.Hosting;

namespace Slipway.Web.Jobs;

internal static class JobCrumbs
{
    /// <summary>The way from the root to a job or folder.</summary>
    public static IEnumerable<Crumb> Of(JobPath job)
    {
        yield return new Crumb("Jobs", "./");
        var path = JobPath.Root;
        foreach (var segment in job.Segments)
        {
            path = path.Child(segment);
            yield return new Crumb(segment, path.ToUrlPath());
        }
    }
}
