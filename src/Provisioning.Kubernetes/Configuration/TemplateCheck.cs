using System.Diagnostics.CodeAnalysis;
using Slipway.Kubernetes.Api;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Configuration;

/// <summary>The fields of one pod template: what Kubernetes would refuse, told at the field. What stands in <c>yaml</c> is tried as a whole (<see cref="CloudCheck"/>).</summary>
internal static class TemplateCheck
{
    private const int LargestPort = 65535;

    private static readonly string[] AccessModes = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];

    public static void Check(PodTemplate template, ReadSession session)
    {
        var place = session.PlaceOf(template);
        CheckName(place, template.ServiceAccount, "serviceAccount", "a service account");
        CheckNodeSelector(place, template.NodeSelector);
        CheckIds(place, template.RunAsUser, "runAsUser");
        CheckIds(place, template.RunAsGroup, "runAsGroup");
        CheckIds(place, template.SupplementalGroups, "supplementalGroups");
        if (template.MinIdle is { } least && template.MaxIdle is { } most && least > most)
        {
            place.Fault($"{least} agents are to be kept ready (minIdle), and at most {most} may wait (maxIdle).", "minIdle");
        }

        foreach (var annotation in template.Annotations.Where(annotation => annotation.Key.Length > 0 && !KubernetesForms.IsOpen(annotation.Key) && !KubernetesForms.IsQualifiedKey(annotation.Key)))
        {
            session.PlaceOf(annotation).Fault($"'{annotation.Key}' is no key of an annotation: at most 63 letters, digits, '-', '_' and '.', a letter or digit at either end, perhaps behind a domain and a slash.", "key");
        }

        foreach (var secret in template.ImagePullSecrets)
        {
            CheckReference(session.PlaceOf(secret), secret.Name, "name", "a Secret");
        }

        CheckEnvironment(template.EnvVars, session);
        CheckVolumes(template, session);
        CheckContainers(template, session);
    }

    private static void CheckContainers(PodTemplate template, ReadSession session)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var container in template.Containers)
        {
            var place = session.PlaceOf(container);
            if (container.Name.Length > 0 && !KubernetesForms.IsOpen(container.Name) && !KubernetesNames.IsLabel(container.Name))
            {
                place.Fault($"'{container.Name}' is no name of a container: at most 63 lower-case letters, digits and '-', a letter or digit at either end.", "name");
            }
            else if (container.Name.Length > 0 && !names.Add(container.Name))
            {
                place.Fault($"Another container of this template is called '{container.Name}'. Give each its own name.", "name");
            }

            if (container.Image is { } image && image.Trim().Any(char.IsWhiteSpace))
            {
                place.Fault($"'{image}' is no image: there is a blank in it.", "image");
            }

            if (container.WorkingDir is { Length: > 0 } directory && !KubernetesForms.IsOpen(directory) && directory[0] is not '/' and not '$')
            {
                place.Fault($"'{directory}' has to start at the root, with a slash.", "workingDir");
            }

            CheckResources(container, place);
            CheckIds(place, container.RunAsUser, "runAsUser");
            CheckIds(place, container.RunAsGroup, "runAsGroup");
            CheckEnvironment(container.EnvVars, session);
            CheckPorts(container, session);
            if (container.LivenessProbe is { SuccessThreshold: > 1 } probe)
            {
                session.PlaceOf(probe).Fault($"Kubernetes takes only 1 for a liveness probe, and not {probe.SuccessThreshold}.", "successThreshold");
            }
        }
    }

    private static void CheckResources(ContainerTemplate container, SettingsMap place)
    {
        foreach (var (resource, request, limit) in new[]
        {
            ("Cpu", container.ResourceRequestCpu, container.ResourceLimitCpu),
            ("Memory", container.ResourceRequestMemory, container.ResourceLimitMemory),
            ("EphemeralStorage", container.ResourceRequestEphemeralStorage, container.ResourceLimitEphemeralStorage),
        })
        {
            var asked = CheckQuantity(place, request, $"resourceRequest{resource}");
            var most = CheckQuantity(place, limit, $"resourceLimit{resource}");
            if (asked > most)
            {
                place.Fault($"{request} is more than the limit ({limit}).", $"resourceRequest{resource}");
            }
        }
    }

    private static double? CheckQuantity(SettingsMap place, string? written, string key)
    {
        if (string.IsNullOrWhiteSpace(written) || KubernetesForms.IsOpen(written))
        {
            return null;
        }

        var amount = KubernetesForms.Quantity(written);
        if (amount is null)
        {
            place.Fault($"'{written}' is no quantity: write a number with or without a unit, such as 500m or 2 for processors, 512Mi or 4Gi for memory.", key);
        }

        return amount;
    }

    private static void CheckPorts(ContainerTemplate container, ReadSession session)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var port in container.Ports)
        {
            var place = session.PlaceOf(port);
            if (port.Name.Length > 0 && !KubernetesForms.IsOpen(port.Name) && !KubernetesForms.IsPortName(port.Name.ToLowerInvariant()))
            {
                place.Fault($"'{port.Name}' is no name of a port: at most 15 letters, digits and single '-' between them, at least one letter.", "name");
            }
            else if (port.Name.Length > 0 && !names.Add(port.Name.ToLowerInvariant()))
            {
                place.Fault($"Another port of this container is called '{port.Name}'.", "name");
            }

            if (port.ContainerPort is null)
            {
                place.Fault("This is missing: the port in the container.", "containerPort");
            }
            else if (port.ContainerPort is < 1 or > LargestPort)
            {
                place.Fault($"{port.ContainerPort} is no port: 1 to {LargestPort}.", "containerPort");
            }

            if (port.HostPort is > LargestPort)
            {
                place.Fault($"{port.HostPort} is no port: 1 to {LargestPort}.", "hostPort");
            }
        }
    }

    private static void CheckEnvironment(IEnumerable<EnvVar> variables, ReadSession session)
    {
        foreach (var variable in variables)
        {
            var place = session.PlaceOf(variable);
            if (variable.Key is { Length: > 0 } name && !KubernetesForms.IsOpen(name) && !KubernetesForms.IsVariable(name))
            {
                place.Fault($"'{name}' is no name of a variable: letters, digits, '_', '-' and '.', and no digit at the beginning.", "key");
            }

            if (variable is SecretEnvVar secret)
            {
                CheckReference(place, secret.SecretName, "secretName", "a Secret");
                if (secret.SecretKey is { Length: > 0 } key && !KubernetesForms.IsOpen(key) && !KubernetesForms.IsSecretKey(key))
                {
                    place.Fault($"'{key}' is no key of a Secret: letters, digits, '-', '_' and '.'.", "secretKey");
                }
            }
        }
    }

    private static void CheckVolumes(PodTemplate template, ReadSession session)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var volume in template.Volumes)
        {
            var place = session.PlaceOf(volume);
            if (volume.MountPath.Contains(':', StringComparison.Ordinal) && !KubernetesForms.IsOpen(volume.MountPath))
            {
                place.Fault($"'{volume.MountPath}' must not have a colon in it.", "mountPath");
            }
            else if (volume.MountPath.Length > 0 && !paths.Add(volume.MountPath.Length > 1 ? volume.MountPath.TrimEnd('/') : volume.MountPath))
            {
                place.Fault($"Another volume of this template is mounted at '{volume.MountPath}'.", "mountPath");
            }

            switch (volume)
            {
                case ConfigMapVolume map:
                    CheckReference(place, map.ConfigMapName, "configMapName", "a ConfigMap");
                    CheckPath(place, map.SubPath, "subPath", isBelow: true);
                    break;
                case SecretVolume secret:
                    CheckReference(place, secret.SecretName, "secretName", "a Secret");
                    break;
                case HostPathVolume host:
                    CheckPath(place, host.HostPath, "hostPath", isBelow: false);
                    break;
                case PersistentVolumeClaim claim:
                    CheckReference(place, claim.ClaimName, "claimName", "a claim");
                    break;
                case DynamicPVCVolume dynamic:
                    CheckRequest(place, dynamic.Claim);
                    break;
                case GenericEphemeralVolume generic:
                    CheckRequest(place, generic.Claim);
                    break;
            }
        }

        switch (template.WorkspaceVolume)
        {
            case PersistentVolumeClaimWorkspaceVolume claim:
                CheckReference(session.PlaceOf(claim), claim.ClaimName, "claimName", "a claim");
                break;
            case HostPathWorkspaceVolume host:
                CheckPath(session.PlaceOf(host), host.HostPath, "hostPath", isBelow: false);
                break;
            case DynamicPVCWorkspaceVolume dynamic:
                CheckRequest(session.PlaceOf(dynamic), dynamic.Claim);
                break;
            case GenericEphemeralWorkspaceVolume generic:
                CheckRequest(session.PlaceOf(generic), generic.Claim);
                break;
        }
    }

    private static void CheckRequest(SettingsMap place, ClaimRequest request)
    {
        var modes = request.AccessModes.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (!KubernetesForms.IsOpen(request.AccessModes) && modes.FirstOrDefault(mode => !AccessModes.Contains(mode)) is { } wrong)
        {
            place.Fault($"'{wrong}' is none of {string.Join(", ", AccessModes)}.", "accessModes");
        }

        if (CheckQuantity(place, request.RequestsSize, "requestsSize") is 0)
        {
            place.Fault("A volume of no size cannot be had.", "requestsSize");
        }

        CheckName(place, request.StorageClassName, "storageClassName", "a storage class");
    }

    private static void CheckPath(SettingsMap place, string? path, string key, bool isBelow)
    {
        if (string.IsNullOrEmpty(path) || KubernetesForms.IsOpen(path))
        {
            return;
        }

        if (path.Split('/').Contains("..") || (isBelow && path[0] == '/'))
        {
            place.Fault(isBelow ? $"'{path}' has to be a path below the volume: without a slash at its beginning, and without '..'." : $"'{path}' must not have '..' in it.", key);
        }
    }

    private static void CheckNodeSelector(SettingsMap place, string? selector)
    {
        foreach (var pair in (selector ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(pair => !KubernetesForms.IsOpen(pair)))
        {
            var at = pair.IndexOfAny(['=', ':']);
            if (at <= 0 || !KubernetesForms.IsQualifiedKey(pair[..at].Trim()) || !KubernetesForms.IsLabelValue(pair[(at + 1)..].Trim()))
            {
                place.Fault($"'{pair}' selects no machines. Write label=value, several apart by commas, such as kubernetes.io/arch=amd64.", "nodeSelector");
            }
        }
    }

    private static void CheckIds(SettingsMap place, string? ids, string key)
    {
        foreach (var id in (ids ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(id => !KubernetesForms.IsOpen(id)))
        {
            if (!int.TryParse(id, out var number) || number < 0)
            {
                place.Fault($"'{id}' has to be a number: Kubernetes knows users and groups by their ids.", key);
            }
        }
    }

    private static void CheckName(SettingsMap place, string? name, string key, string what)
    {
        if (IsNoName(name))
        {
            place.Fault(NoName(name, what), key);
        }
    }

    /// <summary>Kubernetes takes a pod that names what cannot be, and has it wait for that for ever.</summary>
    private static void CheckReference(SettingsMap place, string? name, string key, string what)
    {
        if (IsNoName(name))
        {
            place.Warn($"{NoName(name, what)} Pods will wait for it in vain.", key);
        }
    }

    private static bool IsNoName([NotNullWhen(true)] string? name) => !string.IsNullOrEmpty(name) && !KubernetesForms.IsOpen(name) && !KubernetesNames.IsSubdomain(name);

    private static string NoName(string name, string what) => $"'{name}' is no name of {what}: at most 253 lower-case letters, digits, '-' and '.', a letter or digit at either end of each part.";
}
