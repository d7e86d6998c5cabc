using System.Text.Json.Nodes;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Pods;

/// <summary>The part of a pod that a template's fields (not its raw YAML) describe. It depends on the template alone.</summary>
internal static class PodDeclaration
{
    public static JsonObject From(PodTemplate template)
    {
        var spec = new JsonObject();
        if (template.Containers.Count > 0)
        {
            spec["containers"] = new JsonArray([.. template.Containers.Select(container => From(container, template))]);
        }

        if (template.ServiceAccount is { Length: > 0 } account)
        {
            spec["serviceAccountName"] = account;
        }

        if (template.ActiveDeadlineSeconds is > 0 and var deadline)
        {
            spec["activeDeadlineSeconds"] = deadline;
        }

        if (template.HostNetwork is { } hostNetwork)
        {
            spec["hostNetwork"] = hostNetwork;
        }

        if (!string.IsNullOrWhiteSpace(template.SchedulerName))
        {
            spec["schedulerName"] = template.SchedulerName;
        }

        if (NodeSelector(template) is { Count: > 0 } selector)
        {
            spec["nodeSelector"] = selector;
        }

        if (template.ImagePullSecrets.Count > 0)
        {
            spec["imagePullSecrets"] = new JsonArray([.. template.ImagePullSecrets.Select(secret => new JsonObject { ["name"] = secret.Name })]);
        }

        if (SecurityContext(template.RunAsUser, template.RunAsGroup, template.SupplementalGroups, $"The pod template '{template.Name}'") is { Count: > 0 } security)
        {
            spec["securityContext"] = security;
        }

        var pod = new JsonObject { ["spec"] = spec };
        if (template.Annotations.Count > 0)
        {
            pod["metadata"] = new JsonObject { ["annotations"] = new JsonObject(template.Annotations.Select(annotation => KeyValuePair.Create(annotation.Key, (JsonNode?)annotation.Value))) };
        }

        return pod;
    }

    public static JsonArray Environment(IEnumerable<EnvVar> variables) => new([.. variables.Where(variable => !string.IsNullOrWhiteSpace(variable.Key)).Select(From)]);

    private static JsonNode From(EnvVar variable) => variable switch
    {
        SecretEnvVar secret => new JsonObject
        {
            ["name"] = secret.Key,
            ["valueFrom"] = new JsonObject { ["secretKeyRef"] = new JsonObject { ["name"] = secret.SecretName, ["key"] = secret.SecretKey, ["optional"] = secret.Optional } },
        },
        KeyValueEnvVar value => new JsonObject { ["name"] = value.Key, ["value"] = value.Value ?? "" },
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static JsonNode From(ContainerTemplate template, PodTemplate pod)
    {
        var container = new JsonObject { ["name"] = template.Name };
        Set("image", template.Image);
        container["workingDir"] = template.WorkingDir is { Length: > 0 } directory ? directory : PodBuilder.DefaultWorkingDirectory;
        if (CommandLine.Split(template.Command) is { Count: > 0 } command)
        {
            container["command"] = Texts(command);
        }

        if (CommandLine.Split(template.Args) is { Count: > 0 } args)
        {
            container["args"] = Texts(args);
        }

        if (template.TtyEnabled is { } tty)
        {
            container["tty"] = tty;
        }

        if (template.AlwaysPullImage is { } always)
        {
            container["imagePullPolicy"] = always ? "Always" : "IfNotPresent";
        }

        if (template.EnvVars.Count > 0)
        {
            container["env"] = Environment(template.EnvVars);
        }

        if (template.Ports.Count > 0)
        {
            container["ports"] = new JsonArray([.. template.Ports.Select(From)]);
        }

        if (template.LivenessProbe is { } probe && CommandLine.Split(probe.ExecArgs) is { Count: > 0 } check)
        {
            container["livenessProbe"] = From(probe, check);
        }

        var security = SecurityContext(template.RunAsUser, template.RunAsGroup, null, $"The container '{template.Name}' of the pod template '{pod.Name}'");
        if (template.Privileged is { } privileged)
        {
            security["privileged"] = privileged;
        }

        if (security.Count > 0)
        {
            container["securityContext"] = security;
        }

        SetResources("requests", template.ResourceRequestCpu, template.ResourceRequestMemory, template.ResourceRequestEphemeralStorage);
        SetResources("limits", template.ResourceLimitCpu, template.ResourceLimitMemory, template.ResourceLimitEphemeralStorage);
        return container;

        void Set(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                container[name] = value;
            }
        }

        void SetResources(string kind, string? cpu, string? memory, string? storage)
        {
            foreach (var (name, value) in new[] { ("cpu", cpu), ("memory", memory), ("ephemeral-storage", storage) })
            {
                if (!string.IsNullOrWhiteSpace(value))
                {
                    PodParts.Object(PodParts.Object(container, "resources"), kind)[name] = value.Trim();
                }
            }
        }
    }

    private static JsonNode From(PortMapping mapping)
    {
        var port = new JsonObject { ["name"] = mapping.Name.ToLowerInvariant() };
        if (mapping.ContainerPort is { } inside)
        {
            port["containerPort"] = inside;
        }

        if (mapping.HostPort is { } outside)
        {
            port["hostPort"] = outside;
        }

        return port;
    }

    private static JsonObject From(ContainerLivenessProbe template, IReadOnlyList<string> command)
    {
        var probe = new JsonObject { ["exec"] = new JsonObject { ["command"] = Texts(command) } };
        foreach (var (name, value) in new[]
        {
            ("timeoutSeconds", template.TimeoutSeconds), ("initialDelaySeconds", template.InitialDelaySeconds), ("failureThreshold", template.FailureThreshold),
            ("periodSeconds", template.PeriodSeconds), ("successThreshold", template.SuccessThreshold),
        })
        {
            if (value > 0)
            {
                probe[name] = value;
            }
        }

        return probe;
    }

    private static JsonObject SecurityContext(string? user, string? group, string? groups, string whose)
    {
        var security = new JsonObject();
        if (!string.IsNullOrWhiteSpace(user))
        {
            security["runAsUser"] = Id(user, "runAsUser");
        }

        if (!string.IsNullOrWhiteSpace(group))
        {
            security["runAsGroup"] = Id(group, "runAsGroup");
        }

        var more = (groups ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (more.Length > 0)
        {
            security["supplementalGroups"] = new JsonArray([.. more.Select(id => JsonValue.Create(Id(id, "supplementalGroups")))]);
        }

        return security;

        long Id(string text, string field) => long.TryParse(text.Trim(), out var id) && id >= 0
            ? id
            : throw new PodTemplateException($"{whose} has the {field} '{text}', which has to be a number: Kubernetes knows users and groups by their ids.");
    }

    private static JsonObject NodeSelector(PodTemplate template)
    {
        var selector = new JsonObject();
        foreach (var pair in (template.NodeSelector ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.IndexOfAny(['=', ':']);
            if (at <= 0)
            {
                throw new PodTemplateException($"The pod template '{template.Name}' has the nodeSelector '{template.NodeSelector}'. Write label=value, several apart by commas.");
            }

            selector[pair[..at].Trim()] = pair[(at + 1)..].Trim();
        }

        return selector;
    }

    private static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
