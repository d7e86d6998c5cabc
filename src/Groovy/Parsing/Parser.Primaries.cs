using Slipway.Groovy.Lexing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

// Names, literals, strings with values, lists and maps, closures, and what 'new' makes.
internal sealed partial class Parser
{
    private Expression ParsePrimary()
    {
        ref readonly var token = ref _tokens[_at];
        switch (token.Kind)
        {
            case TokenKind.Identifier or TokenKind.This or TokenKind.Super:
                _at++;
                return new NameExpression(token.Text!, token.Span);
            case TokenKind.String:
                _at++;
                return new LiteralExpression(token.Text, token.Span);
            case TokenKind.GStringStart:
                return ParseGString();
            case TokenKind.IntegerLiteral or TokenKind.DecimalLiteral:
                _at++;
                return Number(_at - 1, false, token.Span);
            case TokenKind.True or TokenKind.False:
                _at++;
                return new LiteralExpression(token.Kind == TokenKind.True, token.Span);
            case TokenKind.Null:
                _at++;
                return new LiteralExpression(null, token.Span);
            case TokenKind.LeftParen:
                return ParseParenthesized();
            case TokenKind.LeftBracket:
                return ParseListOrMap();
            case TokenKind.LeftBrace:
                return ParseClosure();
            case TokenKind.New:
                return ParseNew();
            case var kind when kind.IsBuiltInType():
                return ParseBuiltInType();
            default:
                throw MissingExpression();
        }
    }

    private SyntaxFault MissingExpression()
    {
        if (Kind is TokenKind.Else or TokenKind.Catch or TokenKind.Finally)
        {
            return StrayClause();
        }

        var before = _at > 0 ? KindAt(_at - 1) : TokenKind.EndOfFile;
        if (Kind is TokenKind.RightBrace or TokenKind.RightParen or TokenKind.RightBracket or TokenKind.EndOfFile or TokenKind.Semicolon or TokenKind.Comma
            && (BinaryOperatorOf(before).Precedence > 0 || before.IsAssignment() || before is TokenKind.Comma or TokenKind.Question or TokenKind.Colon or TokenKind.Elvis))
        {
            return FaultAt(_at - 1, Codes.MissingExpression, $"Expected a value behind {Describe(_at - 1)}, but found {Describe(_at)}.");
        }

        if (before is TokenKind.LeftParen or TokenKind.LeftBracket && _matches[_at - 1] == 0)
        {
            return FaultAt(_at - 1, Codes.NotClosed, $"The {Describe(_at - 1)} opened here is never closed; expected a value or what closes it before {Describe(_at)}{Where(_at)}.");
        }

        if (Kind == TokenKind.RightParen || Kind == TokenKind.RightBracket)
        {
            return Fault(Codes.ClosesNothing, $"This {Describe(_at)} closes nothing that is open; delete it, or write what opens it.");
        }

        var hint = Kind switch
        {
            TokenKind.Arrow => "; '->' belongs behind the parameters of a closure: { x -> … }",
            TokenKind.Colon when before == TokenKind.Colon => "; Groovy 2.4 has no '::', a reference to a method is written with '.&'",
            TokenKind.At => "; an annotation stands before a declaration",
            TokenKind.Dot when Peek(1) == TokenKind.IntegerLiteral => "; a number needs a digit before its point: 0.5",
            TokenKind.Star => "; a list is spread only inside of ( ) or [ ]",
            var kind when kind.IsKeyword() => "; it is a reserved word (to use it as a name, put it in quotes)",
            _ => "",
        };
        return Fault(Codes.MissingExpression, $"Expected a value, but found {Describe(_at)}{hint}.");
    }

    private LiteralExpression Number(int token, bool isNegative, Span span)
    {
        var text = _tokens[token].Text!;
        var value = _tokens[token].Kind == TokenKind.IntegerLiteral ? NumberLiteral.Integer(text, isNegative) : NumberLiteral.Decimal(text, isNegative);
        if (value is null)
        {
            var message = text.Length > 1 && text[0] == '0' && char.IsAsciiDigit(text[1]) && text.AsSpan().IndexOfAny('8', '9') > 0
                ? $"'{text}' begins with 0, so its digits are octal and can only be 0 to 7; drop the leading 0, or put it in quotes."
                : $"The number '{text}' does not fit its type; drop the suffix, or write G for one without limits.";
            Report(token, Codes.BadNumber, message);
        }

        return new LiteralExpression(value ?? 0, span);
    }

    private ParenthesizedExpression ParseParenthesized()
    {
        var open = _at++;
        if (Kind == TokenKind.RightParen)
        {
            throw FaultAt(open, Codes.MissingExpression, "These parentheses are empty: expected a value in them. A closure without parameters is written { -> … }.");
        }

        var inner = ParseExpression();
        if (Kind == TokenKind.Comma && _matches[open] > 0 && KindAt(_matches[open] + 1) == TokenKind.Arrow)
        {
            throw FaultAt(_matches[open] + 1, Codes.NotInGroovy24, "Groovy 2.4 has no lambdas; write a closure: { a, b -> … }.");
        }

        if (IsCommandArgumentAhead() && inner is NameExpression)
        {
            throw Fault(
                Codes.MissingSeparator,
                $"Expected ')' but found {Describe(_at)}: an operator is missing before it, or, for a call inside of an expression, the parentheses around its arguments.");
        }

        ExpectClosing(open, TokenKind.RightParen, "here");
        return new ParenthesizedExpression(inner, SpanFrom(open));
    }

    private Expression ParseListOrMap()
    {
        var open = _at++;
        if (Kind == TokenKind.Colon && Peek(1) == TokenKind.RightBracket)
        {
            _at += 2;
            return new MapExpression([], SpanFrom(open));
        }

        if (Kind == TokenKind.Comma)
        {
            throw Fault(Codes.MissingExpression, "Expected a value before ','.");
        }

        var arguments = ParseArguments(TokenKind.RightBracket);
        ExpectClosing(open, TokenKind.RightBracket, "in the list or map");
        if (arguments.Exists(IsMapPart))
        {
            return new MapExpression(ToEntries(arguments, open), SpanFrom(open));
        }

        return new ListExpression(arguments.ConvertAll(ToItem), SpanFrom(open));
    }

    /// <summary><c>int</c> as a value is its class; <c>int[]</c> too.</summary>
    private Expression ParseBuiltInType()
    {
        if (Peek(1) == TokenKind.LeftBracket && Peek(2) == TokenKind.RightBracket)
        {
            var type = ParseType();
            return new TypeExpression(type, type.Span);
        }

        ref readonly var token = ref _tokens[_at++];
        return new NameExpression(token.Text!, token.Span);
    }

    // ---- strings with values ----

    private GStringExpression ParseGString()
    {
        var outer = Enter();
        var start = _at;
        var strings = new List<string>();
        var values = new List<Expression>();
        do
        {
            strings.Add(_tokens[_at++].Text!);
            values.Add(Kind == TokenKind.LeftBrace ? ParseBracedValue() : ParseNamedValue());
        }
        while (Kind == TokenKind.GStringMiddle);
        if (Kind != TokenKind.GStringEnd)
        {
            throw FaultAt(start, Codes.UnclosedString, "The string opened here is never closed.");
        }

        strings.Add(_tokens[_at++].Text!);
        Leave(outer);
        return new GStringExpression(strings, values, SpanFrom(start));
    }

    private Expression ParseNamedValue()
    {
        Expression value = new NameExpression(_tokens[_at].Text!, _tokens[_at].Span);
        _at++;
        while (Kind == TokenKind.Dot)
        {
            var name = new LiteralExpression(_tokens[_at + 1].Text, _tokens[_at + 1].Span);
            _at += 2;
            value = new PropertyExpression(value, name, false, false, false, SpanFrom(value));
            Deepen();
        }

        return value;
    }

    /// <summary>
    /// <c>${expression}</c> is the expression, <c>${}</c> null, <c>${ -> x}</c> a closure that is called each time the text is needed; several statements
    /// are a closure called at once.
    /// </summary>
    private Expression ParseBracedValue()
    {
        if (IsClosureWithParameters(_at))
        {
            return ParseClosure();
        }

        var open = _at;
        var block = ParseBlock();
        switch (block.Statements)
        {
            case []:
                return new LiteralExpression(null, SpanFrom(open));
            case [ExpressionStatement single]:
                return single.Expression;
            default:
                var closure = new ClosureExpression([], block, block.Span);
                return MakeCall(closure, [], block.Span);
        }
    }

    // ---- closures ----

    /// <summary>Whether the brace at <paramref name="open"/> begins a closure with an arrow: <c>{ -> }</c>, <c>{ a, String b = 1 -> }</c>.</summary>
    private bool IsClosureWithParameters(int open)
    {
        var at = open + 1;
        if (KindAt(at) == TokenKind.Arrow)
        {
            return true;
        }

        while (true)
        {
            at = SkipParameter(at);
            switch (at < 0 ? TokenKind.EndOfFile : KindAt(at))
            {
                case TokenKind.Arrow:
                    return true;
                case TokenKind.Comma:
                    at++;
                    break;
                default:
                    return false;
            }
        }
    }

    private int SkipParameter(int at)
    {
        at = SkipAnnotations(at);
        while (KindAt(at) is TokenKind.Final or TokenKind.Def)
        {
            at = SkipAnnotations(at + 1);
        }

        var behindType = SkipType(at);
        if (behindType > 0 && KindAt(behindType) is TokenKind.Identifier or TokenKind.Ellipsis)
        {
            at = behindType;
        }

        if (KindAt(at) == TokenKind.Ellipsis)
        {
            at++;
        }

        if (KindAt(at) != TokenKind.Identifier)
        {
            return -1;
        }

        at++;
        return KindAt(at) == TokenKind.Assign ? SkipDefaultValue(at + 1) : at;
    }

    private int SkipDefaultValue(int at)
    {
        var first = at;
        while (true)
        {
            switch (KindAt(at))
            {
                case TokenKind.Comma or TokenKind.Arrow:
                    return at;
                case TokenKind.EndOfFile or TokenKind.Semicolon or TokenKind.RightBrace or TokenKind.RightParen or TokenKind.RightBracket:
                    return -1;
            }

            if (_tokens[at].NewlineBefore && at > first)
            {
                return -1;
            }

            at = _matches[at] > at ? _matches[at] + 1 : at + 1;
        }
    }

    private ClosureExpression ParseClosure()
    {
        var outer = Enter();
        var open = _at;
        List<ParameterNode>? parameters = null;
        if (IsClosureWithParameters(open))
        {
            _at++;
            parameters = ParseParameters(TokenKind.Arrow);
            Expect(TokenKind.Arrow, "'->' behind the parameters of the closure");
        }
        else
        {
            _at++;
        }

        var statements = new List<Statement>();
        ParseNestedStatementsInto(statements);
        ExpectClosingBrace(open);
        var span = SpanFrom(open);
        Leave(outer);
        return new ClosureExpression(parameters, new BlockStatement(statements, span), span);
    }

    // ---- new ----

    private Expression ParseNew()
    {
        var start = _at++;
        ParseAnnotations();
        var typeStart = _at;
        if (Kind == TokenKind.Less)
        {
            ParseTypeArguments();
        }

        var (name, generics) = ParseTypeName();
        if (Kind == TokenKind.LeftBracket && !OnNewLine)
        {
            return ParseNewArray(start, new TypeNode(name, 0, generics, SpanFrom(typeStart)));
        }

        var type = new TypeNode(name, 0, generics, SpanFrom(typeStart));
        if (Kind != TokenKind.LeftParen)
        {
            throw Fault(Codes.UnexpectedToken, $"Expected '(' and the arguments behind 'new {name}', but found {Describe(_at)}; write new {name}().");
        }

        var open = _at++;
        var arguments = ParseArguments(TokenKind.RightParen);
        ExpectClosing(open, TokenKind.RightParen, $"between the arguments of 'new {name}'");
        ClassNode? body = null;
        if (Kind == TokenKind.LeftBrace && !OnNewLine)
        {
            body = ParseClassBody(_at, ClassKind.Class, "", Modifiers.None, type, [], []);
        }

        return new NewExpression(type, arguments, body, SpanFrom(start));
    }

    private NewArrayExpression ParseNewArray(int start, TypeNode elementType)
    {
        var sizes = new List<Expression>();
        var rank = 0;
        while (Kind == TokenKind.LeftBracket && !OnNewLine)
        {
            var open = _at++;
            if (Kind != TokenKind.RightBracket)
            {
                if (rank > sizes.Count)
                {
                    throw Fault(Codes.UnexpectedToken, "A size cannot follow empty brackets; write the sizes first, as in new int[2][].");
                }

                sizes.Add(ParseExpression());
            }

            ExpectClosing(open, TokenKind.RightBracket, "behind the array's size");
            rank++;
        }

        // What is left over of the rank belongs to the elements: new int[2][] holds two int[].
        elementType = elementType with { ArrayRank = rank - Math.Max(sizes.Count, 1) };
        if (sizes.Count == 0 && Kind == TokenKind.LeftBrace && !OnNewLine)
        {
            var open = _at++;
            var items = ParseArguments(TokenKind.RightBrace);
            ExpectClosing(open, TokenKind.RightBrace, "in the array");
            return new NewArrayExpression(elementType, [], items.ConvertAll(ToItem), SpanFrom(start));
        }

        if (sizes.Count == 0)
        {
            throw Fault(Codes.MissingExpression, $"Expected the array's size in its brackets, as in new {elementType.Name}[3].");
        }

        return new NewArrayExpression(elementType, sizes, null, SpanFrom(start));
    }
}
