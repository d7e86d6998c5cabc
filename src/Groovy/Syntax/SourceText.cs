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

/// <summary>Line and column, both counted from one.</summary>
public readonly record struct SourcePosition(int Line, int Column);

/// <summary>A half-open range of characters in a <see cref="SourceText"/>.</summary>
public readonly record struct Span(int Start, int End)
{
    public int Length => End - Start;

    public static Span Between(Span first, Span last) => new(first.Start, last.End);
}
