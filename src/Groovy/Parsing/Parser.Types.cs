using Slipway.Groovy.Lexing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

// Types: how to see one ahead, and how to read one.
internal sealed partial class Parser
{
    /// <summary>The token behind the type that begins at <paramref name="at"/>, or -1 where none does. Reads nothing.</summary>
    private int SkipType(int at)
    {
        if (KindAt(at).IsBuiltInType())
        {
            return SkipArrayRanks(at + 1);
        }

        if (KindAt(at) != TokenKind.Identifier)
        {
            return -1;
        }

        at++;
        while (true)
        {
            if (KindAt(at) == TokenKind.Less)
            {
                at = SkipTypeArguments(at);
                if (at < 0)
                {
                    return -1;
                }
            }

            if (!IsDottedOn(at))
            {
                return SkipArrayRanks(at);
            }

            at += 2;
        }
    }

    /// <summary>Whether a dot and a name follow on the same line: a type's name does not go over lines, a chain of calls does.</summary>
    private bool IsDottedOn(int at) =>
        KindAt(at) == TokenKind.Dot && KindAt(at + 1) == TokenKind.Identifier && !_tokens[at].NewlineBefore && !_tokens[at + 1].NewlineBefore;

    private int SkipArrayRanks(int at)
    {
        while (KindAt(at) == TokenKind.LeftBracket && KindAt(at + 1) == TokenKind.RightBracket && !_tokens[at].NewlineBefore)
        {
            at += 2;
        }

        return at;
    }

    private int SkipTypeArguments(int at)
    {
        var open = 0;
        while (true)
        {
            switch (KindAt(at))
            {
                case TokenKind.Less:
                    open++;
                    break;
                case TokenKind.Greater:
                    open--;
                    break;
                case TokenKind.ShiftRight:
                    open -= 2;
                    break;
                case TokenKind.ShiftRightUnsigned:
                    open -= 3;
                    break;
                case TokenKind.Identifier or TokenKind.Dot or TokenKind.Comma or TokenKind.Question or TokenKind.Extends or TokenKind.Super
                    or TokenKind.LeftBracket or TokenKind.RightBracket or TokenKind.Ampersand:
                    break;
                case var kind when kind.IsBuiltInType():
                    break;
                default:
                    return -1;
            }

            at++;
            if (open <= 0)
            {
                return open == 0 ? at : -1;
            }
        }
    }

    /// <summary>The token behind any annotations that begin at <paramref name="at"/> (<c>@interface</c> is none).</summary>
    private int SkipAnnotations(int at)
    {
        while (KindAt(at) == TokenKind.At && KindAt(at + 1) == TokenKind.Identifier)
        {
            at += 2;
            while (KindAt(at) == TokenKind.Dot && KindAt(at + 1) == TokenKind.Identifier)
            {
                at += 2;
            }

            if (KindAt(at) == TokenKind.LeftParen && !_tokens[at].NewlineBefore && _matches[at] > at)
            {
                at = _matches[at] + 1;
            }
        }

        return at;
    }

    private TypeNode ParseType()
    {
        var start = _at;
        var (name, generics) = ParseTypeName();
        var rank = 0;
        while (Kind == TokenKind.LeftBracket && Peek(1) == TokenKind.RightBracket && !OnNewLine)
        {
            _at += 2;
            rank++;
        }

        return new TypeNode(name, rank, generics, SpanFrom(start));
    }

    /// <summary>The type of what is declared. Groovy demands a capital letter here, and so finds a word too many: <c>def build stage = 1</c>.</summary>
    private TypeNode ParseDeclaredType()
    {
        if (Kind == TokenKind.Identifier && !IsDeclarableType(_at))
        {
            throw Fault(
                Codes.MissingType,
                $"{Describe(_at)} stands where the type of a declaration would, but the names of types begin with a capital letter; is it a word too many, or is a ',' or '=' missing behind it?");
        }

        return ParseType();
    }

    private (string Name, string? Generics) ParseTypeName()
    {
        if (Kind.IsBuiltInType())
        {
            return (_tokens[_at++].Text!, null);
        }

        if (Kind != TokenKind.Identifier)
        {
            throw Fault(Codes.MissingType, $"Expected the name of a type, but found {Describe(_at)}.");
        }

        var name = _tokens[_at++].Text!;
        var generics = ParseTypeArguments();
        while (Kind == TokenKind.Dot && Peek(1).IsNameOrKeyword() && !OnNewLine)
        {
            name += "." + _tokens[_at + 1].Text;
            _at += 2;
            generics = ParseTypeArguments() ?? generics;
        }

        return (name, generics);
    }

    /// <summary>Type arguments or parameters as text, <c>&lt;</c> and <c>&gt;</c> included; they mean nothing at run time.</summary>
    private string? ParseTypeArguments()
    {
        if (Kind != TokenKind.Less)
        {
            return null;
        }

        var end = SkipTypeArguments(_at);
        if (end < 0)
        {
            throw Fault(Codes.MissingType, "The type arguments opened by this '<' are not closed by '>'.");
        }

        var text = _source.Text[_tokens[_at].Start.._tokens[end - 1].End];
        _at = end;
        return text;
    }

    private List<TypeNode> ParseTypeList()
    {
        var types = new List<TypeNode>();
        do
        {
            types.Add(ParseType());
        }
        while (Accept(TokenKind.Comma));
        return types;
    }

    private string ParseDottedName(string what)
    {
        var name = ExpectName(what);
        while (Kind == TokenKind.Dot && Peek(1).IsNameOrKeyword())
        {
            name += "." + _tokens[_at + 1].Text;
            _at += 2;
        }

        return name;
    }
}
