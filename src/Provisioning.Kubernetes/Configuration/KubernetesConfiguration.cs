using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Provisioning.Kubernetes.Configuration;

/// <summary>Reads <c>jenkins.clouds[].kubernetes</c> of Configuration as Code, as the Jenkins Kubernetes plugin exports it. Everything else in the file is left to its own readers.</summary>
public static class KubernetesConfiguration
{
    /// <summary>Reads a whole file; never throws for what stands in it.</summary>
    /// <param name="file">How faults call it.</param>
    /// <param name="secrets">The value of a name, or null if there is none. Without it, references stay as they are written, so that what was read may be shown and kept:
    /// read the text again with secrets at the moment of use.</param>
    public static KubernetesConfigurationResult Read(string text, string file, Func<string, string?>? secrets = null)
    {
        var session = new ReadSession(file, secrets);
        var clouds = new List<KubernetesCloudSettings>();
        try
        {
            if (YamlDocument.Read(text) is YamlValue.Mapping root && Find(root, "jenkins") is YamlValue.Mapping jenkins && Find(jenkins, "clouds") is { } list)
            {
                ReadClouds(session, list, clouds);
            }
        }
        catch (YamlFaultException fault)
        {
            session.Faults.Add(new ConfigurationFault(file, fault.Line, fault.Column, "", $"This is no YAML: {fault.Message}"));
        }

        return new KubernetesConfigurationResult(clouds, [.. session.Faults.OrderBy(fault => fault.Line).ThenBy(fault => fault.Column)], session.References) { Warnings = session.Warnings };
    }

    private static void ReadClouds(ReadSession session, YamlValue list, List<KubernetesCloudSettings> clouds)
    {
        if (list is not YamlValue.Sequence sequence)
        {
            if (list is not YamlValue.Scalar { IsNull: true })
            {
                session.Fault(list, "jenkins.clouds", "This has to be a list: write each cloud after a dash.");
            }

            return;
        }

        foreach (var (item, index) in sequence.Items.Select((item, index) => (item, index)))
        {
            if (item is not YamlValue.Mapping entry || Find(entry, "kubernetes") is not { } settings)
            {
                continue;
            }

            var key = $"jenkins.clouds[{index}].kubernetes";
            if (SettingsMap.AsMap(session, settings, key)?.Read(CloudReader.Read) is { } cloud)
            {
                if (clouds.Exists(other => other.Name == cloud.Name))
                {
                    session.Fault(settings, $"{key}.name", $"Two clouds are called '{cloud.Name}'. Pipelines choose a cloud by its name: give each its own.");
                }

                CloudCheck.Check(cloud, session);
                clouds.Add(cloud);
            }
        }
    }

    private static YamlValue? Find(YamlValue.Mapping mapping, string name) => mapping.Entries.FirstOrDefault(entry => entry.Key.Text == name).Value;
}
