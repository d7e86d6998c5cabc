using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Controls;

/// <summary>Addresses of pages, relative to the server's root (the document's base).</summary>
internal static class Links
{
    public static string Run(RunView run) => Run(run.JobPath, run.Number);

    public static string Run(JobPath job, int number) => $"{job.ToUrlPath()}{number}/";

    /// <summary>The run that a queue item belongs to; its job where it has none yet.</summary>
    public static string Of(QueueItemView item) => item.RunNumber is { } number ? Run(item.Job, number) : item.Job.ToUrlPath();

    public static string TextOf(QueueItemView item) => item.RunNumber is { } number ? $"{item.Job.Value} #{number}" : item.Job.Value;
}
