using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>The order in which variables of one block are evaluated: what a value refers to comes before it, wherever it is written. In a circle the outer value is seen.</summary>
internal static class EnvironmentOrder
{
    public static IReadOnlyList<EnvironmentVariable> Of(EnvironmentSection section)
    {
        var byName = new Dictionary<string, EnvironmentVariable>(StringComparer.Ordinal);
        foreach (var variable in section.Variables)
        {
            byName[variable.Name] = variable;
        }

        var ordered = new List<EnvironmentVariable>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var variable in section.Variables)
        {
            Visit(variable);
        }

        return ordered;

        void Visit(EnvironmentVariable variable)
        {
            if (!seen.Add(variable.Name))
            {
                return;
            }

            foreach (var name in NamesIn(variable.Value))
            {
                if (byName.TryGetValue(name, out var other))
                {
                    Visit(other);
                }
            }

            ordered.Add(variable);
        }
    }

    /// <summary>Names that the expression may read as variables: bare ones, and those behind <c>env.</c>.</summary>
    private static IEnumerable<string> NamesIn(Expression expression) => expression switch
    {
        NameExpression name => [name.Name],
        PropertyExpression { Target: NameExpression { Name: "env" }, Name: LiteralExpression { Value: string property } } => [property],
        PropertyExpression property => NamesIn(property.Target),
        ParenthesizedExpression parenthesized => NamesIn(parenthesized.Inner),
        GStringExpression text => text.Values.SelectMany(NamesIn),
        BinaryExpression binary => [.. NamesIn(binary.Left), .. NamesIn(binary.Right)],
        UnaryExpression unary => NamesIn(unary.Operand),
        TernaryExpression ternary => [.. NamesIn(ternary.Condition), .. NamesIn(ternary.Then), .. NamesIn(ternary.Else)],
        ElvisExpression elvis => [.. NamesIn(elvis.Value), .. NamesIn(elvis.Fallback)],
        CallExpression call => [.. call.Target is { } target ? NamesIn(target) : [], .. call.Arguments.SelectMany(a => NamesIn(a.Value))],
        NewExpression created => created.Arguments.SelectMany(a => NamesIn(a.Value)),
        IndexExpression index => [.. NamesIn(index.Target), .. index.Indexes.SelectMany(NamesIn)],
        ListExpression list => list.Items.SelectMany(NamesIn),
        MapExpression map => map.Entries.SelectMany(e => NamesIn(e.Value)),
        CastExpression cast => NamesIn(cast.Value),
        RangeExpression range => [.. NamesIn(range.From), .. NamesIn(range.To)],
        ClosureExpression closure => closure.Body.Statements.OfType<ExpressionStatement>().SelectMany(s => NamesIn(s.Expression)),
        _ => [],
    };
}
