using System.Globalization;
using System.Numerics;
using System.Text;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.util.Formatter: <c>%-5s %05d %.2f %x %,d %n %%</c> and the rest.</summary>
internal static class JavaFormat
{
    public static string Format(string format, object?[] args, Interpreter interpreter)
    {
        var text = new StringBuilder();
        var next = 0;
        var last = -1;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            var start = i++;
            var number = Number(format, ref i);
            var index = -1;
            var flags = "";
            if (number is not null && i < format.Length && format[i] == '$')
            {
                index = number.Value - 1;
                number = null;
                i++;
            }
            else if (number is not null)
            {
                // Leading zeros are the flag, not part of the width.
                i = start + 1;
                number = null;
            }

            while (i < format.Length && "-#+ 0,(<".Contains(format[i]))
            {
                flags += format[i++];
            }

            var width = Number(format, ref i) ?? number ?? -1;
            var precision = -1;
            if (i < format.Length && format[i] == '.')
            {
                i++;
                precision = Number(format, ref i) ?? throw Throw.New("java.util.IllegalFormatException", format);
            }

            if (i >= format.Length)
            {
                throw Throw.New("java.util.UnknownFormatConversionException", "Conversion = '%'");
            }

            var conversion = format[i];
            if (conversion is 't' or 'T')
            {
                i++;
            }

            if (width > Limits.LargestText / 16 || precision > 10_000)
            {
                throw Throw.IllegalArgument($"The width {Math.Max(width, precision)} in a format is too large");
            }

            if (conversion == 'n')
            {
                text.Append('\n');
                continue;
            }

            if (conversion == '%')
            {
                text.Append(Pad("%", width, flags));
                continue;
            }

            if (flags.Contains('<'))
            {
                index = last;
            }
            else if (index < 0)
            {
                index = next++;
            }

            last = index;
            if (index < 0 || index >= args.Length)
            {
                throw Throw.New("java.util.MissingFormatArgumentException", $"Format specifier '{format[start..Math.Min(i + 1, format.Length)]}'");
            }

            var value = args[index];
            var shown = conversion switch
            {
                't' or 'T' => i < format.Length ? Dates.Field(value, format[i], interpreter) : throw Throw.New("java.util.UnknownFormatConversionException", "Conversion = 't'"),
                _ => One(value, conversion, flags, precision, width),
            };
            text.Append(Pad(char.IsUpper(conversion) ? shown.ToUpperInvariant() : shown, width, flags));
        }

        return text.ToString();
    }

    private static string One(object? value, char conversion, string flags, int precision, int width)
    {
        switch (char.ToLowerInvariant(conversion))
        {
            case 's':
                var s = Strings.JavaText(value);
                return precision >= 0 && precision < s.Length ? s[..precision] : s;
            case 'b':
                return value is bool b ? (b ? "true" : "false") : value is null ? "false" : "true";
            case 'h':
                return value is null ? "null" : (value is string t ? JavaNumbers.HashOf(t) : value.GetHashCode()).ToString("x", CultureInfo.InvariantCulture);
            case 'c':
                return value switch { null => "null", char c => c.ToString(), int code => char.ConvertFromUtf32(code), string { Length: 1 } one => one, _ => throw Mismatch(conversion, value) };
            case 'd':
                return value switch
                {
                    null => "null",
                    int or long or short or sbyte or BigInteger => Signed(Group(BigInteger.Abs(Numbers.ToBigInteger(value)).ToString(CultureInfo.InvariantCulture), flags), Numbers.ToBigInteger(value).Sign < 0, flags, width),
                    _ => throw Mismatch(conversion, value),
                };
            case 'x':
                return value switch
                {
                    null => "null",
                    int i => Zeros((flags.Contains('#') ? "0x" : "") + i.ToString("x", CultureInfo.InvariantCulture), flags, width),
                    long l => Zeros((flags.Contains('#') ? "0x" : "") + l.ToString("x", CultureInfo.InvariantCulture), flags, width),
                    sbyte sb => Zeros(((byte)sb).ToString("x", CultureInfo.InvariantCulture), flags, width),
                    short sh => Zeros(((ushort)sh).ToString("x", CultureInfo.InvariantCulture), flags, width),
                    BigInteger big => Zeros(NumberParsing.ToRadix(big, 16), flags, width),
                    _ => throw Mismatch(conversion, value),
                };
            case 'o':
                return value is int or long or BigInteger ? Zeros(value is int o ? NumberParsing.ToRadix((uint)o, 8) : NumberParsing.ToRadix(Numbers.ToBigInteger(value), 8), flags, width) : throw Mismatch(conversion, value);
            case 'f':
                return Decimal(value, conversion, flags, precision < 0 ? 6 : precision, width);
            case 'e':
                return value is null ? "null" : Exponent(Numbers.ToDouble(value), precision < 0 ? 6 : precision);
            case 'g':
                return value is null ? "null" : Numbers.ToDouble(value) is var g && Math.Abs(g) is >= 1e-4 and < 1e6 ? Decimal(value, conversion, flags, Math.Max(0, (precision < 0 ? 6 : precision) - 1 - (int)Math.Floor(Math.Log10(Math.Abs(g)))), width) : Exponent(Numbers.ToDouble(value), (precision < 0 ? 6 : precision) - 1);
            default:
                throw Throw.New("java.util.UnknownFormatConversionException", $"Conversion = '{conversion}'");
        }
    }

    private static string Decimal(object? value, char conversion, string flags, int precision, int width)
    {
        switch (value)
        {
            case null:
                return "null";
            case double d when double.IsNaN(d) || double.IsInfinity(d):
                return JavaNumbers.Format(d);
            case double or float or BigDecimal:
                var number = Numbers.ToBigDecimal(value);
                var rounded = number.Abs().SetScale(precision, DecimalRounding.HalfUp).ToPlainString();
                var point = rounded.IndexOf('.', StringComparison.Ordinal);
                var grouped = point < 0 ? Group(rounded, flags) : Group(rounded[..point], flags) + rounded[point..];
                return Signed(grouped, number.Sign < 0, flags, width);
            default:
                throw Mismatch(conversion, value);
        }
    }

    private static string Exponent(double value, int precision)
    {
        var text = value.ToString("e" + Math.Max(0, precision).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        // .NET writes three digits of exponent, Java two.
        var e = text.IndexOf('e', StringComparison.Ordinal);
        var digits = text[(e + 2)..].TrimStart('0').PadLeft(2, '0');
        return text[..(e + 2)] + digits;
    }

    private static string Group(string digits, string flags)
    {
        if (!flags.Contains(','))
        {
            return digits;
        }

        var text = new StringBuilder();
        for (var i = 0; i < digits.Length; i++)
        {
            if (i > 0 && (digits.Length - i) % 3 == 0)
            {
                text.Append(',');
            }

            text.Append(digits[i]);
        }

        return text.ToString();
    }

    private static string Signed(string digits, bool negative, string flags, int width)
    {
        var sign = negative ? (flags.Contains('(') ? "(" : "-") : flags.Contains('+') ? "+" : flags.Contains(' ') ? " " : "";
        var end = negative && flags.Contains('(') ? ")" : "";
        if (flags.Contains('0'))
        {
            digits = digits.PadLeft(Math.Max(0, width - sign.Length - end.Length), '0');
        }

        return sign + digits + end;
    }

    private static string Zeros(string digits, string flags, int width) => flags.Contains('0') ? digits.PadLeft(Math.Max(0, width), '0') : digits;

    private static string Pad(string text, int width, string flags) => width <= text.Length ? text : flags.Contains('-') ? text.PadRight(width) : text.PadLeft(width);

    private static int? Number(string format, ref int at)
    {
        var start = at;
        while (at < format.Length && char.IsAsciiDigit(format[at]))
        {
            at++;
        }

        return at == start ? null : int.TryParse(format.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : int.MaxValue;
    }

    private static GroovyException Mismatch(char conversion, object? value) => Throw.New("java.util.IllegalFormatConversionException", $"{conversion} != {ClassTable.NameOf(value)}");
}
