using System.Security.Cryptography;
using System.Text;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Configuration;

/// <summary>Short names of contents: for comparing, never for reading back.</summary>
internal static class Fingerprint
{
    public static string Of(params ReadOnlySpan<string?> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part ?? "");
            hash.AppendData(BitConverter.GetBytes(part is null ? -1 : bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Of a value with its references resolved.</summary>
    public static string Of(YamlValue value, Func<string, string?> secrets) => value switch
    {
        YamlValue.Scalar scalar => Of(scalar.IsPlain ? "p" : "q", SecretText.Resolve(scalar.Text, (name, fallback, written) => secrets(name) ?? fallback ?? written)),
        YamlValue.Sequence sequence => Of(["s", .. sequence.Items.Select(item => Of(item, secrets))]),
        YamlValue.Mapping mapping => Of(["m", .. mapping.Entries.SelectMany(entry => new[] { entry.Key.Text, Of(entry.Value, secrets) })]),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
