using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>Rewrites Java's regular expressions for .NET's engine where the two differ.</summary>
internal static class JavaRegex
{
    public const int UnixLines = 1;
    public const int CaseInsensitive = 2;
    public const int Comments = 4;
    public const int Multiline = 8;
    public const int Literal = 16;
    public const int DotAll = 32;

    private static readonly Dictionary<string, string> Classes = new()
    {
        ["Lower"] = "a-z",
        ["Upper"] = "A-Z",
        ["ASCII"] = "\\x00-\\x7F",
        ["Alpha"] = "a-zA-Z",
        ["Digit"] = "0-9",
        ["Alnum"] = "a-zA-Z0-9",
        ["Punct"] = "!-/:-@\\[-`{-~",
        ["Graph"] = "!-~",
        ["Print"] = " -~",
        ["Blank"] = " \\t",
        ["Cntrl"] = "\\x00-\\x1F\\x7F",
        ["XDigit"] = "0-9a-fA-F",
        ["Space"] = " \\t\\n\\x0B\\f\\r",
        ["javaLowerCase"] = "\\p{Ll}",
        ["javaUpperCase"] = "\\p{Lu}",
        ["javaWhitespace"] = "\\s",
        ["IsAlphabetic"] = "\\p{L}",
        ["IsDigit"] = "\\p{Nd}",
        ["IsLetter"] = "\\p{L}",
        ["IsUppercase"] = "\\p{Lu}",
        ["IsLowercase"] = "\\p{Ll}",
        ["IsPunctuation"] = "\\p{P}",
        ["IsWhite_Space"] = "\\s",
    };

    public static RegexOptions Options(int flags)
    {
        var options = RegexOptions.CultureInvariant;
        options |= (flags & CaseInsensitive) != 0 ? RegexOptions.IgnoreCase : 0;
        options |= (flags & Multiline) != 0 ? RegexOptions.Multiline : 0;
        options |= (flags & DotAll) != 0 ? RegexOptions.Singleline : 0;
        options |= (flags & Comments) != 0 ? RegexOptions.IgnorePatternWhitespace : 0;
        return options;
    }

    public static (string Pattern, Dictionary<string, int> GroupNames) Translate(string source, int flags)
    {
        var names = new Dictionary<string, int>();
        if ((flags & Literal) != 0)
        {
            return (Regex.Escape(source), names);
        }

        NameGroups(source, names);
        return (new Translator(source, flags, names).Run(), names);
    }

    // .NET numbers named groups after all others; Java numbers them as they stand. So names become numbers.
    private static void NameGroups(string source, Dictionary<string, int> names)
    {
        var group = 0;
        var inClass = 0;
        for (var i = 0; i < source.Length; i++)
        {
            switch (source[i])
            {
                case '\\':
                    if (i + 1 < source.Length && source[i + 1] == 'Q')
                    {
                        var end = source.IndexOf("\\E", i, StringComparison.Ordinal);
                        i = end < 0 ? source.Length : end + 1;
                    }
                    else
                    {
                        i++;
                    }

                    break;
                case '[':
                    inClass++;
                    break;
                case ']' when inClass > 0:
                    inClass--;
                    break;
                case '(' when inClass == 0:
                    if (i + 1 >= source.Length || source[i + 1] != '?')
                    {
                        group++;
                    }
                    else if (i + 3 < source.Length && source[i + 2] == '<' && source[i + 3] is not ('=' or '!'))
                    {
                        group++;
                        var end = source.IndexOf('>', i);
                        if (end > 0)
                        {
                            names[source[(i + 3)..end]] = group;
                        }
                    }

                    break;
            }
        }
    }

    private sealed class Translator(string source, int flags, Dictionary<string, int> names)
    {
        private readonly StringBuilder _out = new();
        private int _at;

        // The start of the last atom, for possessive quantifiers, which .NET writes as atomic groups.
        private int _atom = -1;

        public string Run()
        {
            Sequence((flags & DotAll) != 0);
            return _out.ToString();
        }

        private void Sequence(bool dotAll)
        {
            while (_at < source.Length)
            {
                var c = source[_at];
                switch (c)
                {
                    case ')':
                        return;
                    case '(':
                        dotAll = Group(dotAll);
                        break;
                    case '[':
                        _atom = _out.Length;
                        CharacterClass();
                        break;
                    case '\\':
                        Escape();
                        break;
                    case '.':
                        _atom = _out.Length;
                        _out.Append(dotAll ? "[\\s\\S]" : "[^\\n\\r\\u0085\\u2028\\u2029]");
                        _at++;
                        break;
                    case '*' or '+' or '?':
                        _out.Append(c);
                        _at++;
                        Quantified();
                        break;
                    case '{':
                        Braces();
                        break;
                    case '$':
                        _atom = _out.Length;
                        _out.Append((flags & Multiline) != 0 ? "(?=\\r?\\n|\\r|\\z)" : "$");
                        _at++;
                        break;
                    case '|':
                        _out.Append(c);
                        _at++;
                        _atom = -1;
                        break;
                    case '#' when (flags & Comments) == 0:
                        _atom = _out.Length;
                        _out.Append("\\#");
                        _at++;
                        break;
                    default:
                        _atom = _out.Length;
                        _out.Append(c);
                        _at++;
                        break;
                }
            }
        }

        private bool Group(bool dotAll)
        {
            var start = _out.Length;
            if (_at + 1 < source.Length && source[_at + 1] == '?')
            {
                var rest = source.AsSpan(_at + 2);
                if (rest.StartsWith("<") && rest.Length > 1 && rest[1] is not ('=' or '!'))
                {
                    _at = source.IndexOf('>', _at) + 1;
                    _out.Append('(');
                }
                else if (rest.StartsWith(":") || rest.StartsWith("=") || rest.StartsWith("!") || rest.StartsWith(">"))
                {
                    _out.Append(source, _at, 3);
                    _at += 3;
                }
                else if (rest.StartsWith("<=") || rest.StartsWith("<!"))
                {
                    _out.Append(source, _at, 4);
                    _at += 4;
                }
                else
                {
                    // (?i) or (?i:…): flags that .NET does not have are dropped, s is followed here.
                    var end = _at + 2;
                    var on = true;
                    var keep = new StringBuilder();
                    var inner = dotAll;
                    while (end < source.Length && source[end] is not (')' or ':'))
                    {
                        var f = source[end++];
                        if (f == '-')
                        {
                            on = false;
                            keep.Append('-');
                        }
                        else if (f == 's')
                        {
                            inner = on;
                        }
                        else if (f is 'i' or 'm' or 'x')
                        {
                            keep.Append(f);
                        }
                    }

                    if (end >= source.Length)
                    {
                        throw Throw.New("java.util.regex.PatternSyntaxException", $"Unknown inline modifier near index {_at}\n{source}");
                    }

                    var text = keep.ToString().TrimEnd('-');
                    if (source[end] == ')')
                    {
                        if (text.Length > 0)
                        {
                            _out.Append("(?").Append(text).Append(')');
                        }

                        _at = end + 1;
                        _atom = -1;
                        return inner;
                    }

                    _out.Append("(?").Append(text).Append(':');
                    _at = end + 1;
                    Close(start, inner);
                    return dotAll;
                }
            }
            else
            {
                _out.Append('(');
                _at++;
            }

            Close(start, dotAll);
            return dotAll;
        }

        private void Close(int start, bool dotAll)
        {
            System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
            _atom = -1;
            Sequence(dotAll);
            if (_at >= source.Length)
            {
                throw Throw.New("java.util.regex.PatternSyntaxException", $"Unclosed group near index {source.Length}\n{source}");
            }

            _out.Append(')');
            _at++;
            _atom = start;
        }

        private void Quantified()
        {
            if (_at >= source.Length)
            {
                return;
            }

            if (source[_at] == '+' && _atom >= 0)
            {
                _out.Insert(_atom, "(?>").Append(')');
                _at++;
            }
            else if (source[_at] == '?')
            {
                _out.Append('?');
                _at++;
            }
        }

        private void Braces()
        {
            var end = source.IndexOf('}', _at);
            if (end < 0)
            {
                throw Throw.New("java.util.regex.PatternSyntaxException", $"Illegal repetition\n{source}");
            }

            _out.Append(source, _at, end - _at + 1);
            _at = end + 1;
            Quantified();
        }

        private void Escape()
        {
            if (_at + 1 >= source.Length)
            {
                throw Throw.New("java.util.regex.PatternSyntaxException", $"Unexpected internal error near index {_at + 1}\n{source}");
            }

            _atom = _out.Length;
            var c = source[_at + 1];
            switch (c)
            {
                case 'Q':
                    var end = source.IndexOf("\\E", _at, StringComparison.Ordinal);
                    var literal = end < 0 ? source[(_at + 2)..] : source[(_at + 2)..end];
                    foreach (var one in literal)
                    {
                        _atom = _out.Length;
                        _out.Append(Regex.Escape(one.ToString()));
                    }

                    _at = end < 0 ? source.Length : end + 2;
                    return;
                case 'E':
                    _at += 2;
                    return;
                case 'R':
                    _out.Append("(?:\\r\\n|[\\n\\x0B\\f\\r\\u0085\\u2028\\u2029])");
                    _at += 2;
                    return;
                case 'k' when _at + 2 < source.Length && source[_at + 2] == '<':
                    var close = source.IndexOf('>', _at);
                    var name = close < 0 ? "" : source[(_at + 3)..close];
                    _out.Append(names.TryGetValue(name, out var number)
                        ? "(?:\\" + number.ToString(CultureInfo.InvariantCulture) + ")"
                        : throw Throw.New("java.util.regex.PatternSyntaxException", $"named capturing group <{name}> does not exist near index {_at}\n{source}"));
                    _at = close + 1;
                    return;
                default:
                    if (ClassEscape(inside: false) is { } text)
                    {
                        _out.Append(text);
                        return;
                    }

                    _out.Append('\\').Append(c);
                    _at += 2;
                    return;
            }
        }

        // \d, \p{Alpha} and others as what stands between brackets, or with brackets around it; moves past it where it is one.
        private string? ClassEscape(bool inside)
        {
            var c = source[_at + 1];
            string? content = c switch
            {
                'd' or 'D' => "0-9",
                'w' or 'W' => "a-zA-Z_0-9",
                's' or 'S' => " \\t\\n\\x0B\\f\\r",
                'h' or 'H' => " \\t\\xA0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000",
                'V' => "\\n\\x0B\\f\\r\\x85\\u2028\\u2029",
                _ => null,
            };
            if (content is not null)
            {
                _at += 2;
                var negated = char.IsUpper(c);
                return inside ? (negated ? Negated(c) : content) : negated ? "[^" + content + "]" : "[" + content + "]";
            }

            if (c is 'p' or 'P' && _at + 2 < source.Length)
            {
                string name;
                int next;
                if (source[_at + 2] == '{')
                {
                    var end = source.IndexOf('}', _at);
                    name = end < 0 ? "" : source[(_at + 3)..end];
                    next = end + 1;
                }
                else
                {
                    name = source[_at + 2].ToString();
                    next = _at + 3;
                }

                if (Classes.TryGetValue(name, out var known))
                {
                    _at = next;
                    return inside ? (c == 'P' ? throw Throw.New("java.util.regex.PatternSyntaxException", $"\\P{{{name}}} inside brackets is not supported here: write [^\\p{{{name}}}]") : known)
                        : (c == 'P' ? "[^" : "[") + known + "]";
                }

                var category = name.StartsWith("Is", StringComparison.Ordinal) ? name[2..] : name.StartsWith("In", StringComparison.Ordinal) ? "Is" + name[2..] : name;
                _at = next;
                return "\\" + c + "{" + category + "}";
            }

            if (c == 'x' && _at + 2 < source.Length && source[_at + 2] == '{')
            {
                var end = source.IndexOf('}', _at);
                var value = int.Parse(source.AsSpan(_at + 3, end - _at - 3), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                _at = end + 1;
                return value < 0x10000 ? "\\u" + value.ToString("X4", CultureInfo.InvariantCulture) : char.ConvertFromUtf32(value);
            }

            if (c == '0')
            {
                var end = _at + 2;
                var value = 0;
                while (end < source.Length && end < _at + 5 && source[end] is >= '0' and <= '7')
                {
                    value = (value * 8) + source[end++] - '0';
                }

                _at = end;
                return "\\u" + value.ToString("X4", CultureInfo.InvariantCulture);
            }

            return null;
        }

        private static string Negated(char c) => c switch
        {
            'D' => "\\x00-/:-\\uFFFF",
            'W' => "\\x00-/:-@\\[-\\^`{-\\uFFFF",
            'S' => "\\x00-\\x08\\x0E-\\x1F!-\\uFFFF",
            'H' => "\\x00-\\x08\\x0A-\\x1F!-\\x9F\\xA1-\\u167F\\u1681-\\u180D\\u180F-\\u1FFF\\u200B-\\u202E\\u2030-\\u205E\\u2060-\\u2FFF\\u3001-\\uFFFF",
            _ => "\\x00-\\x09\\x0E-\\x84\\x86-\\u2027\\u202A-\\uFFFF",
        };

        // Nested classes are unions; && with a negated class is .NET's subtraction, with another one a lookahead in front.
        private void CharacterClass()
        {
            var (positive, ahead) = ClassBody();
            foreach (var condition in ahead)
            {
                _out.Append("(?=").Append(condition).Append(')');
            }

            _out.Append(positive);
        }

        private (string Class, List<string> Conditions) ClassBody()
        {
            var open = _at++;
            var negated = _at < source.Length && source[_at] == '^';
            if (negated)
            {
                _at++;
            }

            var content = new StringBuilder();
            var conditions = new List<string>();
            var first = true;
            while (true)
            {
                if (_at >= source.Length)
                {
                    throw Throw.New("java.util.regex.PatternSyntaxException", $"Unclosed character class near index {source.Length - 1}\n{source} (opened at {open})");
                }

                var c = source[_at];
                if (c == ']' && !first)
                {
                    _at++;
                    break;
                }

                first = false;
                if (c == '[')
                {
                    var (inner, more) = ClassBody();
                    conditions.AddRange(more);
                    if (inner.StartsWith("[^", StringComparison.Ordinal))
                    {
                        throw Throw.New("java.util.regex.PatternSyntaxException", $"A negated class inside a class is only supported after &&: {source}");
                    }

                    content.Append(inner, 1, inner.Length - 2);
                }
                else if (c == '&' && _at + 1 < source.Length && source[_at + 1] == '&')
                {
                    _at += 2;
                    if (_at < source.Length && source[_at] == '[')
                    {
                        var (other, more) = ClassBody();
                        conditions.Add(other);
                        conditions.AddRange(more);
                    }
                    else
                    {
                        var rest = new StringBuilder("[");
                        while (_at < source.Length && source[_at] != ']')
                        {
                            rest.Append(source[_at++]);
                        }

                        conditions.Add(rest.Append(']').ToString());
                    }
                }
                else if (c == '\\')
                {
                    if (_at + 1 < source.Length && source[_at + 1] == 'Q')
                    {
                        var end = source.IndexOf("\\E", _at, StringComparison.Ordinal);
                        foreach (var one in end < 0 ? source[(_at + 2)..] : source[(_at + 2)..end])
                        {
                            AppendInClass(content, one);
                        }

                        _at = end < 0 ? source.Length : end + 2;
                    }
                    else if (_at + 1 < source.Length && ClassEscape(inside: true) is { } text)
                    {
                        content.Append(text);
                    }
                    else if (_at + 1 < source.Length)
                    {
                        content.Append('\\').Append(source[_at + 1]);
                        _at += 2;
                    }
                    else
                    {
                        _at++;
                    }
                }
                else
                {
                    // A bracket after a hyphen would be read as .NET's subtraction.
                    if (c == ']')
                    {
                        content.Append('\\');
                    }

                    content.Append(c);
                    _at++;
                }
            }

            return ((negated ? "[^" : "[") + content + "]", conditions);
        }

        private static void AppendInClass(StringBuilder content, char c)
        {
            if (c is ']' or '[' or '\\' or '^' or '-')
            {
                content.Append('\\');
            }

            content.Append(c);
        }
    }
}
