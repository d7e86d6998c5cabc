using Slipway.Groovy.Lexing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

// What declares a name: imports, variables, methods and their parameters, annotations and modifiers.
internal sealed partial class Parser
{
    /// <summary>
    /// Whether a declaration begins here, not an expression or a command. Groovy tells <c>Foo bar</c> (declares bar) from <c>foo bar</c> (calls foo) by the
    /// capital letter of the type; any modifier, annotation or <c>def</c> decides at once.
    /// </summary>
    private bool IsDeclarationAhead()
    {
        switch (Kind)
        {
            case TokenKind.Def or TokenKind.Class or TokenKind.Interface or TokenKind.Enum or TokenKind.Trait or TokenKind.Import or TokenKind.At:
                return true;
            case TokenKind.Identifier when !IsDeclarableType(_at):
                return false;
        }

        if (Kind.IsModifier())
        {
            return true;
        }

        var behind = SkipType(_at);
        if (behind < 0 || _tokens[behind].NewlineBefore)
        {
            return false;
        }

        // Foo bar baz and Foo bar.baz are commands again.
        return KindAt(behind) switch
        {
            TokenKind.Identifier => Kind.IsBuiltInType() || _tokens[behind + 1].NewlineBefore || !IsContinuedCommand(KindAt(behind + 1)),
            TokenKind.String => KindAt(behind + 1) == TokenKind.LeftParen,
            _ => false,
        };
    }

    private static bool IsContinuedCommand(TokenKind kind) =>
        kind is TokenKind.Identifier or TokenKind.String or TokenKind.LeftBracket or TokenKind.Dot or TokenKind.SafeDot or TokenKind.SpreadDot;

    /// <summary>The last part of the type's name must begin with a capital letter.</summary>
    private bool IsDeclarableType(int at)
    {
        while (IsDottedOn(at + 1))
        {
            at += 2;
        }

        return char.IsUpper(_tokens[at].Text![0]);
    }

    private Statement? ParseDeclaration()
    {
        var start = _at;
        var imports = SkipAnnotations(_at);
        if (KindAt(imports) == TokenKind.Import)
        {
            RequireTopLevel("An import");
            var onImport = ParseAnnotations();
            _imports.Add(ParseImport(start, onImport));
            return null;
        }

        var at = _at;
        var annotations = ParseModifiers(out var modifiers, out var hasDef, out var hasAny);
        if (IsClassAhead() && hasDef)
        {
            throw Fault(Codes.MissingName, $"{Describe(_at)} is a reserved word; choose another name.");
        }

        if (IsClassAhead())
        {
            RequireTopLevel("A class", start);
            _classes.Add(ParseClass(start, annotations, modifiers));
            return null;
        }

        if (Kind == TokenKind.Less)
        {
            ParseTypeArguments();
            hasAny = true;
        }

        if (hasDef && Kind == TokenKind.LeftParen)
        {
            return ParseMultipleDeclaration(start, annotations, modifiers);
        }

        if (IsMethodAhead(out var nameAt))
        {
            RequireTopLevel("A method", start);
            _methods.Add(ParseMethod(start, annotations, modifiers, nameAt, isConstructor: false));
            return null;
        }

        _at = at;
        return ParseVariables();
    }

    private void RequireTopLevel(string what, int? token = null)
    {
        if (!_atTopLevel)
        {
            Report(
                token ?? _at,
                Codes.MisplacedDeclaration,
                $"{what} can only be declared at the top level of the file, not inside of a block or closure{(what == "A method" ? "; here write a closure: def name = { x -> … }" : "")}.");
        }
    }

    // ---- imports ----

    private ImportNode ParseImport(int start, IReadOnlyList<AnnotationNode> annotations)
    {
        _at++;
        var isStatic = Accept(TokenKind.Static);
        var name = ParseDottedName("the name of what to import");
        var isStar = false;
        if (Kind == TokenKind.Dot && Peek(1) == TokenKind.Star)
        {
            _at += 2;
            isStar = true;
        }
        else if (Kind == TokenKind.SpreadDot || Kind == TokenKind.Dot)
        {
            throw Fault(Codes.MissingName, "Expected a name or '*' after the '.' of the import.");
        }

        if (isStatic && !isStar && !name.Contains('.'))
        {
            throw FaultAt(_at - 1, Codes.MissingName, $"A static import names a member of a class, as in import static {name}.member or import static {name}.*.");
        }

        string? alias = null;
        if (!OnNewLine && Accept(TokenKind.As))
        {
            alias = ExpectName("the name to import it as");
        }

        return new ImportNode(name, alias, isStatic, isStar, annotations, SpanFrom(start));
    }

    // ---- annotations and modifiers ----

    private List<AnnotationNode> ParseAnnotations()
    {
        var annotations = new List<AnnotationNode>();
        while (Kind == TokenKind.At && Peek(1) != TokenKind.Interface)
        {
            annotations.Add(ParseAnnotation());
        }

        return annotations;
    }

    private AnnotationNode ParseAnnotation()
    {
        var start = _at++;
        var name = ParseDottedName("the annotation's name after '@'");
        IReadOnlyList<NamedArgument> arguments = [];
        if (Kind == TokenKind.LeftParen && !OnNewLine)
        {
            arguments = ParseAnnotationArguments();
        }

        return new AnnotationNode(name, arguments, SpanFrom(start));
    }

    private List<NamedArgument> ParseAnnotationArguments()
    {
        var open = _at++;
        var arguments = new List<NamedArgument>();
        while (Kind != TokenKind.RightParen)
        {
            var start = _at;
            Expression key;
            if (Kind.IsNameOrKeyword() && Peek(1) == TokenKind.Assign)
            {
                key = new LiteralExpression(_tokens[_at].Text, _tokens[_at].Span);
                _at += 2;
            }
            else
            {
                key = new LiteralExpression("value", new Span(_tokens[_at].Start, _tokens[_at].Start));
            }

            var value = Kind == TokenKind.At ? ParseAnnotationValue() : ParseConditional();
            arguments.Add(new NamedArgument(key, value, SpanFrom(start)));
            if (!Accept(TokenKind.Comma))
            {
                break;
            }
        }

        ExpectClosing(open, TokenKind.RightParen, "in the annotation");
        return arguments;
    }

    private AnnotationExpression ParseAnnotationValue()
    {
        var outer = Enter();
        var annotation = ParseAnnotation();
        Leave(outer);
        return new AnnotationExpression(annotation, annotation.Span);
    }

    /// <summary>Annotations, modifiers and <c>def</c> in any order.</summary>
    private List<AnnotationNode> ParseModifiers(out Modifiers modifiers, out bool hasDef, out bool hasAny)
    {
        var annotations = new List<AnnotationNode>();
        var start = _at;
        modifiers = Modifiers.None;
        hasDef = false;
        while (true)
        {
            if (Kind == TokenKind.At && Peek(1) != TokenKind.Interface)
            {
                annotations.Add(ParseAnnotation());
            }
            else if (Kind == TokenKind.Def)
            {
                hasDef = true;
                _at++;
            }
            else if (Kind.IsModifier())
            {
                var modifier = ModifierOf(Kind);
                if (modifier != Modifiers.None && (modifiers & modifier) != 0)
                {
                    Report(_at, Codes.DuplicateModifier, $"The modifier {Describe(_at)} is written twice.");
                }

                modifiers |= modifier;
                _at++;
            }
            else
            {
                hasAny = _at > start;
                return annotations;
            }
        }
    }

    private static Modifiers ModifierOf(TokenKind kind) => kind switch
    {
        TokenKind.Static => Modifiers.Static,
        TokenKind.Final => Modifiers.Final,
        TokenKind.Public => Modifiers.Public,
        TokenKind.Private => Modifiers.Private,
        TokenKind.Protected => Modifiers.Protected,
        TokenKind.Abstract => Modifiers.Abstract,
        TokenKind.Synchronized => Modifiers.Synchronized,
        TokenKind.Transient => Modifiers.Transient,
        TokenKind.Volatile => Modifiers.Volatile,
        _ => Modifiers.None,
    };

    // ---- variables ----

    private DeclarationStatement ParseVariables()
    {
        var start = _at;
        var annotations = ParseModifiers(out var modifiers, out _, out _);
        var type = IsTypeBeforeName() ? ParseDeclaredType() : null;
        var variables = new List<DeclaredVariable>();
        do
        {
            variables.Add(ParseVariable(type, annotations));
        }
        while (AcceptOnLine(TokenKind.Comma));
        return new DeclarationStatement(modifiers, variables, false, null, annotations, SpanFrom(start));
    }

    private bool IsTypeBeforeName()
    {
        var behind = SkipType(_at);
        return behind > 0 && !_tokens[behind].NewlineBefore && KindAt(behind) is TokenKind.Identifier or TokenKind.String;
    }

    private DeclaredVariable ParseVariable(TypeNode? type, List<AnnotationNode> annotations)
    {
        if (Kind != TokenKind.Identifier && annotations.Count > 0)
        {
            throw StrayAnnotation();
        }

        var start = _at;
        var name = ExpectName("the variable's name");
        if (annotations.Count > 0 && type is null && !IsAtEndOfStatement && Kind is TokenKind.LeftBrace or TokenKind.String or TokenKind.Dot)
        {
            _at = start;
            throw StrayAnnotation();
        }

        var initializer = AcceptOnLine(TokenKind.Assign) ? ParseCommandExpression() : null;
        return new DeclaredVariable(name, type, initializer, SpanFrom(start));
    }

    private SyntaxFault StrayAnnotation() => Fault(
        Codes.StrayAnnotation,
        $"An annotation must stand before an import, a declaration or a method, not before {Describe(_at)}; where there is none, write '_' behind it, as in @Library('name') _.");

    private DeclarationStatement ParseMultipleDeclaration(int start, List<AnnotationNode> annotations, Modifiers modifiers)
    {
        var open = _at++;
        var variables = new List<DeclaredVariable>();
        do
        {
            var at = _at;
            var type = IsTypeBeforeName() ? ParseType() : null;
            variables.Add(new DeclaredVariable(ExpectName("a variable's name"), type, null, SpanFrom(at)));
        }
        while (Accept(TokenKind.Comma));
        ExpectClosing(open, TokenKind.RightParen, "between the variables");
        if (!Accept(TokenKind.Assign))
        {
            throw Fault(Codes.UnexpectedToken, $"Expected '=' and a list of values behind the variables, as in def (a, b) = [1, 2]; found {Describe(_at)}.");
        }

        var value = ParseCommandExpression();
        return new DeclarationStatement(modifiers, variables, true, value, annotations, SpanFrom(start));
    }

    // ---- methods ----

    /// <summary>Whether <c>[Type] name (</c> stands here; a modifier, annotation or type was seen before.</summary>
    private bool IsMethodAhead(out int nameAt)
    {
        nameAt = _at;
        if (IsMethodName(_at))
        {
            return true;
        }

        nameAt = SkipType(_at);
        return nameAt > 0 && !_tokens[nameAt].NewlineBefore && IsMethodName(nameAt);
    }

    private bool IsMethodName(int at) =>
        KindAt(at) is TokenKind.Identifier or TokenKind.String && KindAt(at + 1) == TokenKind.LeftParen && !_tokens[at + 1].NewlineBefore;

    private MethodNode ParseMethod(int start, IReadOnlyList<AnnotationNode> annotations, Modifiers modifiers, int nameAt, bool isConstructor)
    {
        var type = _at < nameAt ? ParseDeclaredType() : null;
        var name = _tokens[_at++].Text!;
        var open = _at++;
        var parameters = ParseParameters(TokenKind.RightParen);
        ExpectClosing(open, TokenKind.RightParen, $"between the parameters of '{name}'");
        var defaultValue = Accept(TokenKind.Default) ? ParseConditional() : null;
        if (Accept(TokenKind.Throws))
        {
            ParseTypeList();
        }

        BlockStatement? body = null;
        if (Kind == TokenKind.LeftBrace)
        {
            var outer = Enter();
            body = ParseBlock();
            Leave(outer);
        }
        else if (_atTopLevel)
        {
            throw Fault(Codes.MissingBody, $"The method '{name}' has no body: expected '{{' after its parameters, but found {Describe(_at)}.");
        }

        return new MethodNode(name, modifiers, type, parameters, body, isConstructor, annotations, SpanFrom(start)) { AnnotationDefault = defaultValue };
    }

    private List<ParameterNode> ParseParameters(TokenKind end)
    {
        var parameters = new List<ParameterNode>();
        if (Kind == end)
        {
            return parameters;
        }

        do
        {
            parameters.Add(ParseParameter());
        }
        while (Accept(TokenKind.Comma));
        return parameters;
    }

    private ParameterNode ParseParameter()
    {
        var start = _at;
        var annotations = ParseModifiers(out _, out _, out _);
        TypeNode? type = null;
        var behind = SkipType(_at);
        if (behind > 0 && KindAt(behind) is TokenKind.Identifier or TokenKind.Ellipsis or TokenKind.String)
        {
            type = ParseType();
        }

        var isVarargs = Accept(TokenKind.Ellipsis);
        if (Kind is TokenKind.String or TokenKind.IntegerLiteral or TokenKind.GStringStart)
        {
            throw Fault(Codes.MissingName, $"Expected a parameter's name, but found {Describe(_at)}: the declaration of a method names its parameters; a call has no type or 'def' before it.");
        }

        var name = ExpectName("a parameter's name");
        var defaultValue = Accept(TokenKind.Assign) ? ParseCommandExpression() : null;
        return new ParameterNode(name, type, defaultValue, isVarargs, SpanFrom(start)) { Annotations = annotations };
    }
}
