using System.Numerics;

namespace Slipway.Groovy.Runtime;

/// <summary>Groovy's arithmetic: the wider operand decides, whole numbers divide into decimals, ints and longs wrap around.</summary>
internal static class Numbers
{
    private enum Rank
    {
        Int,
        Long,
        BigInteger,
        BigDecimal,
        Double,
    }

    // A power or shift that would build a number of more bits than this is refused: it is a way to fill memory with one operator.
    private const int LargestBits = 4_000_000;

    public static bool IsNumber(object? value) => value is int or long or double or BigDecimal or BigInteger or float or short or sbyte;

    public static object Add(object left, object right)
    {
        if (left is int a && right is int b)
        {
            return Box.Int(unchecked(a + b));
        }

        return RankOf(left, right) switch
        {
            Rank.Int => Box.Int(unchecked(ToInt(left) + ToInt(right))),
            Rank.Long => Box.Long(unchecked(ToLong(left) + ToLong(right))),
            Rank.BigInteger => ToBigInteger(left) + ToBigInteger(right),
            Rank.BigDecimal => ToBigDecimal(left).Add(ToBigDecimal(right)),
            _ => ToDouble(left) + ToDouble(right),
        };
    }

    public static object Subtract(object left, object right)
    {
        if (left is int a && right is int b)
        {
            return Box.Int(unchecked(a - b));
        }

        return RankOf(left, right) switch
        {
            Rank.Int => Box.Int(unchecked(ToInt(left) - ToInt(right))),
            Rank.Long => Box.Long(unchecked(ToLong(left) - ToLong(right))),
            Rank.BigInteger => ToBigInteger(left) - ToBigInteger(right),
            Rank.BigDecimal => ToBigDecimal(left).Subtract(ToBigDecimal(right)),
            _ => ToDouble(left) - ToDouble(right),
        };
    }

    public static object Multiply(object left, object right) => RankOf(left, right) switch
    {
        Rank.Int => Box.Int(unchecked(ToInt(left) * ToInt(right))),
        Rank.Long => Box.Long(unchecked(ToLong(left) * ToLong(right))),
        Rank.BigInteger => Bounded(ToBigInteger(left), ToBigInteger(right)),
        Rank.BigDecimal => ToBigDecimal(left).Multiply(ToBigDecimal(right)),
        _ => ToDouble(left) * ToDouble(right),
    };

    public static object Divide(object left, object right) => RankOf(left, right) == Rank.Double
        ? ToDouble(left) / ToDouble(right)
        : ToBigDecimal(left).Divide(ToBigDecimal(right));

    public static object IntDivide(object left, object right)
    {
        switch (RankOf(left, right))
        {
            case Rank.Int:
                return ToInt(right) switch { 0 => throw Throw.Arithmetic("/ by zero"), -1 => Box.Int(unchecked(-ToInt(left))), var d => Box.Int(ToInt(left) / d) };
            case Rank.Long:
                return ToLong(right) switch { 0 => throw Throw.Arithmetic("/ by zero"), -1 => Box.Long(unchecked(-ToLong(left))), var d => Box.Long(ToLong(left) / d) };
            case Rank.BigInteger:
                var divisor = ToBigInteger(right);
                return divisor.IsZero ? throw Throw.Arithmetic("BigInteger divide by zero") : BigInteger.Divide(ToBigInteger(left), divisor);
            default:
                throw Throw.Unsupported($"Cannot use intdiv() on this number type: {ClassTable.NameOf(left)} with value: {Formatting.ToText(left)}");
        }
    }

    public static object Remainder(object left, object right)
    {
        switch (RankOf(left, right))
        {
            case Rank.Int:
                return ToInt(right) switch { 0 => throw Throw.Arithmetic("/ by zero"), -1 => Box.Int(0), var d => Box.Int(ToInt(left) % d) };
            case Rank.Long:
                return ToLong(right) switch { 0 => throw Throw.Arithmetic("/ by zero"), -1 => Box.Long(0), var d => Box.Long(ToLong(left) % d) };
            case Rank.BigInteger:
                var divisor = ToBigInteger(right);
                return divisor.Sign > 0 ? BigIntegerModulo(ToBigInteger(left), divisor) : throw Throw.Arithmetic("BigInteger: modulus not positive");
            case Rank.BigDecimal:
                throw Throw.Unsupported($"Cannot use mod() on this number type: java.math.BigDecimal with value: {Formatting.ToText(left)}");
            default:
                return ToDouble(left) % ToDouble(right);
        }
    }

    public static object Power(object left, object right)
    {
        if (RankOf(left, right) != Rank.Double && IsWhole(right) && ToBigInteger(right) is { Sign: >= 0 } big)
        {
            if (big > int.MaxValue)
            {
                throw Throw.Arithmetic("The exponent is too large");
            }

            var exponent = (int)big;
            if (left is BigDecimal number)
            {
                RequireBits(number.Unscaled, exponent);
                return number.Pow(exponent);
            }

            var value = ToBigInteger(left);
            RequireBits(value, exponent);
            var result = BigInteger.Pow(value, exponent);
            return left switch
            {
                BigInteger => result,
                long => result >= long.MinValue && result <= long.MaxValue ? Box.Long((long)result) : result,
                _ => result >= int.MinValue && result <= int.MaxValue ? Box.Int((int)result) : result,
            };
        }

        var power = Math.Pow(ToDouble(left), ToDouble(right));
        if (left is int or long && IsWhole(right) && power == Math.Floor(power) && Math.Abs(power) <= int.MaxValue)
        {
            return Box.Int((int)power);
        }

        return power;
    }

    public static object Negate(object value) => value switch
    {
        int i => Box.Int(unchecked(-i)),
        long l => Box.Long(unchecked(-l)),
        BigInteger b => -b,
        BigDecimal d => d.Negate(),
        double d => -d,
        float f => -f,
        short s => Box.Int(-s),
        sbyte s => Box.Int(-s),
        char c => Box.Int(-c),
        _ => throw Throw.MissingMethod("negative", value, []),
    };

    public static object BitNot(object value) => value switch
    {
        int i => Box.Int(~i),
        long l => Box.Long(~l),
        BigInteger b => -b - 1,
        short or sbyte => Box.Int(~ToInt(value)),
        _ => throw Throw.Unsupported($"Cannot use bitwiseNegate() on this number type: {ClassTable.NameOf(value)} with value: {Formatting.ToText(value)}"),
    };

    public static object BitAnd(object left, object right) => Bits(left, right, "and", (a, b) => a & b, (a, b) => a & b);

    public static object BitOr(object left, object right) => Bits(left, right, "or", (a, b) => a | b, (a, b) => a | b);

    public static object BitXor(object left, object right) => Bits(left, right, "xor", (a, b) => a ^ b, (a, b) => a ^ b);

    public static object ShiftLeft(object left, object right)
    {
        var by = ShiftDistance(left, right, "leftShift");
        switch (left)
        {
            case long l:
                return Box.Long(l << by);
            case BigInteger b:
                return by < LargestBits ? b << by : throw Throw.Arithmetic("BigInteger would overflow supported range");
            default:
                return Box.Int(ToInt(left) << by);
        }
    }

    public static object ShiftRight(object left, object right)
    {
        var by = ShiftDistance(left, right, "rightShift");
        return left switch
        {
            long l => Box.Long(l >> by),
            BigInteger b => b >> by,
            _ => Box.Int(ToInt(left) >> by),
        };
    }

    public static object ShiftRightUnsigned(object left, object right)
    {
        var by = ShiftDistance(left, right, "rightShiftUnsigned");
        return left switch
        {
            long l => Box.Long(l >>> by),
            BigInteger => throw Throw.Unsupported("Cannot use rightShiftUnsigned() on this number type: java.math.BigInteger with value: " + left),
            _ => Box.Int(ToInt(left) >>> by),
        };
    }

    /// <summary><c>++</c> on a number.</summary>
    public static object Next(object value) => value is int i ? Box.Int(unchecked(i + 1)) : Add(value, Box.Int(1));

    public static object Previous(object value) => value is int i ? Box.Int(unchecked(i - 1)) : Subtract(value, Box.Int(1));

    public static int Compare(object left, object right)
    {
        if (left is int a && right is int b)
        {
            return a.CompareTo(b);
        }

        return RankOf(left, right) switch
        {
            Rank.Int => ToInt(left).CompareTo(ToInt(right)),
            Rank.Long => ToLong(left).CompareTo(ToLong(right)),
            Rank.BigInteger => ToBigInteger(left).CompareTo(ToBigInteger(right)),
            Rank.BigDecimal => ToBigDecimal(left).CompareTo(ToBigDecimal(right)),
            _ => CompareDoubles(ToDouble(left), ToDouble(right)),
        };
    }

    public static bool IsWhole(object value) => value is int or long or short or sbyte or BigInteger or char;

    public static int ToInt(object value) => value switch
    {
        int i => i,
        long l => unchecked((int)l),
        short s => s,
        sbyte s => s,
        char c => c,
        double d => JavaNumbers.ToInt(d),
        float f => JavaNumbers.ToInt(f),
        BigInteger b => Low32(b),
        BigDecimal d => Low32(d.ToBigInteger()),
        _ => throw Throw.Cast(value, ClassTable.Simple("Integer")),
    };

    public static long ToLong(object value) => value switch
    {
        long l => l,
        int i => i,
        short s => s,
        sbyte s => s,
        char c => c,
        double d => JavaNumbers.ToLong(d),
        float f => JavaNumbers.ToLong(f),
        BigInteger b => Low64(b),
        BigDecimal d => Low64(d.ToBigInteger()),
        _ => throw Throw.Cast(value, ClassTable.Simple("Long")),
    };

    public static double ToDouble(object value) => value switch
    {
        double d => d,
        float f => f,
        int i => i,
        long l => l,
        short s => s,
        sbyte s => s,
        char c => c,
        BigInteger b => (double)b,
        BigDecimal d => d.ToDouble(),
        _ => throw Throw.Cast(value, ClassTable.Simple("Double")),
    };

    public static BigInteger ToBigInteger(object value) => value switch
    {
        BigInteger b => b,
        BigDecimal d => d.ToBigInteger(),
        double d => BigDecimal.FromDouble(d).ToBigInteger(),
        float f => BigDecimal.FromDouble(f).ToBigInteger(),
        _ => ToLong(value),
    };

    public static BigDecimal ToBigDecimal(object value) => value switch
    {
        BigDecimal d => d,
        double d => BigDecimal.FromDouble(d),
        float f => BigDecimal.Parse(JavaNumbers.Format(f)),
        _ => BigDecimal.FromInteger(ToBigInteger(value)),
    };

    private static Rank RankOf(object left, object right)
    {
        var a = RankOf(left);
        var b = RankOf(right);
        return a > b ? a : b;
    }

    private static Rank RankOf(object value) => value switch
    {
        int or short or sbyte or char => Rank.Int,
        long => Rank.Long,
        BigInteger => Rank.BigInteger,
        BigDecimal => Rank.BigDecimal,
        _ => Rank.Double,
    };

    private static object Bits(object left, object right, string name, Func<long, long, long> narrow, Func<BigInteger, BigInteger, BigInteger> wide) => RankOf(left, right) switch
    {
        Rank.Int => Box.Int((int)narrow(ToInt(left), ToInt(right))),
        Rank.Long => Box.Long(narrow(ToLong(left), ToLong(right))),
        Rank.BigInteger => wide(ToBigInteger(left), ToBigInteger(right)),
        _ => throw Throw.Unsupported($"Cannot use {name}() on this number type: {ClassTable.NameOf(left)} with value: {Formatting.ToText(left)}"),
    };

    private static int ShiftDistance(object left, object right, string name)
    {
        if (!IsWhole(left) || !IsWhole(right))
        {
            throw Throw.Unsupported($"Shift distance must be an integral type, but {Formatting.ToText(right)} ({ClassTable.NameOf(right)}) was supplied to {name}()");
        }

        return ToInt(right);
    }

    private static BigInteger BigIntegerModulo(BigInteger value, BigInteger modulus)
    {
        var remainder = BigInteger.Remainder(value, modulus);
        return remainder.Sign < 0 ? remainder + modulus : remainder;
    }

    private static BigInteger Bounded(BigInteger left, BigInteger right) => left.GetBitLength() + right.GetBitLength() <= LargestBits
        ? left * right
        : throw Throw.Arithmetic("BigInteger would overflow supported range");

    private static void RequireBits(BigInteger value, int exponent)
    {
        if (value.GetBitLength() * exponent > LargestBits)
        {
            throw Throw.Arithmetic("BigInteger would overflow supported range");
        }
    }

    private static int CompareDoubles(double a, double b) => a < b ? -1 : a > b ? 1 : a == b ? 0 : double.IsNaN(a) ? (double.IsNaN(b) ? 0 : 1) : -1;

    private static int Low32(BigInteger value) => unchecked((int)(uint)(value & uint.MaxValue));

    private static long Low64(BigInteger value) => unchecked((long)(ulong)(value & ulong.MaxValue));
}
