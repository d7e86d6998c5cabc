using System.Numerics;
using Slipway.Groovy.Compilation;

namespace Slipway.Groovy.Runtime;

/// <summary>Chooses among methods of one name by how near the arguments are to the parameters.</summary>
internal static class Overloads
{
    private const int NoFit = -1;

    /// <summary>The nearest of the library's overloads, or null where none takes the arguments.</summary>
    public static NativeMethod? Select(NativeMethod[] candidates, ReadOnlySpan<object?> args)
    {
        NativeMethod? best = null;
        var bestDistance = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var distance = candidate.Distance(args);
            if (distance >= 0 && distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return best;
    }

    /// <summary>The nearest of a script's overloads.</summary>
    public static UserMethod? Select(UserMethod[] candidates, ReadOnlySpan<object?> args)
    {
        if (candidates.Length == 1 && candidates[0].Code.IsPlain && candidates[0].Code.Parameters.Length == args.Length)
        {
            return candidates[0];
        }

        UserMethod? best = null;
        var bestDistance = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var distance = Distance(candidate.ParameterClasses, candidate.Code, args);
            if (distance >= 0 && distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return best;
    }

    /// <summary>How far arguments are from parameters of which some may be left out; negative where they do not fit.</summary>
    public static int Distance(GroovyClass[] parameters, FunctionCode code, ReadOnlySpan<object?> args)
    {
        if (args.Length < code.RequiredCount)
        {
            return NoFit;
        }

        if (!code.IsVarargs)
        {
            if (args.Length > parameters.Length)
            {
                return NoFit;
            }

            return args.Length == parameters.Length ? Distance(parameters, args) : DistanceOfSome(parameters, code, args);
        }

        var fixedCount = parameters.Length - 1;
        var leading = Math.Min(args.Length, fixedCount);
        var total = Distance(parameters.AsSpan(0, leading), args[..leading]);
        if (total < 0)
        {
            return NoFit;
        }

        var array = parameters[^1];
        if (args.Length == parameters.Length && Distance(array, args[^1]) is var direct and >= 0)
        {
            return total + direct;
        }

        var element = array is BuiltinClass { ArrayElement: { } e } ? e : ClassTable.Object;
        for (var i = fixedCount; i < args.Length; i++)
        {
            var distance = Distance(element, args[i]);
            if (distance < 0)
            {
                return NoFit;
            }

            total += distance;
        }

        return total + 100;
    }

    // Optional parameters are filled from the left with what is more than the required ones need.
    private static int DistanceOfSome(GroovyClass[] parameters, FunctionCode code, ReadOnlySpan<object?> args)
    {
        var optional = args.Length - code.RequiredCount;
        var next = 0;
        var total = 1;
        for (var i = 0; i < parameters.Length && next < args.Length; i++)
        {
            if (code.Parameters[i].HasDefault && optional-- <= 0)
            {
                continue;
            }

            var distance = Distance(parameters[i], args[next++]);
            if (distance < 0)
            {
                return NoFit;
            }

            total += distance;
        }

        return total;
    }

    public static int Distance(ReadOnlySpan<GroovyClass> parameters, ReadOnlySpan<object?> args)
    {
        var total = 0;
        for (var i = 0; i < args.Length; i++)
        {
            var distance = Distance(parameters[i], args[i]);
            if (distance < 0)
            {
                return NoFit;
            }

            total += distance;
        }

        return total;
    }

    public static int Distance(GroovyClass parameter, object? arg)
    {
        if (parameter is not BuiltinClass native)
        {
            return arg is null ? 10 : ClassTable.Of(arg).Ancestors.TryGetValue(parameter, out var steps) ? steps : NoFit;
        }

        if (arg is null)
        {
            return native.IsPrimitive ? NoFit : native.Key == ClassKey.Object ? 1 : 2;
        }

        switch (native.Key)
        {
            case ClassKey.Object:
                return 50;
            case ClassKey.String:
                return arg is string ? 0 : arg is GString ? 2 : NoFit;
            case ClassKey.CharSequence:
                return arg is string or GString ? 1 : ClassTable.Of(arg).IsSubclassOf(native) ? 1 : NoFit;
            case ClassKey.Integer:
                return arg switch { int => native.IsPrimitive ? 0 : 1, short or sbyte => 3, char when native.IsPrimitive => 4, _ => NoFit };
            case ClassKey.Long:
                return arg switch { long => native.IsPrimitive ? 0 : 1, int => 2, short or sbyte => 4, _ => NoFit };
            case ClassKey.Double:
                return arg switch { double => native.IsPrimitive ? 0 : 1, float => 2, BigDecimal => 3, int => 6, long => 5, short or sbyte or BigInteger => 7, _ => NoFit };
            case ClassKey.Float:
                return arg switch { float => 0, int => 8, long => 8, short or sbyte => 8, double or BigDecimal when native.IsPrimitive => 9, _ => NoFit };
            case ClassKey.Short:
                return arg switch { short => 0, sbyte => 1, _ => NoFit };
            case ClassKey.Byte:
                return arg is sbyte ? 0 : NoFit;
            case ClassKey.BigInteger:
                return arg switch { BigInteger => 0, int or long => 4, short or sbyte => 5, _ => NoFit };
            case ClassKey.BigDecimal:
                return arg switch { BigDecimal => 0, BigInteger => 3, double or float => 4, int or long => 5, short or sbyte => 6, _ => NoFit };
            case ClassKey.Number:
                return Numbers.IsNumber(arg) ? 10 : NoFit;
            case ClassKey.Boolean:
                return arg is bool ? 0 : NoFit;
            case ClassKey.Character:
                return arg is char ? 0 : NoFit;
            case ClassKey.Closure:
                return arg is Closure ? 0 : NoFit;
            case ClassKey.Functional:
                return arg is Closure ? 5 : ClassTable.Of(arg).IsSubclassOf(native) ? 1 : NoFit;
            default:
                return ClassTable.Of(arg).Ancestors.TryGetValue(native, out var distance) ? distance : NoFit;
        }
    }

    /// <summary>Turns an argument that fits a parameter into the parameter's own class.</summary>
    public static object? Convert(object? arg, GroovyClass parameter)
    {
        if (arg is null || parameter is not BuiltinClass native)
        {
            return arg;
        }

        return native.Key switch
        {
            ClassKey.String => arg is GString ? arg.ToString() : arg,
            ClassKey.Integer => arg is int ? arg : Box.Int(Numbers.ToInt(arg)),
            ClassKey.Long => arg is long ? arg : Box.Long(Numbers.ToLong(arg)),
            ClassKey.Double => arg is double ? arg : Numbers.ToDouble(arg),
            ClassKey.Float => arg is float ? arg : (float)Numbers.ToDouble(arg),
            ClassKey.Short => arg is short ? arg : (short)Numbers.ToInt(arg),
            ClassKey.BigInteger => arg is BigInteger ? arg : Numbers.ToBigInteger(arg),
            ClassKey.BigDecimal => arg is BigDecimal ? arg : Numbers.ToBigDecimal(arg),
            _ => arg,
        };
    }
}
