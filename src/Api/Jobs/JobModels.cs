using Slipway.Api.Queue;
using Slipway.Api.Rendering;
using Slipway.Api.Runs;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Jobs;

/// <summary>Jobs and folders as Jenkins describes them. One for a request: links begin with the root that it was sent to.</summary>
internal sealed class JobModels(string root, IJobReads jobs, IRunReads runs)
{
    public const string PipelineClass = "org.jenkinsci.plugins.workflow.job.WorkflowJob";
    public const string FolderClass = "com.cloudbees.hudson.plugins.folder.Folder";

    /// <summary>Jenkins lists so many runs of its own accord, and all under <c>allBuilds</c>.</summary>
    private const int ListedRuns = 100;

    private readonly RunModels _runs = new(root, runs);

    /// <summary>The jobs and folders in a folder, found when they are shown.</summary>
    public LazyValue ChildrenOf(JobPath folder) => async cancellation => (await jobs.ListAsync(folder, cancellation)).Select(j => (object?)Of(j)).ToList();

    /// <summary>The one view that each folder has.</summary>
    public ApiObject AllView(JobPath folder) => new("hudson.model.AllView", "allView",
    [
        new("description", null),
        new("jobs", ChildrenOf(folder)),
        new("name", folder.IsRoot ? "all" : "All", 3),
        new("property", new List<object?>()),
        new("url", UrlOf(folder), 3),
    ]);

    public ApiObject Of(JobView job) => job.Kind == JobKind.Folder ? Folder(job) : Pipeline(job);

    public static string ColorOf(JobView job)
    {
        if (!job.IsEnabled)
        {
            return "disabled";
        }

        var color = job.LastCompleted?.Result switch
        {
            null => "notbuilt",
            RunResult.Success => "blue",
            RunResult.Unstable => "yellow",
            RunResult.Failure => "red",
            RunResult.NotBuilt => "notbuilt",
            _ => "aborted",
        };
        return job.LastRun is { State: not RunState.Finished } ? color + "_anime" : color;
    }

    private ApiObject Folder(JobView job) => new(FolderClass, "folder",
    [
        new("actions", new List<object?>()),
        new("description", job.Description),
        new("displayName", job.DisplayName ?? job.Path.Name),
        new("displayNameOrNull", job.DisplayName),
        new("fullDisplayName", FullDisplayName(job.Path)),
        new("fullName", job.Path.Value),
        new("name", job.Path.Name, 3),
        new("url", UrlOf(job.Path), 3),
        new("healthReport", new List<object?>()),
        new("jobs", ChildrenOf(job.Path)),
        new("primaryView", AllView(job.Path)),
        new("views", new List<object?> { AllView(job.Path) }),
    ]);

    private ApiObject Pipeline(JobView job) => new(PipelineClass, "workflowJob",
    [
        new("actions", new List<object?>()),
        new("description", job.Description),
        new("displayName", job.DisplayName ?? job.Path.Name),
        new("displayNameOrNull", job.DisplayName),
        new("fullDisplayName", FullDisplayName(job.Path)),
        new("fullName", job.Path.Value),
        new("name", job.Path.Name, 3),
        new("url", UrlOf(job.Path), 3),
        new("allBuilds", RunsOf(job.Path, int.MaxValue), ApiProperty.OnlyByName),
        new("buildable", job.IsEnabled),
        new("builds", RunsOf(job.Path, ListedRuns)),
        new("color", ColorOf(job), 3),
        new("concurrentBuild", new LazyValue(async cancellation => (await jobs.FindDetailAsync(job.Path, cancellation))?.AllowsConcurrentRuns ?? true)),
        new("firstBuild", new LazyValue(async cancellation => Reference(await runs.FindOldestAsync(job.Path, cancellation)))),
        new("healthReport", new LazyValue(async cancellation => Health(await jobs.ReadTrendAsync(job.Path, 5, cancellation)))),
        new("inQueue", job.IsQueued),
        new("keepDependencies", false),
        new("lastBuild", Reference(job.LastRun)),
        new("lastCompletedBuild", Reference(job.LastCompleted)),
        new("lastFailedBuild", Reference(job.LastFailed)),
        new("lastStableBuild", Newest(job.Path, RunPermalink.LastStableBuild)),
        new("lastSuccessfulBuild", Reference(job.LastSuccessful)),
        new("lastUnstableBuild", Newest(job.Path, RunPermalink.LastUnstableBuild)),
        new("lastUnsuccessfulBuild", Newest(job.Path, RunPermalink.LastUnsuccessfulBuild)),
        new("nextBuildNumber", job.NextNumber),
        new("property", new LazyValue(async cancellation => await jobs.FindDetailAsync(job.Path, cancellation) is { } detail ? JobProperties.Of(detail) : null)),
        new("queueItem", new LazyValue(async cancellation => (await jobs.FindDetailAsync(job.Path, cancellation))?.Queued.FirstOrDefault(q => q.Kind == QueueItemKind.Run) is { } item
            ? new QueueModels(root).Of(item)
            : null)),
        new("inQuietPeriod", false),
        new("resumeBlocked", false),
    ]);

    private LazyList RunsOf(JobPath job, int atMost) => async (range, cancellation) =>
        [.. (await ReadRunsAsync(job, Math.Min(range.To, atMost), cancellation)).Skip(range.From).Select(r => (object?)_runs.Of(r))];

    private async Task<IReadOnlyList<RunView>> ReadRunsAsync(JobPath job, int count, CancellationToken cancellation)
    {
        const int Page = 500;
        var read = new List<RunView>();
        while (read.Count < count)
        {
            var wanted = Math.Min(Page, count - read.Count);
            var page = await runs.ListAsync(job, read.Count == 0 ? null : read[^1].Number, wanted, cancellation);
            read.AddRange(page);
            if (page.Count < wanted)
            {
                break;
            }
        }

        return read;
    }

    private LazyValue Newest(JobPath job, RunPermalink permalink) => async cancellation => Reference(await runs.FindRowAsync(job, new RunReference(null, permalink), cancellation));

    private ApiObject? Reference(RunView? run) => run is null ? null : _runs.Of(run);

    /// <summary>The weather: how many of the last five were good.</summary>
    private static List<object?> Health(IReadOnlyList<TrendPoint> trend)
    {
        if (trend.Count == 0)
        {
            return [];
        }

        var failed = trend.Count(t => t.Result is RunResult.Failure);
        var score = (trend.Count - failed) * 100 / trend.Count;
        var icon = score switch { > 79 => "health-80plus", > 59 => "health-60to79", > 39 => "health-40to59", > 19 => "health-20to39", _ => "health-00to19" };
        return
        [
            new ApiObject(null, "healthReport",
            [
                new("description", failed == 0 ? "Build stability: No recent builds failed." : $"Build stability: {failed} out of the last {trend.Count} builds failed.", 2),
                new("iconClassName", "icon-" + icon, 2),
                new("iconUrl", icon + ".png", 2),
                new("score", score, 2),
            ]),
        ];
    }

    private string UrlOf(JobPath path) => root + path.ToUrlPath();

    private static string FullDisplayName(JobPath path) => string.Join(" » ", path.Segments);
}
