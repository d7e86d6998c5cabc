using System.Text;
using Slipway.Groovy.Compilation;

namespace Slipway.Groovy.Runtime;

/// <summary>The values that the parts of an <c>assert</c> had, to be shown below it where it fails.</summary>
internal sealed class AssertionRecord
{
    private readonly List<(int Offset, object? Value)> _values = [];

    public void Add(int offset, object? value)
    {
        _values.RemoveAll(v => v.Offset == offset);
        _values.Add((offset, value));
    }

    public GroovyException Fail(AssertCode code, object? message)
    {
        if (code.Start < 0)
        {
            // With a message of its own: the expression, what it used, no picture.
            return Throw.New("java.lang.AssertionError", Formatting.ToText(message) + ". Expression: " + Trimmed(code.Text));
        }

        return Throw.New(ThrowableClass.PowerAssertion, Render(code));
    }

    private static string Trimmed(string text)
    {
        var expression = text.StartsWith("assert", StringComparison.Ordinal) ? text["assert".Length..].Trim() : text;
        return expression.StartsWith('(') ? expression : "(" + expression + ")";
    }

    private string Render(AssertCode code)
    {
        // Assertions over several lines are shown as one.
        var text = new StringBuilder();
        var columns = new int[code.Text.Length + 1];
        for (var i = 0; i < code.Text.Length; i++)
        {
            columns[i] = text.Length;
            var c = code.Text[i];
            if (c is '\n' or '\r')
            {
                while (i + 1 < code.Text.Length && char.IsWhiteSpace(code.Text[i + 1]))
                {
                    columns[++i] = text.Length;
                }

                text.Append(' ');
                continue;
            }

            text.Append(c);
        }

        var shown = _values
            .Where(v => v.Offset >= code.Start && v.Offset - code.Start < columns.Length)
            .Select(v => (Column: columns[v.Offset - code.Start], Text: ToLine(v.Value)))
            .OrderByDescending(v => v.Column)
            .ToList();
        var lines = new List<StringBuilder> { new(), };
        foreach (var (column, _) in shown)
        {
            Put(lines[0], column, "|");
        }

        // From the right: a value goes to the first line where it does not touch what stands there, with bars above it.
        for (var i = 0; i < shown.Count; i++)
        {
            var (column, value) = shown[i];
            for (var line = 1; ; line++)
            {
                if (line == lines.Count)
                {
                    lines.Add(new StringBuilder());
                }

                if (IsFree(lines[line], column, value.Length + 1))
                {
                    Put(lines[line], column, value);
                    break;
                }

                if (IsFree(lines[line], column, 1))
                {
                    Put(lines[line], column, "|");
                }
            }
        }

        return text + "\n" + string.Join('\n', lines.Where(l => l.Length > 0).Select(l => l.ToString().TrimEnd()));
    }

    private static string ToLine(object? value)
    {
        var text = Formatting.ToText(value);
        return Formatting.Shorten(text.Replace("\n", "\\n", StringComparison.Ordinal), 200) is { Length: > 0 } shown ? shown : "\"\"";
    }

    private static bool IsFree(StringBuilder line, int column, int length)
    {
        for (var i = column; i < column + length && i < line.Length; i++)
        {
            if (line[i] != ' ')
            {
                return false;
            }
        }

        return true;
    }

    private static void Put(StringBuilder line, int column, string text)
    {
        while (line.Length < column + text.Length)
        {
            line.Append(' ');
        }

        for (var i = 0; i < text.Length; i++)
        {
            line[column + i] = text[i];
        }
    }
}
