using System.Security.Cryptography;
using System.Text;

namespace Slipway.Provisioning.Kubernetes.Templates;

/// <summary>Values of Kubernetes labels: at most 63 of letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, a letter or digit at either end.</summary>
public static class PodLabels
{
    private const int Longest = 63;

    public static bool IsValid(string label) =>
        label.Length is > 0 and <= Longest && label.All(IsAllowed) && char.IsAsciiLetterOrDigit(label[0]) && char.IsAsciiLetterOrDigit(label[^1]);

    /// <summary>
    /// The nearest valid value; the end of a long text is kept, because that is where names differ. Two texts may come to the same value:
    /// tell them apart by <see cref="Digest"/>.
    /// </summary>
    public static string Sanitize(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var allowed = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            allowed.Append(IsAllowed(character) ? character : '_');
        }

        var end = allowed.ToString(Math.Max(0, allowed.Length - Longest), Math.Min(Longest, allowed.Length)).TrimEnd('-', '_', '.');
        return end.Length == 0 ? "x" : char.IsAsciiLetterOrDigit(end[0]) ? end : 'x' + end[1..] is var fixedStart && IsValid(fixedStart) ? fixedStart : "x";
    }

    /// <summary>Tells texts apart that have the same <see cref="Sanitize"/>d value.</summary>
    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..40];

    private static bool IsAllowed(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.';
}
