namespace Slipway.Groovy.Syntax;

// The syntax tree of Groovy 2.4. Immutable once parsed, free of any meaning: names are not resolved, command expressions are
// already method calls, and every node knows its place. Later stages (compiler, Declarative model, lint) only read it.

/// <summary>Base of every node.</summary>
public abstract record Node(Span Span);

/// <summary>A whole file: what it imports, the classes and methods it declares, and the statements of its body in order.</summary>
public sealed record ScriptNode(
    SourceText Source,
    string? Package,
    IReadOnlyList<ImportNode> Imports,
    IReadOnlyList<ClassNode> Classes,
    IReadOnlyList<MethodNode> Methods,
    IReadOnlyList<Statement> Statements,
    Span Span) : Node(Span);

/// <summary><c>import a.b.C</c>, <c>import a.b.*</c>, <c>import static a.B.c as d</c>; annotations such as <c>@Library('x') _</c> stand on imports, declarations or the first statement.</summary>
public sealed record ImportNode(string Name, string? Alias, bool IsStatic, bool IsStar, IReadOnlyList<AnnotationNode> Annotations, Span Span) : Node(Span);

public sealed record AnnotationNode(string Name, IReadOnlyList<NamedArgument> Arguments, Span Span) : Node(Span);

/// <summary>A type as written: <c>String</c>, <c>java.util.Map&lt;String, List&gt;</c>, <c>int[]</c>. Generics are kept as text for messages only.</summary>
public sealed record TypeNode(string Name, int ArrayRank, string? Generics, Span Span) : Node(Span);

[Flags]
public enum Modifiers
{
    None = 0,
    Static = 1,
    Final = 2,
    Public = 4,
    Private = 8,
    Protected = 16,
    Abstract = 32,
    Synchronized = 64,
    Transient = 128,
    Volatile = 256,
}

public enum ClassKind
{
    Class,
    Interface,
    Enum,
    Trait,
    AnnotationType,
}

public sealed record ClassNode(
    ClassKind Kind,
    string Name,
    Modifiers Modifiers,
    TypeNode? SuperType,
    IReadOnlyList<TypeNode> Interfaces,
    IReadOnlyList<FieldNode> Fields,
    IReadOnlyList<MethodNode> Methods,
    IReadOnlyList<EnumConstantNode> EnumConstants,
    IReadOnlyList<InitializerNode> Initializers,
    IReadOnlyList<ClassNode> InnerClasses,
    IReadOnlyList<AnnotationNode> Annotations,
    Span Span) : Node(Span);

/// <summary>A field or a property (<see cref="IsProperty"/>: declared without an access modifier).</summary>
public sealed record FieldNode(string Name, TypeNode? Type, Modifiers Modifiers, bool IsProperty, Expression? Initializer, IReadOnlyList<AnnotationNode> Annotations, Span Span) : Node(Span);

public sealed record EnumConstantNode(string Name, IReadOnlyList<Argument> Arguments, ClassNode? Body, Span Span) : Node(Span);

public sealed record InitializerNode(bool IsStatic, BlockStatement Body, Span Span) : Node(Span);

/// <summary>A method of a class or a script; a constructor where <see cref="IsConstructor"/>. The body is null for an abstract one.</summary>
public sealed record MethodNode(
    string Name,
    Modifiers Modifiers,
    TypeNode? ReturnType,
    IReadOnlyList<ParameterNode> Parameters,
    BlockStatement? Body,
    bool IsConstructor,
    IReadOnlyList<AnnotationNode> Annotations,
    Span Span) : Node(Span)
{
    /// <summary>The value behind <c>default</c> of an annotation type's method.</summary>
    public Expression? AnnotationDefault { get; init; }
}

public sealed record ParameterNode(string Name, TypeNode? Type, Expression? Default, bool IsVarargs, Span Span) : Node(Span)
{
    public IReadOnlyList<AnnotationNode> Annotations { get; init; } = [];
}

// ---- statements ----

public abstract record Statement(Span Span) : Node(Span);

public sealed record BlockStatement(IReadOnlyList<Statement> Statements, Span Span) : Statement(Span);

public sealed record ExpressionStatement(Expression Expression, Span Span) : Statement(Span);

/// <summary><c>def x = 1</c>, <c>int a = 1, b</c>, or with several targets and one value <c>def (a, b) = list</c> (<see cref="IsMultiple"/>).</summary>
public sealed record DeclarationStatement(
    Modifiers Modifiers,
    IReadOnlyList<DeclaredVariable> Variables,
    bool IsMultiple,
    Expression? MultipleValue,
    IReadOnlyList<AnnotationNode> Annotations,
    Span Span) : Statement(Span);

public sealed record DeclaredVariable(string Name, TypeNode? Type, Expression? Initializer, Span Span) : Node(Span);

public sealed record IfStatement(Expression Condition, Statement Then, Statement? Else, Span Span) : Statement(Span);

public sealed record WhileStatement(Expression Condition, Statement Body, Span Span) : Statement(Span);

public sealed record DoWhileStatement(Statement Body, Expression Condition, Span Span) : Statement(Span);

/// <summary><c>for (init; condition; update)</c>.</summary>
public sealed record ForStatement(IReadOnlyList<Statement> Initializers, Expression? Condition, IReadOnlyList<Expression> Updates, Statement Body, Span Span) : Statement(Span);

/// <summary><c>for (x in list)</c> and <c>for (T x : list)</c>.</summary>
public sealed record ForInStatement(string Variable, TypeNode? VariableType, Expression Collection, Statement Body, Span Span) : Statement(Span);

public sealed record SwitchStatement(Expression Subject, IReadOnlyList<SwitchCase> Cases, Span Span) : Statement(Span);

/// <summary>A <c>case</c>, or <c>default</c> where <see cref="Label"/> is null; bodies fall through as written.</summary>
public sealed record SwitchCase(Expression? Label, IReadOnlyList<Statement> Body, Span Span) : Node(Span);

public sealed record TryStatement(IReadOnlyList<Statement> Resources, BlockStatement Body, IReadOnlyList<CatchClause> Catches, BlockStatement? Finally, Span Span) : Statement(Span);

/// <summary>No types means <c>catch (e)</c>, which is <c>catch (Exception e)</c>.</summary>
public sealed record CatchClause(IReadOnlyList<TypeNode> Types, string Variable, BlockStatement Body, Span Span) : Node(Span);

public sealed record ThrowStatement(Expression Value, Span Span) : Statement(Span);

public sealed record ReturnStatement(Expression? Value, Span Span) : Statement(Span);

public sealed record BreakStatement(string? Label, Span Span) : Statement(Span);

public sealed record ContinueStatement(string? Label, Span Span) : Statement(Span);

public sealed record LabeledStatement(string Label, Statement Body, Span Span) : Statement(Span);

public sealed record AssertStatement(Expression Condition, Expression? Message, Span Span) : Statement(Span);

public sealed record SynchronizedStatement(Expression Lock, BlockStatement Body, Span Span) : Statement(Span);

/// <summary>A class or method declared where statements stand (a method in a script's body is listed in <see cref="ScriptNode.Methods"/> instead).</summary>
public sealed record ClassDeclarationStatement(ClassNode Class, Span Span) : Statement(Span);

public sealed record EmptyStatement(Span Span) : Statement(Span);

// ---- expressions ----

public abstract record Expression(Span Span) : Node(Span);

/// <summary>A literal: null, bool, string, int, long, float, double, decimal-like (<see cref="BigDecimalText"/>) or big integer.</summary>
public sealed record LiteralExpression(object? Value, Span Span) : Expression(Span);

/// <summary>The value of a decimal literal without suffix (or with G): Groovy's BigDecimal, kept as its digits.</summary>
public sealed record BigDecimalText(string Digits);

/// <summary>The value of an integer literal with suffix G: Groovy's BigInteger.</summary>
public sealed record BigIntegerText(string Digits);

/// <summary>A string with values in it: <c>Strings.Count == Values.Count + 1</c>; the pieces alternate, text first.</summary>
public sealed record GStringExpression(IReadOnlyList<string> Strings, IReadOnlyList<Expression> Values, Span Span) : Expression(Span);

/// <summary>A bare name: a variable, a property of the script's owner, or a class. <c>this</c> and <c>super</c> too.</summary>
public sealed record NameExpression(string Name, Span Span) : Expression(Span);

/// <summary><c>[1, 2, *more]</c></summary>
public sealed record ListExpression(IReadOnlyList<Expression> Items, Span Span) : Expression(Span);

/// <summary><c>[a: 1, (key): 2, *: other]</c> and <c>[:]</c></summary>
public sealed record MapExpression(IReadOnlyList<MapEntry> Entries, Span Span) : Expression(Span);

/// <summary>An entry of a map; the key of <c>a: 1</c> is the literal 'a'; null stands for <c>*: other</c>.</summary>
public sealed record MapEntry(Expression? Key, Expression Value, Span Span) : Node(Span);

/// <summary><c>1..5</c>, <c>1..&lt;5</c></summary>
public sealed record RangeExpression(Expression From, Expression To, bool IsExclusive, Span Span) : Expression(Span);

/// <summary><c>a.b</c>, <c>a?.b</c>, <c>a*.b</c>, <c>a.@b</c>, <c>a."${b}"</c>. The name is a literal string or a GString.</summary>
public sealed record PropertyExpression(Expression Target, Expression Name, bool IsSafe, bool IsSpread, bool IsField, Span Span) : Expression(Span);

/// <summary><c>a.&amp;b</c></summary>
public sealed record MethodPointerExpression(Expression Target, Expression Name, Span Span) : Expression(Span);

/// <summary><c>a[b]</c>; several indexes make one list.</summary>
public sealed record IndexExpression(Expression Target, IReadOnlyList<Expression> Indexes, Span Span) : Expression(Span);

/// <summary>
/// A call. <c>foo(1)</c> and the command <c>foo 1</c> have no <see cref="Target"/>; <c>x.call(1)</c>, <c>x.foo 1</c> have one; calling the value of any other
/// expression (<c>list[0](1)</c>, <c>{ }()</c>) is a call of the method <c>call</c> on it. A trailing closure is the last argument.
/// </summary>
public sealed record CallExpression(Expression? Target, Expression Name, IReadOnlyList<Argument> Arguments, bool IsSafe, bool IsSpread, Span Span) : Expression(Span)
{
    /// <summary>The method's name where it is written as plain text.</summary>
    public string? SimpleName => Name is LiteralExpression { Value: string name } ? name : null;
}

public abstract record Argument(Expression Value, Span Span) : Node(Span);

public sealed record PositionalArgument(Expression Value, Span Span) : Argument(Value, Span);

/// <summary><c>name: value</c>; <see cref="Key"/> is a literal for plain names, any expression for <c>(key): value</c>.</summary>
public sealed record NamedArgument(Expression Key, Expression Value, Span Span) : Argument(Value, Span)
{
    public string? SimpleName => Key is LiteralExpression { Value: string name } ? name : null;
}

/// <summary><c>*list</c>, or <c>*: map</c> where <see cref="IsMap"/>.</summary>
public sealed record SpreadArgument(Expression Value, bool IsMap, Span Span) : Argument(Value, Span);

/// <summary><c>*list</c> inside a list literal.</summary>
public sealed record SpreadExpression(Expression Value, Span Span) : Expression(Span);

/// <summary><c>new T(args)</c>; with a body it is an anonymous class.</summary>
public sealed record NewExpression(TypeNode Type, IReadOnlyList<Argument> Arguments, ClassNode? Body, Span Span) : Expression(Span);

/// <summary><c>new int[2][3]</c>, <c>new String[] { 'a' }</c></summary>
public sealed record NewArrayExpression(TypeNode ElementType, IReadOnlyList<Expression> Sizes, IReadOnlyList<Expression>? Initializer, Span Span) : Expression(Span);

/// <summary><see cref="Parameters"/> is null where there is no arrow: the closure then has the implicit parameter <c>it</c>.</summary>
public sealed record ClosureExpression(IReadOnlyList<ParameterNode>? Parameters, BlockStatement Body, Span Span) : Expression(Span);

public enum UnaryOperator
{
    Negate,
    Plus,
    Not,
    BitNot,
    PreIncrement,
    PreDecrement,
    PostIncrement,
    PostDecrement,
}

public sealed record UnaryExpression(UnaryOperator Operator, Expression Operand, Span Span) : Expression(Span);

public enum BinaryOperator
{
    Add, Subtract, Multiply, Divide, Modulo, Power,
    Equal, NotEqual, Identical, NotIdentical, Less, LessOrEqual, Greater, GreaterOrEqual, Compare,
    And, Or, BitAnd, BitOr, BitXor, ShiftLeft, ShiftRight, ShiftRightUnsigned,
    Find, Match, In, NotIn, InstanceOf, NotInstanceOf,
}

/// <summary>For <c>instanceof</c> the right side is a <see cref="TypeExpression"/>.</summary>
public sealed record BinaryExpression(BinaryOperator Operator, Expression Left, Expression Right, Span Span) : Expression(Span);

public sealed record TypeExpression(TypeNode Type, Span Span) : Expression(Span);

/// <summary><c>(T) x</c>, and <c>x as T</c> where <see cref="IsCoercion"/>.</summary>
public sealed record CastExpression(TypeNode Type, Expression Value, bool IsCoercion, Span Span) : Expression(Span);

/// <summary><c>target = value</c>, or compound (<c>+=</c> has operator Add). The target is a name, property, index or, for <c>(a, b) = list</c>, a <see cref="TupleExpression"/>.</summary>
public sealed record AssignmentExpression(Expression Target, BinaryOperator? Operator, Expression Value, Span Span) : Expression(Span);

/// <summary>An annotation as the argument of another annotation.</summary>
public sealed record AnnotationExpression(AnnotationNode Annotation, Span Span) : Expression(Span);

public sealed record TupleExpression(IReadOnlyList<Expression> Items, Span Span) : Expression(Span);

public sealed record TernaryExpression(Expression Condition, Expression Then, Expression Else, Span Span) : Expression(Span);

/// <summary><c>a ?: b</c></summary>
public sealed record ElvisExpression(Expression Value, Expression Fallback, Span Span) : Expression(Span);

/// <summary><c>~pattern</c> is <see cref="UnaryOperator.BitNot"/> on a string; parentheses are kept because Declarative validation and power assertions see them.</summary>
public sealed record ParenthesizedExpression(Expression Inner, Span Span) : Expression(Span);
