using System.Text.RegularExpressions;

namespace Slipway.Provisioning.Kubernetes.Templates;

/// <summary><c>${name}</c> in texts of templates.</summary>
public static partial class Substitution
{
    /// <summary>Unknown names are left as they stand: they may be meant for the shell in the container.</summary>
    /// <param name="fallback">Taken for a text that is null or empty.</param>
    public static string? Substitute(string? text, IReadOnlyDictionary<string, string> values, string? fallback = null) => string.IsNullOrEmpty(text)
        ? fallback ?? text
        : Reference().Replace(text, match => values.TryGetValue(match.Groups[1].Value, out var value) ? value : match.Value);

    // The caret is Configuration as Code's escape; texts that were copied out of such a file still have it.
    [GeneratedRegex(@"\^?\$\{([A-Za-z0-9_.]+)\}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
