using System.Text.RegularExpressions;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps;
using Slipway.Model;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>Decides whether the conditions of <c>when</c> hold; all of them have to, and what is decided already is not evaluated.</summary>
internal sealed class WhenEvaluation(PipelineCode code)
{
    private static readonly (string Argument, string Variable)[] ChangeRequestFacts =
    [
        ("id", "CHANGE_ID"), ("target", "CHANGE_TARGET"), ("branch", "CHANGE_BRANCH"), ("fork", "CHANGE_FORK"), ("url", "CHANGE_URL"), ("title", "CHANGE_TITLE"),
        ("author", "CHANGE_AUTHOR"), ("authorDisplayName", "CHANGE_AUTHOR_DISPLAY_NAME"), ("authorEmail", "CHANGE_AUTHOR_EMAIL"),
    ];

    public Task<bool> HoldsAsync(StepContext context, WhenSection when) => AllAsync(context, when.Conditions);

    private async Task<bool> AllAsync(StepContext context, IReadOnlyList<WhenCondition> conditions)
    {
        foreach (var condition in conditions)
        {
            if (!await HoldsAsync(context, condition))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> AnyAsync(StepContext context, IReadOnlyList<WhenCondition> conditions)
    {
        foreach (var condition in conditions)
        {
            if (await HoldsAsync(context, condition))
            {
                return true;
            }
        }

        return false;
    }

    private async Task<bool> HoldsAsync(StepContext context, WhenCondition condition) => condition.Name switch
    {
        "allOf" => await AllAsync(context, condition.Children),
        "anyOf" => await AnyAsync(context, condition.Children),
        "not" => !await HoldsAsync(context, condition.Children[0]),
        "expression" or "equals" => await code.RunAsync(context, condition) is true,
        "environment" => await EnvironmentAsync(context, condition),
        "branch" => await MatchesAsync(context, condition, BranchNames(context)),
        "tag" => await MatchesAsync(context, condition, [Read(context, "TAG_NAME")]),
        "buildingTag" => !string.IsNullOrEmpty(Read(context, "TAG_NAME")),
        "changeRequest" => await ChangeRequestAsync(context, condition),
        "triggeredBy" => await TriggeredByAsync(context, condition),
        "isRestartedRun" => false,
        "changelog" => await ChangelogAsync(context, condition),
        "changeset" => await ChangesetAsync(context, condition),
        _ => throw Failures.Unsupported($"The condition \"{condition.Name}\" is not supported by this version."),
    };

    private async Task<bool> EnvironmentAsync(StepContext context, WhenCondition condition)
    {
        var name = await TextAsync(context, condition, "name");
        var value = await TextAsync(context, condition, "value");
        var ignoreCase = condition.Argument("ignoreCase") is { } argument && await code.ValueAsync(context, argument) is true;
        return string.Equals(Read(context, name ?? "") ?? "", value ?? "", ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
    }

    /// <summary>What the branch is called: by a multibranch project, or else by the checkout, with and without the name of its remote.</summary>
    private static IEnumerable<string?> BranchNames(StepContext context)
    {
        if (Read(context, "BRANCH_NAME") is { Length: > 0 } name)
        {
            return [name];
        }

        var checkedOut = Read(context, "GIT_BRANCH");
        return [Read(context, "GIT_LOCAL_BRANCH"), checkedOut, checkedOut?[(checkedOut.IndexOf('/') + 1)..]];
    }

    private async Task<bool> MatchesAsync(StepContext context, WhenCondition condition, IEnumerable<string?> names)
    {
        var pattern = await TextAsync(context, condition, "pattern", single: "pattern");
        var comparator = await TextAsync(context, condition, "comparator") ?? "GLOB";
        return names.Any(n => !string.IsNullOrEmpty(n) && (pattern is null || Comparators.Matches(comparator, pattern, n)));
    }

    private async Task<bool> ChangeRequestAsync(StepContext context, WhenCondition condition)
    {
        if (string.IsNullOrEmpty(Read(context, "CHANGE_ID")))
        {
            return false;
        }

        var comparator = await TextAsync(context, condition, "comparator") ?? "EQUALS";
        foreach (var (argument, variable) in ChangeRequestFacts)
        {
            if (await TextAsync(context, condition, argument) is { } wanted && !Comparators.Matches(comparator, wanted, Read(context, variable) ?? ""))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the title of a commit matches, or its whole message with lines of its own.</summary>
    private async Task<bool> ChangelogAsync(StepContext context, WhenCondition condition)
    {
        var pattern = await TextAsync(context, condition, "pattern", single: "pattern") ?? "";
        return await AnyChangeAsync(context, change =>
            Comparators.MatchesRegex(pattern, change.Title, RegexOptions.None) || Comparators.MatchesRegex(pattern, change.Message + "\n", RegexOptions.Multiline | RegexOptions.Singleline));
    }

    private async Task<bool> ChangesetAsync(StepContext context, WhenCondition condition)
    {
        var pattern = await TextAsync(context, condition, "pattern", single: "pattern") ?? await TextAsync(context, condition, "glob") ?? "";
        var comparator = await TextAsync(context, condition, "comparator") ?? "GLOB";
        var isCaseSensitive = condition.Argument("caseSensitive") is { } argument && await code.ValueAsync(context, argument) is true;
        return await AnyChangeAsync(context, change => change.Paths.Any(path => Comparators.Matches(comparator, pattern, path, isCaseSensitive)));
    }

    /// <summary>The commits are those that this run's checkouts have brought so far. They stand in its journal, so that a replay decides alike.</summary>
    private static async Task<bool> AnyChangeAsync(StepContext context, Func<ChangeEntry, bool> matches)
    {
        var sets = context.Run.State.ChangeSets;
        if (sets.Count == 0)
        {
            var why = context.Run.Program.Number <= 1 ? "Probably because this is the first build." : "Have you run checkout?";
            await context.CallStepAsync("echo", new Dictionary<string, object?> { ["message"] = "Warning, empty changelog. " + why });
            return false;
        }

        if (sets.Any(set => set.Any(matches)))
        {
            return true;
        }

        if (sets.Any(set => set.Sum(change => change.Paths.Count) >= GitCheckedOut.MostPaths))
        {
            await context.CallStepAsync("echo", new Dictionary<string, object?> { ["message"] = $"Warning, so many files have changed that only the first {GitCheckedOut.MostPaths} were looked at." });
        }

        return false;
    }

    private async Task<bool> TriggeredByAsync(StepContext context, WhenCondition condition)
    {
        var type = await TextAsync(context, condition, "cause") ?? await TextAsync(context, condition, "type", single: "type");
        var detail = await TextAsync(context, condition, "detail");
        return type is not null && context.Run.Program.Causes.Any(c => CauseNames(c).Contains(type, StringComparer.OrdinalIgnoreCase) && (detail is null || HasDetail(c, detail)));
    }

    /// <summary>The names that Jenkins gives to a cause.</summary>
    private static string[] CauseNames(RunCause cause) => cause switch
    {
        UserCause => ["UserIdCause", "hudson.model.Cause$UserIdCause"],
        RemoteCause => ["RemoteCause", "hudson.model.Cause$RemoteCause"],
        UpstreamCause => ["UpstreamCause", "BuildUpstreamCause", "hudson.model.Cause$UpstreamCause", "org.jenkinsci.plugins.workflow.support.steps.build.BuildUpstreamCause"],
        _ => [],
    };

    private static bool HasDetail(RunCause cause, string detail) => cause is UserCause user
        ? string.Equals(user.UserId, detail, StringComparison.OrdinalIgnoreCase) || string.Equals(user.UserName, detail, StringComparison.OrdinalIgnoreCase)
        : cause.Description.Contains(detail, StringComparison.OrdinalIgnoreCase);

    private Task<string?> TextAsync(StepContext context, WhenCondition condition, string name, string? single = null) =>
        code.OptionalTextAsync(context, condition.Argument(name, single));

    private static string? Read(StepContext context, string name) => context.Run.Environment.Read(context, name);
}
