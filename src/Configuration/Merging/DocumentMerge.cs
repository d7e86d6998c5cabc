using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Configuration.Merging;

internal sealed record ConfigurationDocument(string File, YamlValue.Mapping Root);

/// <summary>A value with the way to it.</summary>
internal sealed record KeyedValue(string Key, YamlValue Value);

/// <summary>A value of a file, for messages.</summary>
internal sealed record Place(string File, KeyedValue Node)
{
    /// <param name="key">Below <see cref="Node"/>; the fault points at it where it is written, else at the whole.</param>
    public ConfigurationFault Fault(string key, string message)
    {
        var at = Node.Value is YamlValue.Mapping mapping && mapping.Entries.FirstOrDefault(entry => entry.Key.Text == key).Value is { } found ? found : Node.Value;
        return new ConfigurationFault(File, at.Line, at.Column, $"{Node.Key}.{key}", message);
    }
}

/// <summary>Several files are one configuration: mappings join, lists are appended, and what is said twice is a fault that names both places (Jenkins' <c>errorOnConflict</c>).</summary>
internal static class DocumentMerge
{
    public static List<ConfigurationDocument> Parse(IReadOnlyList<ConfigurationText> texts, List<ConfigurationFault> faults)
    {
        var documents = new List<ConfigurationDocument>();
        foreach (var (file, text) in texts)
        {
            try
            {
                switch (YamlDocument.Read(text))
                {
                    case YamlValue.Mapping root:
                        documents.Add(new ConfigurationDocument(file, root));
                        break;
                    case null or YamlValue.Scalar { IsNull: true }:
                        break;
                    case var other:
                        faults.Add(new ConfigurationFault(file, other.Line, other.Column, "", "Configuration as Code is a mapping, with keys such as 'jenkins:' at its root."));
                        break;
                }
            }
            catch (YamlFaultException fault)
            {
                faults.Add(new ConfigurationFault(file, fault.Line, fault.Column, "", $"This is no YAML: {fault.Message}"));
            }
        }

        return documents;
    }

    /// <summary>Nothing stands in it but keys without values.</summary>
    public static bool IsEmpty(YamlValue value) => value switch
    {
        YamlValue.Mapping mapping => mapping.Entries.All(entry => IsEmpty(entry.Value)),
        YamlValue.Scalar scalar => scalar.IsNull,
        _ => false,
    };

    public static IEnumerable<ConfigurationFault> FindConflicts(IReadOnlyList<ConfigurationDocument> documents)
    {
        var said = new Dictionary<string, (string File, YamlValue Value)>(StringComparer.Ordinal);
        return documents.SelectMany(document => FindConflicts(document.File, document.Root, "", said));
    }

    public static IEnumerable<KeyedValue> FindAll(IEnumerable<ConfigurationDocument> documents, params string[] path) =>
        documents.Select(document => Find(document.Root, path)).OfType<YamlValue>().Select(value => new KeyedValue(string.Join('.', path), value));

    public static YamlValue? Find(YamlValue? value, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            value = (value as YamlValue.Mapping)?.Entries.FirstOrDefault(entry => entry.Key.Text == name).Value;
        }

        return value;
    }

    private static IEnumerable<ConfigurationFault> FindConflicts(string file, YamlValue.Mapping mapping, string path, Dictionary<string, (string File, YamlValue Value)> said)
    {
        foreach (var (name, value) in mapping.Entries)
        {
            var key = path.Length == 0 ? name.Text : $"{path}.{name.Text}";
            if (!said.TryAdd(key, (file, value)) && said[key] is var first && first.File != file && !Join(first.Value, value))
            {
                yield return new ConfigurationFault(file, name.Line, name.Column, key, $"This is said in {first.File}:{first.Value.Line} already. A setting stands in one file only; take one of the two out.");
            }
            else if (value is YamlValue.Mapping inner)
            {
                foreach (var fault in FindConflicts(file, inner, key, said))
                {
                    yield return fault;
                }
            }
        }
    }

    private static bool Join(YamlValue first, YamlValue second) =>
        (first, second) is (YamlValue.Mapping, YamlValue.Mapping) or (YamlValue.Sequence, YamlValue.Sequence) or (YamlValue.Scalar { IsNull: true }, _) or (_, YamlValue.Scalar { IsNull: true });
}
