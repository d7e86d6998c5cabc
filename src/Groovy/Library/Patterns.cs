using System.Text;
using System.Text.RegularExpressions;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.util.regex.Pattern: Java's expression, run by .NET's engine with a limit on its time.</summary>
internal sealed class PatternValue : ILibraryValue
{
    private const int CacheSize = 256;

    private static readonly Dictionary<(string, int, TimeSpan), PatternValue> Cache = [];
    private static readonly Lock CacheLock = new();

    private readonly Dictionary<string, int> _groupNames;
    private Regex? _whole;
    private readonly string _translated;
    private readonly RegexOptions _options;
    private readonly TimeSpan _timeout;

    private PatternValue(string source, int flags, TimeSpan timeout)
    {
        Source = source;
        Flags = flags;
        _timeout = timeout;
        (_translated, _groupNames) = JavaRegex.Translate(source, flags);
        _options = JavaRegex.Options(flags);
        try
        {
            Regex = new Regex(_translated, _options, timeout);
        }
        catch (ArgumentException e)
        {
            throw Throw.New("java.util.regex.PatternSyntaxException", $"{e.Message} in the regular expression '{source}'");
        }
    }

    public string JavaClass => "java.util.regex.Pattern";

    public string Source { get; }

    public int Flags { get; }

    public Regex Regex { get; }

    // Matching the whole of a text is another expression: an alternative that matches only a part must be passed over.
    public Regex Whole => _whole ??= new Regex(@"\A(?:" + _translated + @")\z", _options, _timeout);

    public static PatternValue Compile(string source, TimeSpan? timeout = null, int flags = 0)
    {
        var limit = timeout ?? Fiber.Current?.Interpreter.Limits.RegexMatch ?? Limits.Default.RegexMatch;
        var key = (source, flags, limit);
        lock (CacheLock)
        {
            if (Cache.TryGetValue(key, out var known))
            {
                return known;
            }
        }

        var made = new PatternValue(source, flags, limit);
        lock (CacheLock)
        {
            if (Cache.Count >= CacheSize)
            {
                Cache.Clear();
            }

            Cache[key] = made;
        }

        return made;
    }

    public static PatternValue Of(object? pattern, TimeSpan timeout) => pattern as PatternValue ?? Compile(Formatting.ToText(pattern), timeout);

    public bool Matches(string text) => Whole.IsMatch(text);

    public MatcherValue Matcher(string text) => new(this, text);

    public int? GroupNumber(string name) => _groupNames.TryGetValue(name, out var number) ? number : null;

    public string[] Split(string text, int limit)
    {
        var parts = new List<string>();
        var at = 0;
        foreach (Match match in Regex.Matches(text))
        {
            if (limit > 0 && parts.Count == limit - 1)
            {
                break;
            }

            // Java: a match of nothing at the start gives no leading empty part.
            if (match.Length == 0 && (match.Index == 0 || match.Index == text.Length))
            {
                continue;
            }

            parts.Add(text[at..match.Index]);
            at = match.Index + match.Length;
        }

        if (at == 0 && parts.Count == 0)
        {
            return [text];
        }

        parts.Add(text[at..]);
        if (limit == 0)
        {
            while (parts.Count > 0 && parts[^1].Length == 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
        }

        return [.. parts];
    }

    /// <summary>Java's <c>replaceAll</c> and <c>replaceFirst</c>, with <c>$1</c>, <c>${name}</c> and <c>\</c> in the replacement.</summary>
    public string Replace(string text, string replacement, bool firstOnly)
    {
        var result = new StringBuilder();
        var at = 0;
        foreach (Match match in Regex.Matches(text))
        {
            result.Append(text, at, match.Index - at);
            AppendReplacement(result, replacement, match);
            at = match.Index + match.Length;
            if (firstOnly)
            {
                break;
            }
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    public void AppendReplacement(StringBuilder result, string replacement, Match match)
    {
        for (var i = 0; i < replacement.Length; i++)
        {
            var c = replacement[i];
            if (c == '\\')
            {
                if (++i == replacement.Length)
                {
                    throw Throw.IllegalArgument("character to be escaped is missing");
                }

                result.Append(replacement[i]);
            }
            else if (c == '$')
            {
                i++;
                if (i < replacement.Length && replacement[i] == '{')
                {
                    var end = replacement.IndexOf('}', i);
                    var name = end < 0 ? "" : replacement[(i + 1)..end];
                    result.Append(match.Groups[GroupNumber(name) ?? throw Throw.IllegalArgument($"No group with name {{{name}}}")].Value);
                    i = end;
                    continue;
                }

                if (i >= replacement.Length || !char.IsAsciiDigit(replacement[i]))
                {
                    throw Throw.IllegalArgument("Illegal group reference");
                }

                var group = replacement[i] - '0';
                if (group >= match.Groups.Count)
                {
                    throw Throw.New("java.lang.IndexOutOfBoundsException", $"No group {group}");
                }

                while (i + 1 < replacement.Length && char.IsAsciiDigit(replacement[i + 1]) && (group * 10) + replacement[i + 1] - '0' < match.Groups.Count)
                {
                    group = (group * 10) + replacement[++i] - '0';
                }

                result.Append(match.Groups[group].Value);
            }
            else
            {
                result.Append(c);
            }
        }
    }

    public override bool Equals(object? obj) => obj is PatternValue other && other.Source == Source && other.Flags == Flags;

    public override int GetHashCode() => Source.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Source;
}
