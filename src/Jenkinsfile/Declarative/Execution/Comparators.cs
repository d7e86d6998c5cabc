using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>How <c>branch</c>, <c>tag</c> and <c>changeRequest</c> compare.</summary>
internal static class Comparators
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(2);

    public static bool Matches(string comparator, string pattern, string actual) => comparator switch
    {
        "EQUALS" => actual == pattern,
        "REGEXP" => Regex.IsMatch(actual, $@"\A(?:{pattern})\z", RegexOptions.None, LongestMatch),
        _ => Regex.IsMatch(actual.Replace('\\', '/'), GlobToRegex(pattern.Replace('\\', '/')), RegexOptions.IgnoreCase, LongestMatch),
    };

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
