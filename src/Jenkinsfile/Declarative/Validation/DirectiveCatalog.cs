using static Slipway.Jenkinsfile.Declarative.Validation.ArgumentType;

namespace Slipway.Jenkinsfile.Declarative.Validation;

/// <summary>Options, triggers, parameters and tools that a Declarative pipeline can name.</summary>
internal static class DirectiveCatalog
{
    private static readonly string[] TimeUnits = ["NANOSECONDS", "MICROSECONDS", "MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS"];

    /// <summary>Options that stand on a stage as well as on the pipeline.</summary>
    private static readonly CallSpec[] Anywhere =
    [
        Spec("ansiColor", ["colorMapName"], new ArgumentSpec("colorMapName", Text)),
        Spec("catchError", [],
            new("message", Text), new("buildResult", Text), new("stageResult", Text), new("catchInterruptions", ArgumentType.Boolean)),
        Spec("lock", ["resource"],
            new("resource", Text), new("label", Text), new("quantity", Integer), new("variable", Text), new("inversePrecedence", ArgumentType.Boolean),
            new("skipIfLocked", ArgumentType.Boolean), new("extra", Any), new("priority", Integer), new("resourceSelectStrategy", Text)),
        Spec("retry", ["count"], new ArgumentSpec("count", Integer, IsRequired: true), new ArgumentSpec("conditions", Any)),
        Spec("skipDefaultCheckout", ["skipDefaultCheckout"], new ArgumentSpec("skipDefaultCheckout", ArgumentType.Boolean)),
        Spec("timeout", ["time"],
            new("time", Integer, IsRequired: true), new("unit", Text, Allowed: TimeUnits), new("activity", ArgumentType.Boolean)),
        Spec("timestamps", []),
        Spec("warnError", ["message"], new ArgumentSpec("message", Text, IsRequired: true), new ArgumentSpec("catchInterruptions", ArgumentType.Boolean)),
        Spec("withCredentials", ["bindings"], new ArgumentSpec("bindings", Any, IsRequired: true)),
        Spec("withEnv", ["overrides"], new ArgumentSpec("overrides", Any, IsRequired: true)),
        Open("withAWS"), Open("withFolderProperties"), Open("withSonarQubeEnv"), Open("wrap"),
    ];

    /// <summary>Options of the pipeline alone: properties of the job, and rules for all stages.</summary>
    private static readonly CallSpec[] PipelineOnly =
    [
        Open("authorizationMatrix"),
        Spec("buildDiscarder", ["strategy"], new ArgumentSpec("strategy", Any, IsRequired: true)),
        Spec("checkoutToSubdirectory", ["subdirectory"], new ArgumentSpec("subdirectory", Text, IsRequired: true)),
        Spec("copyArtifactPermission", ["projectNames"], new ArgumentSpec("projectNames", Text, IsRequired: true)),
        Spec("disableConcurrentBuilds", [], new ArgumentSpec("abortPrevious", ArgumentType.Boolean)),
        Spec("disableRestartFromStage", []),
        Spec("disableResume", []),
        Spec("durabilityHint", ["hint"],
            new ArgumentSpec("hint", Text, IsRequired: true, Allowed: ["PERFORMANCE_OPTIMIZED", "SURVIVABLE_NONATOMIC", "MAX_SURVIVABILITY"])),
        Open("buildBlocker"), Open("gitLabConnection"), Open("githubProjectProperty"), Open("office365ConnectorWebhooks"), Open("throttleJobProperty"),
        Spec("newContainerPerStage", []),
        Open("overrideIndexTriggers"),
        Spec("parallelsAlwaysFailFast", []),
        Spec("preserveStashes", ["buildCount"], new ArgumentSpec("buildCount", Integer)),
        Spec("quietPeriod", ["quietPeriod"], new ArgumentSpec("quietPeriod", Integer, IsRequired: true)),
        Spec("rateLimitBuilds", ["throttle"], new ArgumentSpec("throttle", Any, IsRequired: true)),
        Spec("skipStagesAfterUnstable", []),
    ];

    public static SpecSet PipelineOptions { get; } = new(Anywhere.Concat(PipelineOnly));

    public static SpecSet StageOptions { get; } = new(Anywhere);

    public static SpecSet Parameters { get; } = new(
    [
        Parameter("booleanParam", new ArgumentSpec("defaultValue", ArgumentType.Boolean)),
        Parameter("choice", new ArgumentSpec("choices", Any)),
        Parameter("password", new ArgumentSpec("defaultValue", Text), new ArgumentSpec("defaultValueAsSecret", Any)),
        Parameter("string", new ArgumentSpec("defaultValue", Text), new ArgumentSpec("trim", ArgumentType.Boolean)),
        Parameter("text", new ArgumentSpec("defaultValue", Text), new ArgumentSpec("trim", ArgumentType.Boolean)),
        Parameter("credentials", new ArgumentSpec("defaultValue", Text), new ArgumentSpec("credentialType", Text), new ArgumentSpec("required", ArgumentType.Boolean)),
        Parameter("file"),
        Parameter("run", new ArgumentSpec("projectName", Text), new ArgumentSpec("filter", Any)),
        Open("activeChoice"), Open("extendedChoice"), Open("gitParameter"), Open("imageTag"), Open("reactiveChoice"), Open("separator"),
        Open("listGitBranches"), Open("validatingString"), Open("base64File"), Open("stashedFile"), Open("hidden"),
    ]);

    public static SpecSet Triggers { get; } = new(
    [
        Spec("cron", ["spec"], new ArgumentSpec("spec", Text, IsRequired: true)),
        Spec("pollSCM", ["scmpoll_spec"], new ArgumentSpec("scmpoll_spec", Text, IsRequired: true), new ArgumentSpec("ignorePostCommitHooks", ArgumentType.Boolean)),
        Spec("upstream", ["upstreamProjects"], new ArgumentSpec("upstreamProjects", Text, IsRequired: true), new ArgumentSpec("threshold", Any)),
        Spec("githubPush", []),
        Open("GenericTrigger"), Open("bitbucketPush"), Open("gerrit"), Open("gitlab"), Open("issueCommentTrigger"), Open("parameterizedCron"), Open("giteaPush"),
        Open("pullRequestReview"), Open("urlTrigger"), Open("dockerHub"), Open("snapshotDependencies"), Open("artifactoryTrigger"), Open("ciBuildTrigger"),
    ]);

    public static IReadOnlyCollection<string> Tools { get; } =
        ["ant", "git", "go", "gradle", "groovy", "jdk", "maven", "msbuild", "nodejs", "sbt", "terraform", "dockerTool", "allure", "dotnetsdk", "python", "xcode"];

    /// <summary>Values that are themselves written as calls.</summary>
    public static SpecSet Nested { get; } = new(
    [
        Spec("logRotator", ["daysToKeepStr", "numToKeepStr", "artifactDaysToKeepStr", "artifactNumToKeepStr"],
            new("daysToKeepStr", Text), new("numToKeepStr", Text), new("artifactDaysToKeepStr", Text), new("artifactNumToKeepStr", Text), new("removeLastBuild", ArgumentType.Boolean)),
    ]);

    private static CallSpec Spec(string name, string[] positional, params ArgumentSpec[] arguments) => new(name, arguments, positional);

    private static CallSpec Parameter(string name, params ArgumentSpec[] own) =>
        Spec(name, ["name"], [new("name", Text, IsRequired: true), .. own, new("description", Text)]);

    /// <summary>A name whose arguments are not known here.</summary>
    private static CallSpec Open(string name) => new(name, [], []) { IsOpen = true };
}
