using System.Buffers;
using System.Globalization;
using System.Text;
using Slipway.Groovy.Parsing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Lexing;

internal enum StringStyle : byte
{
    None,
    Single,
    Double,
    TripleSingle,
    TripleDouble,
    Slashy,
    DollarSlashy,
}

// Strings in all of Groovy's six notations, and the values inside them.
internal sealed partial class Lexer
{
    private static readonly SearchValues<char> EndOfPlainSingle = SearchValues.Create("'\\\r\n");
    private static readonly SearchValues<char> EndOfPlainDouble = SearchValues.Create("\"\\\r\n$");
    private static readonly SearchValues<char> EndOfPlainSlashy = SearchValues.Create("/\\\r$");

    private static bool IsOneLine(StringStyle style) => style is StringStyle.Single or StringStyle.Double;

    private static bool HasValues(StringStyle style) => style is not (StringStyle.Single or StringStyle.TripleSingle);

    private void ScanQuotedString(char quote)
    {
        if (Peek(1) == quote && Peek(2) == quote)
        {
            ScanString(_at, 3, quote == '"' ? StringStyle.TripleDouble : StringStyle.TripleSingle, -1);
        }
        else
        {
            ScanString(_at, 1, quote == '"' ? StringStyle.Double : StringStyle.Single, -1);
        }
    }

    /// <summary>
    /// Reads text up to the end of the string or its next <c>${</c>. <paramref name="first"/> is the token that began the string, or -1 where it begins here.
    /// A <c>$name.name</c> is read in place; for <c>${</c> the brace is opened, and <see cref="CloseBrace"/> comes back here.
    /// </summary>
    private void ScanString(int start, int opening, StringStyle style, int first)
    {
        _at = start + opening;
        while (true)
        {
            var text = ScanText(style, first >= 0 ? _tokens[first].Start : start, out var end);
            if (end != TextEnd.Value)
            {
                var last = Add(first < 0 ? TokenKind.String : TokenKind.GStringEnd, start, text);
                if (first >= 0)
                {
                    _matches[first] = last;
                }

                return;
            }

            var token = Add(first < 0 ? TokenKind.GStringStart : TokenKind.GStringMiddle, start, text);
            first = first < 0 ? token : first;
            _at++;
            if (Peek(0) == '{')
            {
                var brace = _at++;
                _open.Push(new Open(TokenKind.GStringStart, Add(TokenKind.LeftBrace, brace, null), style, first));
                _oneLineStrings += IsOneLine(style) ? 1 : 0;
                return;
            }

            ScanDottedName();
            start = _at;
        }
    }

    private void ScanDottedName()
    {
        while (true)
        {
            var start = _at;
            _at = EndOfName(_at, dollar: false);
            var name = _text.AsSpan(start, _at - start);
            var kind = Keywords.KindOf(name);
            if (kind is not (TokenKind.Identifier or TokenKind.This or TokenKind.Super) && _tokens[_count - 1].Kind != TokenKind.Dot)
            {
                _diagnostics.Error(Codes.BadDollar, $"'{name}' is a keyword and no name of a value; write \\${name} for the text itself.", new Span(start - 1, _at));
            }

            Add(TokenKind.Identifier, start, _names.Get(name));
            if (Peek(0) != '.' || !IsNameStart(Peek(1)))
            {
                return;
            }

            _at++;
            Add(TokenKind.Dot, _at - 1, null);
        }
    }

    private enum TextEnd
    {
        Closed,
        Value,
        Broken,
    }

    /// <summary>Reads up to the closing quotes (and past them) or to a dollar sign that begins a value (and stays on it).</summary>
    private string ScanText(StringStyle style, int opened, out TextEnd end)
    {
        StringBuilder? built = null;
        var plainStart = _at;
        while (true)
        {
            SkipPlain(style);
            if (_at >= _text.Length)
            {
                ReportUnclosed(style, opened);
                end = TextEnd.Broken;
                return Finish(built, plainStart, _at);
            }

            var c = _text[_at];
            if (ClosesHere(style, c, out var closing))
            {
                var text = Finish(built, plainStart, _at);
                _at += closing;
                end = TextEnd.Closed;
                return text;
            }

            if (c is '\r' or '\n')
            {
                if (IsOneLine(style))
                {
                    ReportUnclosed(style, opened);
                    end = TextEnd.Broken;
                    return Finish(built, plainStart, _at);
                }

                if (c == '\r')
                {
                    // Line ends inside of strings are always \n, however the file was saved.
                    built = (built ?? new StringBuilder()).Append(_text, plainStart, _at - plainStart).Append('\n');
                    _at += Peek(1) == '\n' ? 2 : 1;
                    plainStart = _at;
                    continue;
                }
            }
            else if (c == '$' && HasValues(style))
            {
                if (Peek(1) == '{' || IsNameStart(Peek(1)))
                {
                    end = TextEnd.Value;
                    return Finish(built, plainStart, _at);
                }

                if (style == StringStyle.DollarSlashy && Peek(1) is '$' or '/')
                {
                    built = (built ?? new StringBuilder()).Append(_text, plainStart, _at - plainStart).Append(Peek(1));
                    _at += 2;
                    plainStart = _at;
                    continue;
                }

                if (style is StringStyle.Double or StringStyle.TripleDouble)
                {
                    _diagnostics.Error(
                        Codes.BadDollar,
                        "A '$' in a string with double quotes begins a value: write \\$ for the sign itself, or ${…} around the value.",
                        new Span(_at, _at + 1));
                }
            }
            else if (c == '\\')
            {
                built = (built ?? new StringBuilder()).Append(_text, plainStart, _at - plainStart);
                ScanEscape(style, built);
                plainStart = _at;
                continue;
            }

            _at++;
        }
    }

    private string Finish(StringBuilder? built, int plainStart, int end)
    {
        if (built is null)
        {
            return end - plainStart < 32 ? _names.Get(_text.AsSpan(plainStart, end - plainStart)) : _text[plainStart..end];
        }

        return built.Append(_text, plainStart, end - plainStart).ToString();
    }

    private void SkipPlain(StringStyle style)
    {
        var stops = style switch
        {
            StringStyle.Single or StringStyle.TripleSingle => EndOfPlainSingle,
            StringStyle.Double or StringStyle.TripleDouble => EndOfPlainDouble,
            _ => EndOfPlainSlashy,
        };
        var length = _text.AsSpan(_at).IndexOfAny(stops);
        _at = length < 0 ? _text.Length : _at + length;
    }

    private bool ClosesHere(StringStyle style, char c, out int length)
    {
        length = style switch
        {
            StringStyle.Single => c == '\'' ? 1 : 0,
            StringStyle.Double => c == '"' ? 1 : 0,
            StringStyle.TripleSingle => c == '\'' && Peek(1) == '\'' && Peek(2) == '\'' ? 3 : 0,
            StringStyle.TripleDouble => c == '"' && Peek(1) == '"' && Peek(2) == '"' ? 3 : 0,
            StringStyle.Slashy => c == '/' ? 1 : 0,
            _ => c == '/' && Peek(1) == '$' ? 2 : 0,
        };
        return length > 0;
    }

    /// <summary>Stands on a backslash; appends what it means and goes past it.</summary>
    private void ScanEscape(StringStyle style, StringBuilder built)
    {
        var next = Peek(1);
        if (next == 'u' && TryScanUnicodeEscape(built))
        {
            return;
        }

        if (style is StringStyle.Slashy or StringStyle.DollarSlashy)
        {
            ScanSlashyEscape(style, next, built);
            return;
        }

        switch (next)
        {
            case 'n' or 't' or 'r' or 'b' or 'f':
                built.Append(next switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', _ => '\f' });
                _at += 2;
                return;
            case '\\' or '\'' or '"' or '$':
                built.Append(next);
                _at += 2;
                return;
            case >= '0' and <= '7':
                ScanOctalEscape(built);
                return;
            case '\r' or '\n':
                _at += next == '\r' && Peek(2) == '\n' ? 3 : 2;
                return;
            case '\0' when _at + 1 >= _text.Length:
                _at++;
                return;
        }

        var message = next == 'u'
            ? "A \\u escape needs four hexadecimal digits, as in \\u20ac; write \\\\u for a backslash followed by u."
            : $"'\\{next}' is no escape; write '\\\\{next}' for a backslash in the text, or use a slashy string: /…/.";
        _diagnostics.Error(Codes.BadEscape, message, new Span(_at, _at + 2));
        built.Append('\\');
        _at++;
    }

    private void ScanSlashyEscape(StringStyle style, char next, StringBuilder built)
    {
        if (style == StringStyle.Slashy && next == '/')
        {
            built.Append('/');
            _at += 2;
        }
        else if (next is '\r' or '\n')
        {
            _at += next == '\r' && Peek(2) == '\n' ? 3 : 2;
        }
        else
        {
            built.Append('\\');
            _at++;
        }
    }

    private void ScanOctalEscape(StringBuilder built)
    {
        var longest = Peek(1) <= '3' ? 3 : 2;
        var value = 0;
        _at++;
        for (var digits = 0; digits < longest && Peek(0) is >= '0' and <= '7'; digits++)
        {
            value = (value * 8) + (Peek(0) - '0');
            _at++;
        }

        built.Append((char)value);
    }

    private bool TryScanUnicodeEscape(StringBuilder built)
    {
        var digits = 1;
        while (Peek(digits) == 'u')
        {
            digits++;
        }

        if (_at + digits + 4 > _text.Length
            || !ushort.TryParse(_text.AsSpan(_at + digits, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        built.Append((char)value);
        _at += digits + 4;
        return true;
    }

    private void ReportUnclosed(StringStyle style, int opened)
    {
        if (IsOneLine(style) && _oneLineStrings > 0)
        {
            // The string around this one ends with it, and is what the user sees.
            return;
        }

        var (quotes, cure) = style switch
        {
            StringStyle.Single => ("'", "write the closing ' on the same line, or use '''…''' for a text of several lines"),
            StringStyle.Double => ("\"", "write the closing \" on the same line, or use \"\"\"…\"\"\" for a text of several lines"),
            StringStyle.TripleSingle => ("'''", "write the closing '''"),
            StringStyle.TripleDouble => ("\"\"\"", "write the closing \"\"\""),
            StringStyle.Slashy => ("/", "write the closing /; to divide, there must be a value before the slash"),
            _ => ("$/", "write the closing /$"),
        };
        _diagnostics.Error(Codes.UnclosedString, $"The string opened here with {quotes} is never closed; {cure}.", new Span(opened, opened + quotes.Length));
    }

    /// <summary>A line ends while a value of a one-line string is open: the string is broken off here, so that the next line is read as code again.</summary>
    private void BreakOneLineString()
    {
        while (_oneLineStrings > 0)
        {
            var open = _open.Pop();
            if (open.Kind == TokenKind.GStringStart)
            {
                CloseBrokenString(open, report: _oneLineStrings == 1 && IsOneLine(open.Style));
            }
        }
    }

    private void CloseBrokenString(Open open, bool report)
    {
        if (report)
        {
            var opened = _tokens[open.StringToken].Start;
            var message = IsOneLine(open.Style)
                ? "The string opened here does not end on its line; close it (and each ${…} in it) there, or use \"\"\"…\"\"\" for a text of several lines."
                : "The string opened here is never closed: the '}' of a ${…} in it is missing.";
            _diagnostics.Error(Codes.UnclosedString, message, new Span(opened, opened + 1));
        }

        _oneLineStrings -= IsOneLine(open.Style) ? 1 : 0;
        _matches[open.Token] = Add(TokenKind.RightBrace, _at, null);
        _matches[open.StringToken] = Add(TokenKind.GStringEnd, _at, "");
    }
}
