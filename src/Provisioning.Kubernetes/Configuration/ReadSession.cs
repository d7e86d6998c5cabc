using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Provisioning.Kubernetes.Configuration;

/// <summary>One reading of one file: collects what is wrong and what is referred to.</summary>
internal sealed class ReadSession(string file, Func<string, string?>? secrets)
{
    // By identity: equal settings may stand in several places.
    private readonly Dictionary<object, SettingsMap> _places = new(ReferenceEqualityComparer.Instance);

    public List<ConfigurationFault> Faults { get; } = [];

    /// <summary>What can be used and is worth telling.</summary>
    public List<ConfigurationFault> Warnings { get; } = [];

    public List<SecretReference> References { get; } = [];

    public void Fault(YamlValue at, string key, string message) => Faults.Add(new ConfigurationFault(file, at.Line, at.Column, key, message));

    public void Warn(YamlValue at, string key, string message) => Warnings.Add(new ConfigurationFault(file, at.Line, at.Column, key, message));

    public void Remember(object settings, SettingsMap place) => _places[settings] = place;

    /// <summary>Something below this key was left as it is written, so that nothing can be said of what is made of it.</summary>
    public bool LeavesReferences(string key) => secrets is null && References.Exists(reference => reference.Key.StartsWith(key, StringComparison.Ordinal));

    /// <summary>What these settings were read from.</summary>
    public SettingsMap PlaceOf(object settings) => _places[settings];

    /// <summary>
    /// The text with <c>${NAME}</c> and <c>${NAME:-default}</c> resolved and <c>^${…}</c> taken as <c>${…}</c>. Without secrets, references stay as they are written.
    /// </summary>
    /// <param name="isOpen">True if a reference stays, so that nothing can be said about the value yet.</param>
    public string Resolve(YamlValue.Scalar scalar, string key, out bool isOpen)
    {
        var open = false;
        var resolved = SecretText.Resolve(scalar.Text, (name, fallback, written) =>
        {
            References.Add(new SecretReference(name, file, scalar.Line, scalar.Column, key));
            if (secrets is null)
            {
                open = true;
                return written;
            }

            if ((secrets(name) ?? fallback) is { } value)
            {
                return value;
            }

            Fault(scalar, key, $"{written} stands for nothing: no secret has that name. Provide it, give a default (${{{name}:-…}}), or write ^{written} if the text itself is meant.");
            open = true;
            return written;
        });
        isOpen = open;
        return resolved;
    }
}
