using Slipway.Groovy.Lexing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

// Chains of properties, calls, indexes and closures; commands without parentheses; arguments.
internal sealed partial class Parser
{
    /// <summary>The chain read last. An expression that is nothing but this chain can be a command: <c>a.b c</c> is a call, <c>-a.b c</c> is not.</summary>
    private Expression? _lastPath;

    /// <summary>
    /// The token that begins a statement, an initializer or an assigned value. Only there Groovy looks for a closure on the next line:
    /// <c>stage('x') ⏎ { … }</c> is one call, <c>1 + stage('x') ⏎ { … }</c> is not.
    /// </summary>
    private int _leading = -1;

    private Expression ParsePath()
    {
        var outer = _height;
        _height = 0;
        var isLeading = _at == _leading;
        var path = ParsePathFrom(ParsePrimary(), isLeading);
        _height = Math.Max(outer, _height);
        _lastPath = path;
        return path;
    }

    private Expression ParsePathFrom(Expression path, bool takesClosureOfNextLine)
    {
        while (true)
        {
            switch (Kind)
            {
                case TokenKind.Dot or TokenKind.SafeDot or TokenKind.SpreadDot:
                    path = ParseProperty(path);
                    break;
                case TokenKind.MethodPointer:
                    _at++;
                    path = new MethodPointerExpression(path, ParseMemberName(), SpanFrom(path));
                    break;
                case TokenKind.LeftParen when !OnNewLine:
                    path = ParseCall(path);
                    break;
                case TokenKind.LeftBracket when !OnNewLine:
                    path = ParseIndex(path);
                    break;
                case TokenKind.LeftBrace when !OnNewLine || takesClosureOfNextLine:
                    path = AppendClosure(path);
                    break;
                default:
                    return path;
            }

            Deepen();
        }
    }

    private PropertyExpression ParseProperty(Expression target)
    {
        var kind = Kind;
        _at++;
        var isField = Accept(TokenKind.At);
        if (Kind == TokenKind.Less)
        {
            ParseTypeArguments();
        }

        var name = ParseMemberName();
        return new PropertyExpression(target, name, kind == TokenKind.SafeDot, kind == TokenKind.SpreadDot, isField, SpanFrom(target));
    }

    /// <summary>What may stand behind a dot: a name or keyword, a string, or an expression in parentheses.</summary>
    private Expression ParseMemberName()
    {
        if (Kind.IsNameOrKeyword() || Kind == TokenKind.String)
        {
            ref readonly var token = ref _tokens[_at++];
            return new LiteralExpression(token.Text, token.Span);
        }

        switch (Kind)
        {
            case TokenKind.GStringStart:
                return ParseGString();
            case TokenKind.LeftParen:
                // Groovy takes a single name in the parentheses as it is: a.(b) is a.b.
                var inner = ParseParenthesized().Inner;
                return inner is NameExpression name ? new LiteralExpression(name.Name, name.Span) : inner;
            case TokenKind.LeftBrace:
                return ParseClosure();
            case TokenKind.RightBrace or TokenKind.EndOfFile:
                throw FaultAt(_at - 1, Codes.MissingName, $"Expected the name of a property or method behind {Describe(_at - 1)}.");
            default:
                throw Fault(Codes.MissingName, $"Expected the name of a property or method behind {Describe(_at - 1)}, but found {Describe(_at)}.");
        }
    }

    private CallExpression ParseCall(Expression callee)
    {
        var open = _at++;
        var arguments = ParseArguments(TokenKind.RightParen);
        ExpectClosing(open, TokenKind.RightParen, "between the arguments");
        return MakeCall(callee, arguments, SpanFrom(callee));
    }

    private static CallExpression MakeCall(Expression callee, List<Argument> arguments, Span span) => callee switch
    {
        NameExpression name => new CallExpression(null, new LiteralExpression(name.Name, name.Span), arguments, false, false, span),
        LiteralExpression { Value: string } or GStringExpression => new CallExpression(null, callee, arguments, false, false, span),
        PropertyExpression { IsField: false } property =>
            new CallExpression(property.Target, property.Name, arguments, property.IsSafe, property.IsSpread, span),
        _ => new CallExpression(callee, new LiteralExpression("call", new Span(callee.Span.End, callee.Span.End)), arguments, false, false, span),
    };

    private Expression ParseIndex(Expression target)
    {
        if (Peek(1) == TokenKind.RightBracket && TypeNameOf(target) is { } typeName)
        {
            var rank = 0;
            for (; Kind == TokenKind.LeftBracket && Peek(1) == TokenKind.RightBracket; rank++)
            {
                _at += 2;
            }

            var span = SpanFrom(target);
            return new TypeExpression(new TypeNode(typeName, rank, null, span), span);
        }

        var open = _at++;
        var arguments = ParseArguments(TokenKind.RightBracket);
        ExpectClosing(open, TokenKind.RightBracket, "in the index");
        if (arguments.Exists(IsMapPart))
        {
            throw FaultAt(
                open,
                Codes.MapAsIndex,
                $"A map behind a name is read as an index of it; leave the brackets out ({Shorten(_source.Text[target.Span.Start..target.Span.End])} key: value) or put them into parentheses.");
        }

        var indexes = arguments.ConvertAll(ToItem);
        if (indexes.Count == 0)
        {
            throw FaultAt(open, Codes.MissingExpression, "The index is empty; to pass an empty list to a step or method, use parentheses: f([]).");
        }

        return new IndexExpression(target, indexes, SpanFrom(target));
    }

    /// <summary>The name of what looks like a class, <c>a.b.Foo</c>: with empty brackets behind it, it is the class of its arrays.</summary>
    private static string? TypeNameOf(Expression expression) => expression switch
    {
        NameExpression name when char.IsUpper(name.Name[0]) => name.Name,
        PropertyExpression { Name: LiteralExpression { Value: string { Length: > 0 } name }, IsSafe: false, IsSpread: false, IsField: false } property
            when char.IsUpper(name[0]) && Dotted(property.Target) is { } package => package + "." + name,
        _ => null,
    };

    private static string? Dotted(Expression expression) => expression switch
    {
        NameExpression name => name.Name,
        PropertyExpression { Name: LiteralExpression { Value: string name }, IsSafe: false, IsSpread: false, IsField: false } property
            when Dotted(property.Target) is { } outer => outer + "." + name,
        _ => null,
    };

    private CallExpression AppendClosure(Expression callee)
    {
        var closure = ParseClosure();
        var argument = new PositionalArgument(closure, closure.Span);
        if (callee is LiteralExpression { Value: string })
        {
            _sink.Warning(
                Codes.ClosureBehindString,
                "The closure behind this string makes it the name of a method that is called with the closure; to give both to a step, write step('…') { … }.",
                callee.Span);
        }

        if (callee is CallExpression call)
        {
            // foo(1) { } { } is one call with three arguments.
            var arguments = new List<Argument>(call.Arguments.Count + 1);
            arguments.AddRange(call.Arguments);
            arguments.Add(argument);
            return call with { Arguments = arguments, Span = SpanFrom(callee) };
        }

        return MakeCall(callee, [argument], SpanFrom(callee));
    }

    // ---- commands ----

    /// <summary>An expression where a command may stand: as a statement, behind '=' and behind 'return'.</summary>
    private Expression ParseCommandExpression(bool takesClosureOfNextLine = true)
    {
        _leading = takesClosureOfNextLine ? _at : -1;
        var expression = ParseExpression();
        if (ReferenceEquals(expression, _lastPath) && expression is not NameExpression { Name: "this" or "super" } && IsCommandArgumentAhead())
        {
            var outer = Enter();
            expression = ParseCommand(expression);
            Leave(outer);
        }

        return expression;
    }

    private bool IsCommandArgumentAhead()
    {
        if (OnNewLine)
        {
            return false;
        }

        return Kind switch
        {
            TokenKind.Identifier or TokenKind.IntegerLiteral or TokenKind.DecimalLiteral or TokenKind.String or TokenKind.GStringStart
                or TokenKind.New or TokenKind.This or TokenKind.Super or TokenKind.True or TokenKind.False or TokenKind.Null
                or TokenKind.Not or TokenKind.Tilde => true,
            var kind when kind.IsBuiltInType() => true,
            var kind when kind.IsKeyword() => Peek(1) == TokenKind.Colon,
            _ => false,
        };
    }

    /// <summary>
    /// <c>a b c d</c> is <c>a(b).c(d)</c>, <c>a b c</c> is <c>a(b).c</c>. A head that is a call already takes no further arguments: <c>a(b) c d</c> is the same.
    /// </summary>
    private Expression ParseCommand(Expression head)
    {
        var command = head is CallExpression ? head : MakeCommand(head);
        while (!OnNewLine && Kind is TokenKind.Identifier or TokenKind.String or TokenKind.GStringStart)
        {
            var name = ParseMemberName();
            command = new PropertyExpression(command, name, false, false, false, SpanFrom(command));
            Deepen();
            if (Kind is TokenKind.LeftParen or TokenKind.LeftBracket or TokenKind.LeftBrace && !OnNewLine
                || Kind is TokenKind.Dot or TokenKind.SafeDot or TokenKind.SpreadDot or TokenKind.MethodPointer)
            {
                command = ParsePathFrom(command, takesClosureOfNextLine: true);
            }
            else if (IsCommandArgumentAhead())
            {
                command = MakeCommand(command);
            }
        }

        return command;
    }

    private CallExpression MakeCommand(Expression callee)
    {
        var arguments = new List<Argument>();
        do
        {
            arguments.Add(ParseCommandArgument());
        }
        while (AcceptOnLine(TokenKind.Comma));
        Deepen();
        return MakeCall(callee, arguments, SpanFrom(callee));
    }

    private Argument ParseCommandArgument()
    {
        if (Kind is TokenKind.EndOfFile or TokenKind.RightBrace or TokenKind.Semicolon)
        {
            throw FaultAt(_at - 1, Codes.MissingExpression, "Expected another argument behind the ','.");
        }

        return IsLabelAhead() ? ParseNamedArgument() : ParsePositionalArgument();
    }

    // ---- arguments ----

    /// <summary>Arguments of a call, items of a list, entries of a map: Groovy reads them alike. A ',' behind the last is allowed.</summary>
    private List<Argument> ParseArguments(TokenKind end)
    {
        var arguments = new List<Argument>();
        while (Kind != end)
        {
            arguments.Add(ParseArgument());
            if (!Accept(TokenKind.Comma))
            {
                break;
            }
        }

        return arguments;
    }

    private Argument ParseArgument()
    {
        if (Kind == TokenKind.Star)
        {
            return ParseSpreadArgument();
        }

        return IsLabelAhead() ? ParseNamedArgument() : ParsePositionalArgument();
    }

    private SpreadArgument ParseSpreadArgument()
    {
        var start = _at++;
        var isMap = Accept(TokenKind.Colon);
        var value = ParseExpression();
        return new SpreadArgument(value, isMap, SpanFrom(start));
    }

    private PositionalArgument ParsePositionalArgument()
    {
        var value = ParseExpression();
        if (Kind == TokenKind.Colon && !OnNewLine)
        {
            throw Fault(Codes.LabelNeedsParentheses, "What stands before ':' must be a name, a string, a number, or an expression in parentheses, as in (a + b): c.");
        }

        return new PositionalArgument(value, value.Span);
    }

    /// <summary>Whether a label and a ':' stand here: a name, keyword, literal, or anything in brackets.</summary>
    private bool IsLabelAhead()
    {
        if (Peek(1) == TokenKind.Colon)
        {
            return !_tokens[_at + 1].NewlineBefore && (Kind.IsNameOrKeyword() || Kind is TokenKind.String or TokenKind.IntegerLiteral or TokenKind.DecimalLiteral);
        }

        return Kind is TokenKind.LeftParen or TokenKind.LeftBracket or TokenKind.LeftBrace or TokenKind.GStringStart
            && _matches[_at] > 0
            && KindAt(_matches[_at] + 1) == TokenKind.Colon;
    }

    private NamedArgument ParseNamedArgument()
    {
        var start = _at;
        var key = ParseLabel();
        Expect(TokenKind.Colon, "':' behind the name");
        if (Kind is TokenKind.Comma or TokenKind.RightParen or TokenKind.RightBracket)
        {
            throw Fault(Codes.MissingExpression, $"Expected a value behind '{_source.Text[_tokens[start].Start.._tokens[_at - 1].End]}', but found {Describe(_at)}.");
        }

        var value = ParseExpression();
        return new NamedArgument(key, value, SpanFrom(start));
    }

    private Expression ParseLabel()
    {
        if (Kind.IsNameOrKeyword())
        {
            ref readonly var token = ref _tokens[_at++];
            return new LiteralExpression(token.Text, token.Span);
        }

        var key = ParsePrimary();
        return key is ParenthesizedExpression parenthesized ? parenthesized.Inner : key;
    }

    private static bool IsMapPart(Argument argument) => argument is NamedArgument or SpreadArgument { IsMap: true };

    private static Expression ToItem(Argument argument) => argument is SpreadArgument ? new SpreadExpression(argument.Value, argument.Span) : argument.Value;

    private List<MapEntry> ToEntries(List<Argument> arguments, int open)
    {
        var entries = new List<MapEntry>(arguments.Count);
        foreach (var argument in arguments)
        {
            switch (argument)
            {
                case NamedArgument named:
                    entries.Add(new MapEntry(named.Key, named.Value, named.Span));
                    break;
                case SpreadArgument { IsMap: true }:
                    entries.Add(new MapEntry(null, argument.Value, argument.Span));
                    break;
                default:
                    _sink.Error(Codes.MixedMap, $"This entry of the map has no key; write 'key: value', or put the map's entries into brackets of their own.", argument.Span);
                    throw FaultAt(open, Codes.MixedMap, "This mixes the values of a list with the entries of a map (key: value); it can be only one of them.");
            }
        }

        return entries;
    }
}
