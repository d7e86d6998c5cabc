using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Kubernetes.Api;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Configuration;

/// <summary>The forms of names, keys and quantities that an API server takes. Texts with a reference that is still open are anything's.</summary>
internal static partial class KubernetesForms
{
    private const int LongestName = 253;

    public static bool IsOpen(string text) => text.Contains("${", StringComparison.Ordinal);

    /// <summary>The key of a label or an annotation: <c>name</c> or <c>example.com/name</c>.</summary>
    public static bool IsQualifiedKey(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? PodLabels.IsValid(text) : KubernetesNames.IsSubdomain(text[..slash]) && PodLabels.IsValid(text[(slash + 1)..]);
    }

    public static bool IsLabelValue(string text) => text.Length == 0 || PodLabels.IsValid(text);

    public static bool IsVariable(string text) => text is not "." and not ".." && !text.StartsWith("..", StringComparison.Ordinal) && Variable().IsMatch(text);

    public static bool IsPortName(string text) => text.Length <= 15 && PortName().IsMatch(text) && !text.Contains("--", StringComparison.Ordinal) && text.Any(char.IsAsciiLetter);

    /// <summary>The key of a Secret.</summary>
    public static bool IsSecretKey(string text) => text.Length <= LongestName && text is not "." and not ".." && SecretKey().IsMatch(text);

    /// <summary>The amount that a quantity such as <c>500m</c> or <c>4Gi</c> stands for.</summary>
    /// <returns>Null where it is none.</returns>
    public static double? Quantity(string text)
    {
        if (Amount().Match(text.Trim()) is not { Success: true } match)
        {
            return null;
        }

        var number = double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
        return match.Groups["unit"].Value switch
        {
            "" => number,
            ['e' or 'E', _, ..] exponent => number * Math.Pow(10, int.Parse(exponent[1..], CultureInfo.InvariantCulture)),
            [var letter, 'i'] => number * Math.Pow(1024, "KMGTPE".IndexOf(letter, StringComparison.Ordinal) + 1),
            "n" => number * 1e-9,
            "u" => number * 1e-6,
            "m" => number * 1e-3,
            "k" => number * 1e3,
            [var letter] => number * Math.Pow(1000, " MGTPE".IndexOf(letter, StringComparison.Ordinal) + 1),
            _ => null,
        };
    }

    [GeneratedRegex("^[-._a-zA-Z][-._a-zA-Z0-9]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", RegexOptions.CultureInvariant)]
    private static partial Regex PortName();

    [GeneratedRegex("^[-._a-zA-Z0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex SecretKey();

    [GeneratedRegex(@"^\+?(?<number>[0-9]+(\.[0-9]*)?|\.[0-9]+)(?<unit>[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,3}|)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Amount();
}
