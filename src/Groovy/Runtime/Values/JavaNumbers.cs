using System.Globalization;
using System.Text;

namespace Slipway.Groovy.Runtime;

/// <summary>How Java writes floating-point numbers, and Java's arithmetic where it differs from C#'s.</summary>
internal static class JavaNumbers
{
    public static string Format(double value)
    {
        if (double.IsNaN(value))
        {
            return "NaN";
        }

        if (double.IsInfinity(value))
        {
            return value > 0 ? "Infinity" : "-Infinity";
        }

        // The one double that Java writes with two digits where one is enough.
        return Math.Abs(value) == double.Epsilon ? (value < 0 ? "-4.9E-324" : "4.9E-324") : FromShortest(value.ToString("R", CultureInfo.InvariantCulture), Math.Abs(value), double.IsNegative(value));
    }

    public static string Format(float value)
    {
        if (float.IsNaN(value))
        {
            return "NaN";
        }

        if (float.IsInfinity(value))
        {
            return value > 0 ? "Infinity" : "-Infinity";
        }

        return FromShortest(value.ToString("R", CultureInfo.InvariantCulture), Math.Abs(value), float.IsNegative(value));
    }

    // Java: plain digits from 10^-3 to below 10^7, else one digit, a point, the rest, and E with the exponent; always at least one digit behind the point.
    private static string FromShortest(string shortest, double magnitude, bool negative)
    {
        var digits = new StringBuilder();
        var exponent = 0;
        var pointAt = -1;
        var text = shortest.AsSpan();
        if (text[0] == '-')
        {
            text = text[1..];
        }

        var e = text.IndexOf('E');
        if (e >= 0)
        {
            exponent = int.Parse(text[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..e];
        }

        foreach (var c in text)
        {
            if (c == '.')
            {
                pointAt = digits.Length;
            }
            else
            {
                digits.Append(c);
            }
        }

        if (pointAt < 0)
        {
            pointAt = digits.Length;
        }

        var point = pointAt + exponent;
        var all = digits.ToString();
        var lead = 0;
        while (lead < all.Length - 1 && all[lead] == '0')
        {
            lead++;
        }

        all = all[lead..];
        point -= lead;
        all = all.TrimEnd('0');
        if (all.Length == 0)
        {
            return negative ? "-0.0" : "0.0";
        }

        var sign = negative ? "-" : "";
        if (magnitude is >= 1e-3 and < 1e7)
        {
            if (point <= 0)
            {
                return sign + "0." + new string('0', -point) + all;
            }

            return all.Length > point
                ? string.Concat(sign, all.AsSpan(0, point), ".", all.AsSpan(point))
                : sign + all + new string('0', point - all.Length) + ".0";
        }

        return string.Concat(sign + all[0], ".", all.Length > 1 ? all[1..] : "0", "E" + (point - 1).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Java's narrowing of a double: NaN is zero, what is out of range is the nearest end.</summary>
    public static int ToInt(double value) => double.IsNaN(value) ? 0 : value >= int.MaxValue ? int.MaxValue : value <= int.MinValue ? int.MinValue : (int)value;

    /// <inheritdoc cref="ToInt"/>
    public static long ToLong(double value) => double.IsNaN(value) ? 0 : value >= long.MaxValue ? long.MaxValue : value <= long.MinValue ? long.MinValue : (long)value;

    /// <summary>java.lang.String.hashCode.</summary>
    public static int HashOf(string text)
    {
        var hash = 0;
        foreach (var c in text)
        {
            hash = unchecked((31 * hash) + c);
        }

        return hash;
    }
}
