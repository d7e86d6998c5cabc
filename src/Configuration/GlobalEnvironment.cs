using Slipway.Configuration.Merging;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Configuration;

/// <summary><c>jenkins.globalNodeProperties[].envVars</c>: variables that every step of every run sees, on whichever node. What a run was begun with it keeps.</summary>
internal static class GlobalEnvironment
{
    public static IReadOnlyDictionary<string, string> Read(IReadOnlyList<ConfigurationDocument> documents, Func<string, string?>? secrets, List<ConfigurationFault> faults)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var document in documents)
        {
            var session = new ReadSession(document.File, secrets);
            if (DocumentMerge.Find(document.Root, "jenkins", "globalNodeProperties") is YamlValue.Sequence properties)
            {
                foreach (var (item, index) in properties.Items.Select((item, index) => (item, index)))
                {
                    if (DocumentMerge.Find(item, "envVars", "env") is YamlValue.Sequence list)
                    {
                        Read(session, list, $"jenkins.globalNodeProperties[{index}].envVars.env", variables);
                    }
                }
            }

            faults.AddRange(session.Faults);
        }

        return variables;
    }

    private static void Read(ReadSession session, YamlValue.Sequence list, string key, Dictionary<string, string> variables)
    {
        foreach (var (item, index) in list.Items.Select((item, index) => (item, index)))
        {
            var at = $"{key}[{index}]";
            if (SettingsMap.AsMap(session, item, at) is not { } map)
            {
                continue;
            }

            if (map.Text("key") is { Length: > 0 } name)
            {
                variables[name] = map.Text("value") ?? "";
            }
            else
            {
                session.Fault(item, $"{at}.key", "A variable needs a name.");
            }
        }
    }
}
