using Slipway.Groovy.Parsing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Lexing;

/// <summary>
/// Turns a whole file into tokens in one pass. What depends on context in Groovy's lexical grammar is decided here, from the token before and the open
/// brackets: whether a slash divides or opens a string, whether a line end counts, where a string goes on after a value. The parser needs to know none of it.
/// </summary>
internal sealed partial class Lexer
{
    private readonly string _text;
    private readonly DiagnosticSink _diagnostics;
    private readonly StringPool _names = new();
    private readonly Stack<Open> _open = new();
    private Token[] _tokens;
    private int[] _matches;
    private int _count;
    private int _at;
    private bool _newline;

    /// <summary>Tokens looked at again by <see cref="RestoreNewlines"/>.</summary>
    private int _restored;

    /// <summary>How many strings that must end on their line have a value that is being read.</summary>
    private int _oneLineStrings;

    private Lexer(SourceText source, DiagnosticSink diagnostics)
    {
        _text = source.Text;
        _diagnostics = diagnostics;
        _tokens = new Token[(_text.Length / 4) + 16];
        _matches = new int[_tokens.Length];
    }

    /// <summary>What is open at the point reached. For a value inside a string, <see cref="StringToken"/> is the token that began the string.</summary>
    private readonly record struct Open(TokenKind Kind, int Token, StringStyle Style, int StringToken);

    public static TokenList Tokenize(SourceText source, DiagnosticSink diagnostics)
    {
        var lexer = new Lexer(source, diagnostics);
        lexer.Run();
        return new TokenList(lexer._tokens, lexer._count, lexer._matches);
    }

    private void Run()
    {
        SkipByteOrderMarkAndShebang();
        while (true)
        {
            SkipBlanks();
            if (_at >= _text.Length)
            {
                break;
            }

            ScanToken();
        }

        if (_oneLineStrings > 0)
        {
            BreakOneLineString();
        }

        var isFirst = true;
        while (_open.TryPop(out var open))
        {
            if (open.Kind == TokenKind.GStringStart)
            {
                CloseBrokenString(open, report: isFirst);
                isFirst = false;
            }
            else if (open.Kind != TokenKind.LeftBrace)
            {
                RestoreNewlines(open.Token);
            }
        }

        _newline = true;
        Add(TokenKind.EndOfFile, _text.Length, null);
    }

    private void SkipByteOrderMarkAndShebang()
    {
        if (_text.StartsWith('\uFEFF'))
        {
            _at = 1;
        }

        if (_text.AsSpan(_at).StartsWith("#!"))
        {
            SkipToLineEnd();
        }
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            switch (_text[_at])
            {
                case ' ' or '\t' or '\f':
                    _at++;
                    break;
                case '\r' or '\n':
                    if (_oneLineStrings > 0)
                    {
                        BreakOneLineString();
                    }

                    _at++;
                    _newline = true;
                    break;
                case '\\' when Peek(1) is '\n' or '\r':
                    _at += Peek(1) == '\r' && Peek(2) == '\n' ? 3 : 2;
                    break;
                case '/' when Peek(1) == '/':
                    SkipToLineEnd();
                    break;
                case '/' when Peek(1) == '*':
                    SkipBlockComment();
                    break;
                default:
                    return;
            }
        }
    }

    private void SkipToLineEnd()
    {
        var length = _text.AsSpan(_at).IndexOfAny('\r', '\n');
        _at = length < 0 ? _text.Length : _at + length;
    }

    private void SkipBlockComment()
    {
        var end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            _diagnostics.Error(Codes.UnclosedComment, "This comment is opened here and never closed; write '*/' where it ends.", new Span(_at, _at + 2));
            _at = _text.Length;
            return;
        }

        _at = end + 2;
    }

    private void ScanToken()
    {
        var c = _text[_at];
        if (char.IsAsciiLetter(c) || c is '_')
        {
            ScanWord();
        }
        else if (char.IsAsciiDigit(c))
        {
            ScanNumber();
        }
        else if (c is '\'' or '"')
        {
            ScanQuotedString(c);
        }
        else if (c == '$')
        {
            if (Peek(1) == '/' && SlashOpensString())
            {
                ScanString(_at, 2, StringStyle.DollarSlashy, -1);
            }
            else
            {
                ScanWord();
            }
        }
        else if (c == '/' && SlashOpensString())
        {
            ScanString(_at, 1, StringStyle.Slashy, -1);
        }
        else if (c > 0x7F)
        {
            ScanNonAscii(c);
        }
        else
        {
            ScanPunctuation(c);
        }
    }

    private void ScanWord()
    {
        var start = _at;
        _at = EndOfName(_at, dollar: true);
        AddWord(start);
    }

    private void AddWord(int start)
    {
        var span = _text.AsSpan(start, _at - start);
        var kind = Keywords.KindOf(span);

        // Java packages may be called 'as', 'def', 'in' or 'trait': Groovy lets them be names beside a dot.
        if (kind is TokenKind.As or TokenKind.Def or TokenKind.In or TokenKind.Trait && (Peek(0) == '.' && char.IsAsciiLetter(Peek(1))))
        {
            kind = TokenKind.Identifier;
        }

        Add(kind, start, _names.Get(span));
    }

    private int EndOfName(int at, bool dollar)
    {
        while (at < _text.Length && IsNamePart(_text[at], dollar))
        {
            at++;
        }

        return at;
    }

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_' || (c >= 0xC0 && IsNonAsciiLetter(c));

    private static bool IsNamePart(char c, bool dollar) => char.IsAsciiLetterOrDigit(c) || c == '_' || (c == '$' && dollar) || (c >= 0xC0 && IsNonAsciiLetter(c));

    /// <summary>Groovy takes nearly everything above U+00C0 for a letter. Typographic quotes and spaces are left out: nobody means them.</summary>
    private static bool IsNonAsciiLetter(char c) => c is not ('\u00D7' or '\u00F7' or '\u3000' or '\uFEFF' or '\uFFFF') and not (>= '\u2000' and <= '\u206F');

    private void ScanNonAscii(char c)
    {
        if (IsNameStart(c))
        {
            ScanWord();
            return;
        }

        var place = new Span(_at, _at + 1);
        _at++;
        switch (c)
        {
            case '\u201C' or '\u201D' or '\u201E' or '\u00AB' or '\u00BB':
                _diagnostics.Error(Codes.TypographicCharacter, $"'{c}' is a typographic quotation mark; strings are written with plain quotes: \"…\" or '…'.", place);
                SkipTypographicString();
                Add(TokenKind.String, place.Start, _text[place.End.._at]);
                return;
            case '\u2018' or '\u2019' or '\u201A' or '\u00B4':
                _diagnostics.Error(Codes.TypographicCharacter, $"'{c}' is a typographic quotation mark; strings are written with plain quotes: '…' or \"…\".", place);
                SkipTypographicString();
                Add(TokenKind.String, place.Start, _text[place.End.._at]);
                return;
            case '\u2013' or '\u2014' or '\u2212':
                _diagnostics.Error(Codes.TypographicCharacter, $"'{c}' is a typographic dash; write the plain '-'.", place);
                Add(TokenKind.Minus, place.Start, null);
                return;
            case '\u2026':
                _diagnostics.Error(Codes.TypographicCharacter, "'…' is one typographic character; write three plain dots, or what it stands for.", place);
                Add(TokenKind.Bad, place.Start, null);
                return;
            default:
                var what = char.IsWhiteSpace(c) || c is '\u200B' or '\u2060' or '\uFEFF' ? "is an invisible character that is not a plain space" : "cannot stand here";
                _diagnostics.Error(Codes.UnexpectedCharacter, $"The character U+{(int)c:X4} {what}; delete it or write a plain space.", place);
                return;
        }
    }

    private void SkipTypographicString()
    {
        while (_at < _text.Length && _text[_at] is not ('\r' or '\n' or ')' or ','))
        {
            if (_text[_at++] is '\u2018' or '\u2019' or '\u201C' or '\u201D' or '\u00BB' or '\u00AB' or '"')
            {
                return;
            }
        }
    }

    /// <summary>A slash divides after what can end a value, and opens a string elsewhere.</summary>
    private bool SlashOpensString()
    {
        if (_count == 0)
        {
            return true;
        }

        var kind = _tokens[_count - 1].Kind;
        if (kind.IsKeyword())
        {
            var isName = _count > 1 && _tokens[_count - 2].Kind is TokenKind.Dot or TokenKind.SafeDot or TokenKind.SpreadDot or TokenKind.MethodPointer or TokenKind.At;
            return !isName && kind is not (TokenKind.This or TokenKind.Super or TokenKind.True or TokenKind.False or TokenKind.Null or TokenKind.Class) && !kind.IsBuiltInType();
        }

        return kind is not (TokenKind.Identifier or TokenKind.IntegerLiteral or TokenKind.DecimalLiteral or TokenKind.String or TokenKind.GStringEnd
            or TokenKind.RightParen or TokenKind.RightBracket or TokenKind.RightBrace or TokenKind.PlusPlus or TokenKind.MinusMinus);
    }

    private char Peek(int distance) => _at + distance < _text.Length ? _text[_at + distance] : '\0';

    private int Add(TokenKind kind, int start, string? text)
    {
        if (_count == _tokens.Length)
        {
            Array.Resize(ref _tokens, _count * 2);
            Array.Resize(ref _matches, _count * 2);
        }

        _tokens[_count] = new Token(kind, _newline && NewlinesCount, start, _at, text);
        _newline = false;
        return _count++;
    }

    private bool NewlinesCount => !_open.TryPeek(out var open) || open.Kind is not (TokenKind.LeftParen or TokenKind.LeftBracket);
}
