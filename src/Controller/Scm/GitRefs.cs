using System.Text.RegularExpressions;

namespace Slipway.Controller.Scm;

/// <summary>A ref that a repository offers.</summary>
public sealed record GitRef(string Name, string Commit);

/// <summary>Which ref a branch specification means, by the git plugin's rules for <c>BranchSpec</c>.</summary>
public static class GitRefs
{
    /// <summary>The first specification that names something wins; of several branches that a pattern matches, the first by name.</summary>
    /// <param name="refs">As <c>git ls-remote</c> lists them; <c>HEAD</c> among them where the repository has one.</param>
    /// <param name="head">The branch that HEAD stands for, so that a run of "whatever is the default" is of a branch with a name.</param>
    public static GitRef? Choose(IReadOnlyList<string> specifications, IReadOnlyList<GitRef> refs, string? head)
    {
        foreach (var specification in specifications)
        {
            if (Find(specification.Trim(), refs, head) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static GitRef? Find(string specification, IReadOnlyList<GitRef> refs, string? head)
    {
        if (specification is "" or "**" or "*")
        {
            return refs.FirstOrDefault(r => r.Name == head) ?? refs.FirstOrDefault(r => r.Name == "HEAD") ?? refs.Where(r => r.Name.StartsWith("refs/heads/", StringComparison.Ordinal)).MinBy(r => r.Name, StringComparer.Ordinal);
        }

        if (IsCommit(specification))
        {
            return refs.FirstOrDefault(r => r.Commit == specification) ?? new GitRef(specification, specification);
        }

        var plain = specification;
        foreach (var remote in (string[])["refs/remotes/origin/", "remotes/origin/", "origin/", "*/"])
        {
            if (plain.StartsWith(remote, StringComparison.Ordinal))
            {
                plain = plain[remote.Length..];
                break;
            }
        }

        string[] exact = [plain, $"refs/heads/{plain}", $"refs/tags/{plain}^{{}}", $"refs/tags/{plain}"];
        foreach (var name in exact)
        {
            if (refs.FirstOrDefault(r => r.Name == name) is { } found)
            {
                return found with { Name = found.Name.Replace("^{}", "", StringComparison.Ordinal) };
            }
        }

        if (!plain.Contains('*'))
        {
            return null;
        }

        var pattern = new Regex("^refs/heads/" + Regex.Escape(plain).Replace(@"\*\*", ".*").Replace(@"\*", "[^/]*") + "$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        return refs.Where(r => pattern.IsMatch(r.Name)).MinBy(r => r.Name, StringComparer.Ordinal);
    }

    private static bool IsCommit(string text) => text.Length is 40 or 64 && text.All(char.IsAsciiHexDigitLower);
}
