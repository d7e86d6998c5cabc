using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Pods;

/// <param name="Pod">To be sent to the API server as it is.</param>
/// <param name="AgentContainer">The container that the agent runs in.</param>
/// <param name="TemplateHash">Pods of the same hash are alike in all but what they were made for.</param>
/// <param name="Claims">To be created before the pod, and to be owned by it.</param>
public sealed record BuiltPod(JsonObject Pod, string AgentContainer, string TemplateHash, IReadOnlyList<JsonObject> Claims);

/// <summary>Makes a pod of a template: the template's raw YAML, over it what its fields say, and then what every agent's pod needs.</summary>
public static class PodBuilder
{
    public const string DefaultWorkingDirectory = "/home/jenkins/agent";
    public const string DefaultAgentContainer = "jnlp";
    public const string DefaultAgentCpuRequest = "100m";
    public const string DefaultAgentMemoryRequest = "256Mi";

    /// <summary>All labels and annotations that begin so are ours.</summary>
    private const string MarkPrefix = "slipway/";

    /// <summary>Labels and annotations by which pods of ours are found; see <see cref="PodContext"/> for their meaning.</summary>
    public const string OwnerLabel = MarkPrefix + "owner";

    public const string RunLabel = "slipway/run";
    public const string TemplateHashLabel = "slipway/template-hash";
    public const string DeadlineAnnotation = "slipway/deadline";

    /// <summary>The value of <see cref="DeadlineAnnotation"/> on a pod that has none.</summary>
    public const string NoDeadline = "none";

    /// <param name="template">With all that it inherits; see <see cref="PodTemplateInheritance"/>.</param>
    /// <exception cref="PodTemplateException">The template describes no pod that could run an agent.</exception>
    public static BuiltPod Build(PodTemplate template, KubernetesCloudSettings cloud, PodContext context, params ReadOnlySpan<IPodDecorator> decorators)
    {
        var pod = PodMerge.Combine(Raw(template), PodDeclaration.From(template));
        var hash = Hash(pod, template, cloud);
        var agentName = template.AgentContainer is { Length: > 0 } named ? named : DefaultAgentContainer;
        var spec = PodParts.Object(pod, "spec");
        var (agent, isOurs) = FindAgent(spec, agentName, template);

        pod["apiVersion"] = "v1";
        pod["kind"] = "Pod";
        SetMetadata(PodParts.Object(pod, "metadata"), template, cloud, context, hash);
        spec["restartPolicy"] ??= "Never";
        SetLongestLife(spec, context);
        if (spec["nodeSelector"] is not JsonObject { Count: > 0 } && spec["runtimeClassName"] is null)
        {
            spec["nodeSelector"] = new JsonObject { ["kubernetes.io/os"] = "linux" };
        }

        SetAgent(agent, template, cloud, context);
        var claims = AddVolumes(spec, template, context, pod["metadata"]!["namespace"]);
        foreach (var container in PodParts.Containers(pod, "containers"))
        {
            if (PodParts.Text(container["image"]) is null)
            {
                throw new PodTemplateException($"The container '{PodParts.Name(container)}' of the pod template '{template.Name}' has no image.") { IsNoPod = true };
            }

            Substitute(container, context, isAgent: ReferenceEquals(container, agent));
            AddEnvironment(container, PodDeclaration.Environment(template.EnvVars));
            AddEnvironment(container, PodDeclaration.Environment(context.Environment.Select(variable => new KeyValueEnvVar { Key = variable.Key, Value = variable.Value })));
        }

        if (isOurs || cloud.RestrictedPssSecurityContext)
        {
            RestrictedSecurity.Apply(pod, name => name == agentName);
        }

        foreach (var decorator in decorators)
        {
            decorator.Decorate(pod, agentName, template, cloud, context);
        }

        return new BuiltPod(pod, agentName, hash, claims);
    }

    /// <summary>The template's raw pods made one; null without any.</summary>
    private static JsonObject? Raw(PodTemplate template)
    {
        var yamls = template.Yamls.Where(yaml => !string.IsNullOrWhiteSpace(yaml)).ToList();
        try
        {
            return template.YamlMergeStrategy == YamlMergeStrategy.Merge
                ? yamls.Select(PodYaml.Parse).Aggregate((JsonObject?)null, PodMerge.Combine)
                : yamls.Count == 0 ? null : PodYaml.Parse(yamls[^1]);
        }
        catch (PodTemplateException fault)
        {
            throw new PodTemplateException($"The pod template '{template.Name}' cannot be used. {fault.Message}", fault);
        }
    }

    private static string Hash(JsonObject pod, PodTemplate template, KubernetesCloudSettings cloud)
    {
        var whole = string.Join('\n', pod.ToJsonString(), cloud.Name, cloud.RestrictedPssSecurityContext, template.Namespace, template.AgentContainer, template.AgentInjection, template.WorkspaceVolume,
            string.Join('\n', template.EnvVars), string.Join('\n', template.Volumes));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole)))[..32];
    }

    private static (JsonObject Agent, bool IsOurs) FindAgent(JsonObject spec, string name, PodTemplate template)
    {
        var containers = PodParts.Array(spec, "containers");
        if (containers.OfType<JsonObject>().FirstOrDefault(container => PodParts.Name(container) == name) is { } described)
        {
            return (described, false);
        }

        if (name != DefaultAgentContainer)
        {
            throw new PodTemplateException(
                $"The pod template '{template.Name}' says that the agent runs in the container '{name}' (agentContainer), and has no container of that name. There are: {string.Join(", ", containers.OfType<JsonObject>().Select(PodParts.Name))}.")
            { IsNoPod = true };
        }

        var agent = new JsonObject { ["name"] = name };
        containers.Add(agent);
        return (agent, true);
    }

    private static void SetMetadata(JsonObject metadata, PodTemplate template, KubernetesCloudSettings cloud, PodContext context, string hash)
    {
        metadata["name"] = context.PodName;
        if (PodParts.Text(metadata["namespace"]) is null && (Said(template.Namespace) ?? Said(cloud.Namespace)) is { } name)
        {
            metadata["namespace"] = name;
        }

        var labels = PodParts.Object(metadata, "labels");
        var annotations = PodParts.Object(metadata, "annotations");
        RemoveMarks(labels);
        RemoveMarks(annotations);
        foreach (var (key, value) in cloud.PodLabels)
        {
            labels[key] ??= value;
        }

        labels["jenkins"] ??= "slave";
        if (Said(template.Label) is { } label)
        {
            labels["jenkins/label"] = PodLabels.Sanitize(string.Join(' ', template.Labels));
            labels["jenkins/label-digest"] = PodLabels.Digest(label);
        }

        labels[OwnerLabel] = PodLabels.Sanitize(context.Owner);
        labels[TemplateHashLabel] = hash;
        annotations[DeadlineAnnotation] = context.Deadline == DateTimeOffset.MaxValue ? NoDeadline : context.Deadline.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        if (context.Run is { } run)
        {
            labels[RunLabel] = run.ToString();
        }

        if (context.RunUrl is { } url)
        {
            annotations["buildUrl"] = url;
            annotations["runUrl"] = Uri.TryCreate(url, UriKind.Absolute, out var absolute) ? absolute.PathAndQuery.TrimStart('/') : url;
        }
    }

    /// <summary>What a pod says of itself to us is ours alone to write: by such a mark a pipeline could have others' claims deleted, or a pod that counts against no cap.</summary>
    private static void RemoveMarks(JsonObject entries)
    {
        foreach (var key in entries.Select(entry => entry.Key).Where(key => key.StartsWith(MarkPrefix, StringComparison.Ordinal)).ToList())
        {
            entries.Remove(key);
        }
    }

    private static void SetLongestLife(JsonObject spec, PodContext context)
    {
        if (context.LongestLife is not { } life)
        {
            return;
        }

        var seconds = (long)Math.Max(1, Math.Ceiling(life.TotalSeconds));
        if (spec["activeDeadlineSeconds"] is not JsonValue said || !long.TryParse(said.ToString(), out var own) || own > seconds)
        {
            spec["activeDeadlineSeconds"] = seconds;
        }
    }

    private static void SetAgent(JsonObject agent, PodTemplate template, KubernetesCloudSettings cloud, PodContext context)
    {
        if (PodParts.Text(agent["image"]) is null)
        {
            var registry = Said(cloud.Jnlpregistry) ?? Said(context.AgentImageRegistry);
            agent["image"] = registry is null ? context.AgentImage : $"{registry.TrimEnd('/')}/{context.AgentImage}";
        }

        if (PodParts.Name(agent) == DefaultAgentContainer)
        {
            var resources = PodParts.Object(agent, "resources");
            foreach (var (resource, request) in new[] { ("cpu", DefaultAgentCpuRequest), ("memory", DefaultAgentMemoryRequest) })
            {
                // A limit alone is the request as well, and may be below our default.
                if (resources["limits"]?[resource] is null)
                {
                    PodParts.Object(resources, "requests")[resource] ??= request;
                }
            }
        }

        // Who the agent is and how it proves it is ours to say; the rest a template may say otherwise.
        var identity = new Dictionary<string, string> { ["JENKINS_SECRET"] = context.AgentSecret, ["JENKINS_NAME"] = context.PodName, ["JENKINS_AGENT_NAME"] = context.PodName };
        var environment = PodParts.Array(agent, "env");
        environment.RemoveAll(variable => variable is JsonObject entry && identity.ContainsKey(PodParts.Name(entry)));
        AddEnvironment(agent, PodDeclaration.Environment(identity.Concat(Connection(template, cloud, context))
            .Append(new("JENKINS_AGENT_WORKDIR", WorkingDirectory(agent)))
            .Append(new("REMOTING_OPTS", "-noReconnectAfter 1d"))
            .Select(variable => new KeyValueEnvVar { Key = variable.Key, Value = variable.Value })));
    }

    private static Dictionary<string, string> Connection(PodTemplate template, KubernetesCloudSettings cloud, PodContext context)
    {
        if (cloud.DirectConnection)
        {
            var direct = context.Direct ?? throw new PodTemplateException(
                $"The cloud '{cloud.Name}' asks for directConnection (needed by the pod template '{template.Name}'), and the controller has no TCP port for agents. Open one, or use webSocket.")
            { IsNoPod = true };
            return new()
            {
                ["JENKINS_PROTOCOLS"] = "JNLP4-connect",
                ["JENKINS_DIRECT_CONNECTION"] = direct.Address,
                ["JENKINS_INSTANCE_IDENTITY"] = direct.Identity,
            };
        }

        var connection = new Dictionary<string, string> { ["JENKINS_URL"] = Said(cloud.JenkinsUrl) ?? context.ControllerUrl };
        if (cloud.WebSocket)
        {
            connection["JENKINS_WEB_SOCKET"] = "true";
        }
        else if (Said(cloud.JenkinsTunnel) is { } tunnel)
        {
            connection["JENKINS_TUNNEL"] = tunnel;
        }

        return connection;
    }

    /// <summary>Adds the volumes, and mounts them in every container that has nothing else at their path.</summary>
    private static List<JsonObject> AddVolumes(JsonObject spec, PodTemplate template, PodContext context, JsonNode? inNamespace)
    {
        var volumes = PodParts.Array(spec, "volumes");
        var taken = volumes.OfType<JsonObject>().Select(PodParts.Name).ToHashSet();
        var claims = new List<JsonObject>();
        var number = 0;
        foreach (var volume in template.Volumes)
        {
            while (!taken.Add($"volume-{number}"))
            {
                number++;
            }

            var name = $"volume-{number}";
            var claimName = $"pvc-{context.PodName}-{number}";
            Add(name, PodVolumes.Source(volume, claimName), (volume as DynamicPVCVolume)?.Claim, claimName);
            foreach (var container in spec["containers"]!.AsArray().OfType<JsonObject>())
            {
                Mount(container, volume.MountPath, name, volume.ReadOnly, (volume as ConfigMapVolume)?.SubPath);
            }
        }

        if (taken.Add(PodVolumes.Workspace))
        {
            var claimName = $"pvc-{context.PodName}";
            Add(PodVolumes.Workspace, PodVolumes.Source(template.WorkspaceVolume, claimName), (template.WorkspaceVolume as DynamicPVCWorkspaceVolume)?.Claim, claimName);
        }

        foreach (var container in spec["containers"]!.AsArray().OfType<JsonObject>())
        {
            Mount(container, WorkingDirectory(container), PodVolumes.Workspace, readOnly: false, subPath: null);
        }

        return claims;

        void Add(string name, JsonObject volume, ClaimRequest? request, string claimName)
        {
            volume["name"] = name;
            volumes.Add(volume);
            if (request is not null)
            {
                var metadata = new JsonObject { ["name"] = claimName, ["labels"] = new JsonObject { [OwnerLabel] = PodLabels.Sanitize(context.Owner) } };
                if (inNamespace is not null)
                {
                    metadata["namespace"] = inNamespace.DeepClone();
                }

                claims.Add(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "PersistentVolumeClaim", ["metadata"] = metadata, ["spec"] = PodVolumes.ClaimSpec(request) });
            }
        }
    }

    private static void Mount(JsonObject container, string path, string volume, bool readOnly, string? subPath)
    {
        var mounts = PodParts.Array(container, "volumeMounts");
        if (mounts.OfType<JsonObject>().Any(mount => PodParts.Text(mount["mountPath"])?.TrimEnd('/') == path.TrimEnd('/')))
        {
            return;
        }

        var added = new JsonObject { ["mountPath"] = path, ["name"] = volume, ["readOnly"] = readOnly };
        if (!string.IsNullOrEmpty(subPath))
        {
            added["subPath"] = subPath;
        }

        mounts.Add(added);
    }

    /// <summary>The secret is put only where the agent runs.</summary>
    private static void Substitute(JsonObject container, PodContext context, bool isAgent)
    {
        var values = new Dictionary<string, string> { ["computer.name"] = context.PodName };
        if (isAgent)
        {
            values["computer.jnlpmac"] = context.AgentSecret;
        }

        foreach (var name in (string[])["command", "args"])
        {
            if (container[name] is JsonArray words)
            {
                container[name] = new JsonArray([.. words.Select(word => PodParts.Text(word) is { } text ? JsonValue.Create(Substitution.Substitute(text, values)) : word?.DeepClone())]);
            }
        }
    }

    private static void AddEnvironment(JsonObject container, JsonArray variables)
    {
        if (variables.Count == 0)
        {
            return;
        }

        var environment = PodParts.Array(container, "env");
        var known = environment.OfType<JsonObject>().Select(PodParts.Name).ToHashSet();
        foreach (var variable in variables.OfType<JsonObject>().Where(variable => known.Add(PodParts.Name(variable))))
        {
            environment.Add(variable.DeepClone());
        }
    }

    private static string WorkingDirectory(JsonObject container) => PodParts.Text(container["workingDir"]) ?? DefaultWorkingDirectory;

    private static string? Said(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
