using System.Text;

namespace Slipway.Jenkinsfile.Execution.Variables;

/// <summary>How a set of variables is laid over an environment, by Jenkins' rules (<c>EnvVars.overrideExpandingAll</c>).</summary>
internal static class EnvironmentOverlay
{
    /// <summary>
    /// Applies <paramref name="overlay"/> to <paramref name="environment"/>: a value may refer to variables (<c>$X</c>, <c>${X}</c>), also to those of the same overlay in any order;
    /// <c>NAME+ANYTHING</c> puts its value before that of NAME, with a path separator; null or empty removes the variable.
    /// </summary>
    public static void Apply(IDictionary<string, string> environment, IReadOnlyDictionary<string, string?> overlay)
    {
        foreach (var name in InOrderOfReference(overlay))
        {
            var value = overlay[name];
            Override(environment, name, value is null ? null : Expand(value, n => environment.TryGetValue(n, out var found) ? found : null));
        }
    }

    /// <summary>Replaces <c>$X</c> and <c>${X}</c>; unknown ones stay as they are written, <c>$$</c> is a dollar.</summary>
    public static string Expand(string text, Func<string, string?> lookup)
    {
        if (!text.Contains('$'))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] != '$' || at + 1 == text.Length)
            {
                result.Append(text[at++]);
                continue;
            }

            if (text[at + 1] == '$')
            {
                result.Append('$');
                at += 2;
                continue;
            }

            var (name, end) = ReadReference(text, at);
            result.Append(name is not null && lookup(name) is { } value ? value : text[at..end]);
            at = end;
        }

        return result.ToString();
    }

    /// <summary>The reference that begins with the dollar at <paramref name="at"/>: its name, or null where it is none, and where it ends.</summary>
    private static (string? Name, int End) ReadReference(string text, int at)
    {
        if (text[at + 1] == '{')
        {
            var close = text.IndexOf('}', at);
            return close < 0 ? (null, at + 1) : (text[(at + 2)..close], close + 1);
        }

        var end = at + 1;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        return end == at + 1 ? (null, end) : (text[(at + 1)..end], end);
    }

    private static void Override(IDictionary<string, string> environment, string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            environment.Remove(name);
            return;
        }

        var plus = name.IndexOf('+');
        if (plus > 0)
        {
            var target = name[..plus];
            environment[target] = environment.TryGetValue(target, out var rest) ? $"{value}:{rest}" : value;
            return;
        }

        environment[name] = value;
    }

    /// <summary>Names such that what a value refers to comes before it; a variable that refers to itself or in a circle sees what was there before.</summary>
    private static List<string> InOrderOfReference(IReadOnlyDictionary<string, string?> overlay)
    {
        var ordered = new List<string>(overlay.Count);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in overlay.Keys)
        {
            Visit(name);
        }

        return ordered;

        void Visit(string name)
        {
            if (!seen.Add(name))
            {
                return;
            }

            if (overlay[name] is { } value && value.Contains('$'))
            {
                Expand(value, reference =>
                {
                    foreach (var other in overlay.Keys)
                    {
                        if (other != name && (other == reference || other.StartsWith(reference + "+", StringComparison.Ordinal)))
                        {
                            Visit(other);
                        }
                    }

                    return null;
                });
            }

            ordered.Add(name);
        }
    }
}
