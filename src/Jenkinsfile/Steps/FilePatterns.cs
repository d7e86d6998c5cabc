namespace Slipway.Jenkinsfile.Steps;

/// <summary>Ant patterns as steps take them: separated by commas.</summary>
internal static class FilePatterns
{
    public static IReadOnlyList<string> Split(string? patterns) =>
        patterns is null ? [] : patterns.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
