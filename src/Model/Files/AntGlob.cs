namespace Slipway.Model;

/// <summary>
/// A file pattern in Ant's language, as Jenkins' steps take it: <c>?</c> is one character, <c>*</c> any within a name, <c>**</c> any number of directories; a pattern that ends
/// with <c>/</c> means everything below. Paths and patterns are relative and use <c>/</c> (a <c>\</c> in a pattern is read as one). Immutable.
/// </summary>
public sealed class AntGlob
{
    private readonly string[] _segments;
    private readonly bool _ignoreCase;

    private AntGlob(string[] segments, bool ignoreCase)
    {
        _segments = segments;
        _ignoreCase = ignoreCase;
    }

    /// <summary>What Ant leaves out unless told otherwise: version control's own files and editors' left-overs.</summary>
    public static IReadOnlyList<string> DefaultExcludes { get; } =
    [
        "**/*~", "**/#*#", "**/.#*", "**/%*%", "**/._*",
        "**/CVS", "**/CVS/**", "**/.cvsignore", "**/SCCS", "**/SCCS/**", "**/vssver.scc",
        "**/.svn", "**/.svn/**", "**/.DS_Store",
        "**/.git", "**/.git/**", "**/.gitattributes", "**/.gitignore", "**/.gitmodules",
        "**/.hg", "**/.hg/**", "**/.hgignore", "**/.hgsub", "**/.hgsubstate", "**/.hgtags",
        "**/.bzr", "**/.bzr/**", "**/.bzrignore",
    ];

    public static AntGlob Parse(string pattern, bool ignoreCase = false)
    {
        var text = pattern.Trim().Replace('\\', '/');
        if (text.EndsWith('/'))
        {
            text += "**";
        }

        var segments = new List<string>();
        foreach (var segment in text.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            // "./a" is "a", and "**/**" is "**": fewer segments, same meaning.
            if (segment != "." && !(segment == "**" && segments.Count > 0 && segments[^1] == "**"))
            {
                segments.Add(segment);
            }
        }

        return new AntGlob([.. segments], ignoreCase);
    }

    /// <summary>Splits what users write in one text: patterns separated by commas (spaces around them do not count).</summary>
    public static IReadOnlyList<string> SplitPatterns(string? patterns) =>
        patterns is null ? [] : patterns.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Whether a path such as <c>target/app.jar</c> is meant.</summary>
    public bool IsMatch(string path) => Match(Segments(path), whole: true);

    /// <summary>Whether something below this directory may be meant; a walk leaves the others out.</summary>
    public bool MayMatchBelow(string directory) => Match(Segments(directory), whole: false);

    private static string[] Segments(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Linear in the path for each <c>**</c>: on a mismatch only the last <c>**</c> takes one segment more, for an earlier one could not do better.</summary>
    private bool Match(string[] path, bool whole)
    {
        var pattern = 0;
        var position = 0;
        var resumePattern = -1;
        var resumePosition = 0;
        while (position < path.Length)
        {
            if (pattern < _segments.Length && _segments[pattern] == "**")
            {
                resumePattern = ++pattern;
                resumePosition = position;
            }
            else if (pattern < _segments.Length && MatchName(_segments[pattern], path[position]))
            {
                pattern++;
                position++;
            }
            else if (resumePattern >= 0)
            {
                pattern = resumePattern;
                position = ++resumePosition;
            }
            else
            {
                return false;
            }
        }

        if (!whole)
        {
            return pattern < _segments.Length || resumePattern >= 0;
        }

        while (pattern < _segments.Length && _segments[pattern] == "**")
        {
            pattern++;
        }

        return pattern == _segments.Length;
    }

    private bool MatchName(string pattern, string name)
    {
        var at = 0;
        var position = 0;
        var star = -1;
        var resume = 0;
        while (position < name.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                star = ++at;
                resume = position;
            }
            else if (at < pattern.Length && (pattern[at] == '?' || SameCharacter(pattern[at], name[position])))
            {
                at++;
                position++;
            }
            else if (star >= 0)
            {
                at = star;
                position = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (at < pattern.Length && pattern[at] == '*')
        {
            at++;
        }

        return at == pattern.Length;
    }

    private bool SameCharacter(char one, char other) => one == other || (_ignoreCase && char.ToUpperInvariant(one) == char.ToUpperInvariant(other));

    public override string ToString() => string.Join('/', _segments);
}
