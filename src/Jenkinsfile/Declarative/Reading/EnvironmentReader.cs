using System.Text.RegularExpressions;
using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Validation;

namespace Slipway.Jenkinsfile.Declarative.Reading;

internal sealed partial class EnvironmentReader(FaultList faults)
{
    public EnvironmentSection Read(CallExpression section)
    {
        var variables = new List<EnvironmentVariable>();
        var statements = section.Block()!.Statements();
        if (statements.Count == 0)
        {
            faults.Add(Faults.NoVariables(), section.Span);
        }

        foreach (var statement in statements)
        {
            if (ReadVariable(statement) is not { } variable)
            {
                continue;
            }

            if (variables.Any(v => v.Name == variable.Name))
            {
                faults.Add(Faults.DuplicateVariable(variable.Name), variable.Span);
            }

            variables.Add(variable);
        }

        return new EnvironmentSection(variables, section.Span);
    }

    public static bool IsIdentifier(string name) => Identifier().IsMatch(name);

    private EnvironmentVariable? ReadVariable(Statement statement)
    {
        if (statement is not ExpressionStatement { Expression: AssignmentExpression { Operator: null } assignment })
        {
            // `1BAR = 'x'` is no assignment to Groovy; name what is wrong with it all the same.
            var written = WrittenName().Match(faults.TextOf(statement));
            faults.Add(written.Success ? Faults.InvalidIdentifier(written.Groups[1].Value) : Faults.ExpectedPairs(), statement.Span);
            return null;
        }

        switch (assignment.Target)
        {
            case NameExpression name:
                if (!IsIdentifier(name.Name))
                {
                    faults.Add(Faults.InvalidIdentifier(name.Name), name.Span);
                }

                CheckValue(assignment.Value.Bare());
                return new EnvironmentVariable(name.Name, assignment.Value, statement.Span);
            case LiteralExpression literal:
                faults.Add(Faults.ConstantAsVariable(literal.Value?.ToString() ?? "null"), literal.Span);
                return null;
            default:
                faults.Add(Faults.ExpectedPairs(), statement.Span);
                return null;
        }
    }

    private void CheckValue(Expression value)
    {
        switch (value)
        {
            case LiteralExpression literal:
                Constants.CheckRange(literal, faults);
                break;
            case GStringExpression or CallExpression:
                break;
            case BinaryExpression { Operator: BinaryOperator.Add }:
                CheckConcatenation(value);
                break;
            case BinaryExpression:
                faults.Add(Faults.EnvironmentJoin(), value.Span);
                break;
            default:
                faults.Add(Faults.EnvironmentValue(), value.Span);
                break;
        }
    }

    private void CheckConcatenation(Expression value)
    {
        switch (value)
        {
            case BinaryExpression { Operator: BinaryOperator.Add } sum:
                CheckConcatenation(sum.Left.Bare());
                CheckConcatenation(sum.Right.Bare());
                break;
            case BinaryExpression:
                faults.Add(Faults.EnvironmentJoin(), value.Span);
                break;
            case LiteralExpression { Value: string } or GStringExpression:
                break;
            default:
                faults.Add(Faults.EnvironmentConcatenation(), value.Span);
                break;
        }
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^\s*([\w$-]+)\s*=[^=]")]
    private static partial Regex WrittenName();
}
