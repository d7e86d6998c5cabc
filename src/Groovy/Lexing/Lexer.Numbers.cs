using Slipway.Groovy.Parsing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Lexing;

// Numbers: the token keeps the digits as written; NumberLiteral gives them their value. A name right behind a number is a token of its own, as in Groovy.
internal sealed partial class Lexer
{
    private void ScanNumber()
    {
        var start = _at;
        var kind = TokenKind.IntegerLiteral;
        if (Peek(0) == '0' && Peek(1) is 'x' or 'X' && char.IsAsciiHexDigit(Peek(2)))
        {
            _at += 2;
            SkipDigits(char.IsAsciiHexDigit);
        }
        else if (Peek(0) == '0' && Peek(1) is 'b' or 'B' && Peek(2) is '0' or '1')
        {
            _at += 2;
            SkipDigits(static c => c is '0' or '1');
        }
        else
        {
            SkipDigits(char.IsAsciiDigit);
            if (Peek(0) == '.' && char.IsAsciiDigit(Peek(1)))
            {
                kind = TokenKind.DecimalLiteral;
                _at++;
                SkipDigits(char.IsAsciiDigit);
            }

            if (Peek(0) is 'e' or 'E' && (char.IsAsciiDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2)))))
            {
                kind = TokenKind.DecimalLiteral;
                _at += 2;
                SkipDigits(char.IsAsciiDigit);
            }
        }

        if (Peek(0) is 'f' or 'F' or 'd' or 'D')
        {
            kind = TokenKind.DecimalLiteral;
            _at++;
        }
        else if (Peek(0) is 'g' or 'G' || (Peek(0) is 'l' or 'L' or 'i' or 'I' && kind == TokenKind.IntegerLiteral))
        {
            _at++;
        }

        var isUnfinished = Peek(0) == '_' || (_at - start == 1 && _text[start] == '0' && Peek(0) is 'x' or 'X');
        if (isUnfinished)
        {
            _at = EndOfName(_at, dollar: true);
            _diagnostics.Error(Codes.BadNumber, $"The number '{_text[start.._at]}' is not complete; expected another digit.", new Span(start, _at));
            Add(TokenKind.IntegerLiteral, start, "0");
            return;
        }

        Add(kind, start, _names.Get(_text.AsSpan(start, _at - start)));
    }

    private void SkipDigits(Func<char, bool> isDigit)
    {
        while (true)
        {
            while (isDigit(Peek(0)))
            {
                _at++;
            }

            var underscores = 0;
            while (Peek(underscores) == '_')
            {
                underscores++;
            }

            if (underscores == 0 || !isDigit(Peek(underscores)))
            {
                return;
            }

            _at += underscores;
        }
    }
}
