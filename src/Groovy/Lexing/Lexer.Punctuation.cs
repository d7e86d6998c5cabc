using Slipway.Groovy.Parsing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Lexing;

// Brackets, operators, and the bookkeeping of what is open.
internal sealed partial class Lexer
{
    private void ScanPunctuation(char c)
    {
        switch (c)
        {
            case '(':
                OpenBracket(TokenKind.LeftParen);
                return;
            case '[':
                OpenBracket(TokenKind.LeftBracket);
                return;
            case '{':
                OpenBracket(TokenKind.LeftBrace);
                return;
            case ')':
                CloseBracket(TokenKind.LeftParen, TokenKind.RightParen);
                return;
            case ']':
                CloseBracket(TokenKind.LeftBracket, TokenKind.RightBracket);
                return;
            case '}':
                CloseBrace();
                return;
        }

        var (kind, length) = Operator(c, Peek(1), Peek(2), Peek(3));
        var start = _at;
        _at += Math.Max(length, 1);
        if (length > 0)
        {
            Add(kind, start, null);
            return;
        }

        var cure = c switch
        {
            '`' => "Groovy has no backtick strings; write '…', \"…\" or, to run a command, a step such as sh.",
            '#' => "comments begin with '//'.",
            '\\' => "a backslash outside of a string can only stand at the end of a line, which it continues.",
            _ when c < ' ' => "delete it.",
            _ => "delete it, or put it into a string.",
        };
        var shown = c < ' ' ? $"U+{(int)c:X4}" : $"'{c}'";
        _diagnostics.Error(Codes.UnexpectedCharacter, $"The character {shown} cannot stand here: {cure}", new Span(start, _at));
        if (c == '#')
        {
            SkipToLineEnd();
        }
        else
        {
            var end = c == '`' ? _text.AsSpan(_at).IndexOfAny('`', '\r', '\n') : -1;
            _at += end >= 0 && _text[_at + end] == '`' ? end + 1 : 0;
            Add(TokenKind.Bad, start, null);
        }
    }

    /// <summary>The longest operator that begins with these characters; length 0 where none does.</summary>
    private static (TokenKind Kind, int Length) Operator(char c, char c1, char c2, char c3) => c switch
    {
        ',' => (TokenKind.Comma, 1),
        ';' => (TokenKind.Semicolon, 1),
        ':' => (TokenKind.Colon, 1),
        '@' => (TokenKind.At, 1),
        '~' => (TokenKind.Tilde, 1),
        '.' => (c1, c2) switch
        {
            ('.', '.') => (TokenKind.Ellipsis, 3),
            ('.', '<') => (TokenKind.RangeExclusive, 3),
            ('.', _) => (TokenKind.Range, 2),
            ('&', _) => (TokenKind.MethodPointer, 2),
            _ => (TokenKind.Dot, 1),
        },
        '?' => c1 switch
        {
            '.' => (TokenKind.SafeDot, 2),
            ':' => (TokenKind.Elvis, 2),
            _ => (TokenKind.Question, 1),
        },
        '*' => (c1, c2) switch
        {
            ('*', '=') => (TokenKind.PowerAssign, 3),
            ('*', _) => (TokenKind.StarStar, 2),
            ('=', _) => (TokenKind.StarAssign, 2),
            ('.', _) => (TokenKind.SpreadDot, 2),
            _ => (TokenKind.Star, 1),
        },
        '=' => (c1, c2) switch
        {
            ('=', '=') => (TokenKind.Identical, 3),
            ('=', '~') => (TokenKind.Match, 3),
            ('=', _) => (TokenKind.Equal, 2),
            ('~', _) => (TokenKind.Find, 2),
            _ => (TokenKind.Assign, 1),
        },
        '!' => (c1, c2) switch
        {
            ('=', '=') => (TokenKind.NotIdentical, 3),
            ('=', _) => (TokenKind.NotEqual, 2),
            _ => (TokenKind.Not, 1),
        },
        '<' => (c1, c2) switch
        {
            ('<', '=') => (TokenKind.ShiftLeftAssign, 3),
            ('<', _) => (TokenKind.ShiftLeft, 2),
            ('=', '>') => (TokenKind.Compare, 3),
            ('=', _) => (TokenKind.LessOrEqual, 2),
            _ => (TokenKind.Less, 1),
        },
        '>' => (c1, c2, c3) switch
        {
            ('>', '>', '=') => (TokenKind.ShiftRightUnsignedAssign, 4),
            ('>', '>', _) => (TokenKind.ShiftRightUnsigned, 3),
            ('>', '=', _) => (TokenKind.ShiftRightAssign, 3),
            ('>', _, _) => (TokenKind.ShiftRight, 2),
            ('=', _, _) => (TokenKind.GreaterOrEqual, 2),
            _ => (TokenKind.Greater, 1),
        },
        '+' => c1 switch
        {
            '+' => (TokenKind.PlusPlus, 2),
            '=' => (TokenKind.PlusAssign, 2),
            _ => (TokenKind.Plus, 1),
        },
        '-' => c1 switch
        {
            '-' => (TokenKind.MinusMinus, 2),
            '=' => (TokenKind.MinusAssign, 2),
            '>' => (TokenKind.Arrow, 2),
            _ => (TokenKind.Minus, 1),
        },
        '/' => c1 == '=' ? (TokenKind.DivideAssign, 2) : (TokenKind.Slash, 1),
        '%' => c1 == '=' ? (TokenKind.ModuloAssign, 2) : (TokenKind.Percent, 1),
        '&' => c1 switch
        {
            '&' => (TokenKind.And, 2),
            '=' => (TokenKind.AndAssign, 2),
            _ => (TokenKind.Ampersand, 1),
        },
        '|' => c1 switch
        {
            '|' => (TokenKind.Or, 2),
            '=' => (TokenKind.OrAssign, 2),
            _ => (TokenKind.Bar, 1),
        },
        '^' => c1 == '=' ? (TokenKind.XorAssign, 2) : (TokenKind.Caret, 1),
        _ => (TokenKind.Bad, 0),
    };

    private void OpenBracket(TokenKind kind)
    {
        var start = _at++;
        var token = Add(kind, start, null);
        _open.Push(new Open(kind, token, default, -1));
    }

    /// <summary>
    /// Closes the innermost bracket of its kind, but never across a brace: code is laid out by braces, so a bracket forgotten inside one must not
    /// unbalance what follows. Brackets left open are reported by the parser, which knows what it was reading.
    /// </summary>
    private void CloseBracket(TokenKind opening, TokenKind closing)
    {
        var start = _at++;
        var closes = -1;
        var above = 0;
        foreach (var open in _open)
        {
            if (open.Kind is TokenKind.LeftBrace or TokenKind.GStringStart)
            {
                break;
            }

            above++;
            if (open.Kind == opening)
            {
                closes = open.Token;
                break;
            }
        }

        if (closes >= 0)
        {
            for (; above > 0; above--)
            {
                var open = _open.Pop();
                if (open.Token != closes)
                {
                    RestoreNewlines(open.Token);
                }
            }
        }

        _newline &= closes < 0;
        var token = Add(closing, start, null);
        if (closes >= 0)
        {
            _matches[closes] = token;
        }
    }

    private void CloseBrace()
    {
        while (_open.TryPeek(out var inner) && inner.Kind is TokenKind.LeftParen or TokenKind.LeftBracket)
        {
            RestoreNewlines(_open.Pop().Token);
        }

        var isOpen = _open.TryPop(out var open);
        var start = _at++;
        var token = Add(TokenKind.RightBrace, start, null);
        if (!isOpen)
        {
            return;
        }

        _matches[open.Token] = token;
        if (open.Kind == TokenKind.GStringStart)
        {
            _oneLineStrings -= IsOneLine(open.Style) ? 1 : 0;
            ScanString(_at, 0, open.Style, open.StringToken);
        }
    }

    /// <summary>
    /// A bracket turns out never to be closed, so the line ends behind it do count: with them the parser finds back to the next statement. What is spent
    /// on this over a whole file is bounded; beyond that only the messages get worse.
    /// </summary>
    private void RestoreNewlines(int bracket)
    {
        for (var i = bracket + 1; i < _count && _restored < _text.Length; i++, _restored++)
        {
            ref var token = ref _tokens[i];
            if (!token.NewlineBefore && _text.AsSpan(_tokens[i - 1].End, token.Start - _tokens[i - 1].End).ContainsAny('\r', '\n'))
            {
                token = token with { NewlineBefore = true };
            }

            if (_matches[i] > i && token.Kind is TokenKind.LeftParen or TokenKind.LeftBracket)
            {
                i = _matches[i];
            }
        }
    }
}
