using System.Security.Cryptography;
using System.Text;

namespace Slipway.Provisioning.Kubernetes.Templates;

/// <summary>Names of pods, which are also the host names in them: lower-case letters, digits and dashes, at most 63 characters, however jobs are called.</summary>
public static class PodNames
{
    private const int Longest = 63;

    // No vowels and nothing that looks alike, so that no word appears in a name by chance.
    private const string Letters = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>Ten characters with 47 bits of chance: nobody guesses one, and a million pods of one name do not meet.</summary>
    public static string NewSuffix() => $"{RandomNumberGenerator.GetString(Letters, 5)}-{RandomNumberGenerator.GetString(Letters, 5)}";

    /// <summary>As <see cref="NewSuffix"/>, and always the same for a seed.</summary>
    public static string SuffixOf(string seed)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(seed));
        var number = BitConverter.ToUInt64(hash);
        var suffix = new char[11];
        for (var i = 0; i < suffix.Length; i++)
        {
            if (i == 5)
            {
                suffix[i] = '-';
                continue;
            }

            (number, var letter) = Math.DivRem(number, (ulong)Letters.Length);
            suffix[i] = Letters[(int)letter];
        }

        return new string(suffix);
    }

    /// <param name="name">A job's path with its number, or a template's name.</param>
    /// <param name="suffix">Makes it unique; see <see cref="NewSuffix"/>.</param>
    public static string Create(string? name, string suffix)
    {
        var readable = new StringBuilder();
        foreach (var character in name ?? "")
        {
            if (char.IsAsciiLetterOrDigit(character))
            {
                readable.Append(char.ToLowerInvariant(character));
            }
            else if (readable.Length > 0 && readable[^1] != '-')
            {
                readable.Append('-');
            }
        }

        var room = Longest - suffix.Length - 1;
        // The end holds the number of the run.
        var start = readable.ToString(Math.Max(0, readable.Length - room), Math.Min(room, readable.Length)).Trim('-');
        return start.Length == 0 ? $"agent-{suffix}" : $"{start}-{suffix}";
    }
}
