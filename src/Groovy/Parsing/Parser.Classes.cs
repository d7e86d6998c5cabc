using Slipway.Groovy.Lexing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

// Classes, interfaces, enums, traits and annotation types.
internal sealed partial class Parser
{
    private bool IsClassAhead() =>
        Kind is TokenKind.Class or TokenKind.Interface or TokenKind.Enum or TokenKind.Trait || (Kind == TokenKind.At && Peek(1) == TokenKind.Interface);

    private ClassNode ParseClass(int start, IReadOnlyList<AnnotationNode> annotations, Modifiers modifiers)
    {
        var kind = Kind switch
        {
            TokenKind.Class => ClassKind.Class,
            TokenKind.Interface => ClassKind.Interface,
            TokenKind.Enum => ClassKind.Enum,
            TokenKind.Trait => ClassKind.Trait,
            _ => ClassKind.AnnotationType,
        };
        _at += kind == ClassKind.AnnotationType ? 2 : 1;
        var name = ExpectName("the name of the class");
        ParseTypeArguments();
        TypeNode? superType = null;
        List<TypeNode> interfaces = [];
        if (Accept(TokenKind.Extends))
        {
            if (kind == ClassKind.Interface)
            {
                interfaces = ParseTypeList();
            }
            else
            {
                superType = ParseType();
            }
        }

        if (Accept(TokenKind.Implements))
        {
            interfaces.AddRange(ParseTypeList());
        }

        if (Kind != TokenKind.LeftBrace)
        {
            throw Fault(Codes.MissingBody, $"Expected '{{' to open the body of '{name}', but found {Describe(_at)}.");
        }

        return ParseClassBody(start, kind, name, modifiers, superType, interfaces, annotations);
    }

    private ClassNode ParseClassBody(
        int start, ClassKind kind, string name, Modifiers modifiers, TypeNode? superType, IReadOnlyList<TypeNode> interfaces, IReadOnlyList<AnnotationNode> annotations)
    {
        var outer = Enter();
        var atTopLevel = _atTopLevel;
        _atTopLevel = false;
        var open = _at++;
        var members = new Members(kind, name);
        if (kind == ClassKind.Enum)
        {
            ParseEnumConstants(members);
        }

        while (true)
        {
            while (Accept(TokenKind.Semicolon))
            {
            }

            if (Kind is TokenKind.RightBrace or TokenKind.EndOfFile)
            {
                break;
            }

            var at = _at;
            var (depth, height) = (_depth, _height);
            try
            {
                ParseMember(members);
                ExpectEndOfStatement();
            }
            catch (SyntaxFault)
            {
                (_depth, _height, _atTopLevel) = (depth, height, false);
                GoToNextStatement(at);
            }
        }

        ExpectClosingBrace(open);
        _atTopLevel = atTopLevel;
        Leave(outer);
        return new ClassNode(
            kind, name, modifiers, superType, interfaces, members.Fields, members.Methods, members.Constants, members.Initializers, members.Classes, annotations, SpanFrom(start));
    }

    private sealed class Members(ClassKind kind, string className)
    {
        public ClassKind Kind { get; } = kind;

        public string ClassName { get; } = className;

        public List<FieldNode> Fields { get; } = [];

        public List<MethodNode> Methods { get; } = [];

        public List<EnumConstantNode> Constants { get; } = [];

        public List<InitializerNode> Initializers { get; } = [];

        public List<ClassNode> Classes { get; } = [];
    }

    private void ParseMember(Members members)
    {
        var start = _at;
        if (Kind == TokenKind.LeftBrace || (Kind == TokenKind.Static && Peek(1) == TokenKind.LeftBrace))
        {
            var isStatic = Accept(TokenKind.Static);
            var body = ParseRequiredBlock("static");
            members.Initializers.Add(new InitializerNode(isStatic, body, SpanFrom(start)));
            return;
        }

        var annotations = ParseModifiers(out var modifiers, out _, out var hasModifier);
        if (IsClassAhead())
        {
            members.Classes.Add(ParseClass(start, annotations, modifiers));
            return;
        }

        if (Kind == TokenKind.Less)
        {
            ParseTypeArguments();
            hasModifier = true;
        }

        if (IsMethodName(_at) && _tokens[_at].Text == members.ClassName && members.ClassName.Length > 0)
        {
            members.Methods.Add(ParseMethod(start, annotations, modifiers, _at, isConstructor: true));
            return;
        }

        if (IsMethodAhead(out var nameAt) && (hasModifier || nameAt > _at))
        {
            var method = ParseMethod(start, annotations, modifiers, nameAt, isConstructor: false);
            RequireBody(members, method, nameAt);
            members.Methods.Add(method);
            return;
        }

        if (!hasModifier && !IsTypeBeforeName())
        {
            throw Fault(
                Codes.UnexpectedToken,
                $"Expected a field, method or class inside of the class, but found {Describe(_at)}; statements stand in methods, and a method or field begins with 'def', a type or a modifier.");
        }

        ParseFields(members, start, annotations, modifiers);
    }

    private void RequireBody(Members members, MethodNode method, int nameAt)
    {
        if (method.Body is null && members.Kind is ClassKind.Class or ClassKind.Enum && (method.Modifiers & Modifiers.Abstract) == 0)
        {
            Report(nameAt, Codes.MissingBody, $"The method '{method.Name}' has no body; write {{ … }} behind its parameters, or declare it abstract.");
        }
        else if (method.Body is not null && (members.Kind == ClassKind.Interface || (method.Modifiers & Modifiers.Abstract) != 0))
        {
            Report(nameAt, Codes.MissingBody, $"The method '{method.Name}' is abstract, so it cannot have a body.");
        }
    }

    private void ParseFields(Members members, int start, IReadOnlyList<AnnotationNode> annotations, Modifiers modifiers)
    {
        const Modifiers Access = Modifiers.Public | Modifiers.Private | Modifiers.Protected;
        var type = IsTypeBeforeName() ? ParseDeclaredType() : null;
        do
        {
            var name = ExpectName("the field's name");
            var initializer = AcceptOnLine(TokenKind.Assign) ? ParseCommandExpression() : null;
            var isProperty = (modifiers & Access) == 0 && members.Kind != ClassKind.Interface;
            members.Fields.Add(new FieldNode(name, type, modifiers, isProperty, initializer, annotations, SpanFrom(start)));
            start = _at + 1;
        }
        while (AcceptOnLine(TokenKind.Comma));
    }

    // ---- enums ----

    private void ParseEnumConstants(Members members)
    {
        while (IsEnumConstantAhead())
        {
            members.Constants.Add(ParseEnumConstant());
            if (!Accept(TokenKind.Comma))
            {
                break;
            }
        }

        if (members.Constants.Count > 0 && !OnNewLine && Kind is not (TokenKind.Semicolon or TokenKind.RightBrace))
        {
            throw Fault(Codes.MissingSeparator, $"Expected ',' between the constants of the enum or ';' after the last, but found {Describe(_at)}.");
        }
    }

    private bool IsEnumConstantAhead()
    {
        var at = SkipAnnotations(_at);
        return KindAt(at) == TokenKind.Identifier
            && (KindAt(at + 1) is TokenKind.Comma or TokenKind.Semicolon or TokenKind.RightBrace or TokenKind.LeftParen or TokenKind.LeftBrace || _tokens[at + 1].NewlineBefore);
    }

    private EnumConstantNode ParseEnumConstant()
    {
        var start = _at;
        ParseAnnotations();
        var name = ExpectName("the constant's name");
        IReadOnlyList<Argument> arguments = [];
        if (Kind == TokenKind.LeftParen && !OnNewLine)
        {
            var open = _at++;
            arguments = ParseArguments(TokenKind.RightParen);
            ExpectClosing(open, TokenKind.RightParen, $"between the arguments of '{name}'");
        }

        ClassNode? body = null;
        if (Kind == TokenKind.LeftBrace && !OnNewLine)
        {
            body = ParseClassBody(_at, ClassKind.Class, "", Modifiers.None, null, [], []);
        }

        return new EnumConstantNode(name, arguments, body, SpanFrom(start));
    }
}
