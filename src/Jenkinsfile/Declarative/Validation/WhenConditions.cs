using static Slipway.Jenkinsfile.Declarative.Validation.ArgumentType;

namespace Slipway.Jenkinsfile.Declarative.Validation;

internal enum WhenNesting
{
    None,
    Code,
    AtLeastOne,
    ExactlyOne,
}

internal sealed record WhenConditionSpec(string Name, WhenNesting Nesting, CallSpec Arguments);

internal static class WhenConditions
{
    private static readonly string[] Comparators = ["GLOB", "REGEXP", "EQUALS"];

    private static readonly WhenConditionSpec[] All =
    [
        Group("allOf", WhenNesting.AtLeastOne),
        Group("anyOf", WhenNesting.AtLeastOne),
        Plain("branch", ["pattern"], new("pattern", Text, IsRequired: true), new("comparator", Text, Allowed: Comparators)),
        Plain("buildingTag", []),
        Plain("changeRequest", [],
            new("id", Text), new("target", Text), new("branch", Text), new("fork", Text), new("url", Text), new("title", Text), new("author", Text),
            new("authorDisplayName", Text), new("authorEmail", Text), new("comparator", Text, Allowed: Comparators)),
        Plain("changelog", ["pattern"], new("pattern", Text, IsRequired: true), new("comparator", Text, Allowed: Comparators)),
        Plain("changeset", ["pattern"],
            new("pattern", Text), new("comparator", Text, Allowed: Comparators), new("caseSensitive", ArgumentType.Boolean), new("glob", Text)),
        Plain("environment", [], new("name", Text, IsRequired: true), new("value", Text, IsRequired: true), new("ignoreCase", ArgumentType.Boolean)),
        Plain("equals", [], new("actual", Any, IsRequired: true), new("expected", Any, IsRequired: true)),
        Group("expression", WhenNesting.Code),
        Plain("isRestartedRun", []),
        Group("not", WhenNesting.ExactlyOne),
        Plain("tag", ["pattern"], new("pattern", Text), new("comparator", Text, Allowed: Comparators)),
        Plain("triggeredBy", ["type"], new("type", Text), new("cause", Text), new("detail", Text)),
    ];

    public static IReadOnlyCollection<string> Names { get; } = [.. All.Select(c => c.Name)];

    public static WhenConditionSpec? Find(string name) => Array.Find(All, c => c.Name == name);

    private static WhenConditionSpec Group(string name, WhenNesting nesting) => new(name, nesting, new CallSpec(name, [], []));

    private static WhenConditionSpec Plain(string name, string[] positional, params ArgumentSpec[] arguments) =>
        new(name, WhenNesting.None, new CallSpec(name, arguments, positional));
}
