using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary>What <c>build</c> returns: the run that it waited for.</summary>
internal sealed class DownstreamRun(string rootUrl, JobBuilt built) : HostObject
{
    public override string TypeName => "org.jenkinsci.plugins.workflow.support.steps.build.RunWrapper";

    protected override IReadOnlyList<string> Properties =>
        ["number", "id", "result", "currentResult", "displayName", "fullDisplayName", "projectName", "fullProjectName", "absoluteUrl"];

    protected override IReadOnlyList<string> Methods => ["resultIsBetterOrEqualTo", "resultIsWorseOrEqualTo"];

    protected override ValueTask<object?> InvokeAsync(string method, IReadOnlyList<object?> arguments, StepContext context) =>
        ValueTask.FromResult<object?>(ResultComparison.Compare(method, built.Result ?? RunResult.Success, arguments));

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        var path = JobPath.TryParse(built.Job, out var parsed, out _) ? parsed : JobPath.Root;
        value = name switch
        {
            "number" => built.Number ?? 0,
            "id" => built.Number?.ToString(),
            "result" or "currentResult" => (built.Result ?? RunResult.Success).ToJenkins(),
            "displayName" => $"#{built.Number}",
            "fullDisplayName" => $"{built.Job.Replace("/", " » ")} #{built.Number}",
            "projectName" => path.Name,
            "fullProjectName" => built.Job,
            "absoluteUrl" => $"{rootUrl.TrimEnd('/')}/{path.ToUrlPath()}{built.Number}/",
            _ => null,
        };
        return Properties.Contains(name);
    }
}

/// <summary><c>currentBuild.previousBuild</c>.</summary>
internal sealed class PreviousRunObject(PreviousRun previous) : HostObject
{
    public override string TypeName => "org.jenkinsci.plugins.workflow.support.steps.build.RunWrapper";

    protected override IReadOnlyList<string> Properties =>
        ["number", "id", "result", "currentResult", "displayName", "startTimeInMillis", "timeInMillis", "duration", "durationString", "previousBuild"];

    protected override IReadOnlyList<string> Methods => ["resultIsBetterOrEqualTo", "resultIsWorseOrEqualTo"];

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        value = name switch
        {
            "number" => previous.Number,
            "id" => previous.Number.ToString(),
            "result" or "currentResult" => previous.Result.ToJenkins(),
            "displayName" => $"#{previous.Number}",
            "startTimeInMillis" or "timeInMillis" => previous.Started.ToUnixTimeMilliseconds(),
            "duration" => (long)previous.Duration.TotalMilliseconds,
            "durationString" => Steps.TimeUnits.Describe(previous.Duration),
            "previousBuild" => throw Failures.Unsupported("currentBuild.previousBuild.previousBuild is not supported: a run knows the one before it only."),
            _ => null,
        };
        return Properties.Contains(name);
    }

    protected override ValueTask<object?> InvokeAsync(string method, IReadOnlyList<object?> arguments, StepContext context) =>
        ValueTask.FromResult<object?>(ResultComparison.Compare(method, previous.Result, arguments));
}

internal static class ResultComparison
{
    public static bool Compare(string method, RunResult result, IReadOnlyList<object?> arguments)
    {
        if (arguments is not [var given] || !RunResults.TryParse(ScriptValues.ToText(given), out var other))
        {
            throw Failures.IllegalArgument($"{method} expects one of SUCCESS, UNSTABLE, FAILURE, NOT_BUILT, ABORTED.");
        }

        return method == "resultIsBetterOrEqualTo" ? result <= other : result >= other;
    }
}
