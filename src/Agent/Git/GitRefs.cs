using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Agent.Git;

/// <summary>A ref of a fetched repository. <paramref name="Commit"/> is what it stands for in the end (an annotated tag's commit).</summary>
internal sealed record GitRef(string Name, string Commit);

/// <summary>Finds what Jenkins' branch specifiers mean: a choice among refs, without any effect.</summary>
internal static class GitRefs
{
    private const string Remote = "refs/remotes/origin/";
    private const string Tags = "refs/tags/";

    /// <param name="refs">In order of preference for patterns that fit several: newest first.</param>
    public static GitRef? Resolve(string specifier, IReadOnlyList<GitRef> refs)
    {
        if (specifier.StartsWith(':'))
        {
            var regex = new Regex(specifier[1..], RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return refs.FirstOrDefault(candidate => Names(candidate.Name).Any(name => IsWhole(regex.Match(name), name)));
        }

        if (specifier.Contains('*', StringComparison.Ordinal))
        {
            var pattern = new Regex(ToRegex(specifier), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return refs.Where(candidate => candidate.Name.StartsWith(Remote, StringComparison.Ordinal))
                .Concat(refs.Where(candidate => candidate.Name.StartsWith(Tags, StringComparison.Ordinal)))
                .FirstOrDefault(candidate => Names(candidate.Name).Any(pattern.IsMatch));
        }

        string[] candidates =
        [
            Remote + specifier,
            Remote + WithoutPrefix(specifier, "refs/heads/"),
            Remote + WithoutPrefix(WithoutPrefix(WithoutPrefix(specifier, "refs/"), "remotes/"), "origin/"),
            Tags + specifier,
            Tags + WithoutPrefix(WithoutPrefix(specifier, "refs/"), "tags/"),
        ];
        return candidates.Select(name => refs.FirstOrDefault(candidate => candidate.Name == name)).FirstOrDefault(found => found is not null);
    }

    /// <summary>What <c>GIT_BRANCH</c> says of a ref.</summary>
    public static string BranchName(string refName) =>
        refName.StartsWith("refs/remotes/", StringComparison.Ordinal) ? refName["refs/remotes/".Length..]
        : WithoutPrefix(refName, Tags);

    public static bool IsCommit(string text) => text.Length is >= 7 and <= 64 && text.All(char.IsAsciiHexDigit);

    /// <summary>The names under which a specifier may know a ref.</summary>
    private static IEnumerable<string> Names(string refName)
    {
        if (refName.StartsWith(Remote, StringComparison.Ordinal))
        {
            var branch = refName[Remote.Length..];
            return [$"origin/{branch}", branch, refName, $"refs/heads/{branch}", $"remotes/origin/{branch}"];
        }

        return [refName, WithoutPrefix(refName, Tags), $"tags/{WithoutPrefix(refName, Tags)}"];
    }

    /// <summary><c>*</c> stays within a segment, <c>**</c> does not.</summary>
    private static string ToRegex(string specifier)
    {
        var regex = new StringBuilder("^");
        for (var index = 0; index < specifier.Length; index++)
        {
            if (specifier[index] != '*')
            {
                regex.Append(Regex.Escape(specifier[index].ToString()));
            }
            else if (index + 1 < specifier.Length && specifier[index + 1] == '*')
            {
                regex.Append(".*");
                index++;
            }
            else
            {
                regex.Append("[^/]*");
            }
        }

        return regex.Append('$').ToString();
    }

    private static bool IsWhole(Match match, string name) => match.Success && match.Length == name.Length;

    private static string WithoutPrefix(string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;
}
