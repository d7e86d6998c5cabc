using System.Globalization;
using System.Numerics;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.lang.Number and its classes.</summary>
internal static class NumberMethods
{
    public static void Register(ClassBuilder t)
    {
        t.Method("plus(Number)", (_, self, a) => Numbers.Add(self!, NotNull(a[0], "plus")));
        t.Method("plus(String)", (_, self, a) => Formatting.ToText(self) + a[0]);
        t.Method("plus(Character)", (_, self, a) => Numbers.Add(self!, a[0]!));
        t.Method("minus(Character)", (_, self, a) => Numbers.Subtract(self!, a[0]!));
        t.Method("minus(Number)", (_, self, a) => Numbers.Subtract(self!, NotNull(a[0], "minus")));
        t.Method("multiply(Number)", (_, self, a) => Numbers.Multiply(self!, NotNull(a[0], "multiply")));
        t.Method("div(Number)", (_, self, a) => Numbers.Divide(self!, NotNull(a[0], "div")));
        t.Method("intdiv(Number)", (_, self, a) => Numbers.IntDivide(self!, NotNull(a[0], "intdiv")));
        t.Method("mod(Number)", (_, self, a) => Numbers.Remainder(self!, NotNull(a[0], "mod")));
        t.Method("power(Number)", (_, self, a) => Numbers.Power(self!, NotNull(a[0], "power")));
        t.Method("and(Number)", (_, self, a) => Numbers.BitAnd(self!, a[0]!));
        t.Method("or(Number)", (_, self, a) => Numbers.BitOr(self!, a[0]!));
        t.Method("xor(Number)", (_, self, a) => Numbers.BitXor(self!, a[0]!));
        t.Method("leftShift(Number)", (_, self, a) => Numbers.ShiftLeft(self!, a[0]!));
        t.Method("rightShift(Number)", (_, self, a) => Numbers.ShiftRight(self!, a[0]!));
        t.Method("rightShiftUnsigned(Number)", (_, self, a) => Numbers.ShiftRightUnsigned(self!, a[0]!));
        t.Method("negative()", (_, self, _) => Numbers.Negate(self!));
        t.Method("positive()", (_, self, _) => self);
        t.Method("unaryMinus()", (_, self, _) => Numbers.Negate(self!));
        t.Method("bitwiseNegate()", (_, self, _) => Numbers.BitNot(self!));
        t.Method("next()", (_, self, _) => Numbers.Next(self!));
        t.Method("previous()", (_, self, _) => Numbers.Previous(self!));
        t.Method("abs()", (_, self, _) => Numbers.Compare(self!, Box.Int(0)) < 0 ? Numbers.Negate(self!) : self);
        t.Method("intValue()", (_, self, _) => Box.Int(Numbers.ToInt(self!)));
        t.Method("longValue()", (_, self, _) => Box.Long(Numbers.ToLong(self!)));
        t.Method("doubleValue()", (_, self, _) => Numbers.ToDouble(self!));
        t.Method("floatValue()", (_, self, _) => (float)Numbers.ToDouble(self!));
        t.Method("shortValue()", (_, self, _) => unchecked((short)Numbers.ToInt(self!)));
        t.Method("byteValue()", (_, self, _) => unchecked((sbyte)Numbers.ToInt(self!)));
        t.Method("toInteger()", (_, self, _) => Box.Int(Numbers.ToInt(self!)));
        t.Method("toLong()", (_, self, _) => Box.Long(Numbers.ToLong(self!)));
        t.Method("toDouble()", (_, self, _) => Numbers.ToDouble(self!));
        t.Method("toFloat()", (_, self, _) => (float)Numbers.ToDouble(self!));
        t.Method("toBigDecimal()", (_, self, _) => Numbers.ToBigDecimal(self!));
        t.Method("toBigInteger()", (_, self, _) => Numbers.ToBigInteger(self!));
        t.Method("compareTo(Number)", (_, self, a) => Box.Int(Numbers.Compare(self!, a[0]!)));
        t.Method("equals(Object)", (_, self, a) => Box.Bool(self!.Equals(a[0])));
        t.Async("times(Closure)", async (f, self, a) =>
        {
            var count = Numbers.ToLong(self!);
            for (var i = 0L; i < count; i++)
            {
                await f.CallAsync(a[0], Box.Int((int)i));
            }

            return null;
        });
        t.Async("upto(Number,Closure)", (f, self, a) => Count(f, self!, a[0]!, Box.Int(1), a[1], "upto"));
        t.Async("downto(Number,Closure)", (f, self, a) => Count(f, self!, a[0]!, Box.Int(-1), a[1], "downto"));
        t.Async("step(Number,Number,Closure)", (f, self, a) => Step(f, self!, a[0]!, a[1]!, a[2]));
        t.Method("round()", (_, self, _) => self is float ? Box.Int((int)Math.Floor(Numbers.ToDouble(self) + 0.5)) : self is BigDecimal d ? d.SetScale(0, DecimalRounding.HalfUp) : Box.Long(JavaNumbers.ToLong(Math.Floor(Numbers.ToDouble(self!) + 0.5))));
        t.Method("round(int)", (_, self, a) => self is BigDecimal d ? d.SetScale((int)a[0]!, DecimalRounding.HalfUp) : RoundTo(Numbers.ToDouble(self!), (int)a[0]!, v => Math.Floor(v + 0.5)));
        t.Method("trunc()", (_, self, _) => Math.Truncate(Numbers.ToDouble(self!)));
        t.Method("trunc(int)", (_, self, a) => RoundTo(Numbers.ToDouble(self!), (int)a[0]!, Math.Truncate));
    }

    public static void RegisterInteger(ClassBuilder t)
    {
        t.Constant("MAX_VALUE", Box.Int(int.MaxValue));
        t.Constant("MIN_VALUE", Box.Int(int.MinValue));
        t.New("(int)", (_, _, a) => a[0]);
        t.New("(String)", (_, _, a) => Box.Int(NumberParsing.ParseInt((string?)a[0])));
        t.Static("parseInt(String)", (_, _, a) => Box.Int(NumberParsing.ParseInt((string?)a[0])));
        t.Static("parseInt(String,int)", (_, _, a) => Box.Int(NumberParsing.ParseInt((string?)a[0], (int)a[1]!)));
        t.Static("valueOf(String)", (_, _, a) => Box.Int(NumberParsing.ParseInt((string?)a[0])));
        t.Static("valueOf(String,int)", (_, _, a) => Box.Int(NumberParsing.ParseInt((string?)a[0], (int)a[1]!)));
        t.Static("valueOf(int)", (_, _, a) => a[0]);
        t.Static("toString(int)", (_, _, a) => Formatting.ToText(a[0]));
        t.Static("toString(int,int)", (_, _, a) => NumberParsing.ToRadix((int)a[0]!, (int)a[1]!));
        t.Static("toHexString(int)", (_, _, a) => ((int)a[0]!).ToString("x", CultureInfo.InvariantCulture));
        t.Static("toBinaryString(int)", (_, _, a) => ((int)a[0]!).ToString("b", CultureInfo.InvariantCulture));
        t.Static("toOctalString(int)", (_, _, a) => NumberParsing.ToRadix((uint)(int)a[0]!, 8));
        t.Static("max(int,int)", (_, _, a) => Box.Int(Math.Max((int)a[0]!, (int)a[1]!)));
        t.Static("min(int,int)", (_, _, a) => Box.Int(Math.Min((int)a[0]!, (int)a[1]!)));
        t.Static("sum(int,int)", (_, _, a) => Box.Int(unchecked((int)a[0]! + (int)a[1]!)));
        t.Static("compare(int,int)", (_, _, a) => Box.Int(((int)a[0]!).CompareTo((int)a[1]!)));
        t.Static("signum(int)", (_, _, a) => Box.Int(Math.Sign((int)a[0]!)));
        t.Static("bitCount(int)", (_, _, a) => Box.Int(BitOperations.PopCount((uint)(int)a[0]!)));
        t.Static("abs(int)", (_, _, a) => Box.Int(Math.Abs((int)a[0]!)));
        t.Method("toString()", (_, self, _) => Formatting.ToText(self));
        t.Method("hashCode()", (_, self, _) => self);
    }

    public static void RegisterLong(ClassBuilder t)
    {
        t.Constant("MAX_VALUE", long.MaxValue);
        t.Constant("MIN_VALUE", long.MinValue);
        t.New("(long)", (_, _, a) => a[0]);
        t.New("(String)", (_, _, a) => Box.Long(NumberParsing.ParseLong((string?)a[0])));
        t.Static("parseLong(String)", (_, _, a) => Box.Long(NumberParsing.ParseLong((string?)a[0])));
        t.Static("parseLong(String,int)", (_, _, a) => Box.Long(NumberParsing.ParseLong((string?)a[0], (int)a[1]!)));
        t.Static("valueOf(String)", (_, _, a) => Box.Long(NumberParsing.ParseLong((string?)a[0])));
        t.Static("valueOf(long)", (_, _, a) => a[0]);
        t.Static("toString(long)", (_, _, a) => Formatting.ToText(a[0]));
        t.Static("toString(long,int)", (_, _, a) => NumberParsing.ToRadix((long)a[0]!, (int)a[1]!));
        t.Static("toHexString(long)", (_, _, a) => ((long)a[0]!).ToString("x", CultureInfo.InvariantCulture));
        t.Static("toBinaryString(long)", (_, _, a) => ((long)a[0]!).ToString("b", CultureInfo.InvariantCulture));
        t.Static("max(long,long)", (_, _, a) => Box.Long(Math.Max((long)a[0]!, (long)a[1]!)));
        t.Static("min(long,long)", (_, _, a) => Box.Long(Math.Min((long)a[0]!, (long)a[1]!)));
        t.Static("compare(long,long)", (_, _, a) => Box.Int(((long)a[0]!).CompareTo((long)a[1]!)));
        t.Method("hashCode()", (_, self, _) => Box.Int(unchecked((int)((long)self! ^ ((long)self! >>> 32)))));
    }

    public static void RegisterShort(ClassBuilder t)
    {
        t.Constant("MAX_VALUE", short.MaxValue);
        t.Constant("MIN_VALUE", short.MinValue);
        t.Static("parseShort(String)", (_, _, a) => (short)NumberParsing.ParseInt((string?)a[0]));
        t.Static("valueOf(String)", (_, _, a) => (short)NumberParsing.ParseInt((string?)a[0]));
    }

    public static void RegisterByte(ClassBuilder t)
    {
        t.Constant("MAX_VALUE", sbyte.MaxValue);
        t.Constant("MIN_VALUE", sbyte.MinValue);
        t.Static("parseByte(String)", (_, _, a) => (sbyte)NumberParsing.ParseInt((string?)a[0]));
        t.Static("toUnsignedInt(byte)", (_, _, a) => Box.Int((sbyte)a[0]! & 0xFF));
    }

    public static void RegisterDouble(ClassBuilder t)
    {
        t.Constant("MAX_VALUE", double.MaxValue);
        t.Constant("MIN_VALUE", double.Epsilon);
        t.Constant("NaN", double.NaN);
        t.Constant("POSITIVE_INFINITY", double.PositiveInfinity);
        t.Constant("NEGATIVE_INFINITY", double.NegativeInfinity);
        t.New("(double)", (_, _, a) => a[0]);
        t.New("(String)", (_, _, a) => NumberParsing.ParseDouble((string?)a[0]));
        t.Static("parseDouble(String)", (_, _, a) => NumberParsing.ParseDouble((string?)a[0]));
        t.Static("valueOf(String)", (_, _, a) => NumberParsing.ParseDouble((string?)a[0]));
        t.Static("valueOf(double)", (_, _, a) => a[0]);
        t.Static("toString(double)", (_, _, a) => Formatting.ToText(a[0]));
        t.Static("isNaN(double)", (_, _, a) => Box.Bool(double.IsNaN((double)a[0]!)));
        t.Static("compare(double,double)", (_, _, a) => Box.Int(((double)a[0]!).CompareTo((double)a[1]!)));
        t.Static("max(double,double)", (_, _, a) => Math.Max((double)a[0]!, (double)a[1]!));
        t.Static("min(double,double)", (_, _, a) => Math.Min((double)a[0]!, (double)a[1]!));
        t.Method("isNaN()", (_, self, _) => Box.Bool(double.IsNaN((double)self!)));
        t.Method("isInfinite()", (_, self, _) => Box.Bool(double.IsInfinity((double)self!)));
    }

    public static void RegisterFloat(ClassBuilder t)
    {
        t.Constant("MAX_VALUE", float.MaxValue);
        t.Static("parseFloat(String)", (_, _, a) => (float)NumberParsing.ParseDouble((string?)a[0]));
        t.Static("valueOf(String)", (_, _, a) => (float)NumberParsing.ParseDouble((string?)a[0]));
        t.Method("isNaN()", (_, self, _) => Box.Bool(float.IsNaN((float)self!)));
    }

    public static void RegisterBigInteger(ClassBuilder t)
    {
        t.Constant("ZERO", BigInteger.Zero);
        t.Constant("ONE", BigInteger.One);
        t.Constant("TEN", new BigInteger(10));
        t.New("(String)", (_, _, a) => NumberParsing.ParseBigInteger((string)a[0]!));
        t.New("(String,int)", (_, _, a) => NumberParsing.ParseBigInteger((string)a[0]!, (int)a[1]!));
        t.Static("valueOf(long)", (_, _, a) => new BigInteger((long)a[0]!));
        t.Method("add(BigInteger)", (_, self, a) => (BigInteger)self! + (BigInteger)a[0]!);
        t.Method("subtract(BigInteger)", (_, self, a) => (BigInteger)self! - (BigInteger)a[0]!);
        t.Method("multiply(BigInteger)", (_, self, a) => Numbers.Multiply(self!, a[0]!));
        t.Method("divide(BigInteger)", (_, self, a) => Numbers.IntDivide(self!, a[0]!));
        t.Method("remainder(BigInteger)", (_, self, a) => ((BigInteger)a[0]!).IsZero ? throw Throw.Arithmetic("BigInteger divide by zero") : BigInteger.Remainder((BigInteger)self!, (BigInteger)a[0]!));
        t.Method("mod(BigInteger)", (_, self, a) => Numbers.Remainder(self!, a[0]!));
        t.Method("pow(int)", (_, self, a) => Numbers.Power(self!, a[0]!));
        t.Method("gcd(BigInteger)", (_, self, a) => BigInteger.GreatestCommonDivisor((BigInteger)self!, (BigInteger)a[0]!));
        t.Method("signum()", (_, self, _) => Box.Int(((BigInteger)self!).Sign));
        t.Method("bitLength()", (_, self, _) => Box.Int((int)((BigInteger)self!).GetBitLength()));
        t.Method("testBit(int)", (_, self, a) => Box.Bool(!(((BigInteger)self! >> (int)a[0]!) & 1).IsZero));
        t.Method("negate()", (_, self, _) => -(BigInteger)self!);
        t.Method("toString(int)", (_, self, a) => NumberParsing.ToRadix((BigInteger)self!, (int)a[0]!));
    }

    public static void RegisterBigDecimal(ClassBuilder t)
    {
        t.Constant("ZERO", BigDecimal.Zero);
        t.Constant("ONE", BigDecimal.One);
        t.Constant("TEN", BigDecimal.Ten);
        string[] modes = ["ROUND_UP", "ROUND_DOWN", "ROUND_CEILING", "ROUND_FLOOR", "ROUND_HALF_UP", "ROUND_HALF_DOWN", "ROUND_HALF_EVEN", "ROUND_UNNECESSARY"];
        for (var i = 0; i < modes.Length; i++)
        {
            t.Constant(modes[i], Box.Int(i));
        }

        t.New("(String)", (_, _, a) => BigDecimal.Parse((string)a[0]!));
        t.New("(double)", (_, _, a) => BigDecimal.FromDouble((double)a[0]!));
        t.New("(int)", (_, _, a) => Numbers.ToBigDecimal(a[0]!));
        t.New("(long)", (_, _, a) => Numbers.ToBigDecimal(a[0]!));
        t.New("(BigInteger)", (_, _, a) => Numbers.ToBigDecimal(a[0]!));
        t.Static("valueOf(long)", (_, _, a) => Numbers.ToBigDecimal(a[0]!));
        t.Static("valueOf(double)", (_, _, a) => Numbers.ToBigDecimal(a[0]!));
        t.Static("valueOf(long,int)", (_, _, a) => new BigDecimal((long)a[0]!, (int)a[1]!));
        t.Method("add(BigDecimal)", (_, self, a) => D(self).Add(D(a[0])));
        t.Method("subtract(BigDecimal)", (_, self, a) => D(self).Subtract(D(a[0])));
        t.Method("multiply(BigDecimal)", (_, self, a) => D(self).Multiply(D(a[0])));
        t.Method("divide(BigDecimal)", (_, self, a) => D(self).Divide(D(a[0])));
        t.Method("divide(BigDecimal,int,Object)", (_, self, a) => D(self).Divide(D(a[0]), (int)a[1]!, Rounding(a[2])));
        t.Method("divide(BigDecimal,Object)", (_, self, a) => D(self).Divide(D(a[0]), D(self).Scale, Rounding(a[1])));
        t.Method("remainder(BigDecimal)", (_, self, a) => D(self).Remainder(D(a[0])));
        t.Method("pow(int)", (_, self, a) => D(self).Pow((int)a[0]!));
        t.Method("negate()", (_, self, _) => D(self).Negate());
        t.Method("signum()", (_, self, _) => Box.Int(D(self).Sign));
        t.Method("scale()", (_, self, _) => Box.Int(D(self).Scale));
        t.Method("precision()", (_, self, _) => Box.Int(D(self).Precision));
        t.Method("unscaledValue()", (_, self, _) => D(self).Unscaled);
        t.Method("setScale(int)", (_, self, a) => D(self).SetScale((int)a[0]!, DecimalRounding.Unnecessary));
        t.Method("setScale(int,Object)", (_, self, a) => D(self).SetScale((int)a[0]!, Rounding(a[1])));
        t.Method("stripTrailingZeros()", (_, self, _) => D(self).StripTrailingZeros());
        t.Method("toPlainString()", (_, self, _) => D(self).ToPlainString());
        t.Method("max(BigDecimal)", (_, self, a) => D(self).CompareTo(D(a[0])) >= 0 ? self : a[0]);
        t.Method("min(BigDecimal)", (_, self, a) => D(self).CompareTo(D(a[0])) <= 0 ? self : a[0]);
    }

    public static DecimalRounding Rounding(object? mode) => mode switch
    {
        int i when i is >= 0 and <= 7 => (DecimalRounding)i,
        RoundingModeValue value => value.Mode,
        _ => throw Throw.IllegalArgument($"Invalid rounding mode {Formatting.ToText(mode)}"),
    };

    private static BigDecimal D(object? value) => (BigDecimal)value!;

    private static object NotNull(object? value, string method) => value ?? throw Throw.NullPointer($"Cannot invoke method {method}() with a null argument");

    private static object RoundTo(double value, int digits, Func<double, double> round)
    {
        var factor = Math.Pow(10, digits);
        return round(value * factor) / factor;
    }

    private static async ValueTask<object?> Count(Fiber fiber, object from, object to, object by, object? closure, string name)
    {
        var up = name == "upto";
        if (up ? Numbers.Compare(from, to) > 0 : Numbers.Compare(from, to) < 0)
        {
            throw Throw.Runtime($"The argument ({Formatting.ToText(to)}) to {name}() cannot be {(up ? "less" : "greater")} than the value ({Formatting.ToText(from)}) it's called on.");
        }

        for (var i = from; up ? Numbers.Compare(i, to) <= 0 : Numbers.Compare(i, to) >= 0; i = Numbers.Add(i, by))
        {
            await fiber.CallAsync(closure, i);
        }

        return null;
    }

    private static async ValueTask<object?> Step(Fiber fiber, object from, object to, object by, object? closure)
    {
        var direction = Numbers.Compare(by, Box.Int(0));
        if (direction == 0 || (direction > 0 && Numbers.Compare(from, to) > 0) || (direction < 0 && Numbers.Compare(from, to) < 0))
        {
            throw Throw.Runtime("Infinite loop in " + Formatting.ToText(from) + ".step(" + Formatting.ToText(to) + ", " + Formatting.ToText(by) + ")");
        }

        for (var i = from; direction > 0 ? Numbers.Compare(i, to) < 0 : Numbers.Compare(i, to) > 0; i = Numbers.Add(i, by))
        {
            await fiber.CallAsync(closure, i);
        }

        return null;
    }
}

/// <summary>A constant of java.math.RoundingMode.</summary>
internal sealed record RoundingModeValue(DecimalRounding Mode, string Name) : ILibraryValue
{
    public string JavaClass => "java.math.RoundingMode";

    public override string ToString() => Name;
}
