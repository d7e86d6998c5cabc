using System.Collections;
using System.Reflection;
using Slipway.Groovy.Parsing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Tests.Parsing;

/// <summary>Walks a tree and says which nodes have a wrong place.</summary>
internal static class SpanCheck
{
    private static readonly Dictionary<Type, PropertyInfo[]> ChildProperties = [];

    public static IEnumerable<string> Faults(ScriptNode script)
    {
        foreach (var (node, parent) in Descendants(script))
        {
            var (text, span) = (script.Source.Text, node.Span);
            var place = $"{script.Source.Name}:{script.Source.PositionOf(span.Start).Line}: {node.GetType().Name}";
            if (span.Start < 0 || span.End > text.Length || span.End < span.Start)
            {
                yield return $"{place}: outside of the file";
            }
            else if ((span.Start < parent.Span.Start || span.End > parent.Span.End) && !IsSharedType(node, parent))
            {
                yield return $"{place}: outside of its {parent.GetType().Name}: {text[span.Start..span.End]}";
            }
            else if (span.Length > 0 && (char.IsWhiteSpace(text[span.Start]) || char.IsWhiteSpace(text[span.End - 1])))
            {
                yield return $"{place}: blanks around it: '{text[span.Start..span.End]}'";
            }
            else if (node is Expression expression && parent is not GStringExpression && !ReadsTheSame(expression, text[span.Start..span.End]))
            {
                yield return $"{place}: its text reads as another expression: {text[span.Start..span.End]}";
            }
        }
    }

    /// <summary>In <c>int a, b</c> each variable begins at its name, and the type stands before the first.</summary>
    private static bool IsSharedType(Node node, Node parent) => node is TypeNode && parent is DeclaredVariable or FieldNode;

    private static bool ReadsTheSame(Expression expression, string text)
    {
        // A name that stands for its text, a value that is written nowhere ('call'), the operand of what binds looser inside (x = a b): not expressions by themselves.
        if (expression is LiteralExpression or TypeExpression or TupleExpression or SpreadExpression or AnnotationExpression)
        {
            return true;
        }

        // Inside of brackets an expression may go over lines; a command may not stand in brackets: one of both ways reads it.
        return ReadsAs("x = " + text, expression) || ReadsAs("x = (" + text + ")", expression);
    }

    private static bool ReadsAs(string text, Expression expression) =>
        GroovyParser.Parse(new SourceText("part", text)).Script?.Statements is [ExpressionStatement { Expression: AssignmentExpression { Value: var value } }]
        && TreeText.Of(value) == TreeText.Of(expression);

    public static IEnumerable<(Node Node, Node Parent)> Descendants(Node root)
    {
        var open = new Stack<Node>([root]);
        while (open.TryPop(out var parent))
        {
            foreach (var child in Children(parent))
            {
                yield return (child, parent);
                open.Push(child);
            }
        }
    }

    private static IEnumerable<Node> Children(Node node)
    {
        foreach (var property in PropertiesOf(node.GetType()))
        {
            switch (property.GetValue(node))
            {
                case Node child:
                    yield return child;
                    break;
                case IEnumerable children:
                    foreach (var child in children.OfType<Node>())
                    {
                        yield return child;
                    }

                    break;
            }
        }
    }

    private static PropertyInfo[] PropertiesOf(Type type)
    {
        lock (ChildProperties)
        {
            if (!ChildProperties.TryGetValue(type, out var properties))
            {
                properties = [.. type.GetProperties().Where(p =>
                    typeof(Node).IsAssignableFrom(p.PropertyType) || (p.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(p.PropertyType)))];
                ChildProperties[type] = properties;
            }

            return properties;
        }
    }
}
