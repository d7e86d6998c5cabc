using System.Globalization;
using Slipway.Api.Rendering;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Model.Operations;

namespace Slipway.Api.Runs;

/// <summary>Runs as Jenkins describes them. One for a request: links begin with the root that it was sent to.</summary>
internal sealed class RunModels(string root, IRunReads runs)
{
    public const string Class = "org.jenkinsci.plugins.workflow.job.WorkflowRun";

    private const int Always = 999;

    /// <summary>A run whose row is at hand; the rest is read if it is asked for.</summary>
    public ApiObject Of(RunView run) => Describe(run, async cancellation => await runs.FindAsync(run.Id, cancellation));

    public ApiObject Of(RunDetailView detail) => Describe(detail.Run, _ => Task.FromResult<RunDetailView?>(detail));

    private ApiObject Describe(RunView run, Func<CancellationToken, Task<RunDetailView?>> find)
    {
        Task<RunDetailView?>? found = null;
        var isFinished = run.State == RunState.Finished;
        return new ApiObject(Class, "workflowRun",
        [
            new("actions", From(Actions)),
            new("artifacts", From(d => d.Artifacts.Select(a => (object?)Artifact(a)).ToList())),
            new("building", !isFinished),
            new("description", run.Description),
            new("displayName", run.DisplayName),
            new("duration", run.Ended is { } ended ? (long)(ended - run.Started).TotalMilliseconds : 0L),
            new("estimatedDuration", run.EstimatedDuration is { } estimate ? (long)estimate.TotalMilliseconds : From(d => d.Run.EstimatedDuration is { } known ? (long)known.TotalMilliseconds : -1L)),
            new("executor", null),
            new("fullDisplayName", $"{string.Join(" » ", run.JobPath.Segments)} {run.DisplayName}"),
            new("id", $"{run.Number}"),
            new("inProgress", !isFinished),
            new("keepLog", run.IsKeptForever),
            new("number", run.Number, 2),
            new("queueId", From(d => d.QueueItem?.Value ?? -1)),

            // As in Jenkins it is null while the run goes, whatever the pipeline has said of it so far.
            new("result", isFinished ? run.Result?.ToJenkins() : null),
            new("timestamp", run.Started.ToUnixTimeMilliseconds()),

            // Ours: what the feed names a run by.
            new("slipwayRunId", run.Id.Value),
            new("url", UrlOf(run), 2),
            new("builtOn", From(d => string.Join(", ", d.BuiltOn))),
            new("changeSets", From(d => d.Changes.Select(s => (object?)ChangeSet(s)).ToList())),
            new("culprits", new LazyValue(async cancellation => (await runs.ReadCulpritsAsync(run.Id, cancellation)).Select(name => (object?)User(name)).ToList())),
            new("nextBuild", new LazyValue(async cancellation => Reference("nextBuild", await FindNextAsync(run, cancellation)))),
            new("previousBuild", new LazyValue(async cancellation => Reference("previousBuild", (await runs.ListAsync(run.JobPath, run.Number, 1, cancellation)) is [var before] ? before : null))),
        ]);

        LazyValue From(Func<RunDetailView, object?> read) => async cancellation => await (found ??= find(cancellation)) is { } detail ? read(detail) : null;
    }

    /// <summary>The run after this one: nearly always its number plus one, else (that was deleted) the lowest above it among the newest.</summary>
    private async Task<RunView?> FindNextAsync(RunView run, CancellationToken cancellation) =>
        await runs.FindRowAsync(run.JobPath, RunReference.Of(run.Number + 1), cancellation)
        ?? (await runs.ListAsync(run.JobPath, null, 100, cancellation)).LastOrDefault(r => r.Number > run.Number);

    private ApiObject? Reference(string name, RunView? run) => run is null ? null : new ApiObject(null, name, [new("number", run.Number, 2), new("url", UrlOf(run), 2)]);

    private string UrlOf(RunView run) => $"{root}{run.JobPath.ToUrlPath()}{run.Number}/";

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

    private ApiObject ChangeSet(ChangeSetView set) => new("hudson.plugins.git.GitChangeSetList", "changeSet",
        [new("items", set.Changes.Select(c => (object?)Item(c)).ToList(), 2), new("kind", "git", 2)]);

    private ApiObject Item(ChangeEntry change) => new("hudson.plugins.git.GitChangeSet", "item",
    [
        new("affectedPaths", change.Paths.Cast<object?>().ToList(), 3),
        new("commitId", change.Commit, 3),
        new("timestamp", change.Time.ToUnixTimeMilliseconds(), 3),
        new("author", User(change.Author), 3),
        new("authorEmail", change.AuthorEmail, 3),
        new("comment", change.Message + "\n", 3),
        new("date", change.Time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss '+0000'", CultureInfo.InvariantCulture), 3),
        new("id", change.Commit, 3),
        new("msg", change.Title, 3),
        new("paths", change.Paths.Select((path, i) => (object?)new ApiObject(null, "path", [new("editType", change.EditType(i), 4), new("file", path, 4)])).ToList(), 3),
    ]);

    /// <summary>An author as Jenkins shows one; git's authors need no account here.</summary>
    private ApiObject User(string name) => new(null, "user", [new("absoluteUrl", $"{root}user/{Uri.EscapeDataString(name)}", Always), new("fullName", name, Always)]);

    private static ApiObject Artifact(ArtifactView artifact) => new(null, "artifact",
        [new("displayPath", Path.GetFileName(artifact.Path), 3), new("fileName", Path.GetFileName(artifact.Path), 3), new("relativePath", artifact.Path, 3)]);
}
