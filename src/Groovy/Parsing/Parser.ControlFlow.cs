using Slipway.Groovy.Lexing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

// if, loops, switch, try and the jumps.
internal sealed partial class Parser
{
    /// <summary>A chain of <c>else if</c> is read in a loop, so that a long one needs no stack; its tree is built from the end.</summary>
    private IfStatement ParseIf()
    {
        var parts = new List<(int Start, Expression Condition, Statement Then)>();
        Statement? last = null;
        while (true)
        {
            var start = _at++;
            var condition = ParseCondition("if");
            if (Kind == TokenKind.Semicolon)
            {
                Report(_at, Codes.MissingBody, "This ';' ends the if statement before it did anything; delete it, or write { } for doing nothing.");
            }

            parts.Add((start, condition, ParseBodyStatement("a statement or block after if (…)")));
            if (!AcceptElse())
            {
                break;
            }

            if (Kind != TokenKind.If)
            {
                last = ParseBodyStatement("a statement or block after 'else'");
                break;
            }
        }

        for (var i = parts.Count - 1; i > 0; i--)
        {
            last = new IfStatement(parts[i].Condition, parts[i].Then, last, SpanFrom(parts[i].Start));
            Deepen();
        }

        // Only the part without an else of its own can end before the last token read.
        return new IfStatement(parts[0].Condition, parts[0].Then, last, SpanFrom(parts[0].Start));
    }

    /// <summary>An else may stand on the next line, and behind a ';'.</summary>
    private bool AcceptElse()
    {
        if (Kind == TokenKind.Semicolon && Peek(1) == TokenKind.Else)
        {
            _at++;
        }

        return Accept(TokenKind.Else);
    }

    private Expression ParseCondition(string keyword)
    {
        var open = _at;
        if (Kind != TokenKind.LeftParen)
        {
            throw Fault(Codes.UnexpectedToken, $"Expected '(' after '{keyword}': its condition stands in parentheses, as in {keyword} (a == b); found {Describe(_at)}.");
        }

        _at++;
        if (Kind == TokenKind.RightParen)
        {
            throw Fault(Codes.MissingExpression, $"The condition of '{keyword}' is empty; write what to test between the parentheses.");
        }

        var condition = ParseExpression();
        if (condition is AssignmentExpression { Operator: null } assignment && keyword == "if")
        {
            _sink.Error(Codes.NotAssignable, "'=' assigns; to compare write '==' (or put the assignment into parentheses of its own).", assignment.Span);
        }

        ExpectClosing(open, TokenKind.RightParen, $"in the condition of '{keyword}'");
        return condition;
    }

    /// <summary>The body of a control statement: a block, a single statement, or nothing but ';'.</summary>
    private Statement ParseBodyStatement(string what)
    {
        if (Kind == TokenKind.LeftBrace && !IsClosureWithParameters(_at))
        {
            var outer = Enter();
            var block = ParseBlock();
            Leave(outer);
            return block;
        }

        if (Kind == TokenKind.Semicolon)
        {
            return new EmptyStatement(_tokens[_at].Span);
        }

        if (Kind is TokenKind.RightBrace or TokenKind.EndOfFile)
        {
            throw Fault(Codes.MissingBody, $"Expected {what}, but found {Describe(_at)}.");
        }

        var atTopLevel = _atTopLevel;
        _atTopLevel = false;
        var statement = ParseStatement() ?? new EmptyStatement(new Span(_tokens[_at - 1].End, _tokens[_at - 1].End));
        _atTopLevel = atTopLevel;
        return statement;
    }

    private WhileStatement ParseWhile()
    {
        var start = _at++;
        var condition = ParseCondition("while");
        var body = ParseBodyStatement("a statement or block after while (…)");
        return new WhileStatement(condition, body, SpanFrom(start));
    }

    private DoWhileStatement ParseDoWhile()
    {
        var start = _at++;
        var body = ParseBodyStatement("a block after 'do'");
        Accept(TokenKind.Semicolon);
        if (Kind != TokenKind.While)
        {
            throw Fault(Codes.UnexpectedToken, $"Expected 'while (…)' after the block of 'do', but found {Describe(_at)}.");
        }

        _at++;
        var condition = ParseCondition("while");
        return new DoWhileStatement(body, condition, SpanFrom(start));
    }

    private Statement ParseFor()
    {
        var start = _at++;
        var open = _at;
        Expect(TokenKind.LeftParen, "'(' after 'for', as in for (x in list)");
        if (IsForIn(out var nameAt))
        {
            return ParseForIn(start, open, nameAt);
        }

        var initializers = ParseForInitializers();
        ExpectForSemicolon(open);
        var condition = Kind == TokenKind.Semicolon ? null : ParseExpression();
        ExpectForSemicolon(open);
        var updates = new List<Expression>();
        while (Kind != TokenKind.RightParen)
        {
            updates.Add(ParseExpression());
            if (!Accept(TokenKind.Comma))
            {
                break;
            }
        }

        ExpectClosing(open, TokenKind.RightParen, "in the head of 'for'");
        var body = ParseBodyStatement("a statement or block after for (…)");
        return new ForStatement(initializers, condition, updates, body, SpanFrom(start));
    }

    private void ExpectForSemicolon(int open)
    {
        if (Accept(TokenKind.Semicolon))
        {
            return;
        }

        throw _matches[open] == 0
            ? FaultAt(open, Codes.NotClosed, "The '(' opened here is never closed; write for (x in list) or for (int i = 0; i < n; i++).")
            : Fault(Codes.UnexpectedToken, $"Expected ';' in the head of 'for', but found {Describe(_at)}; write for (x in list) or for (int i = 0; i < n; i++).");
    }

    /// <summary>Whether the head is <c>[final|def|Type] name in|:</c>; gives the name's token.</summary>
    private bool IsForIn(out int nameAt)
    {
        var at = SkipAnnotations(_at);
        while (KindAt(at) == TokenKind.Def || KindAt(at).IsModifier())
        {
            at = SkipAnnotations(at + 1);
        }

        nameAt = at;
        if (IsForInName(at))
        {
            return true;
        }

        nameAt = SkipType(at);
        return nameAt > 0 && IsForInName(nameAt);
    }

    private bool IsForInName(int at) => KindAt(at) == TokenKind.Identifier && KindAt(at + 1) is TokenKind.In or TokenKind.Colon;

    private ForInStatement ParseForIn(int start, int open, int nameAt)
    {
        ParseModifiers(out _, out _, out _);
        var type = _at < nameAt ? ParseDeclaredType() : null;
        var name = ExpectName("the loop variable's name");
        if (Kind == TokenKind.Colon && type is null && nameAt == open + 1)
        {
            Report(_at, Codes.UnexpectedToken, $"A ':' in the head of 'for' needs a type before the name; write for ({name} in …).");
        }

        _at++;
        var collection = ParseExpression();
        ExpectClosing(open, TokenKind.RightParen, "in the head of 'for'");
        var body = ParseBodyStatement("a statement or block after for (…)");
        return new ForInStatement(name, type, collection, body, SpanFrom(start));
    }

    private List<Statement> ParseForInitializers()
    {
        var initializers = new List<Statement>();
        if (Kind == TokenKind.Semicolon)
        {
            return initializers;
        }

        if (IsDeclarationAhead())
        {
            initializers.Add(ParseVariables());
            return initializers;
        }

        do
        {
            var expression = ParseExpression();
            initializers.Add(new ExpressionStatement(expression, expression.Span));
        }
        while (Accept(TokenKind.Comma));
        return initializers;
    }

    private SwitchStatement ParseSwitch()
    {
        var start = _at++;
        var subject = ParseCondition("switch");
        var open = _at;
        Expect(TokenKind.LeftBrace, "'{' after switch (…)");
        var cases = new List<SwitchCase>();
        var atTopLevel = _atTopLevel;
        _atTopLevel = false;
        while (Kind is not (TokenKind.RightBrace or TokenKind.EndOfFile))
        {
            if (Accept(TokenKind.Semicolon))
            {
                continue;
            }

            var (depth, height, at) = (_depth, _height, _at);
            try
            {
                cases.Add(ParseCase());
            }
            catch (SyntaxFault)
            {
                (_depth, _height, _atTopLevel) = (depth, height, false);
                GoToNextStatement(at);
                ParseStatementsInto([]);
            }
        }

        _atTopLevel = atTopLevel;
        ExpectClosingBrace(open);
        return new SwitchStatement(subject, cases, SpanFrom(start));
    }

    private SwitchCase ParseCase()
    {
        var start = _at;
        Expression? label = null;
        if (Accept(TokenKind.Case))
        {
            label = ParseExpression();
        }
        else if (!Accept(TokenKind.Default))
        {
            throw Fault(Codes.UnexpectedToken, $"Expected 'case …:' or 'default:' in the switch, but found {Describe(_at)}.");
        }

        if (!Accept(TokenKind.Colon))
        {
            throw Fault(Codes.UnexpectedToken, $"Expected ':' after the {(label is null ? "'default'" : "case's value")}, but found {Describe(_at)}.");
        }

        var body = new List<Statement>();
        ParseStatementsInto(body);
        return new SwitchCase(label, body, SpanFrom(start));
    }

    private TryStatement ParseTry()
    {
        var start = _at++;
        var resources = Kind == TokenKind.LeftParen ? ParseResources() : [];
        var body = ParseRequiredBlock("try");
        var catches = new List<CatchClause>();
        while (Kind == TokenKind.Catch)
        {
            catches.Add(ParseCatch());
        }

        var @finally = Accept(TokenKind.Finally) ? ParseRequiredBlock("finally") : null;
        if (Kind == TokenKind.Catch)
        {
            throw Fault(Codes.StrayClause, "'catch' must stand before 'finally'.");
        }

        if (catches.Count == 0 && @finally is null && resources.Count == 0)
        {
            Report(start, Codes.MissingHandler, "'try' needs a catch (…) { … } or a finally { … } behind its block.");
        }

        return new TryStatement(resources, body, catches, @finally, SpanFrom(start));
    }

    private BlockStatement ParseRequiredBlock(string keyword)
    {
        if (Kind != TokenKind.LeftBrace)
        {
            throw Fault(Codes.MissingBody, $"Expected '{{' after '{keyword}', but found {Describe(_at)}.");
        }

        var outer = Enter();
        var block = ParseBlock();
        Leave(outer);
        return block;
    }

    private List<Statement> ParseResources()
    {
        var open = _at++;
        var resources = new List<Statement>();
        while (Kind != TokenKind.RightParen)
        {
            resources.Add(IsDeclarationAhead() ? ParseVariables() : ParseExpressionStatement());
            if (!Accept(TokenKind.Semicolon))
            {
                break;
            }
        }

        ExpectClosing(open, TokenKind.RightParen, "behind the resource");
        return resources;
    }

    private CatchClause ParseCatch()
    {
        var start = _at++;
        var open = _at;
        Expect(TokenKind.LeftParen, "'(' after 'catch', as in catch (e) or catch (IOException e)");
        ParseModifiers(out _, out _, out _);
        var types = new List<TypeNode>();
        if (!(Kind == TokenKind.Identifier && Peek(1) == TokenKind.RightParen))
        {
            do
            {
                types.Add(ParseType());
            }
            while (Accept(TokenKind.Bar));
        }

        if (Kind == TokenKind.RightParen)
        {
            throw Fault(Codes.MissingName, "The caught exception needs a name, as in catch (IOException e).");
        }

        var name = ExpectName("the name of the caught exception");
        ExpectClosing(open, TokenKind.RightParen, "after the name of the caught exception");
        var body = ParseRequiredBlock("catch (…)");
        return new CatchClause(types, name, body, SpanFrom(start));
    }

    private SynchronizedStatement ParseSynchronized()
    {
        var start = _at++;
        var @lock = ParseCondition("synchronized");
        var body = ParseRequiredBlock("synchronized (…)");
        return new SynchronizedStatement(@lock, body, SpanFrom(start));
    }

    private bool IsAtEndOfStatement => OnNewLine || Kind is TokenKind.Semicolon or TokenKind.RightBrace or TokenKind.EndOfFile;

    private ReturnStatement ParseReturn()
    {
        var start = _at++;
        var value = IsAtEndOfStatement || Kind == TokenKind.Else ? null : ParseCommandExpression(takesClosureOfNextLine: false);
        return new ReturnStatement(value, SpanFrom(start));
    }

    private ThrowStatement ParseThrow()
    {
        var start = _at++;
        if (IsAtEndOfStatement)
        {
            throw FaultAt(start, Codes.MissingExpression, "'throw' needs what to throw, as in throw new Exception('why') (in a pipeline rather: error 'why').");
        }

        var value = ParseExpression();
        return new ThrowStatement(value, SpanFrom(start));
    }

    private Statement ParseJump()
    {
        var start = _at;
        var isBreak = Kind == TokenKind.Break;
        _at++;
        var label = !OnNewLine && Kind == TokenKind.Identifier ? _tokens[_at++].Text : null;
        return isBreak ? new BreakStatement(label, SpanFrom(start)) : new ContinueStatement(label, SpanFrom(start));
    }

    private AssertStatement ParseAssert()
    {
        var start = _at++;
        var condition = ParseExpression();
        var message = AcceptOnLine(TokenKind.Colon) || AcceptOnLine(TokenKind.Comma) ? ParseExpression() : null;
        return new AssertStatement(condition, message, SpanFrom(start));
    }
}
