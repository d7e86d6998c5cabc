namespace Slipway.Groovy.Tests.Parsing;

/// <summary>Real scripts of public projects. They are read in place and are no part of this repository; where they are absent, tests are skipped.</summary>
internal static class Corpus
{
    public const string AbsentReason = "No corpus: it is looked for in ../shared/corpus beside the checkout, or where SLIPWAY_CORPUS points.";

    public static string? Root { get; } = Find();

    public static IReadOnlyList<string> Scripts { get; } = Root is null
        ? []
        : [.. Directory.EnumerateFiles(Root, "*.groovy", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SLIPWAY_CORPUS") is { Length: > 0 } set)
        {
            return Directory.Exists(set) ? set : null;
        }

        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "shared", "corpus");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
