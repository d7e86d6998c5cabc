using System.Globalization;
using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Reading;

namespace Slipway.Jenkinsfile.Declarative.Validation;

/// <summary>Values that are known before a pipeline runs.</summary>
internal static class Constants
{
    /// <summary>The constant's value with the sign before it applied; false where the expression is more than a constant.</summary>
    public static bool TryGet(Expression expression, out object? value)
    {
        switch (expression.Bare())
        {
            case LiteralExpression literal:
                value = literal.Value;
                return true;
            case UnaryExpression { Operator: UnaryOperator.Negate } negated when negated.Operand.Bare() is LiteralExpression { Value: int or long } literal:
                value = literal.Value is int number ? -number : -(long)literal.Value!;
                return true;
            default:
                value = null;
                return false;
        }
    }

    public static long? Integer(Expression expression) => TryGet(expression, out var value)
        ? value switch
        {
            int number => number,
            long number => number,
            _ => null,
        }
        : null;

    public static void CheckRange(Expression expression, FaultList faults)
    {
        if (expression.Bare() is LiteralExpression { Value: BigIntegerText })
        {
            faults.Add(Faults.BigInteger(), expression.Span);
        }
    }

    /// <summary>The Java class that a constant of a script has.</summary>
    public static string JavaClass(object value) => value switch
    {
        string => "java.lang.String",
        bool => "java.lang.Boolean",
        int => "java.lang.Integer",
        long => "java.lang.Long",
        float => "java.lang.Float",
        double => "java.lang.Double",
        BigDecimalText => "java.math.BigDecimal",
        BigIntegerText => "java.math.BigInteger",
        _ => "java.lang.Object",
    };

    public static string Shown(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        BigDecimalText number => number.Digits,
        BigIntegerText number => number.Digits,
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
