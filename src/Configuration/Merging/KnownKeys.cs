using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Configuration.Merging;

/// <summary>What of Configuration as Code this version applies, and what it leaves alone.</summary>
internal static class KnownKeys
{
    /// <summary>The Kubernetes clouds of a file, in its order.</summary>
    public static IEnumerable<KeyedValue> Clouds(ConfigurationDocument document)
    {
        if (DocumentMerge.Find(document.Root, "jenkins", "clouds") is not YamlValue.Sequence list)
        {
            yield break;
        }

        foreach (var (item, index) in list.Items.Select((item, index) => (item, index)))
        {
            if (DocumentMerge.Find(item, "kubernetes") is YamlValue.Mapping settings)
            {
                yield return new KeyedValue($"jenkins.clouds[{index}].kubernetes", settings);
            }
        }
    }

    public static List<string> NotApplied(IReadOnlyList<ConfigurationDocument> documents) =>
        [.. documents.SelectMany(document => document.Root.Entries).SelectMany(Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Keys((YamlValue.Scalar Key, YamlValue Value) entry) => entry switch
    {
        { Key.Text: "credentials" } => [],
        { Key.Text: "jenkins", Value: YamlValue.Mapping jenkins } => jenkins.Entries.SelectMany(OfJenkins),
        _ => [entry.Key.Text],
    };

    private static IEnumerable<string> OfJenkins((YamlValue.Scalar Key, YamlValue Value) entry) => entry switch
    {
        { Key.Text: "proxy" } => [],
        { Key.Text: "globalNodeProperties", Value: YamlValue.Sequence list } => list.Items.OfType<YamlValue.Mapping>().SelectMany(item => item.Entries).Where(kind => kind.Key.Text != "envVars").Select(kind => $"jenkins.globalNodeProperties[].{kind.Key.Text}"),
        { Key.Text: "clouds", Value: YamlValue.Sequence list } => list.Items.OfType<YamlValue.Mapping>().SelectMany(item => item.Entries).Where(kind => kind.Key.Text != "kubernetes").Select(kind => $"jenkins.clouds[].{kind.Key.Text}"),
        _ => [$"jenkins.{entry.Key.Text}"],
    };
}
