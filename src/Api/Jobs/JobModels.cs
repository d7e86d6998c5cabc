using Slipway.Api.Rendering;
using Slipway.Api.Runs;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Jobs;

/// <summary>Jobs and folders as Jenkins describes them.</summary>
internal static class JobModels
{
    public const string PipelineClass = "org.jenkinsci.plugins.workflow.job.WorkflowJob";
    public const string FolderClass = "com.cloudbees.hudson.plugins.folder.Folder";

    public static ApiObject Server(string root, IJobReads jobs) => new("hudson.model.Hudson", "hudson",
    [
        new("assignedLabels", new List<object?> { new ApiObject("hudson.model.labels.LabelAtom", "label", [new("name", "built-in")]) }),
        new("mode", "NORMAL"),
        new("nodeDescription", "the Slipway controller"),
        new("nodeName", ""),
        new("numExecutors", 0),
        new("description", null),
        new("jobs", new LazyValue(async cancellation => (await jobs.ListAsync(JobPath.Root, cancellation)).Select(j => (object?)Of(j, root, jobs, null)).ToList())),
        new("overallLoad", new ApiObject("hudson.model.OverallLoadStatistics", "overallLoad", [])),
        new("primaryView", AllView(root, jobs)),
        new("quietDownReason", null),
        new("quietingDown", false),
        new("slaveAgentPort", -1),
        new("unlabeledLoad", new ApiObject("jenkins.model.UnlabeledLoadStatistics", "unlabeledLoad", [])),
        new("url", root),
        new("useCrumbs", true),
        new("useSecurity", true),
        new("views", new List<object?> { AllView(root, jobs) }),
    ]);

    public static ApiObject AllView(string root, IJobReads jobs) => new("hudson.model.AllView", "allView",
    [
        new("description", null),
        new("jobs", new LazyValue(async cancellation => (await jobs.ListAsync(JobPath.Root, cancellation)).Select(j => (object?)Of(j, root, jobs, null)).ToList())),
        new("name", "all", 3),
        new("property", new List<object?>()),
        new("url", root, 3),
    ]);

    /// <param name="runs">Null where only the row is at hand: the lists of runs are left out.</param>
    public static ApiObject Of(JobView job, string root, IJobReads jobs, IRunReads? runs) =>
        job.Kind == JobKind.Folder ? Folder(job, root, jobs) : Pipeline(job, root, jobs, runs);

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
        return job.LastRun?.State is RunState.Running or RunState.Queued ? color + "_anime" : color;
    }

    private static ApiObject Folder(JobView job, string root, IJobReads jobs) => new(FolderClass, "folder",
    [
        new("actions", new List<object?>()),
        new("description", job.Description),
        new("displayName", job.DisplayName ?? job.Path.Name),
        new("displayNameOrNull", job.DisplayName),
        new("fullDisplayName", FullDisplayName(job.Path)),
        new("fullName", job.Path.Value),
        new("name", job.Path.Name, 3),
        new("url", root + job.Path.ToUrlPath(), 3),
        new("healthReport", new List<object?>()),
        new("jobs", new LazyValue(async cancellation => (await jobs.ListAsync(job.Path, cancellation)).Select(j => (object?)Of(j, root, jobs, null)).ToList())),
        new("primaryView", new ApiObject("hudson.model.AllView", "allView", [new("name", "All", 3), new("url", root + job.Path.ToUrlPath(), 3)])),
        new("views", new List<object?> { new ApiObject("hudson.model.AllView", "allView", [new("name", "All", 3), new("url", root + job.Path.ToUrlPath(), 3)]) }),
    ]);

    private static ApiObject Pipeline(JobView job, string root, IJobReads jobs, IRunReads? runs)
    {
        var url = root + job.Path.ToUrlPath();
        return new ApiObject(PipelineClass, "workflowJob",
        [
            new("actions", new List<object?>()),
            new("description", job.Description),
            new("displayName", job.DisplayName ?? job.Path.Name),
            new("displayNameOrNull", job.DisplayName),
            new("fullDisplayName", FullDisplayName(job.Path)),
            new("fullName", job.Path.Value),
            new("name", job.Path.Name, 3),
            new("url", url, 3),
            new("buildable", job.IsEnabled),
            new("builds", List(100)),
            new("allBuilds", List(int.MaxValue)),
            new("color", ColorOf(job), 3),
            new("firstBuild", new LazyValue(async cancellation => runs is null ? null : Reference(await ListRunsAsync(runs, job.Path, int.MaxValue, cancellation) is [.., var first] ? first : null, root))),
            new("healthReport", new LazyValue(async cancellation => Health(await jobs.ReadTrendAsync(job.Path, 5, cancellation)))),
            new("inQueue", job.IsQueued),
            new("keepDependencies", false),
            new("lastBuild", Reference(job.LastRun, root)),
            new("lastCompletedBuild", Reference(job.LastCompleted, root)),
            new("lastFailedBuild", Reference(job.LastFailed, root)),
            new("lastStableBuild", Permalink(RunPermalink.LastStableBuild)),
            new("lastSuccessfulBuild", Reference(job.LastSuccessful, root)),
            new("lastUnstableBuild", Permalink(RunPermalink.LastUnstableBuild)),
            new("lastUnsuccessfulBuild", Permalink(RunPermalink.LastUnsuccessfulBuild)),
            new("nextBuildNumber", job.NextNumber),
            new("property", new LazyValue(async cancellation => await PropertiesAsync(job, jobs, cancellation))),
            new("queueItem", new LazyValue(async cancellation => (await jobs.FindDetailAsync(job.Path, cancellation))?.Queued.FirstOrDefault(q => q.Kind == QueueItemKind.Run) is { } item
                ? Slipway.Api.Queue.QueueModels.Of(item, root)
                : null)),
            new("concurrentBuild", new LazyValue(async cancellation => (await jobs.FindDetailAsync(job.Path, cancellation))?.AllowsConcurrentRuns ?? true)),
            new("inQuietPeriod", false),
            new("resumeBlocked", false),
        ]);

        LazyValue List(int count) => async cancellation =>
            runs is null ? new List<object?>() : (await ListRunsAsync(runs, job.Path, count, cancellation)).Select(r => (object?)RunModels.Lazy(r, root, runs)).ToList();

        LazyValue Permalink(RunPermalink permalink) => async cancellation =>
            runs is null ? null : Reference((await runs.FindAsync(job.Path, new RunReference(null, permalink), cancellation))?.Run, root);
    }

    private static async Task<IReadOnlyList<RunView>> ListRunsAsync(IRunReads runs, JobPath job, int count, CancellationToken cancellation)
    {
        const int Page = 500;
        var all = new List<RunView>();
        int? before = null;
        while (all.Count < count)
        {
            var page = await runs.ListAsync(job, before, Math.Min(Page, count - all.Count), cancellation);
            all.AddRange(page);
            if (page.Count == 0)
            {
                break;
            }

            before = page[^1].Number;
        }

        return all;
    }

    private static ApiObject? Reference(RunView? run, string root) => run is null ? null : new ApiObject(RunModels.Class, "workflowRun",
    [
        new("number", run.Number, 2),
        new("url", $"{root}{run.JobPath.ToUrlPath()}{run.Number}/", 2),
    ]);

    private static async Task<object?> PropertiesAsync(JobView job, IJobReads jobs, CancellationToken cancellation)
    {
        var properties = new List<object?>();
        if (await jobs.FindDetailAsync(job.Path, cancellation) is not { } detail)
        {
            return properties;
        }

        if (!detail.AllowsConcurrentRuns)
        {
            properties.Add(new ApiObject("org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty", "disableConcurrentBuilds", []));
        }

        if (detail.Parameters.Count > 0)
        {
            properties.Add(new ApiObject("hudson.model.ParametersDefinitionProperty", "parametersDefinitionProperty",
                [new("parameterDefinitions", detail.Parameters.Select(p => (object?)Parameter(p)).ToList(), 2)]));
        }

        return properties;
    }

    private static ApiObject Parameter(ParameterDefinition definition)
    {
        var (type, value) = definition switch
        {
            BooleanParameter boolean => ("BooleanParameterDefinition", (object)boolean.DefaultValue),
            ChoiceParameter choice => ("ChoiceParameterDefinition", choice.Choices.Count > 0 ? choice.Choices[0] : ""),
            TextParameter text => ("TextParameterDefinition", text.DefaultValue),
            PasswordParameter => ("PasswordParameterDefinition", ""),
            StringParameter line => ("StringParameterDefinition", line.DefaultValue),
            _ => (definition.GetType().Name, ""),
        };
        var valueClass = "hudson.model." + type.Replace("Definition", "Value", StringComparison.Ordinal).Replace("Choice", "String", StringComparison.Ordinal);
        var properties = new List<ApiProperty>
        {
            new("defaultParameterValue", new ApiObject(valueClass, "value", [new("name", definition.Name, 3), new("value", value, 3)]), 3),
            new("description", definition.Description, 3),
            new("name", definition.Name, 3),
            new("type", type, 3),
        };
        if (definition is ChoiceParameter { Choices: var choices })
        {
            properties.Add(new ApiProperty("choices", choices.Select(c => (object?)c).ToList(), 3));
        }

        return new ApiObject("hudson.model." + type, "parameterDefinition", properties);
    }

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
            new ApiObject("hudson.model.HealthReport", "healthReport",
            [
                new("description", failed == 0 ? "Build stability: No recent builds failed." : $"Build stability: {failed} out of the last {trend.Count} builds failed.", 2),
                new("iconClassName", "icon-" + icon, 2),
                new("iconUrl", icon + ".png", 2),
                new("score", score, 2),
            ]),
        ];
    }

    private static string FullDisplayName(JobPath path) => string.Join(" » ", path.Segments);
}
