using System.Globalization;
using System.Numerics;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

/// <summary>The value of a number as written. A minus belongs to it, for only so the smallest int and long can be written.</summary>
internal static class NumberLiteral
{
    /// <summary>An int, the smallest of int, long and big integer that holds it, or what the suffix asks for. Null where the suffix's type is too small.</summary>
    public static object? Integer(string text, bool isNegative)
    {
        var suffix = char.ToLowerInvariant(text[^1]);
        var isHex = text.Length > 2 && text[1] is 'x' or 'X';
        if (suffix is not ('g' or 'l' or 'i'))
        {
            suffix = '\0';
        }

        var digits = suffix == '\0' ? text : text[..^1];
        digits = digits.Contains('_') ? digits.Replace("_", "", StringComparison.Ordinal) : digits;
        var value = Magnitude(digits, isHex);
        if (value is null)
        {
            return null;
        }

        value = isNegative ? -value : value;
        return suffix switch
        {
            'g' => new BigIntegerText(value.Value.ToString()),
            'l' => value >= long.MinValue && value <= long.MaxValue ? (long)value : null,
            'i' => value >= int.MinValue && value <= int.MaxValue ? (int)value : null,
            _ when value >= int.MinValue && value <= int.MaxValue => (int)value,
            _ when value >= long.MinValue && value <= long.MaxValue => (long)value,
            _ => new BigIntegerText(value.Value.ToString()),
        };
    }

    /// <summary>A float or double by its suffix, else Groovy's BigDecimal.</summary>
    public static object? Decimal(string text, bool isNegative)
    {
        var digits = text.Contains('_') ? text.Replace("_", "", StringComparison.Ordinal) : text;
        digits = isNegative ? "-" + digits : digits;
        switch (char.ToLowerInvariant(text[^1]))
        {
            case 'f':
                return float.TryParse(digits.AsSpan(0, digits.Length - 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var single) && float.IsFinite(single) ? single : null;
            case 'd':
                return double.TryParse(digits.AsSpan(0, digits.Length - 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
            case 'g':
                return new BigDecimalText(digits[..^1]);
            default:
                return new BigDecimalText(digits);
        }
    }

    // Converting digits to a number takes quadratic time, so their count is bounded: no program means a longer one.
    private const int MostDigits = 1000;

    private static BigInteger? Magnitude(string digits, bool isHex)
    {
        if (digits.Length > MostDigits)
        {
            return null;
        }

        if (isHex)
        {
            return BigInteger.Parse("0" + digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        if (digits.Length > 2 && digits[1] is 'b' or 'B')
        {
            return digits.Skip(2).Aggregate(BigInteger.Zero, (sum, digit) => (sum << 1) + (digit - '0'));
        }

        if (digits.Length > 1 && digits[0] == '0')
        {
            return digits.Any(d => d > '7') ? null : digits.Aggregate(BigInteger.Zero, (sum, digit) => (sum << 3) + (digit - '0'));
        }

        return BigInteger.Parse(digits, CultureInfo.InvariantCulture);
    }
}
