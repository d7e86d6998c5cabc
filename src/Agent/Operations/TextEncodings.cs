using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Slipway.Agent.Operations;

/// <summary>Encodings by the names that Java's users write. Those of the framework itself; tables for old code pages would double the binary's data for nobody.</summary>
internal static class TextEncodings
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <param name="name">Null is UTF-8.</param>
    public static bool TryFind(string? name, [NotNullWhen(true)] out Encoding? encoding)
    {
        encoding = name?.ToUpperInvariant().Replace('_', '-') switch
        {
            null or "" or "UTF-8" or "UTF8" => Utf8,
            "US-ASCII" or "ASCII" => Encoding.ASCII,
            "ISO-8859-1" or "ISO8859-1" or "LATIN1" => Encoding.Latin1,
            "UTF-16" or "UTF-16BE" => new UnicodeEncoding(bigEndian: true, byteOrderMark: false),
            "UTF-16LE" => new UnicodeEncoding(bigEndian: false, byteOrderMark: false),
            "UTF-32" or "UTF-32BE" => new UTF32Encoding(bigEndian: true, byteOrderMark: false),
            "UTF-32LE" => new UTF32Encoding(bigEndian: false, byteOrderMark: false),
            _ => null,
        };
        return encoding is not null;
    }

    public static string Unknown(string name) =>
        $"The encoding '{name}' is not known. Use UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16LE, UTF-16BE, UTF-32 or Base64 (files only).";
}
