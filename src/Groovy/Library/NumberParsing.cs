using System.Globalization;
using System.Numerics;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>Text to numbers, with Java's rules and messages.</summary>
internal static class NumberParsing
{
    public static int ParseInt(string? text, int radix = 10)
    {
        if (text is not null && radix == 10 && TryInt(text, out var value))
        {
            return value;
        }

        if (text is not null && TryRadix(text, radix, out var big) && big >= int.MinValue && big <= int.MaxValue)
        {
            return (int)big;
        }

        throw Throw.NumberFormat(text is null ? "Cannot parse null string" : $"For input string: \"{text}\"" + (radix == 10 ? "" : $" under radix {radix}"));
    }

    public static long ParseLong(string? text, int radix = 10)
    {
        if (text is not null && TryRadix(text, radix, out var big) && big >= long.MinValue && big <= long.MaxValue)
        {
            return (long)big;
        }

        throw Throw.NumberFormat(text is null ? "Cannot parse null string" : $"For input string: \"{text}\"" + (radix == 10 ? "" : $" under radix {radix}"));
    }

    public static bool TryInt(string text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    public static BigInteger ParseBigInteger(string text, int radix = 10) => TryRadix(text, radix, out var value) ? value : throw Throw.NumberFormat($"For input string: \"{text}\"");

    public static double ParseDouble(string? text)
    {
        if (text is null)
        {
            throw Throw.NullPointer("Cannot invoke \"String.trim()\" because \"in\" is null");
        }

        return TryDouble(text, out var value) ? value : throw Throw.NumberFormat(text.Trim().Length == 0 ? "empty String" : $"For input string: \"{text}\"");
    }

    public static bool TryDouble(string text, out double value)
    {
        var trimmed = text.Trim();
        switch (trimmed)
        {
            case "NaN":
                value = double.NaN;
                return true;
            case "Infinity" or "+Infinity":
                value = double.PositiveInfinity;
                return true;
            case "-Infinity":
                value = double.NegativeInfinity;
                return true;
        }

        if (trimmed.Length > 1 && trimmed[^1] is 'd' or 'D' or 'f' or 'F')
        {
            trimmed = trimmed[..^1];
        }

        return double.TryParse(trimmed, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value)
            && trimmed.Length > 0 && (char.IsAsciiDigit(trimmed[^1]) || trimmed[^1] == '.');
    }

    public static bool TryRadix(string text, int radix, out BigInteger value)
    {
        value = BigInteger.Zero;
        var at = text.Length > 0 && text[0] is '-' or '+' ? 1 : 0;
        if (at == text.Length || text.Length > 100_000)
        {
            return false;
        }

        if (radix == 10)
        {
            for (var i = at; i < text.Length; i++)
            {
                if (!char.IsAsciiDigit(text[i]))
                {
                    return false;
                }
            }

            value = BigInteger.Parse(text.AsSpan(at), CultureInfo.InvariantCulture);
        }
        else
        {
            for (var i = at; i < text.Length; i++)
            {
                var digit = char.IsAsciiDigit(text[i]) ? text[i] - '0' : char.IsAsciiLetter(text[i]) ? char.ToLowerInvariant(text[i]) - 'a' + 10 : 99;
                if (digit >= radix)
                {
                    return false;
                }

                value = (value * radix) + digit;
            }
        }

        if (text[0] == '-')
        {
            value = -value;
        }

        return true;
    }

    public static string ToRadix(BigInteger value, int radix)
    {
        if (radix is < 2 or > 36)
        {
            radix = 10;
        }

        if (value.IsZero)
        {
            return "0";
        }

        var digits = new Stack<char>();
        var rest = BigInteger.Abs(value);
        while (!rest.IsZero)
        {
            rest = BigInteger.DivRem(rest, radix, out var digit);
            digits.Push("0123456789abcdefghijklmnopqrstuvwxyz"[(int)digit]);
        }

        return (value.Sign < 0 ? "-" : "") + new string([.. digits]);
    }
}
