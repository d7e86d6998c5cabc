using System.Text;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>Java's byte arrays and character sets.</summary>
internal static class Bytes
{
    public static byte[] Of(object? value) => value switch
    {
        GroovyArray array => [.. array.Items.Select(b => unchecked((byte)Numbers.ToInt(b!)))],
        IReadOnlyCollection<object?> items => [.. items.Select(b => unchecked((byte)Numbers.ToInt(b!)))],
        string text => Encoding.UTF8.GetBytes(text),
        _ => throw Throw.Cast(value, ClassTable.Simple("byte[]")),
    };

    public static GroovyArray Array(byte[] bytes) => new(ClassTable.Simple("byte"), [.. bytes.Select(b => (object?)unchecked((sbyte)b))]);

    public static byte[] FromBase64(string text)
    {
        try
        {
            var plain = text.Replace("\n", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal).TrimEnd('=');
            return Convert.FromBase64String(plain + new string('=', (4 - (plain.Length % 4)) % 4));
        }
        catch (FormatException)
        {
            throw Throw.IllegalArgument("Illegal base64 character or length in the text to decode");
        }
    }

    public static Encoding Charset(string name) => name.ToUpperInvariant() switch
    {
        "UTF-8" or "UTF8" => new UTF8Encoding(false),
        "ISO-8859-1" or "LATIN1" => Encoding.Latin1,
        "US-ASCII" or "ASCII" => Encoding.ASCII,
        "UTF-16" => new UnicodeEncoding(bigEndian: true, byteOrderMark: true),
        "UTF-16LE" => new UnicodeEncoding(bigEndian: false, byteOrderMark: false),
        "UTF-16BE" => new UnicodeEncoding(bigEndian: true, byteOrderMark: false),
        _ => throw Throw.New("java.io.UnsupportedEncodingException", name),
    };
}

internal sealed record CharsetValue(string Name) : ILibraryValue
{
    public string JavaClass => "java.nio.charset.Charset";

    public Encoding Encoding => Bytes.Charset(Name);

    public override string ToString() => Name;
}
