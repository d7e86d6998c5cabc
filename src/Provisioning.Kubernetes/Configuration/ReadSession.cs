using System.Text.RegularExpressions;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Provisioning.Kubernetes.Configuration;

/// <summary>One reading of one file: collects what is wrong and what is referred to.</summary>
internal sealed partial class ReadSession(string file, Func<string, string?>? secrets)
{
    public List<ConfigurationFault> Faults { get; } = [];

    public List<SecretReference> References { get; } = [];

    public void Fault(YamlValue at, string key, string message) => Faults.Add(new ConfigurationFault(file, at.Line, at.Column, key, message));

    /// <summary>
    /// The text with <c>${NAME}</c> and <c>${NAME:-default}</c> resolved and <c>^${…}</c> taken as <c>${…}</c>. Without secrets, references stay as they are written.
    /// </summary>
    /// <param name="isOpen">True if a reference stays, so that nothing can be said about the value yet.</param>
    public string Resolve(YamlValue.Scalar scalar, string key, out bool isOpen)
    {
        var open = false;
        var resolved = Reference().Replace(scalar.Text, match =>
        {
            if (match.Groups["escape"].Length > 0)
            {
                return match.Value[1..];
            }

            var name = match.Groups["name"].Value;
            References.Add(new SecretReference(name, file, scalar.Line, scalar.Column, key));
            if (secrets is null)
            {
                open = true;
                return match.Value;
            }

            if ((secrets(name) ?? (match.Groups["default"].Success ? match.Groups["default"].Value : null)) is { } value)
            {
                return value;
            }

            Fault(scalar, key, $"${{{name}}} stands for nothing: no secret has that name. Provide it, give a default (${{{name}:-…}}), or write ^${{{name}}} if the text itself is meant.");
            open = true;
            return match.Value;
        });
        isOpen = open;
        return resolved;
    }

    [GeneratedRegex(@"(?<escape>\^?)\$\{(?<name>[^}:]+(?::(?!-)[^}:]*)*)(?::-(?<default>[^}]*))?\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
