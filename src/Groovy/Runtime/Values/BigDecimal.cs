using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Slipway.Groovy.Runtime;

/// <summary>How a digit that no longer fits is dropped; the values and their order are java.math.RoundingMode's.</summary>
public enum DecimalRounding
{
    Up,
    Down,
    Ceiling,
    Floor,
    HalfUp,
    HalfDown,
    HalfEven,
    Unnecessary,
}

/// <summary>
/// A decimal number of any size: an unscaled integer and the number of its digits behind the point, as java.math.BigDecimal has it. Arithmetic keeps
/// Java's scales, division is Groovy's. Equality knows the scale (2.0 is not 2.00), comparison does not.
/// </summary>
public sealed class BigDecimal : IComparable<BigDecimal>, IEquatable<BigDecimal>
{
    public static readonly BigDecimal Zero = new(BigInteger.Zero, 0);
    public static readonly BigDecimal One = new(BigInteger.One, 0);
    public static readonly BigDecimal Ten = new(10, 0);

    // Groovy's BigDecimalMath: digits beyond the operands' own, and the least scale of a quotient that does not come out even.
    private const int DivisionExtraPrecision = 10;
    private const int DivisionMinimumScale = 10;

    // Exponents beyond this are a way to make a small program build a huge number.
    private const int LargestScale = 100_000;

    public BigDecimal(BigInteger unscaled, int scale)
    {
        if (scale is > LargestScale or < -LargestScale)
        {
            throw Throw.Arithmetic("Scale out of range");
        }

        Unscaled = unscaled;
        Scale = scale;
    }

    public BigInteger Unscaled { get; }

    public int Scale { get; }

    public int Sign => Unscaled.Sign;

    /// <summary>The number of digits of the unscaled value; zero has one.</summary>
    public int Precision => DigitsOf(BigInteger.Abs(Unscaled));

    public static BigDecimal FromInteger(BigInteger value) => new(value, 0);

    /// <summary>The decimal that a double prints as, which is what Groovy makes of it.</summary>
    public static BigDecimal FromDouble(double value)
    {
        if (double.IsNaN(value) || double.IsInfinity(value))
        {
            throw Throw.NumberFormat("Infinite or NaN");
        }

        return Parse(JavaNumbers.Format(value));
    }

    public static BigDecimal Parse(string text) => TryParse(text, out var value) ? value : throw Throw.NumberFormat($"For input string: \"{text}\"");

    public static bool TryParse(string text, [NotNullWhen(true)] out BigDecimal? value)
    {
        value = null;
        var at = 0;
        var negative = false;
        if (at < text.Length && text[at] is '+' or '-')
        {
            negative = text[at] == '-';
            at++;
        }

        var digits = new StringBuilder(text.Length);
        var scale = 0;
        var seenPoint = false;
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
        {
            if (text[at] == '.')
            {
                if (seenPoint)
                {
                    return false;
                }

                seenPoint = true;
            }
            else
            {
                digits.Append(text[at]);
                if (seenPoint)
                {
                    scale++;
                }
            }

            at++;
        }

        if (digits.Length == 0)
        {
            return false;
        }

        if (at < text.Length)
        {
            if (text[at] is not ('e' or 'E')
                || !int.TryParse(text.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)
                || exponent is > LargestScale or < -LargestScale)
            {
                return false;
            }

            scale -= exponent;
        }

        var unscaled = BigInteger.Parse(digits.ToString(), CultureInfo.InvariantCulture);
        value = new BigDecimal(negative ? -unscaled : unscaled, scale);
        return true;
    }

    public BigDecimal Add(BigDecimal other)
    {
        var scale = Math.Max(Scale, other.Scale);
        return new BigDecimal(AtScale(scale) + other.AtScale(scale), scale);
    }

    public BigDecimal Subtract(BigDecimal other)
    {
        var scale = Math.Max(Scale, other.Scale);
        return new BigDecimal(AtScale(scale) - other.AtScale(scale), scale);
    }

    public BigDecimal Multiply(BigDecimal other) => new(Unscaled * other.Unscaled, Scale + other.Scale);

    /// <summary>Groovy's <c>/</c>: exact where the quotient ends, else ten digits more than the operands have, at least ten behind the point.</summary>
    public BigDecimal Divide(BigDecimal divisor)
    {
        if (divisor.Sign == 0)
        {
            throw Throw.Arithmetic("Division by zero");
        }

        if (TryDivideExactly(divisor, out var exact))
        {
            return exact;
        }

        var precision = Math.Max(Precision, divisor.Precision) + DivisionExtraPrecision;
        var quotient = DivideToPrecision(divisor, precision, DecimalRounding.HalfUp);
        var scale = Math.Max(Math.Max(Scale, divisor.Scale), DivisionMinimumScale);
        return quotient.Scale > scale ? quotient.SetScale(scale, DecimalRounding.HalfUp) : quotient;
    }

    public BigDecimal Divide(BigDecimal divisor, int scale, DecimalRounding rounding)
    {
        if (divisor.Sign == 0)
        {
            throw Throw.Arithmetic(Sign == 0 ? "Division undefined" : "Division by zero");
        }

        var shift = scale - Scale + divisor.Scale;
        var numerator = Unscaled;
        var denominator = divisor.Unscaled;
        if (shift >= 0)
        {
            numerator *= PowerOfTen(shift);
        }
        else
        {
            denominator *= PowerOfTen(-shift);
        }

        return new BigDecimal(DivideRounded(numerator, denominator, rounding), scale);
    }

    public BigDecimal Remainder(BigDecimal divisor)
    {
        if (divisor.Sign == 0)
        {
            throw Throw.Arithmetic("Division by zero");
        }

        var scale = Math.Max(Scale, divisor.Scale);
        return new BigDecimal(BigInteger.Remainder(AtScale(scale), divisor.AtScale(scale)), scale);
    }

    public BigDecimal Negate() => new(-Unscaled, Scale);

    public BigDecimal Abs() => Sign < 0 ? Negate() : this;

    public BigDecimal Pow(int exponent) => exponent is >= 0 and <= 100_000
        ? new BigDecimal(BigInteger.Pow(Unscaled, exponent), Scale * exponent)
        : throw Throw.Arithmetic("Invalid operation");

    public BigDecimal SetScale(int scale, DecimalRounding rounding)
    {
        if (scale >= Scale)
        {
            return scale == Scale ? this : new BigDecimal(AtScale(scale), scale);
        }

        return new BigDecimal(DivideRounded(Unscaled, PowerOfTen(Scale - scale), rounding), scale);
    }

    /// <summary>Rounds to a number of significant digits.</summary>
    public BigDecimal RoundToPrecision(int precision, DecimalRounding rounding)
    {
        var result = this;
        while (result.Precision > precision)
        {
            var drop = result.Precision - precision;
            result = new BigDecimal(DivideRounded(result.Unscaled, PowerOfTen(drop), rounding), result.Scale - drop);
        }

        return result;
    }

    public BigDecimal StripTrailingZeros()
    {
        if (Sign == 0)
        {
            return Zero;
        }

        var unscaled = Unscaled;
        var scale = Scale;
        while (true)
        {
            var quotient = BigInteger.DivRem(unscaled, 10, out var remainder);
            if (!remainder.IsZero)
            {
                return new BigDecimal(unscaled, scale);
            }

            unscaled = quotient;
            scale--;
        }
    }

    /// <summary>The whole part.</summary>
    public BigInteger ToBigInteger() => Scale <= 0 ? Unscaled * PowerOfTen(-Scale) : BigInteger.Divide(Unscaled, PowerOfTen(Scale));

    public double ToDouble() => double.Parse(ToString(), NumberStyles.Float, CultureInfo.InvariantCulture);

    public int CompareTo(BigDecimal? other)
    {
        if (other is null)
        {
            return 1;
        }

        if (Sign != other.Sign)
        {
            return Sign.CompareTo(other.Sign);
        }

        var scale = Math.Max(Scale, other.Scale);
        return AtScale(scale).CompareTo(other.AtScale(scale));
    }

    public bool Equals(BigDecimal? other) => other is not null && Scale == other.Scale && Unscaled == other.Unscaled;

    public override bool Equals(object? obj) => Equals(obj as BigDecimal);

    public override int GetHashCode() => HashCode.Combine(Unscaled, Scale);

    /// <summary>Java's canonical form: an exponent where the scale is negative or the number is smaller than 10^-6.</summary>
    public override string ToString()
    {
        var digits = BigInteger.Abs(Unscaled).ToString(CultureInfo.InvariantCulture);
        var sign = Sign < 0 ? "-" : "";
        if (Scale == 0)
        {
            return sign + digits;
        }

        var adjusted = -(long)Scale + (digits.Length - 1);
        if (Scale >= 0 && adjusted >= -6)
        {
            return sign + WithPoint(digits);
        }

        var text = new StringBuilder(sign).Append(digits[0]);
        if (digits.Length > 1)
        {
            text.Append('.').Append(digits, 1, digits.Length - 1);
        }

        if (adjusted != 0)
        {
            text.Append('E').Append(adjusted > 0 ? "+" : "").Append(adjusted);
        }

        return text.ToString();
    }

    public string ToPlainString()
    {
        var digits = BigInteger.Abs(Unscaled).ToString(CultureInfo.InvariantCulture);
        var sign = Sign < 0 ? "-" : "";
        if (Scale > 0)
        {
            return sign + WithPoint(digits);
        }

        return Sign == 0 ? "0" : sign + digits + new string('0', -Scale);
    }

    private string WithPoint(string digits) => digits.Length > Scale
        ? string.Concat(digits.AsSpan(0, digits.Length - Scale), ".", digits.AsSpan(digits.Length - Scale))
        : "0." + new string('0', Scale - digits.Length) + digits;

    private BigInteger AtScale(int scale) => scale == Scale ? Unscaled : Unscaled * PowerOfTen(scale - Scale);

    // A quotient ends exactly where the reduced divisor has no prime factors but 2 and 5; Java's preferred scale is the difference of the scales.
    private bool TryDivideExactly(BigDecimal divisor, [NotNullWhen(true)] out BigDecimal? quotient)
    {
        var preferred = Scale - divisor.Scale;
        if (Sign == 0)
        {
            quotient = new BigDecimal(BigInteger.Zero, Math.Clamp(preferred, -LargestScale, LargestScale));
            return true;
        }

        var divided = BigInteger.GreatestCommonDivisor(Unscaled, divisor.Unscaled);
        var numerator = Unscaled / divided;
        var denominator = divisor.Unscaled / divided;
        if (denominator.Sign < 0)
        {
            numerator = -numerator;
            denominator = -denominator;
        }

        var twos = CountFactor(ref denominator, 2);
        var fives = CountFactor(ref denominator, 5);
        if (!denominator.IsOne)
        {
            quotient = null;
            return false;
        }

        var extra = Math.Max(twos, fives);
        numerator *= BigInteger.Pow(2, extra - twos) * BigInteger.Pow(5, extra - fives);
        var scale = preferred + extra;
        quotient = new BigDecimal(numerator, scale);
        // Java's exact quotient carries the smallest scale not below the preferred one.
        while (quotient.Scale > preferred)
        {
            var shorter = BigInteger.DivRem(quotient.Unscaled, 10, out var remainder);
            if (!remainder.IsZero)
            {
                break;
            }

            quotient = new BigDecimal(shorter, quotient.Scale - 1);
        }

        return true;
    }

    private BigDecimal DivideToPrecision(BigDecimal divisor, int precision, DecimalRounding rounding)
    {
        // Enough digits that rounding to the precision sees whether anything follows: a sticky digit stands for the rest.
        var shift = precision + divisor.Precision - Precision + 3;
        var numerator = shift > 0 ? Unscaled * PowerOfTen(shift) : Unscaled;
        var quotient = BigInteger.DivRem(numerator, divisor.Unscaled, out var remainder);
        if (!remainder.IsZero)
        {
            quotient = (quotient * 10) + (numerator.Sign * divisor.Sign);
            return new BigDecimal(quotient, Scale - divisor.Scale + Math.Max(shift, 0) + 1).RoundToPrecision(precision, rounding);
        }

        return new BigDecimal(quotient, Scale - divisor.Scale + Math.Max(shift, 0)).RoundToPrecision(precision, rounding);
    }

    private static int CountFactor(ref BigInteger value, int factor)
    {
        var count = 0;
        while (true)
        {
            var quotient = BigInteger.DivRem(value, factor, out var remainder);
            if (!remainder.IsZero || value.IsZero)
            {
                return count;
            }

            value = quotient;
            count++;
        }
    }

    private static BigInteger DivideRounded(BigInteger numerator, BigInteger denominator, DecimalRounding rounding)
    {
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        if (remainder.IsZero)
        {
            return quotient;
        }

        var sign = numerator.Sign * denominator.Sign;
        var half = (BigInteger.Abs(remainder) * 2).CompareTo(BigInteger.Abs(denominator));
        var away = rounding switch
        {
            DecimalRounding.Up => true,
            DecimalRounding.Down => false,
            DecimalRounding.Ceiling => sign > 0,
            DecimalRounding.Floor => sign < 0,
            DecimalRounding.HalfUp => half >= 0,
            DecimalRounding.HalfDown => half > 0,
            DecimalRounding.HalfEven => half > 0 || (half == 0 && !quotient.IsEven),
            _ => throw Throw.Arithmetic("Rounding necessary"),
        };
        return away ? quotient + sign : quotient;
    }

    private static BigInteger PowerOfTen(int exponent) => BigInteger.Pow(10, exponent);

    private static int DigitsOf(BigInteger value)
    {
        if (value.IsZero)
        {
            return 1;
        }

        var estimate = (int)Math.Floor(BigInteger.Log10(value));
        // The logarithm is a double and may be off by one near a power of ten.
        estimate = Math.Max(estimate - 1, 0);
        var power = PowerOfTen(estimate);
        while (value >= power)
        {
            power *= 10;
            estimate++;
        }

        return estimate;
    }
}
