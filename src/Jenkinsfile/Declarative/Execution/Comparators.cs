using System.Text;
using System.Text.RegularExpressions;
using Slipway.Jenkinsfile.Execution;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>How <c>branch</c>, <c>tag</c> and <c>changeRequest</c> compare.</summary>
internal static class Comparators
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(2);

    /// <param name="caseSensitive">Null for what each way of comparing does where nothing is said: globs alone ignore case.</param>
    /// <exception cref="Groovy.Runtime.GroovyException">The pattern is no regular expression, or matching it takes too long.</exception>
    public static bool Matches(string comparator, string pattern, string actual, bool? caseSensitive = null) => comparator switch
    {
        "EQUALS" => string.Equals(actual, pattern, caseSensitive == false ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal),
        "REGEXP" => MatchesRegex(pattern, actual, caseSensitive == false ? RegexOptions.IgnoreCase : RegexOptions.None),
        _ => Regex.IsMatch(actual.Replace('\\', '/'), GlobToRegex(pattern.Replace('\\', '/')), caseSensitive == true ? RegexOptions.None : RegexOptions.IgnoreCase, LongestMatch),
    };

    /// <summary>Whether the expression matches all of the text.</summary>
    public static bool MatchesRegex(string pattern, string actual, RegexOptions options)
    {
        try
        {
            return Regex.IsMatch(actual, $@"\A(?:{pattern})\z", options, LongestMatch);
        }
        catch (RegexMatchTimeoutException)
        {
            throw Failures.IllegalArgument($"The pattern '{pattern}' took longer than {LongestMatch.TotalSeconds:0} s to match. Write it so that it backtracks less.");
        }
        catch (ArgumentException fault)
        {
            throw Failures.IllegalArgument($"The pattern '{pattern}' is not a regular expression: {fault.Message}");
        }
    }

    /// <summary>Ant's patterns: <c>?</c> is one character, <c>*</c> any of one path element, <c>**</c> any number of elements.</summary>
    private static string GlobToRegex(string pattern)
    {
        if (pattern.EndsWith('/'))
        {
            pattern += "**";
        }

        var elements = pattern.Split('/');
        var regex = new StringBuilder(@"\A");
        for (var i = 0; i < elements.Length; i++)
        {
            var isLast = i == elements.Length - 1;
            if (elements[i] == "**")
            {
                regex.Append(isLast ? ".*" : "(?:[^/]+/)*");
                continue;
            }

            regex.Append(Regex.Escape(elements[i]).Replace(@"\*", "[^/]*").Replace(@"\?", "[^/]"));
            if (!isLast)
            {
                // `a/**` matches `a` itself too.
                regex.Append(i == elements.Length - 2 && elements[^1] == "**" ? "(?:/|\\z)" : "/");
            }
        }

        return regex.Append(@"\z").ToString();
    }
}
