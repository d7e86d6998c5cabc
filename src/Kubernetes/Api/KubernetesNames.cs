namespace Slipway.Kubernetes.Api;

/// <summary>What names may look like. Pure.</summary>
public static class KubernetesNames
{
    private const int LongestLabel = 63;
    private const int LongestSubdomain = 253;

    /// <summary>What <see cref="IsLabel"/> asks for, in words.</summary>
    public const string LabelRule = "at most 63 lower-case letters, digits and dashes, with a letter or digit at either end";

    /// <summary>A label of RFC 1123, as namespaces and containers are called.</summary>
    public static bool IsLabel(string name) =>
        name.Length is > 0 and <= LongestLabel && IsAlphanumeric(name[0]) && IsAlphanumeric(name[^1]) && name.All(character => character == '-' || IsAlphanumeric(character));

    /// <summary>A subdomain of RFC 1123, as pods, claims, Secrets and most other objects are called: labels with dots between them, each of any length.</summary>
    public static bool IsSubdomain(string name) =>
        name.Length is > 0 and <= LongestSubdomain && name.Split('.').All(part => part.Length > 0 && IsAlphanumeric(part[0]) && IsAlphanumeric(part[^1]) && part.All(character => character == '-' || IsAlphanumeric(character)));

    /// <summary>Whatever kind of object it names, it can be a part of a path, and one part only. (Roles, for one, have names that are no subdomains.)</summary>
    internal static bool IsPathSegment(string name) => name is not ("" or "." or "..") && !name.Any(character => character is '/' or '\\' or '%' || char.IsControl(character));

    private static bool IsAlphanumeric(char character) => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character);
}
