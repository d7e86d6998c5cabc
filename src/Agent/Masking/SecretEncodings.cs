using System.Text;
using System.Text.Encodings.Web;

namespace Slipway.Agent.Masking;

/// <summary>The forms in which a secret turns up in logs: itself, its lines, and what common encodings make of it.</summary>
internal static class SecretEncodings
{
    /// <summary>Shorter secrets are not masked: their value would be guessed from the mask, and logs would be unreadable.</summary>
    public const int ShortestSecret = 4;

    /// <summary>A derived form that is shorter than this would hit by chance.</summary>
    private const int ShortestDerived = 6;

    /// <summary>Lines of a secret with several (a key, say) are masked by themselves when they are at least so long: <c>sh -x</c> and editors show them one by one.</summary>
    private const int ShortestLine = 8;

    public static IReadOnlyList<byte[]> Of(IEnumerable<string> secrets)
    {
        var forms = new HashSet<string>(StringComparer.Ordinal);
        foreach (var secret in secrets)
        {
            var text = secret.TrimEnd('\r', '\n');
            if (text.Length < ShortestSecret)
            {
                continue;
            }

            AddForms(forms, text);
            if (text.Contains('\n', StringComparison.Ordinal))
            {
                foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
                {
                    if (line.Length >= ShortestLine)
                    {
                        AddForms(forms, line);
                    }
                }
            }
        }

        return [.. forms.Select(Encoding.UTF8.GetBytes)];
    }

    private static void AddForms(HashSet<string> forms, string secret)
    {
        forms.Add(secret);
        string[] derived =
        [
            Uri.EscapeDataString(secret),
            LowerHex(Uri.EscapeDataString(secret)),
            Uri.EscapeDataString(secret).Replace("%20", "+", StringComparison.Ordinal),
            .. Base64Cores(Encoding.UTF8.GetBytes(secret)),
            secret.Replace("'", "'\\''", StringComparison.Ordinal),
            secret.Replace("'", "'\"'\"'", StringComparison.Ordinal),
            BackslashQuoted(secret),
            DollarQuoted(secret),
            DoubleQuoted(secret),
            JavaScriptEncoder.Default.Encode(secret),
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(secret),
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(secret).Replace("/", "\\/", StringComparison.Ordinal),
            XmlEscaped(secret),
            XmlEscaped(secret).Replace("&#39;", "&apos;", StringComparison.Ordinal),
        ];
        foreach (var form in derived)
        {
            if (form.Length >= ShortestDerived)
            {
                forms.Add(form);
            }
        }
    }

    /// <summary>
    /// Base64 writes three bytes as four characters, so a secret inside a longer text (<c>user:secret</c>) looks different for each of three alignments. For each, the characters that depend on the secret alone.
    /// </summary>
    private static IEnumerable<string> Base64Cores(byte[] secret)
    {
        for (var shift = 0; shift < 3; shift++)
        {
            var bytes = new byte[shift + secret.Length];
            secret.CopyTo(bytes, shift);
            var first = ((shift * 8) + 5) / 6;
            var last = (bytes.Length * 8) / 6;
            var core = Convert.ToBase64String(bytes)[first..last];
            yield return core;
            yield return core.Replace('+', '-').Replace('/', '_');
        }
    }

    private static string LowerHex(string escaped)
    {
        var text = new StringBuilder(escaped);
        for (var index = 0; index + 2 < text.Length; index++)
        {
            if (text[index] == '%')
            {
                text[index + 1] = char.ToLowerInvariant(text[index + 1]);
                text[index + 2] = char.ToLowerInvariant(text[index + 2]);
            }
        }

        return text.ToString();
    }

    /// <summary>As bash's <c>printf %q</c> writes it.</summary>
    private static string BackslashQuoted(string secret)
    {
        var text = new StringBuilder();
        foreach (var character in secret)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character < 128 && !"%+,-./:=@_".Contains(character, StringComparison.Ordinal))
            {
                text.Append('\\');
            }

            text.Append(character);
        }

        return text.ToString();
    }

    /// <summary>The inside of bash's <c>$'…'</c>.</summary>
    private static string DollarQuoted(string secret) =>
        secret.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);

    private static string DoubleQuoted(string secret)
    {
        var text = new StringBuilder();
        foreach (var character in secret)
        {
            if (character is '"' or '$' or '`' or '\\')
            {
                text.Append('\\');
            }

            text.Append(character);
        }

        return text.ToString();
    }

    private static string XmlEscaped(string secret) =>
        secret.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);
}
