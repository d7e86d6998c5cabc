using Slipway.Groovy.Lexing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

// The file, lists of statements, and how they go on behind a fault.
internal sealed partial class Parser
{
    private readonly List<ImportNode> _imports = [];
    private readonly List<ClassNode> _classes = [];
    private readonly List<MethodNode> _methods = [];

    /// <summary>Set while the statements of the file itself are read: only there may imports, classes and methods stand.</summary>
    private bool _atTopLevel;

    public ScriptNode? ParseScript()
    {
        string? package = null;
        var statements = new List<Statement>();
        try
        {
            package = ParsePackage();
            while (true)
            {
                _atTopLevel = true;
                ParseStatementsInto(statements);
                if (Kind == TokenKind.EndOfFile)
                {
                    break;
                }

                Report(_at, Codes.ClosesNothing, $"This {Describe(_at)} closes nothing that is open; delete it, or look for one too many above.");
                _at++;
            }
        }
        catch (ParsingEnded)
        {
            return null;
        }

        return new ScriptNode(_source, package, _imports, _classes, _methods, statements, new Span(0, _source.Text.Length));
    }

    private string? ParsePackage()
    {
        var at = SkipAnnotations(_at);
        if (KindAt(at) != TokenKind.Package)
        {
            return null;
        }

        try
        {
            ParseAnnotations();
            _at++;
            var name = ParseDottedName("the package's name");
            ExpectEndOfStatement();
            return name;
        }
        catch (SyntaxFault)
        {
            GoToNextStatement(_at);
            return null;
        }
    }

    /// <summary>Reads up to a closing brace, a <c>case</c> or <c>default</c> of the surrounding switch, or the end of the file.</summary>
    private void ParseStatementsInto(List<Statement> statements)
    {
        var atTopLevel = _atTopLevel;
        while (true)
        {
            while (Accept(TokenKind.Semicolon))
            {
            }

            if (Kind is TokenKind.RightBrace or TokenKind.EndOfFile or TokenKind.Case || (Kind == TokenKind.Default && !atTopLevel))
            {
                if (Kind == TokenKind.Case && atTopLevel)
                {
                    Report(_at, Codes.StrayClause, "'case' stands only directly inside of switch (…) { … }.");
                    GoToNextStatement(_at);
                    continue;
                }

                return;
            }

            var start = _at;
            var (depth, height) = (_depth, _height);
            try
            {
                if (ParseStatement() is { } statement)
                {
                    statements.Add(statement);
                }

                ExpectEndOfStatement();
            }
            catch (SyntaxFault)
            {
                (_depth, _height) = (depth, height);
                GoToNextStatement(start);
            }

            _atTopLevel = atTopLevel;
        }
    }

    private void ExpectEndOfStatement()
    {
        if (Kind == TokenKind.Semicolon)
        {
            while (Accept(TokenKind.Semicolon))
            {
            }

            return;
        }

        if (OnNewLine || Kind is TokenKind.RightBrace or TokenKind.EndOfFile)
        {
            return;
        }

        throw FaultOfNameBehindNumber() ?? Kind switch
        {
            TokenKind.RightParen or TokenKind.RightBracket =>
                Fault(Codes.ClosesNothing, $"This {Describe(_at)} closes nothing that is open; delete it, or write what opens it."),
            TokenKind.Arrow =>
                Fault(Codes.NotInGroovy24, "'->' belongs behind the parameters of a closure: { x -> … }. Groovy 2.4 has no lambdas."),
            TokenKind.Colon when Peek(1) == TokenKind.Colon =>
                Fault(Codes.NotInGroovy24, "Groovy 2.4 has no '::'; a reference to a method is written with '.&', as in list.&add."),
            TokenKind.Colon when KindAt(_at - 1) == TokenKind.Identifier && _at > 1 && EndsValue(KindAt(_at - 2)) && !_tokens[_at - 1].NewlineBefore =>
                FaultAt(_at - 1, Codes.MissingSeparator, $"Expected ',' before the named argument '{_tokens[_at - 1].Text}:'."),
            TokenKind.Colon =>
                Fault(Codes.EndOfStatement, "Unexpected ':'. A named argument follows the name of what is called, as in 'step name: value'; a map stands in [ ]."),
            TokenKind.Comma =>
                Fault(Codes.EndOfStatement, "Unexpected ','. Several arguments need the name of what is called before them; a list stands in [ ]."),
            TokenKind.Else or TokenKind.Catch or TokenKind.Finally => StrayClause(),
            _ => Fault(Codes.EndOfStatement, $"Expected the end of the statement (a new line or ';'), but found {Describe(_at)}: an operator, a ',' or a quote may be missing before it."),
        };
    }

    private static bool EndsValue(TokenKind kind) => kind is TokenKind.Identifier or TokenKind.String or TokenKind.GStringEnd or TokenKind.IntegerLiteral
        or TokenKind.DecimalLiteral or TokenKind.True or TokenKind.False or TokenKind.Null or TokenKind.RightBrace or TokenKind.RightParen or TokenKind.RightBracket;

    /// <summary>Goes on behind a fault: to the next line's first token or past a ';', skipping balanced brackets, and never past the brace that ends this list.</summary>
    private void GoToNextStatement(int start)
    {
        if (_at == start && Kind is not (TokenKind.EndOfFile or TokenKind.RightBrace))
        {
            SkipOne();
        }

        while (true)
        {
            switch (Kind)
            {
                case TokenKind.EndOfFile or TokenKind.RightBrace:
                    return;
                case TokenKind.Semicolon:
                    _at++;
                    return;
                case TokenKind.Else or TokenKind.Catch or TokenKind.Finally:
                    // What belonged to the broken statement is no fault of its own; its block is skipped with it.
                    _at++;
                    continue;
            }

            if (IsFirstOnLine(_at))
            {
                return;
            }

            SkipOne();
        }
    }

    private void SkipOne()
    {
        var match = _matches[_at];
        _at = match > _at ? match + 1 : _at + 1;
    }

    /// <summary>By the text, not by the token's flag: inside of brackets too.</summary>
    private bool IsFirstOnLine(int token) =>
        _tokens[token].NewlineBefore || (token > 0 && _source.Text.AsSpan(_tokens[token - 1].End, _tokens[token].Start - _tokens[token - 1].End).Contains('\n'));

    private Statement? ParseStatement()
    {
        var outer = Enter();
        var statement = ParseStatementCore();
        Leave(outer);
        return statement;
    }

    private Statement? ParseStatementCore()
    {
        switch (Kind)
        {
            case TokenKind.If:
                return ParseIf();
            case TokenKind.While:
                return ParseWhile();
            case TokenKind.Do:
                return ParseDoWhile();
            case TokenKind.For:
                return ParseFor();
            case TokenKind.Switch:
                return ParseSwitch();
            case TokenKind.Try:
                return ParseTry();
            case TokenKind.Synchronized when Peek(1) == TokenKind.LeftParen:
                return ParseSynchronized();
            case TokenKind.Return:
                return ParseReturn();
            case TokenKind.Throw:
                return ParseThrow();
            case TokenKind.Break or TokenKind.Continue:
                return ParseJump();
            case TokenKind.Assert:
                return ParseAssert();
            case TokenKind.Else or TokenKind.Catch or TokenKind.Finally or TokenKind.Case or TokenKind.Default:
                throw StrayClause();
            case TokenKind.Goto or TokenKind.Const:
                throw Fault(Codes.UnexpectedToken, $"{Describe(_at)} is a reserved word without meaning in Groovy; choose another name.");
            case TokenKind.Package:
                throw Fault(Codes.MisplacedDeclaration, "'package' must be the first statement of the file.");
            case TokenKind.Identifier when Peek(1) == TokenKind.Colon && Peek(2) != TokenKind.Colon && !_tokens[_at + 1].NewlineBefore:
                return ParseLabeled();
            default:
                return IsDeclarationAhead() ? ParseDeclaration() : ParseExpressionStatement();
        }
    }

    private SyntaxFault StrayClause()
    {
        var message = Kind switch
        {
            TokenKind.Else => "'else' without an 'if' before it: it must follow the if statement's '}' or single statement directly.",
            TokenKind.Catch => "'catch' without a 'try' before it: write try { … } catch (e) { … }.",
            TokenKind.Finally => "'finally' without a 'try' before it: write try { … } finally { … }.",
            _ => $"{Describe(_at)} stands only directly inside of switch (…) {{ … }}.",
        };
        return Fault(Codes.StrayClause, message);
    }

    private LabeledStatement ParseLabeled()
    {
        var start = _at;
        var label = _tokens[_at].Text!;
        _at += 2;
        var body = Kind == TokenKind.LeftBrace && !IsClosureWithParameters(_at) ? ParseBlock() : ParseBodyStatement($"a statement after the label '{label}:'");
        return new LabeledStatement(label, body, SpanFrom(start));
    }

    private ExpressionStatement ParseExpressionStatement()
    {
        var start = _at;
        if (Kind == TokenKind.LeftBrace && !IsClosureWithParameters(_at))
        {
            Report(
                _at,
                Codes.AmbiguousBlock,
                "A block alone could be a closure or a block of statements: write { -> … } for a closure, or delete the braces (or give the block a label: name: { … }).");
        }

        var expression = ParseCommandExpression();
        return new ExpressionStatement(expression, SpanFrom(start));
    }

    // ---- blocks ----

    private BlockStatement ParseBlock()
    {
        var open = _at;
        Expect(TokenKind.LeftBrace, "'{'");
        var statements = new List<Statement>();
        ParseNestedStatementsInto(statements);
        ExpectClosingBrace(open);
        return new BlockStatement(statements, SpanFrom(open));
    }

    private void ParseNestedStatementsInto(List<Statement> statements)
    {
        var atTopLevel = _atTopLevel;
        _atTopLevel = false;
        ParseStatementsInto(statements);
        while (Kind is TokenKind.Case or TokenKind.Default)
        {
            Report(_at, Codes.StrayClause, $"{Describe(_at)} stands only directly inside of switch (…) {{ … }}.");
            GoToNextStatement(_at);
            ParseStatementsInto(statements);
        }

        _atTopLevel = atTopLevel;
    }

    private void ExpectClosingBrace(int open)
    {
        if (Accept(TokenKind.RightBrace))
        {
            return;
        }

        if (Kind == TokenKind.EndOfFile)
        {
            ReportUnclosedBrace(open);
            return;
        }

        throw Fault(Codes.NotClosed, $"Expected '}}' to close the '{{' of line {_source.PositionOf(_tokens[open].Start).Line}, but found {Describe(_at)}.");
    }

    /// <summary>Says once for the whole file which brace stays open: the one that the indentation points at, where it does.</summary>
    private void ReportUnclosedBrace(int open)
    {
        if (_sink.Has(Codes.NotClosed))
        {
            return;
        }

        var suspect = BraceThatIndentationPointsAt() ?? open;
        var hint = suspect != open
            ? $"judging by the indentation, its '}}' is missing before the one in line {_source.PositionOf(_tokens[_matches[suspect]].Start).Line}"
            : "write the '}' where its block ends";
        if (!IsConsequence(_at))
        {
            _sink.Error(Codes.NotClosed, $"The '{{' opened here is never closed; {hint}.", _tokens[suspect].Span);
        }
    }

    /// <summary>The first brace whose partner stands further left than the line that opened it: that partner was meant for an outer one.</summary>
    private int? BraceThatIndentationPointsAt()
    {
        int? found = null;
        for (var i = 0; KindAt(i) != TokenKind.EndOfFile; i++)
        {
            var match = _matches[i];
            if (KindAt(i) == TokenKind.LeftBrace && match > i && IsFirstOnLine(match)
                && _source.PositionOf(_tokens[match].Start).Column - 1 < IndentationOfLine(i)
                && (found is null || match < _matches[found.Value]))
            {
                found = i;
            }
        }

        return found;
    }

    private int IndentationOfLine(int token)
    {
        var offset = _tokens[token].Start;
        var start = offset - _source.PositionOf(offset).Column + 1;
        var end = start;
        while (_source.Text[end] is ' ' or '\t')
        {
            end++;
        }

        return end - start;
    }
}
