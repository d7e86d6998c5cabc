using Slipway.Configuration.Merging;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Configuration.Credentials;

/// <summary><c>jenkins.proxy</c>, for clouds with <c>useJenkinsProxy</c>.</summary>
internal sealed record ProxySettings(string Address, Place Place)
{
    public static ProxySettings? Read(IReadOnlyList<ConfigurationDocument> documents, Func<string, string?>? secrets)
    {
        foreach (var document in documents)
        {
            if (DocumentMerge.Find(document.Root, "jenkins", "proxy") is not YamlValue.Mapping proxy)
            {
                continue;
            }

            var map = new SettingsMap(new ReadSession(document.File, secrets), proxy, "jenkins.proxy");
            if (map.Text("name") is { Length: > 0 } host && map.Number("port") is { } port)
            {
                return new ProxySettings($"http://{host}:{port}", new Place(document.File, new KeyedValue("jenkins.proxy", proxy)));
            }
        }

        return null;
    }
}
