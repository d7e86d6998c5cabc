namespace Slipway.Jenkinsfile.Declarative.Model;

/// <summary>The closed sets of names in the Declarative language itself, in the order in which Jenkins lists them.</summary>
public static class DeclarativeNames
{
    public static IReadOnlyList<string> PipelineSections { get; } =
        ["agent", "environment", "libraries", "options", "parameters", "post", "stages", "tools", "triggers"];

    public static IReadOnlyList<string> StageSections { get; } =
        ["agent", "environment", "failFast", "input", "matrix", "options", "parallel", "post", "stages", "steps", "tools", "when"];

    public static IReadOnlyList<string> MatrixSections { get; } =
        ["agent", "axes", "environment", "excludes", "input", "options", "post", "stages", "tools", "when"];

    /// <summary>Conditions of <c>post</c>; the order is the one in which they run.</summary>
    public static IReadOnlyList<string> PostConditions { get; } =
        ["always", "changed", "fixed", "regression", "aborted", "success", "unsuccessful", "unstable", "failure", "notBuilt", "cleanup"];

    public static IReadOnlyList<string> InputFields { get; } =
        ["id", "message", "ok", "parameters", "submitter", "submitterParameter"];
}
