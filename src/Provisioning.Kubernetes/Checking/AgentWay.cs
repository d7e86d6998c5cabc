using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Checking;

/// <summary>The way that an agent of a cloud takes to the controller. It is what <see cref="Pods.PodBuilder"/> puts into a pod's variables.</summary>
/// <param name="Url">What the agent asks for.</param>
/// <param name="Tunnel">Where it connects to instead; null for the URL's own host and port.</param>
internal sealed record AgentWay(Uri Url, string? Tunnel)
{
    /// <returns>Null where nothing says what agents dial.</returns>
    public static AgentWay? Of(KubernetesCloudSettings settings, Uri? controllerUrl)
    {
        if (settings.DirectConnection)
        {
            // The port for agents speaks plain HTTP, whatever the URL says.
            return controllerUrl is null ? null : new AgentWay(new UriBuilder(Uri.UriSchemeHttp, controllerUrl.Host, controllerUrl.Port).Uri, null);
        }

        var url = Uri.TryCreate(settings.JenkinsUrl, UriKind.Absolute, out var own) ? own : controllerUrl;
        return url is null ? null : new AgentWay(url, settings.WebSocket || string.IsNullOrWhiteSpace(settings.JenkinsTunnel) ? null : settings.JenkinsTunnel.Trim());
    }

    public string Cure => Tunnel is null
        ? $"Let pods reach {Url} (name resolution, NetworkPolicy, firewall, certificate), or set jenkinsUrl of the cloud to an address that they reach, such as the Service's."
        : $"Let pods reach {Tunnel} (jenkinsTunnel of the cloud: name resolution, NetworkPolicy, firewall), or correct it: it is the controller's port for agents. With webSocket, or without jenkinsTunnel, agents dial {Url} itself.";

    public override string ToString() => Tunnel is null ? Url.ToString() : $"{Url} by way of {Tunnel}";
}
