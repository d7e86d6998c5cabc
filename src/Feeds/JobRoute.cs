using System.Diagnostics.CodeAnalysis;
using Slipway.Model;

namespace Slipway.Feeds;

/// <summary>
/// A URL path below the server's root as Jenkins writes them: <c>job/a/job/b/</c>, <c>job/a/12/console</c>, <c>job/a/lastBuild/api/json</c>. One reader for API and UI,
/// so that both agree on what a path names.
/// </summary>
/// <param name="Job">The job or folder.</param>
/// <param name="Run">The run, where the path names one.</param>
/// <param name="Rest">What follows, without slashes at its ends: <c>api/json</c>, <c>artifact/a/b.txt</c>, or empty.</param>
public sealed record JobRoute(JobPath Job, RunReference? Run, string Rest)
{
    /// <summary>Reads a path whose segments are still escaped, as in the request line; view segments (<c>view/All/</c>) before jobs are passed over.</summary>
    /// <returns>False where the path does not begin with a job, or names one that cannot exist.</returns>
    public static bool TryParse(string escapedPath, [NotNullWhen(true)] out JobRoute? route)
    {
        route = null;
        var segments = escapedPath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var job = JobPath.Root;
        var at = 0;
        while (at + 1 < segments.Length && segments[at] is "job" or "view" && at + 1 < segments.Length)
        {
            if (segments[at] == "job")
            {
                var name = Uri.UnescapeDataString(segments[at + 1]);
                if (!JobPath.IsLegalName(name, out _))
                {
                    return false;
                }

                job = job.Child(name);
            }

            at += 2;
        }

        if (job.IsRoot)
        {
            return false;
        }

        RunReference? run = null;
        if (at < segments.Length && RunReference.TryParse(segments[at], out var reference))
        {
            run = reference;
            at++;
        }

        route = new JobRoute(job, run, string.Join('/', segments[at..].Select(Uri.UnescapeDataString)));
        return true;
    }
}
