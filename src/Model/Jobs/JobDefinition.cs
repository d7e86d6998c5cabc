namespace Slipway.Model;

/// <summary>What a job or folder is, read from its <c>config.xml</c>. The XML stays the user's text; this is what the controller works with.</summary>
/// <param name="Script">Null for a folder.</param>
/// <param name="Parameters">As the configuration declares them; a pipeline that declares its own replaces them from its next run on.</param>
/// <param name="QuietPeriod">How long a triggered run waits at least; null is the server's default.</param>
public sealed record JobDefinition(
    ItemKind Kind,
    string? DisplayName,
    string? Description,
    bool IsEnabled,
    ScriptSource? Script,
    IReadOnlyList<ParameterDefinition> Parameters,
    bool DisallowsConcurrentRuns,
    bool AbortsPrevious,
    BuildRetention? Retention,
    TimeSpan? QuietPeriod);

public enum ItemKind
{
    Folder,
    Pipeline,
}

/// <summary>Where a pipeline's script comes from.</summary>
[System.Text.Json.Serialization.JsonPolymorphic(TypeDiscriminatorPropertyName = "source")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(InlineScript), "inline")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(ScmScript), "scm")]
public abstract record ScriptSource;

public sealed record InlineScript(string Text) : ScriptSource;

/// <param name="Path">Path of the Jenkinsfile in the repository, with forward slashes.</param>
/// <param name="Refs">Branch patterns as Jenkins writes them (<c>*/main</c>); the first that matches is taken.</param>
public sealed record ScmScript(string Url, IReadOnlyList<string> Refs, string? CredentialsId, string Path) : ScriptSource;

/// <summary>How many runs, and whose artifacts, are kept; null means without limit.</summary>
public sealed record BuildRetention(int? DaysToKeep, int? NumberToKeep, int? ArtifactDaysToKeep, int? ArtifactNumberToKeep);
