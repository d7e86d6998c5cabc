using Slipway.Groovy.Syntax;

namespace Slipway.Jenkinsfile.Declarative.Reading;

/// <summary>Shapes of the syntax tree that Declarative gives a meaning to.</summary>
internal static class Syntax
{
    public static Expression Bare(this Expression expression)
    {
        while (expression is ParenthesizedExpression parenthesized)
        {
            expression = parenthesized.Inner;
        }

        return expression;
    }

    /// <summary>The statement as a call without a receiver: <c>name …</c>.</summary>
    public static CallExpression? AsCall(this Statement statement) =>
        statement is ExpressionStatement { Expression: CallExpression { Target: null, SimpleName: not null } call } ? call : null;

    /// <summary>The last argument where it is a closure: the block of <c>name(…) { }</c>.</summary>
    public static ClosureExpression? Block(this CallExpression call) => call.Arguments.Count > 0 && call.Arguments[^1] is PositionalArgument { Value: ClosureExpression closure } ? closure : null;

    /// <summary>Whether the call is nothing but a name and a block.</summary>
    public static bool IsOnlyBlock(this CallExpression call) => call.Arguments.Count == 1 && call.Block() is not null;

    public static IEnumerable<Argument> WithoutBlock(this CallExpression call) => call.Block() is null ? call.Arguments : call.Arguments.SkipLast(1);

    public static IReadOnlyList<Statement> Statements(this ClosureExpression closure) => [.. closure.Body.Statements.Where(s => s is not EmptyStatement)];

    /// <summary>The value of a plain string, or null.</summary>
    public static string? Text(this Expression expression) => expression.Bare() is LiteralExpression { Value: string text } ? text : null;

    public static bool? Boolean(this Expression expression) => expression.Bare() is LiteralExpression { Value: bool value } ? value : null;
}
