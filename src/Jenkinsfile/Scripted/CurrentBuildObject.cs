using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary><c>currentBuild</c>: what is known of the run, and what the script says of it.</summary>
internal sealed class CurrentBuildObject : HostObject
{
    public override string TypeName => "org.jenkinsci.plugins.workflow.support.steps.build.RunWrapper";

    protected override IReadOnlyList<string> Properties =>
    [
        "result", "currentResult", "displayName", "fullDisplayName", "description", "number", "id", "duration", "durationString", "startTimeInMillis", "timeInMillis",
        "absoluteUrl", "projectName", "fullProjectName", "previousBuild", "previousCompletedBuild", "previousBuildInProgress", "previousBuiltBuild", "previousNotFailedBuild",
        "previousFailedBuild", "previousSuccessfulBuild", "changeSets", "buildCauses", "buildVariables", "upstreamBuilds", "keepLog", "rawBuild",
    ];

    protected override IReadOnlyList<string> Writable => ["result", "displayName", "description", "keepLog"];

    protected override IReadOnlyList<string> Methods => ["resultIsBetterOrEqualTo", "resultIsWorseOrEqualTo", "getBuildCauses", "getDuration", "getDurationString"];

    /// <summary>The time that has passed is read from the clock, which is an effect.</summary>
    public override bool TryComputeProperty(string name, HostScope scope, out ValueTask<object?> value)
    {
        value = name switch
        {
            "duration" => InvokeAsync("getDuration", [], StepContext.Of(scope)),
            "durationString" => InvokeAsync("getDurationString", [], StepContext.Of(scope)),
            _ => default,
        };
        return name is "duration" or "durationString";
    }

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        var (program, state) = (context.Run.Program, context.Run.State);
        value = name switch
        {
            "result" => state.Result?.ToJenkins(),
            "currentResult" => state.CurrentResult.ToJenkins(),
            "displayName" => DisplayName(context),
            "fullDisplayName" => $"{program.Job.Replace("/", " » ")} {DisplayName(context)}",
            "description" => state.Description,
            "number" => program.Number,
            "id" => program.Number.ToString(),
            "startTimeInMillis" or "timeInMillis" => program.Started.ToUnixTimeMilliseconds(),
            "absoluteUrl" => context.Run.Environment.Read(context, "BUILD_URL"),
            "projectName" => program.Job[(program.Job.LastIndexOf('/') + 1)..],
            "fullProjectName" => program.Job,
            "previousBuild" or "previousCompletedBuild" or "previousBuiltBuild" => program.Previous is null ? null : new PreviousRunObject(program.Previous),
            "previousBuildInProgress" => null,
            "previousNotFailedBuild" => Previous(context, r => r < RunResult.Failure),
            "previousFailedBuild" => Previous(context, r => r == RunResult.Failure),
            "previousSuccessfulBuild" => Previous(context, r => r == RunResult.Success),
            "changeSets" => ScriptValues.ListOf(state.ChangeSets.Select(s => new ChangeSetObject(s))),
            "buildCauses" => Causes(context, null),
            "buildVariables" => ParamsObject.Create(context),
            "upstreamBuilds" => ScriptValues.ListOf([]),
            "keepLog" => false,
            "rawBuild" => throw Failures.Of(
                new Groovy.Runtime.ThrowableClass("org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException", new("java.lang.SecurityException", Failures.RuntimeException)),
                "Scripts not permitted to use currentBuild.rawBuild: there are no Java objects of the server behind a run. Use the properties of currentBuild, such as getBuildCauses() or changeSets."),
            _ => null,
        };
        return Properties.Contains(name);
    }

    protected override bool TrySet(string name, object? value, StepContext context)
    {
        var state = context.Run.State;
        switch (name)
        {
            case "result":
                SetResult(value, context);
                return true;
            case "displayName":
                state.SetDisplayName(ScriptValues.ToText(value));
                return true;
            case "description":
                state.SetDescription(value is null ? "" : ScriptValues.ToText(value));
                return true;
            case "keepLog":
                throw Failures.Unsupported("currentBuild.keepLog: runs cannot be kept by their script yet; keep a run on its page.");
            default:
                return false;
        }
    }

    protected override async ValueTask<object?> InvokeAsync(string method, IReadOnlyList<object?> arguments, StepContext context) => method switch
    {
        "getDuration" => (long)(await PassedAsync(context)).TotalMilliseconds,
        "getDurationString" => $"{TimeUnits.Describe(await PassedAsync(context))} and counting",
        "getBuildCauses" => Causes(context, arguments is [var @class] ? ScriptValues.ToText(@class) : null),
        _ => ResultComparison.Compare(method, context.Run.State.CurrentResult, arguments),
    };

    private static async Task<TimeSpan> PassedAsync(StepContext context) => await context.ReadClockAsync() - context.Run.Program.Started;

    private static string DisplayName(StepContext context) => context.Run.State.DisplayName ?? $"#{context.Run.Program.Number}";

    private static PreviousRunObject? Previous(StepContext context, Func<RunResult, bool> fits) =>
        context.Run.Program.Previous is { } previous && fits(previous.Result) ? new PreviousRunObject(previous) : null;

    private static void SetResult(object? value, StepContext context)
    {
        if (value is null)
        {
            return;
        }

        var text = ScriptValues.ToText(value);
        if (!RunResults.TryParse(text, out var result))
        {
            throw Failures.IllegalArgument(
                $"currentBuild.result: '{text}' is no result.{DidYouMean.Hint(text, Enum.GetValues<RunResult>().Select(RunResults.ToJenkins))} Known: SUCCESS, UNSTABLE, FAILURE, NOT_BUILT, ABORTED.");
        }

        context.Run.State.Worsen(result);

        // The stage whose code says so of the run shows it too.
        if (result is RunResult.Unstable or RunResult.Failure or RunResult.Aborted)
        {
            context.Stage?.Worsen(result, $"currentBuild.result was set to {result.ToJenkins()}");
        }
    }

    private static Groovy.Runtime.GroovyList Causes(StepContext context, string? @class) =>
        ScriptValues.ListOf(context.Run.Program.Causes.Select(CauseMap.Of).Where(c => @class is null || c.Class == @class || c.Class.EndsWith("." + @class, StringComparison.Ordinal)).Select(c => c.Map));

    private static class CauseMap
    {
        public static (string Class, Groovy.Runtime.GroovyMap Map) Of(RunCause cause) => cause switch
        {
            UserCause user => Make("hudson.model.Cause$UserIdCause", cause, new("userId", user.UserId), new("userName", user.UserName)),
            RemoteCause remote => Make("hudson.model.Cause$RemoteCause", cause, new("addr", remote.Host), new("note", remote.Note)),
            UpstreamCause upstream => Make("hudson.model.Cause$UpstreamCause", cause, new("upstreamProject", upstream.Job), new("upstreamBuild", upstream.Number)),
            _ => Make("hudson.model.Cause", cause),
        };

        private static (string Class, Groovy.Runtime.GroovyMap Map) Make(string @class, RunCause cause, params IReadOnlyList<KeyValuePair<string, object?>> more) =>
            (@class, ScriptValues.MapOf([new("_class", @class), new("shortDescription", cause.Description), .. more]));
    }
}
