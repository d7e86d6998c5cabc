using Slipway.Api.Rendering;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Runs;

/// <summary>Runs as Jenkins describes them.</summary>
internal static class RunModels
{
    public const string Class = "org.jenkinsci.plugins.workflow.job.WorkflowRun";

    /// <summary>A run of a list: number and URL are at hand, the rest is read if it is asked for.</summary>
    public static ApiObject Lazy(RunView run, string root, IRunReads runs) => Describe(run, root, async cancellation => await runs.FindAsync(run.Id, cancellation), runs);

    public static ApiObject Of(RunDetailView detail, string root, IRunReads runs) => Describe(detail.Run, root, _ => Task.FromResult<RunDetailView?>(detail), runs);

    private static ApiObject Describe(RunView run, string root, Func<CancellationToken, Task<RunDetailView?>> find, IRunReads runs)
    {
        Task<RunDetailView?>? found = null;
        var url = $"{root}{run.JobPath.ToUrlPath()}{run.Number}/";
        return new ApiObject(Class, "workflowRun",
        [
            new("actions", From(d => Actions(d))),
            new("artifacts", From(d => d.Artifacts.Select(a => (object?)Artifact(a)).ToList())),
            new("building", run.State != RunState.Finished),
            new("description", run.Description),
            new("displayName", run.DisplayName),
            new("duration", run.Ended is { } ended ? (long)(ended - run.Started).TotalMilliseconds : 0L),
            new("estimatedDuration", From(d => d.Run.EstimatedDuration is { } estimate ? (long)estimate.TotalMilliseconds : -1L)),
            new("executor", null),
            new("fullDisplayName", $"{string.Join(" » ", run.JobPath.Segments)} {run.DisplayName}"),
            new("id", $"{run.Number}"),
            new("inProgress", run.State != RunState.Finished),
            new("keepLog", run.IsKeptForever),
            new("number", run.Number, 2),
            new("queueId", From(d => d.QueueItem?.Value ?? -1)),

            // As in Jenkins it is null while the run goes, whatever the pipeline has said of it so far.
            new("result", run.State == RunState.Finished ? run.Result?.ToJenkins() : null),
            new("timestamp", run.Started.ToUnixTimeMilliseconds()),
            new("url", url, 2),
            new("builtOn", From(d => string.Join(", ", d.BuiltOn))),
            new("changeSets", new List<object?>()),
            new("culprits", new List<object?>()),
            new("nextBuild", null),
            new("previousBuild", new LazyValue(async cancellation => (await runs.ListAsync(run.JobPath, run.Number, 1, cancellation)) is [var before]
                ? new ApiObject(Class, "previousBuild", [new("number", before.Number, 2), new("url", $"{root}{before.JobPath.ToUrlPath()}{before.Number}/", 2)])
                : null)),
        ]);

        LazyValue From(Func<RunDetailView, object?> read) => async cancellation => await (found ??= find(cancellation)) is { } detail ? read(detail) : null;
    }

    private static List<object?> Actions(RunDetailView detail)
    {
        var actions = new List<object?>();
        if (detail.Parameters.Count > 0)
        {
            actions.Add(new ApiObject("hudson.model.ParametersAction", "action", [new("parameters", detail.Parameters.Select(p => (object?)Parameter(p)).ToList(), 2)]));
        }

        actions.Add(new ApiObject("hudson.model.CauseAction", "action", [new("causes", detail.Causes.Select(c => (object?)Cause(c)).ToList(), 2)]));
        if (detail.Scm is { } scm)
        {
            actions.Add(new ApiObject("hudson.plugins.git.util.BuildData", "action",
            [
                new("lastBuiltRevision", new ApiObject("hudson.plugins.git.Revision", "revision", [new("SHA1", scm.Commit, 3), new("branch", new List<object?>
                {
                    new ApiObject("hudson.plugins.git.Branch", "branch", [new("SHA1", scm.Commit, 4), new("name", scm.Branch, 4)]),
                }, 3)]), 2),
                new("remoteUrls", new List<object?> { scm.Url }, 2),
                new("scmName", "", 2),
            ]));
        }

        if (detail.Run.Tests is { } tests)
        {
            actions.Add(new ApiObject("hudson.tasks.junit.TestResultAction", "action",
                [new("failCount", tests.Failed, 2), new("skipCount", tests.Skipped, 2), new("totalCount", tests.Total, 2), new("urlName", "testReport", 2)]));
        }

        return actions;
    }

    public static ApiObject Parameter(ParameterValue parameter) => parameter.Type switch
    {
        ParameterType.Boolean => new("hudson.model.BooleanParameterValue", "parameter", [new("name", parameter.Name, 3), new("value", parameter.Value == "true", 3)]),
        ParameterType.Password => new("hudson.model.PasswordParameterValue", "parameter", [new("name", parameter.Name, 3)]),
        ParameterType.Text => new("hudson.model.TextParameterValue", "parameter", [new("name", parameter.Name, 3), new("value", parameter.Value, 3)]),
        _ => new("hudson.model.StringParameterValue", "parameter", [new("name", parameter.Name, 3), new("value", parameter.Value, 3)]),
    };

    public static ApiObject Cause(RunCause cause) => cause switch
    {
        UserCause user => new("hudson.model.Cause$UserIdCause", "cause", [new("shortDescription", user.Description, 3), new("userId", user.UserId, 3), new("userName", user.UserName, 3)]),
        UpstreamCause upstream => new("hudson.model.Cause$UpstreamCause", "cause",
        [
            new("shortDescription", upstream.Description, 3),
            new("upstreamBuild", upstream.Number, 3),
            new("upstreamProject", upstream.Job, 3),
            new("upstreamUrl", JobPath.TryParse(upstream.Job, out var path, out _) ? path.ToUrlPath() : "", 3),
        ]),
        RemoteCause remote => new("hudson.model.Cause$RemoteCause", "cause", [new("shortDescription", remote.Description, 3), new("addr", remote.Host, 3), new("note", remote.Note, 3)]),
        _ => new("hudson.model.Cause", "cause", [new("shortDescription", cause.Description, 3)]),
    };

    private static ApiObject Artifact(ArtifactView artifact) => new("hudson.model.Run$Artifact", "artifact",
        [new("displayPath", Path.GetFileName(artifact.Path), 3), new("fileName", Path.GetFileName(artifact.Path), 3), new("relativePath", artifact.Path, 3)]);
}
