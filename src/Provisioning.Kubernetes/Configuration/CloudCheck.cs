using System.Text.RegularExpressions;
using Slipway.Kubernetes.Api;
using Slipway.Provisioning.Kubernetes.Cloud;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Configuration;

/// <summary>
/// What is wrong with a cloud that could be read: values that no API server or agent could use, and templates that no pod can be made of. Told with their places when the file is read, and not by a build that waits.
/// </summary>
internal static partial class CloudCheck
{
    private const int LargestPort = 65535;

    public static void Check(KubernetesCloudSettings cloud, ReadSession session)
    {
        var place = session.PlaceOf(cloud);
        CheckUrl(cloud, place);
        CheckTunnel(cloud, place);
        foreach (var label in cloud.PodLabels.Where(label => label.Key.Length > 0 && !KubernetesForms.IsOpen(label.Key) && !KubernetesForms.IsQualifiedKey(label.Key)))
        {
            session.PlaceOf(label).Fault($"'{label.Key}' is no key of a label: at most 63 letters, digits, '-', '_' and '.', a letter or digit at either end, perhaps behind a domain and a slash.", "key");
        }

        if (cloud.AddMasterProxyEnvVars)
        {
            place.Warn("This does nothing here: give pods their proxy in envVars of a template that the others inherit from (defaultsProviderTemplate).", "addMasterProxyEnvVars");
        }

        CheckTemplates(cloud, place, session);
    }

    private static void CheckUrl(KubernetesCloudSettings cloud, SettingsMap place)
    {
        if (cloud.JenkinsUrl is not { Length: > 0 } written || KubernetesForms.IsOpen(written))
        {
            return;
        }

        if (!Uri.TryCreate(written, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
        {
            place.Fault($"'{written}' is no http or https address. Agents dial it: write one that pods reach, such as http://slipway.slipway.svc:50000/.", "jenkinsUrl");
        }
    }

    private static void CheckTunnel(KubernetesCloudSettings cloud, SettingsMap place)
    {
        if (cloud.JenkinsTunnel is not { Length: > 0 } written || KubernetesForms.IsOpen(written))
        {
            return;
        }

        var match = Tunnel().Match(written.Trim());
        var host = match.Groups["host"].Value;
        var port = match.Groups["port"].Value;
        if (!match.Success || (host.Length == 0 && port.Length == 0) || (port.Length > 0 && (!int.TryParse(port, out var number) || number is < 1 or > LargestPort)))
        {
            place.Fault($"'{written}' has to be host:port, host: or :port of the port that agents connect to, such as slipway.slipway.svc:50000.", "jenkinsTunnel");
        }
        else if (cloud.WebSocket || cloud.DirectConnection)
        {
            place.Warn($"This does nothing beside {(cloud.WebSocket ? "webSocket" : "directConnection")}. Take one of them out.", "jenkinsTunnel");
        }
    }

    private static void CheckTemplates(KubernetesCloudSettings cloud, SettingsMap place, ReadSession session)
    {
        foreach (var shared in cloud.Templates.Where(template => !string.IsNullOrWhiteSpace(template.Name)).GroupBy(template => template.Name).Where(group => group.Count() > 1))
        {
            session.PlaceOf(shared.Last()).Warn($"{shared.Count()} templates of this cloud are called '{shared.Key}'. Each is used by its label; inheritFrom: {shared.Key} means the last of them.", "name");
        }

        if (cloud.DefaultsProviderTemplate is { } defaults && !KubernetesForms.IsOpen(defaults) && !cloud.Templates.Any(template => template.Name == defaults))
        {
            place.Fault($"There is no template '{defaults}' in this cloud.{Known(cloud)}", "defaultsProviderTemplate");
            return;
        }

        // Its namespace is looked at by itself; here it would be wrong once for each template.
        var tried = KubernetesNames.IsLabel(cloud.Namespace ?? "") ? cloud : cloud with { Namespace = null };
        foreach (var (template, index) in cloud.Templates.Select((template, index) => (template, index)))
        {
            var at = session.PlaceOf(template);
            TemplateCheck.Check(template, session);

            // A fault that is told already would only be told again, less well, by the pod that cannot be made for it.
            if (!session.Faults.Any(fault => fault.Key.StartsWith(at.Path + ".", StringComparison.Ordinal)) && Inherits(template, cloud, at))
            {
                Try(template, index, tried, at, isOpen: session.LeavesReferences(place.Path + ".templates"));
            }
        }
    }

    private static bool Inherits(PodTemplate template, KubernetesCloudSettings cloud, SettingsMap place)
    {
        try
        {
            PodTemplateInheritance.Unwrap(template, cloud.Templates, cloud.DefaultsProviderTemplate);
            return true;
        }
        catch (PodTemplateException fault)
        {
            if (!KubernetesForms.IsOpen(template.InheritFrom ?? ""))
            {
                place.Fault(fault.Message, "inheritFrom");
            }

            return false;
        }
    }

    private static void Try(PodTemplate template, int index, KubernetesCloudSettings cloud, SettingsMap place, bool isOpen)
    {
        try
        {
            TemplateResolver.Try(template, index, cloud);
        }
        catch (PodTemplateException fault) when (!isOpen)
        {
            // Around it is what pipelines are told.
            var message = (fault.InnerException as PodTemplateException ?? fault).Message;
            if (template.Labels.Count > 0)
            {
                place.Fault(message, "yaml", "yamls", "containers");
            }
            else
            {
                // Jenkins has no other way to say that a template is there to be inherited from.
                place.Warn($"No pod can be made of this template, which has no label: it can only be inherited from. {message}");
            }
        }
        catch (PodTemplateException)
        {
            // What is still open may be what is wrong.
        }
    }

    private static string Known(KubernetesCloudSettings cloud)
    {
        var names = cloud.Templates.Select(template => template.Name).Where(name => !string.IsNullOrWhiteSpace(name)).ToList();
        return names.Count == 0 ? "" : $" There are: {string.Join(", ", names)}.";
    }

    [GeneratedRegex(@"^(?<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?|):(?<port>[0-9]{0,5})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Tunnel();
}
