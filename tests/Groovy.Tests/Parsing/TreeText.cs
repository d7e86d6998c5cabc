using System.Globalization;
using System.Text;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Tests.Parsing;

/// <summary>
/// A tree as text, for tests: <c>(call nil "echo" "x")</c>. It shows what Groovy's own syntax tree shows, and hides what that one does not keep
/// (parentheses, the order of named among positional arguments), so that both can be compared.
/// </summary>
internal static class TreeText
{
    public static string Of(ScriptNode script)
    {
        var text = new StringBuilder();
        text.Append(script.Package is null ? "" : $"(package {script.Package}) ");
        AppendImports(text, script.Imports);
        text.Append('{').AppendJoin(' ', script.Statements.Select(Of)).Append('}');
        text.Append(string.Concat(script.Methods.Select(m => " " + Of(m))));
        text.Append(string.Concat(Flatten(script.Classes, "").Select(c => " " + Of(c.Class, c.Name))));
        return text.ToString();
    }

    public static string Of(Statement? statement) => statement switch
    {
        null => "nil",
        EmptyStatement => "(empty)",
        BlockStatement s => Of(s),
        ExpressionStatement s => Of(s.Expression),
        DeclarationStatement { IsMultiple: true } s => $"(decl (tuple{string.Concat(s.Variables.Select(v => $" ({Of(v.Type)} {v.Name})"))}) {Of(s.MultipleValue)})",
        DeclarationStatement s => string.Join(' ', s.Variables.Select(v => $"(decl {Of(v.Type)} {v.Name} {Of(v.Initializer)})")),
        IfStatement s => $"(if {Of(s.Condition)} {Of(s.Then)} {(s.Else is null ? "(empty)" : Of(s.Else))})",
        WhileStatement s => $"(while {Of(s.Condition)} {Of(s.Body)})",
        DoWhileStatement s => $"(do {Of(s.Body)} {Of(s.Condition)})",
        ForStatement s => $"(for (clist{Parts(s)}) {Of(s.Body)})",
        ForInStatement s => $"(forin ({Of(s.VariableType)} {s.Variable}) {Of(s.Collection)} {Of(s.Body)})",
        SwitchStatement s => Of(s),
        TryStatement s => $"(try {Of(s.Body)}{string.Concat(s.Catches.SelectMany(Of))} {(s.Finally is null ? "(empty)" : Of(s.Finally))})",
        ThrowStatement s => $"(throw {Of(s.Value)})",
        ReturnStatement s => $"(return {(s.Value is null ? "null" : Of(s.Value))})",
        BreakStatement s => $"(break {s.Label ?? "null"})",
        ContinueStatement s => $"(continue {s.Label ?? "null"})",
        LabeledStatement s => $"(label {s.Label} {Of(s.Body)})",
        AssertStatement s => $"(assert {Of(s.Condition)} {Of(s.Message)})",
        SynchronizedStatement s => $"(sync {Of(s.Lock)} {Of(s.Body)})",
        _ => throw new InvalidOperationException(statement.GetType().Name),
    };

    public static string Of(Expression? expression) => expression switch
    {
        null => "nil",
        LiteralExpression e => Literal(e.Value),
        GStringExpression e => "(g" + string.Concat(e.Strings.Select((s, i) => " " + Quote(s) + (i < e.Values.Count ? " " + Of(e.Values[i]) : ""))) + ")",
        NameExpression e => $"(v {e.Name})",
        TypeExpression e => $"(v {Of(e.Type)})",
        AnnotationExpression e => Of(e.Annotation),
        ListExpression e => $"(list{Each(e.Items)})",
        MapExpression e => $"(map{string.Concat(e.Entries.Select(x => Entry(x.Key, x.Value)))})",
        RangeExpression e => $"({(e.IsExclusive ? "..<" : "..")} {Of(e.From)} {Of(e.To)})",
        PropertyExpression { IsField: true } e => $"(attr{(e.IsSafe || e.IsSpread ? "?" : "")}{(e.IsSpread ? "*" : "")} {Of(e.Target)} {Of(e.Name)})",
        PropertyExpression e => $"(prop{(e.IsSafe || e.IsSpread ? "?" : "")}{(e.IsSpread ? "*" : "")} {Of(e.Target)} {Of(e.Name)})",
        MethodPointerExpression e => $"(ptr {Of(e.Target)} {Of(e.Name)})",
        IndexExpression e => $"([ {Of(e.Target)} {(e.Indexes.Count == 1 ? Of(e.Indexes[0]) : $"(list{Each(e.Indexes)})")})",
        CallExpression e => $"(call{(e.IsSafe ? "?" : "")}{(e.IsSpread ? "*" : "")} {Of(e.Target)} {Of(e.Name)}{Arguments(e.Arguments)})",
        SpreadExpression e => $"(* {Of(e.Value)})",
        NewExpression e => $"(new {(e.Body is null ? Of(e.Type) : "anon")}{Arguments(e.Arguments)})",
        NewArrayExpression e => $"(newarr {Of(e.ElementType)}{Each(e.Sizes)}{(e.Initializer is null ? "" : $" {{{string.Join(' ', e.Initializer.Select(Of))}}}")})",
        ClosureExpression e => $"(closure {(e.Parameters is null ? "it" : Parameters(e.Parameters))} {Of(e.Body)})",
        UnaryExpression e => Unary(e),
        BinaryExpression e => $"({Spell(e.Operator)} {Of(e.Left)} {Of(e.Right)})",
        CastExpression e => $"({(e.IsCoercion ? "as" : "cast")} {Of(e.Type)} {Of(e.Value)})",
        AssignmentExpression e => $"({(e.Operator is null ? "" : Spell(e.Operator.Value))}= {Of(e.Target)} {Of(e.Value)})",
        TupleExpression e => $"(tuple{Each(e.Items)})",
        TernaryExpression e => $"(?: {Of(e.Condition)} {Of(e.Then)} {Of(e.Else)})",
        ElvisExpression e => $"(elvis {Of(e.Value)} {Of(e.Fallback)})",
        ParenthesizedExpression e => Of(e.Inner),
        _ => throw new InvalidOperationException(expression.GetType().Name),
    };

    private static void AppendImports(StringBuilder text, IReadOnlyList<ImportNode> imports)
    {
        string Annotations(ImportNode i) => string.Concat(i.Annotations.Select(a => " " + Of(a)));
        foreach (var i in imports.Where(i => !i.IsStatic && !i.IsStar).OrderBy(i => i.Name, StringComparer.Ordinal))
        {
            text.Append($"(import {i.Name} {i.Alias ?? i.Name[(i.Name.LastIndexOf('.') + 1)..]}{Annotations(i)}) ");
        }

        foreach (var i in imports.Where(i => !i.IsStatic && i.IsStar))
        {
            text.Append($"(importstar {i.Name}.{Annotations(i)}) ");
        }

        foreach (var i in imports.Where(i => i.IsStatic && !i.IsStar))
        {
            var dot = i.Name.LastIndexOf('.');
            text.Append($"(importstatic {i.Name[..dot]} {i.Name[(dot + 1)..]} {i.Alias ?? i.Name[(dot + 1)..]}{Annotations(i)}) ");
        }

        foreach (var i in imports.Where(i => i.IsStatic && i.IsStar))
        {
            text.Append($"(importstaticstar {i.Name}{Annotations(i)}) ");
        }
    }

    private static IEnumerable<(ClassNode Class, string Name)> Flatten(IEnumerable<ClassNode> classes, string outer) =>
        classes.SelectMany(c => Flatten(c.InnerClasses, outer + c.Name + "$").Prepend((c, outer + c.Name)));

    private static string Of(BlockStatement block) => "{" + string.Join(' ', block.Statements.Select(Of)) + "}";

    private static string Parts(ForStatement s)
    {
        var initializers = s.Initializers.Count == 0 ? " nil" : string.Concat(s.Initializers.Select(i => " " + Of(i)));
        return $"{initializers} {Of(s.Condition)}{(s.Updates.Count == 0 ? " nil" : Each(s.Updates))}";
    }

    private static string Of(SwitchStatement s)
    {
        static string Body(SwitchCase c) => "{" + string.Join(' ', c.Body.Select(Of)) + "}";
        var cases = s.Cases.Where(c => c.Label is not null).Select(c => $" (case {Of(c.Label)} {Body(c)})");
        var fallback = s.Cases.FirstOrDefault(c => c.Label is null);
        return $"(switch {Of(s.Subject)}{string.Concat(cases)} (default {(fallback is null ? "(empty)" : Body(fallback))}))";
    }

    private static IEnumerable<string> Of(CatchClause c) =>
        c.Types.Count == 0 ? [$" (catch def {c.Variable} {Of(c.Body)})"] : c.Types.Select(t => $" (catch {Of(t)} {c.Variable} {Of(c.Body)})");

    private static string Of(AnnotationNode a) => $"(@{a.Name}{string.Concat(a.Arguments.Select(x => $" ({x.SimpleName} {Of(x.Value)})"))})";

    private static string Of(MethodNode m)
    {
        var annotations = string.Concat(m.Annotations.Select(a => " " + Of(a)));
        return $"(method {(m.IsConstructor ? "<init>" : $"{Of(m.ReturnType)} {Quote(m.Name)}")} {Parameters(m.Parameters)} {(m.Body is null ? "nil" : Of(m.Body))}{annotations})";
    }

    private static string Of(ClassNode c, string name)
    {
        var text = new StringBuilder($"(class {name} extends {(c.Kind == ClassKind.Enum ? "java.lang.Enum" : c.SuperType is null ? "java.lang.Object" : Of(c.SuperType))} ({string.Join(' ', c.Interfaces.Select(Of))})");
        text.Append(string.Concat(c.EnumConstants.Select(e => $" (const {e.Name})")));
        foreach (var f in c.Fields)
        {
            text.Append($" (field {Of(f.Type)} {f.Name} {Of(f.Initializer)} {(f.IsProperty ? "true" : "false")}{string.Concat(f.Annotations.Select(a => " " + Of(a)))})");
        }

        text.Append(string.Concat(c.Initializers.Where(i => !i.IsStatic).Select(i => $" (init {Of(i.Body)})")));
        text.Append(string.Concat(c.Methods.Where(m => m.IsConstructor).Select(m => " " + Of(m))));
        text.Append(string.Concat(c.Methods.Where(m => !m.IsConstructor).Select(m => " " + Of(m))));
        return text.Append(')').ToString();
    }

    private static string Of(TypeNode? type) => type is null ? "def" : type.Name + string.Concat(Enumerable.Repeat("[]", type.ArrayRank));

    private static string Parameters(IEnumerable<ParameterNode> parameters) =>
        "(" + string.Join(' ', parameters.Select(p => $"({ParameterType(p)} {p.Name}{(p.Default is null ? "" : " " + Of(p.Default))})")) + ")";

    private static string ParameterType(ParameterNode p) => p.IsVarargs ? (p.Type is null ? "java.lang.Object" : Of(p.Type)) + "[]" : Of(p.Type);

    private static string Each(IEnumerable<Expression> items) => string.Concat(items.Select(i => " " + Of(i)));

    private static string Entry(Expression? key, Expression value) => key is null ? $" (*: {Of(value)})" : $" ({Of(key)} {Of(value)})";

    private static string Arguments(IReadOnlyList<Argument> arguments)
    {
        var text = new StringBuilder();
        var named = arguments.Where(a => a is NamedArgument or SpreadArgument { IsMap: true }).ToList();
        if (named.Count > 0)
        {
            text.Append(named.Count == arguments.Count ? " (named" : " (map");
            text.Append(string.Concat(named.Select(a => Entry((a as NamedArgument)?.Key, a.Value)))).Append(')');
        }

        foreach (var argument in arguments.Except(named))
        {
            text.Append(argument is SpreadArgument ? $" (* {Of(argument.Value)})" : " " + Of(argument.Value));
        }

        return text.ToString();
    }

    private static string Unary(UnaryExpression e) => e.Operator switch
    {
        UnaryOperator.Negate => $"(neg {Of(e.Operand)})",
        UnaryOperator.Plus => $"(pos {Of(e.Operand)})",
        UnaryOperator.Not => $"(! {Of(e.Operand)})",
        UnaryOperator.BitNot => $"(~ {Of(e.Operand)})",
        UnaryOperator.PreIncrement => $"(pre++ {Of(e.Operand)})",
        UnaryOperator.PreDecrement => $"(pre-- {Of(e.Operand)})",
        UnaryOperator.PostIncrement => $"(post++ {Of(e.Operand)})",
        _ => $"(post-- {Of(e.Operand)})",
    };

    private static string Spell(BinaryOperator @operator) => @operator switch
    {
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Modulo => "%",
        BinaryOperator.Power => "**",
        BinaryOperator.Equal => "==",
        BinaryOperator.NotEqual => "!=",
        BinaryOperator.Identical => "===",
        BinaryOperator.NotIdentical => "!==",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.Compare => "<=>",
        BinaryOperator.And => "&&",
        BinaryOperator.Or => "||",
        BinaryOperator.BitAnd => "&",
        BinaryOperator.BitOr => "|",
        BinaryOperator.BitXor => "^",
        BinaryOperator.ShiftLeft => "<<",
        BinaryOperator.ShiftRight => ">>",
        BinaryOperator.ShiftRightUnsigned => ">>>",
        BinaryOperator.Find => "=~",
        BinaryOperator.Match => "==~",
        BinaryOperator.In => "in",
        BinaryOperator.NotIn => "!in",
        BinaryOperator.InstanceOf => "instanceof",
        _ => "!instanceof",
    };

    private static string Literal(object? value) => value switch
    {
        null => "null",
        bool b => b ? "true" : "false",
        string s => Quote(s),
        int i => $"(int {i})",
        long l => $"(long {l})",
        float f => $"(float {JavaDouble(double.Parse(f.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))})",
        double d => $"(double {JavaDouble(d)})",
        BigIntegerText b => $"(bigint {b.Digits})",
        BigDecimalText d => $"(dec {Plain(d.Digits)})",
        _ => throw new InvalidOperationException(value.GetType().Name),
    };

    private static string JavaDouble(double d)
    {
        var text = d.ToString("R", CultureInfo.InvariantCulture);
        return text.Contains('.') || text.Contains('E') ? text : text + ".0";
    }

    private static string Plain(string digits) => decimal.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) ? d.ToString(CultureInfo.InvariantCulture) : digits;

    private static string Quote(string s)
    {
        var text = new StringBuilder("\"");
        foreach (var c in s)
        {
            _ = c is '"' or '\\' ? text.Append('\\').Append(c) : c is < ' ' or > '~' ? text.Append($"\\u{(int)c:x4}") : text.Append(c);
        }

        return text.Append('"').ToString();
    }
}
