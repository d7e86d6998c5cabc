using System.Text;

namespace Slipway.Groovy.Syntax;

/// <summary>A script's text with the name that error messages call it by (a path such as <c>Jenkinsfile</c>). Immutable.</summary>
public sealed class SourceText
{
    private readonly int[] _lineStarts;

    public SourceText(string name, string text)
    {
        Name = name;
        Text = text;
        _lineStarts = FindLineStarts(text);
    }

    public string Name { get; }

    public string Text { get; }

    public int LineCount => _lineStarts.Length;

    /// <summary>The place of a character offset; line and column count from one, a tab is one column.</summary>
    public SourcePosition PositionOf(int offset)
    {
        offset = Math.Clamp(offset, 0, Text.Length);
        var index = Array.BinarySearch(_lineStarts, offset);
        var line = index >= 0 ? index : ~index - 1;
        return new SourcePosition(line + 1, offset - _lineStarts[line] + 1);
    }

    /// <summary>The text of a line (counted from one) without its line end; empty where there is no such line.</summary>
    public string Line(int number)
    {
        if (number < 1 || number > _lineStarts.Length)
        {
            return "";
        }

        var start = _lineStarts[number - 1];
        var end = number < _lineStarts.Length ? _lineStarts[number] : Text.Length;
        return Text[start..end].TrimEnd('\r', '\n');
    }

    private static int[] FindLineStarts(string text)
    {
        var starts = new List<int> { 0 };
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')))
            {
                starts.Add(i + 1);
            }
        }

        return [.. starts];
    }
}

/// <summary>A place in a script.</summary>
public sealed record SourcePlace(SourceText Source, SourcePosition Position)
{
    /// <summary>Of a longer line only the part around the place is shown: a script may be one line of megabytes.</summary>
    private const int LongestLineShown = 200;

    /// <summary><c>file:line:column</c>.</summary>
    public override string ToString() => $"{Source.Name}:{Position.Line}:{Position.Column}";

    /// <summary>The line, and below it a caret under the column; both behind an indent.</summary>
    public string Excerpt(string indent)
    {
        var line = Source.Line(Position.Line);
        var start = line.Length <= LongestLineShown ? 0 : Math.Clamp(Position.Column - (LongestLineShown / 2), 0, line.Length - LongestLineShown);
        var shown = line.AsSpan(start, Math.Min(LongestLineShown, line.Length - start));
        var text = new StringBuilder();
        text.Append(indent).Append(start > 0 ? "…" : "").Append(shown).Append(start + shown.Length < line.Length ? "…" : "").Append('\n').Append(indent).Append(start > 0 ? " " : "");
        for (var i = start; i < Position.Column - 1 && i < start + shown.Length; i++)
        {
            text.Append(line[i] == '\t' ? '\t' : ' ');
        }

        return text.Append('^').ToString();
    }
}

/// <summary>Line and column, both counted from one.</summary>
public readonly record struct SourcePosition(int Line, int Column);

/// <summary>A half-open range of characters in a <see cref="SourceText"/>.</summary>
public readonly record struct Span(int Start, int End)
{
    public int Length => End - Start;

    public static Span Between(Span first, Span last) => new(first.Start, last.End);
}
