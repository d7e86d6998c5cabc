using Slipway.Kubernetes.Api;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Configuration;

/// <summary>The keys of a cloud. A key that ends with <c>Str</c> is the same setting as it was exported by older versions of the plugin.</summary>
internal static class CloudReader
{
    private const int ShortestDeadline = 60;

    public static KubernetesCloudSettings Read(SettingsMap map)
    {
        map.Refuse("traits", "No trait of a cloud is known here. Take it out.");
        var defaults = new KubernetesCloudSettings();
        return new KubernetesCloudSettings
        {
            Name = map.Text("name") is { Length: > 0 } name ? name : defaults.Name,
            ServerUrl = map.Text("serverUrl"),
            ServerCertificate = map.Text("serverCertificate"),
            SkipTlsVerify = map.Flag("skipTlsVerify") ?? false,
            CredentialsId = map.Text("credentialsId"),
            Namespace = TemplateReader.Namespace(map),
            UseJenkinsProxy = map.Flag("useJenkinsProxy") ?? false,
            AddMasterProxyEnvVars = map.Flag("addMasterProxyEnvVars") ?? false,
            ConnectTimeout = map.Number("connectTimeout") ?? defaults.ConnectTimeout,
            ReadTimeout = map.Number("readTimeout") ?? defaults.ReadTimeout,
            MaxRequestsPerHost = map.Number("maxRequestsPerHost", "maxRequestsPerHostStr") ?? defaults.MaxRequestsPerHost,
            ContainerCap = TemplateReader.Cap(map.Number("containerCap", "containerCapStr")),
            CapOnlyOnAlivePods = map.Flag("capOnlyOnAlivePods") ?? false,
            RetentionTimeout = map.Number("retentionTimeout") ?? defaults.RetentionTimeout,
            WaitForPodSec = map.Number("waitForPodSec") ?? defaults.WaitForPodSec,
            JenkinsUrl = map.Text("jenkinsUrl"),
            JenkinsTunnel = map.Text("jenkinsTunnel"),
            WebSocket = map.Flag("webSocket") ?? false,
            DirectConnection = map.Flag("directConnection") ?? false,
            Jnlpregistry = map.Text("jnlpregistry"),
            UsageRestricted = map.Flag("usageRestricted") ?? false,
            RestrictedToFolders = [.. map.Texts("restrictedToFolders").Select(folder => folder.Trim('/'))],
            AgentInitContainer = map.Flag("agentInitContainer") ?? false,
            PodDeadlineSeconds = ReadDeadline(map) ?? defaults.PodDeadlineSeconds,
            RestrictedPssSecurityContext = map.Flag("restrictedPssSecurityContext") ?? false,
            PodRetention = map.Choice<PodRetention>("podRetention") is { } retention and not PodRetention.Default ? retention : defaults.PodRetention,
            DefaultsProviderTemplate = map.Text("defaultsProviderTemplate") is { Length: > 0 } parent ? parent : null,
            PodLabels = map.Items("podLabels", item => item.Read(ReadLabel)),
            GarbageCollection = map.Map("garbageCollection")?.Read(item => new GarbageCollection(CollectedNamespaces(item), item.Number("timeout") ?? 300)),
            Templates = map.Items("templates", item => item.Read(TemplateReader.Read)),
        };
    }

    private static string? CollectedNamespaces(SettingsMap map)
    {
        var text = map.Text("namespaces");
        foreach (var name in GarbageCollection.Names(text).Where(name => !KubernetesNames.IsLabel(name)))
        {
            TemplateReader.RefuseNamespace(map, "namespaces", name);
        }

        return text;
    }

    private static int? ReadDeadline(SettingsMap map)
    {
        const string Key = "podDeadlineSeconds";
        if (map.Number(Key) is not { } seconds)
        {
            return null;
        }

        if (seconds is > 0 and < ShortestDeadline)
        {
            map.Session.Fault(map.Place, $"{map.Path}.{Key}", $"{seconds} seconds end every pod before it has done any work. Give {ShortestDeadline} at least, or 0 for no deadline.");
        }

        return seconds;
    }

    private static KeyAndValue ReadLabel(SettingsMap map)
    {
        var label = TemplateReader.KeyValue(map);
        if (label.Value.Length > 0 && !PodLabels.IsValid(label.Value) && !label.Value.Contains("${", StringComparison.Ordinal))
        {
            map.Session.Fault(map.Place, $"{map.Path}.value", $"'{label.Value}' is no value of a label: at most 63 letters, digits, '-', '_' and '.', a letter or digit at either end.");
        }

        return label;
    }
}
