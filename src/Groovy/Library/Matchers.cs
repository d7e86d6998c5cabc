using System.Text;
using System.Text.RegularExpressions;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.util.regex.Matcher.</summary>
internal sealed class MatcherValue(PatternValue pattern, string text) : ILibraryValue
{
    private Match? _current;
    private int _next;
    private List<Match>? _all;
    private int _appendAt;

    public string JavaClass => "java.util.regex.Matcher";

    public PatternValue Pattern { get; } = pattern;

    public string Text { get; private set; } = text;

    public Match Current => _current is { Success: true } match ? match : throw Throw.IllegalState("No match found");

    /// <summary>The next match. As the truth of a matcher too, which in Groovy moves it on.</summary>
    public bool Find()
    {
        if (_next > Text.Length)
        {
            _current = Match.Empty;
            return false;
        }

        _current = Pattern.Regex.Match(Text, _next);
        if (_current.Success)
        {
            _next = _current.Length == 0 ? _current.Index + 1 : _current.Index + _current.Length;
        }
        else
        {
            _next = Text.Length + 1;
        }

        return _current.Success;
    }

    public bool Find(int start)
    {
        if (start < 0 || start > Text.Length)
        {
            throw Throw.New("java.lang.IndexOutOfBoundsException", "Illegal start index");
        }

        Reset();
        _next = start;
        return Find();
    }

    public bool Matches()
    {
        _current = Pattern.Whole.Match(Text);
        return _current.Success;
    }

    public bool LookingAt()
    {
        _current = Pattern.Regex.Match(Text);
        if (_current.Success && _current.Index != 0)
        {
            _current = Match.Empty;
        }

        return _current.Success;
    }

    public MatcherValue Reset(string? text = null)
    {
        Text = text ?? Text;
        _current = null;
        _next = 0;
        _appendAt = 0;
        _all = null;
        return this;
    }

    public object? Group(int index)
    {
        var match = Current;
        if (index < 0 || index >= match.Groups.Count)
        {
            throw Throw.New("java.lang.IndexOutOfBoundsException", $"No group {index}");
        }

        return match.Groups[index].Success ? match.Groups[index].Value : null;
    }

    public int GroupCount => Pattern.Regex.GetGroupNumbers().Length - 1;

    public IReadOnlyList<Match> AllMatches => _all ??= Pattern.Regex.Matches(Text).ToList();

    /// <summary>What <c>matcher[i]</c> gives: the text, or with groups the list of all and each.</summary>
    public object? At(int index)
    {
        var all = AllMatches;
        if (index < 0)
        {
            index += all.Count;
        }

        return index >= 0 && index < all.Count ? Value(all[index]) : throw Throw.New("java.lang.IndexOutOfBoundsException", $"index is out of range 0..{all.Count - 1} (index = {index})");
    }

    public IEnumerable<object?> All() => AllMatches.Select(Value);

    public static object? Value(Match match)
    {
        if (match.Groups.Count == 1)
        {
            return match.Value;
        }

        var groups = new GroovyList(match.Groups.Count);
        for (var i = 0; i < match.Groups.Count; i++)
        {
            groups.Add(match.Groups[i].Success ? match.Groups[i].Value : null);
        }

        return groups;
    }

    public void AppendReplacement(StringBuilder to, string replacement)
    {
        var match = Current;
        to.Append(Text, _appendAt, match.Index - _appendAt);
        Pattern.AppendReplacement(to, replacement, match);
        _appendAt = match.Index + match.Length;
    }

    public void AppendTail(StringBuilder to) => to.Append(Text, _appendAt, Text.Length - _appendAt);

    public override string ToString() => $"java.util.regex.Matcher[pattern={Pattern.Source} region=0,{Text.Length} lastmatch={(_current is { Success: true } ? _current.Value : "")}]";
}
