using Slipway.Configuration.Merging;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Configuration.Credentials;

/// <summary>
/// The credentials of the configuration itself (<c>credentials.system.domainCredentials[].credentials[]</c>). Only one that is asked for is read, so that those of other subjects, and what they refer to, are left alone.
/// </summary>
internal sealed class CredentialStore(IReadOnlyList<ConfigurationDocument> documents, Func<string, string?>? secrets)
{
    /// <returns>Null where no credential has that id.</returns>
    public StoredCredential? Find(string id)
    {
        foreach (var document in documents)
        {
            foreach (var (kind, key, settings) in Entries(document.Root))
            {
                var session = new ReadSession(document.File, secrets);
                if (DocumentMerge.Find(settings, "id") is YamlValue.Scalar scalar && session.Resolve(scalar, $"{key}.id", out _) == id)
                {
                    return new StoredCredential(id, kind, document.File, new SettingsMap(session, settings, key));
                }
            }
        }

        return null;
    }

    private static IEnumerable<(string Kind, string Key, YamlValue.Mapping Settings)> Entries(YamlValue.Mapping root)
    {
        var domains = DocumentMerge.Find(root, "credentials", "system", "domainCredentials");
        foreach (var (domain, domainIndex) in Items(domains))
        {
            foreach (var (item, index) in Items(DocumentMerge.Find(domain, "credentials")))
            {
                if (item is YamlValue.Mapping { Entries: [var (kind, value)] } && value is YamlValue.Mapping settings)
                {
                    yield return (kind.Text, $"credentials.system.domainCredentials[{domainIndex}].credentials[{index}].{kind.Text}", settings);
                }
            }
        }
    }

    private static IEnumerable<(YamlValue Item, int Index)> Items(YamlValue? value) => value is YamlValue.Sequence list ? list.Items.Select((item, index) => (item, index)) : [];
}

/// <param name="Kind">As the file has it: <c>string</c>, <c>file</c>, <c>certificate</c> …</param>
/// <param name="Settings">Reading them resolves secrets; faults go to their session.</param>
internal sealed record StoredCredential(string Id, string Kind, string File, SettingsMap Settings);
