using System.Buffers;
using System.Net;
using System.Text;

namespace Slipway.Web.Logs;

/// <summary>
/// A line of a log as HTML: escape sequences become spans, web addresses become links, everything else is encoded, once and here.
/// What a terminal would obey beyond colours (cursor movement, titles) is dropped; what it would not print is made visible.
/// </summary>
internal static class LogLineHtml
{
    /// <summary>Characters of a line that are drawn; the reader is told of the rest and finds it in the raw log.</summary>
    public const int LongestDrawn = 8 * 1024;

    private static readonly SearchValues<char> AddressEnds = SearchValues.Create(" \t\"'<>`\\^{}|");

    private const char Escape = '\u001b';
    private const char Bell = '\u0007';

    /// <summary>Draws one line and returns the style that the next one begins with.</summary>
    public static AnsiStyle Render(ReadOnlySpan<char> line, AnsiStyle style, StringBuilder html)
    {
        var writer = new SpanWriter(html, style);

        // A program that rewrites its line (a progress bar) means the last version of it.
        var drawnFrom = line.TrimEnd('\r').LastIndexOf('\r') + 1;
        var at = 0;
        while (at < line.Length)
        {
            if (line[at] == Escape)
            {
                at += ReadSequence(line[at..], ref style);
                continue;
            }

            var end = line[at..].IndexOf(Escape);
            end = end < 0 ? line.Length : at + end;
            var from = Math.Max(at, drawnFrom);
            if (from < end && !style.Has(AnsiEffects.Concealed))
            {
                writer.Write(line[from..end].TrimEnd('\r'), style);
            }

            at = end;
        }

        writer.End();
        return style;
    }

    /// <summary>Reads the escape sequence that the text begins with and returns its length; a broken one ends with the line.</summary>
    private static int ReadSequence(ReadOnlySpan<char> text, ref AnsiStyle style)
    {
        if (text.Length < 2)
        {
            return text.Length;
        }

        if (text[1] == '[')
        {
            var end = 2;
            while (end < text.Length && text[end] is < '@' or > '~')
            {
                end++;
            }

            if (end == text.Length)
            {
                return end;
            }

            if (text[end] == 'm' && (end == 2 || text[2] is >= '0' and <= ';'))
            {
                style = style.Apply(text[2..end]);
            }

            return end + 1;
        }

        if (text[1] == ']')
        {
            var end = text[2..].IndexOfAny(Bell, Escape);
            if (end < 0)
            {
                return text.Length;
            }

            var command = text.Slice(2, end);
            if (command.StartsWith("8;"))
            {
                var target = command[(command[2..].IndexOf(';') + 3)..];
                style = style with { Link = IsWebAddress(target) ? target.ToString() : null };
            }

            end += 2;
            return text[end] == Escape && end + 1 < text.Length && text[end + 1] == '\\' ? end + 2 : end + 1;
        }

        // Character set selections have one more character; the other two-character sequences end here.
        return text[1] is '(' or ')' && text.Length > 2 ? 3 : 2;
    }

    private static bool IsWebAddress(ReadOnlySpan<char> text) =>
        (text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase)) && text.IndexOf("://") + 3 < text.Length;

    /// <summary>Writes runs of text of one style each, opening and closing their spans.</summary>
    private ref struct SpanWriter(StringBuilder html, AnsiStyle style)
    {
        private AnsiStyle _current = style;
        private bool _open;
        private bool _linkOpen;
        private int _drawn;

        public void Write(ReadOnlySpan<char> text, AnsiStyle style)
        {
            if (_drawn >= LongestDrawn)
            {
                return;
            }

            if (text.Length > LongestDrawn - _drawn)
            {
                text = text[..(LongestDrawn - _drawn)];
            }

            _drawn += text.Length;
            if (style != _current || !_open)
            {
                End();
                Begin(style);
            }

            if (_linkOpen)
            {
                Encode(text);
            }
            else
            {
                WriteLinked(text);
            }
        }

        public void End()
        {
            if (_linkOpen)
            {
                html.Append("</a>");
            }

            if (_open && HasSpan(_current))
            {
                html.Append("</span>");
            }

            _open = false;
            _linkOpen = false;
        }

        private static bool HasSpan(AnsiStyle style) => style.Foreground is not null || style.Background is not null || style.Effects != AnsiEffects.None;

        private void Begin(AnsiStyle style)
        {
            _current = style;
            _open = true;
            if (HasSpan(style))
            {
                WriteSpan(style);
            }

            if (style.Link is { } link)
            {
                OpenLink(link);
                _linkOpen = true;
            }
        }

        private readonly void WriteSpan(AnsiStyle style)
        {
            // The page's policy allows no inline styles: the sixteen themed colours are classes, fixed colours are data that the viewer applies.
            var inverse = style.Has(AnsiEffects.Inverse);
            var foreground = inverse ? style.Background : style.Foreground;
            var background = inverse ? style.Foreground : style.Background;
            html.Append("<span class=\"");
            var start = html.Length;
            AppendClass(start, style.Has(AnsiEffects.Bold), "bo");
            AppendClass(start, style.Has(AnsiEffects.Dim), "di");
            AppendClass(start, style.Has(AnsiEffects.Italic), "it");
            AppendClass(start, style.Has(AnsiEffects.Underline), "un");
            AppendClass(start, style.Has(AnsiEffects.Struck), "st");
            AppendClass(start, inverse && foreground is null, "fi");
            AppendClass(start, inverse && background is null, "bi");
            AppendClass(start, foreground is { Basic: >= 0 }, $"f{foreground?.Basic}");
            AppendClass(start, background is { Basic: >= 0 }, $"b{background?.Basic}");
            html.Append('"');
            if (foreground is { Basic: < 0 } fixedForeground)
            {
                html.Append(" data-fg=\"").Append(fixedForeground.Hex).Append('"');
            }

            if (background is { Basic: < 0 } fixedBackground)
            {
                html.Append(" data-bg=\"").Append(fixedBackground.Hex).Append('"');
            }

            html.Append('>');
        }

        private readonly void AppendClass(int start, bool applies, string name)
        {
            if (applies)
            {
                html.Append(html.Length > start ? " " : "").Append(name);
            }
        }

        private readonly void WriteLinked(ReadOnlySpan<char> text)
        {
            while (text.Length > 0)
            {
                var at = NextAddress(text);
                if (at < 0)
                {
                    break;
                }

                Encode(text[..at]);
                text = text[at..];
                var length = AddressLength(text);
                OpenLink(text[..length]);
                Encode(text[..length]);
                html.Append("</a>");
                text = text[length..];
            }

            Encode(text);
        }

        private static int NextAddress(ReadOnlySpan<char> text)
        {
            for (var from = 0; ;)
            {
                var at = text[from..].IndexOf("http", StringComparison.OrdinalIgnoreCase);
                if (at < 0)
                {
                    return -1;
                }

                from += at;
                if (IsWebAddress(text[from..]) && AddressLength(text[from..]) > "https://".Length)
                {
                    return from;
                }

                from += 4;
            }
        }

        /// <summary>Up to the first character that ends an address; closing punctuation belongs to the sentence around it, a closing bracket too unless it was opened inside.</summary>
        private static int AddressLength(ReadOnlySpan<char> text)
        {
            var end = text.IndexOfAny(AddressEnds);
            var address = end < 0 ? text : text[..end];
            for (var i = 0; i < address.Length; i++)
            {
                if (char.IsControl(address[i]))
                {
                    address = address[..i];
                    break;
                }
            }

            while (address.Length > 0)
            {
                var last = address[^1];
                var closes = last is '.' or ',' or ';' or ':' or '!' or '?' or '*'
                    || (last == ')' && address.Count('(') < address.Count(')'))
                    || (last == ']' && address.Count('[') < address.Count(']'));
                if (!closes)
                {
                    break;
                }

                address = address[..^1];
            }

            return address.Length;
        }

        private readonly void OpenLink(ReadOnlySpan<char> target)
        {
            html.Append("<a href=\"");
            html.Append(WebUtility.HtmlEncode(target.ToString()));
            html.Append("\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">");
        }

        private readonly void Encode(ReadOnlySpan<char> text)
        {
            for (var i = 0; i < text.Length; i++)
            {
                var character = text[i];
                switch (character)
                {
                    case '&': html.Append("&amp;"); break;
                    case '<': html.Append("&lt;"); break;
                    case '>': html.Append("&gt;"); break;
                    case '"': html.Append("&quot;"); break;
                    case '\'': html.Append("&#39;"); break;
                    case '\t': html.Append('\t'); break;
                    case < ' ': html.Append((char)('\u2400' + character)); break;
                    case '\u007f': html.Append('\u2421'); break;

                    // Characters that turn the direction of text can make a line read as what it is not.
                    case >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069' or '\u200e' or '\u200f':
                        html.Append("<i class=\"ctl\">U+").Append(((int)character).ToString("X4")).Append("</i>");
                        break;
                    default:
                        if (char.IsSurrogate(character))
                        {
                            if (char.IsHighSurrogate(character) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                            {
                                html.Append(character).Append(text[++i]);
                            }
                            else
                            {
                                html.Append('\ufffd');
                            }
                        }
                        else
                        {
                            html.Append(character);
                        }

                        break;
                }
            }
        }
    }
}
