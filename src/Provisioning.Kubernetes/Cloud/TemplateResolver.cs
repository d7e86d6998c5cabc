using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;
using Slipway.Model;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Pods;
using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <summary>Makes node templates of pod templates, the cloud's own and those that pipelines bring along. A template that could become no pod is refused here, before anything waits for it.</summary>
internal static class TemplateResolver
{
    private const int DefaultMaxIdle = 10;

    /// <summary>Not a setting of a template: what its steps need.</summary>
    private const string WantedContainerKey = "defaultContainer";

    private static readonly TimeSpan DefaultMaxAge = TimeSpan.FromHours(4);

    /// <summary>The cloud's own; what is wrong with one of them is told, and the others stay.</summary>
    public static IReadOnlyList<KubernetesNodeTemplate> OfCloud(KubernetesCloudSettings settings, ClusterConnection connection, Action<string> tell)
    {
        var templates = new List<KubernetesNodeTemplate>();
        foreach (var (template, index) in settings.Templates.Select((template, index) => (template, index)))
        {
            var named = Named(template, index);
            try
            {
                var resolved = Make(named, settings.Templates, settings, connection.Namespace);
                // Jenkins lets two templates share a name; ours are told apart by it.
                var name = templates.Exists(other => other.Name == resolved.Name) ? $"{resolved.Name}#{index + 1}" : resolved.Name;
                templates.Add(resolved with { Name = name, CapKey = name, Reuse = Reuse(resolved, resolved.Hash) });
            }
            catch (PodTemplateException) when (named.Labels.Count == 0)
            {
                // It is there to be inherited from, as whoever reads the configuration is told.
            }
            catch (PodTemplateException fault)
            {
                tell($"The pod template '{named.Name}' of the cloud '{settings.Name}' cannot be used: {fault.Message}");
            }
        }

        return templates;
    }

    /// <summary>Makes what the cloud would make of one of its own templates, for the faults alone.</summary>
    /// <param name="index">Its place among them.</param>
    /// <exception cref="PodTemplateException">No pod can be made of it.</exception>
    public static void Try(PodTemplate template, int index, KubernetesCloudSettings settings) => Make(Named(template, index), settings.Templates, settings, null);

    /// <inheritdoc cref="IContainerCloud.Resolve"/>
    public static KubernetesNodeTemplate? Declared(IReadOnlyList<DeclaredPodTemplate> declared, LabelExpression label, JobPath job, KubernetesCloudSettings settings, ClusterConnection connection)
    {
        var meant = declared.LastOrDefault(candidate => (candidate.Cloud is null || candidate.Cloud == settings.Name) && label.Matches(LabelExpression.SplitLabels(candidate.Label)));
        if (meant is null)
        {
            return null;
        }

        try
        {
            var read = declared.Select(template => (Declared: template, Template: Read(template))).ToList();
            var wanted = read.Last(entry => ReferenceEquals(entry.Declared, meant)).Template;
            var resolved = Make(wanted, [.. settings.Templates, .. read.Select(entry => entry.Template)], settings, connection.Namespace, WantedContainer(meant));
            return resolved with
            {
                IsDeclared = true,
                CapKey = $"{job}|{resolved.Name}",
                Reuse = Reuse(resolved, $"{resolved.Hash}|{job.Parent}"),
            };
        }
        catch (PodTemplateException fault)
        {
            throw new NodeTemplateException(fault.Message, fault) { CancelsRequest = fault.IsNoPod };
        }
    }

    /// <summary>A pod of a template that was tried already, made for nobody.</summary>
    public static JsonObject Build(PodTemplate pod, KubernetesCloudSettings settings) => Try(pod, settings).Pod;

    private static PodTemplate Named(PodTemplate template, int index) => template with { Name = string.IsNullOrWhiteSpace(template.Name) ? $"template-{index + 1}" : template.Name };

    private static KubernetesNodeTemplate Make(PodTemplate template, IReadOnlyList<PodTemplate> parents, KubernetesCloudSettings settings, string? fallbackNamespace, string? wantedContainer = null)
    {
        var pod = PodTemplateInheritance.Unwrap(template, parents, settings.DefaultsProviderTemplate);
        pod = pod with { Name = template.Name };
        var trial = Try(pod, settings);
        CheckContainerNames(trial);
        CheckWanted(trial, wantedContainer);
        var space = NamespaceOf(trial, pod, fallbackNamespace, isConfigured: ReferenceEquals(parents, settings.Templates));
        return new KubernetesNodeTemplate(pod.Name!, pod.Labels, pod.NodeUsageMode ?? NodeMode.Normal, pod.InstanceCap)
        {
            Pod = pod,
            Namespace = space,
            Hash = trial.TemplateHash,
            ConnectTimeout = pod.SlaveConnectTimeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            LongestLife = settings.PodDeadlineSeconds == 0 ? TimeSpan.MaxValue : TimeSpan.FromSeconds(settings.PodDeadlineSeconds),
            OwnDeadline = long.TryParse(trial.Pod["spec"]?["activeDeadlineSeconds"]?.ToString(), CultureInfo.InvariantCulture, out var own) && own is > 0 and <= int.MaxValue ? TimeSpan.FromSeconds(own) : null,
        };
    }

    /// <summary>
    /// It becomes a part of every request's path: whatever is no name of a namespace is refused before anything is asked of the cluster. Capitals do no harm there, and configuration with them loads, as it does in
    /// Jenkins, with a warning.
    /// </summary>
    private static string NamespaceOf(BuiltPod trial, PodTemplate template, string? fallback, bool isConfigured)
    {
        var space = trial.Pod["metadata"]?["namespace"]?.ToString() is { Length: > 0 } written ? written : fallback ?? "default";
        return KubernetesNames.IsLabel(isConfigured ? space.ToLowerInvariant() : space)
            ? space
            : throw new PodTemplateException($"The pod template '{template.Name}' asks for the namespace '{space}', which is no name of a namespace: {KubernetesNames.LabelRule}.");
    }

    /// <summary>What it is made for does not matter to the hash, and what would be wrong with a pod is found now.</summary>
    private static BuiltPod Try(PodTemplate pod, KubernetesCloudSettings settings)
    {
        try
        {
            return PodBuilder.Build(pod, settings, new PodContext("trial", "", "trial", "http://localhost/", "agent", DateTimeOffset.UnixEpoch) { Direct = new DirectConnection("localhost:0", "") });
        }
        catch (PodTemplateException fault)
        {
            throw new PodTemplateException($"ERROR: Unable to create pod {settings.Name} {pod.Name}. {fault.Message}", fault) { IsNoPod = fault.IsNoPod };
        }
    }

    private static NodeReuse? Reuse(KubernetesNodeTemplate template, string key)
    {
        var pod = template.Pod;
        if (pod.IdleMinutes is not > 0 && pod.MinIdle is not > 0)
        {
            return null;
        }

        var minIdle = pod.MinIdle ?? 0;
        return new NodeReuse(
            key,
            TimeSpan.FromMinutes(pod.IdleMinutes is > 0 and var minutes ? minutes : 1),
            minIdle,
            Math.Max(minIdle, pod.MaxIdle ?? DefaultMaxIdle),
            new[] { pod.MaxAgeMinutes is { } age ? TimeSpan.FromMinutes(age) : DefaultMaxAge, Half(template.LongestLife), Half(template.OwnDeadline) }.Min());
    }

    /// <summary>Whoever gets a kept pod has as much of its time left as is gone: one that is about to end is not handed on.</summary>
    private static TimeSpan Half(TimeSpan? deadline) => deadline is { } life ? life / 2 : TimeSpan.MaxValue;

    private static PodTemplate Read(DeclaredPodTemplate declared)
    {
        YamlValue value;
        try
        {
            using var document = JsonDocument.Parse(declared.Settings);
            value = FromJson(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new PodTemplateException($"The settings of the pod template '{declared.Name}' are not JSON: {e.Message}", e);
        }

        var session = new ReadSession("Jenkinsfile", secrets: null);
        var read = SettingsMap.AsMap(session, value, "podTemplate")?.Read(TemplateReader.Read);
        if (session.Faults.Count > 0 || read is null)
        {
            throw new PodTemplateException($"The pod template '{declared.Name}' is wrong. " + string.Join(' ', session.Faults.Select(fault => $"{fault.Key}: {fault.Message}")));
        }

        return read with { Name = declared.Name, Label = declared.Label };
    }

    private static YamlValue FromJson(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => new YamlValue.Mapping([.. json.EnumerateObject().Where(entry => entry.Name != WantedContainerKey).Select(entry => (new YamlValue.Scalar(entry.Name, IsPlain: false, 1, 1), FromJson(entry.Value)))], 1, 1),
        JsonValueKind.Array => new YamlValue.Sequence([.. json.EnumerateArray().Select(FromJson)], 1, 1),
        JsonValueKind.String => new YamlValue.Scalar(json.GetString()!, IsPlain: false, 1, 1),
        _ => new YamlValue.Scalar(json.GetRawText(), IsPlain: true, 1, 1),
    };

    private static string? WantedContainer(DeclaredPodTemplate declared)
    {
        using var document = JsonDocument.Parse(declared.Settings);
        return document.RootElement.TryGetProperty(WantedContainerKey, out var wanted) ? wanted.GetString() : null;
    }

    /// <summary>What steps would not find is said before a pod is made in vain.</summary>
    private static void CheckWanted(BuiltPod built, string? wanted)
    {
        var names = PodParts.Containers(built.Pod, "containers").Select(PodParts.Name).ToList();
        if (wanted is not null && !names.Contains(wanted))
        {
            throw new PodTemplateException($"The steps are to run in the container '{wanted}' (defaultContainer), and the pod has none of that name.{SettingsMap.Meant(wanted, names)} Its containers: {string.Join(", ", names)}.");
        }
    }

    private static void CheckContainerNames(BuiltPod built)
    {
        var wrong = PodParts.Containers(built.Pod, "initContainers").Concat(PodParts.Containers(built.Pod, "containers")).Select(PodParts.Name).Where(name => !KubernetesNames.IsLabel(name)).ToList();
        if (wrong.Count > 0)
        {
            throw new PodTemplateException($"Container Names MUST match RFC 1123 - They can only contain lowercase letters, numbers or dashes: {string.Join(", ", wrong)}");
        }
    }
}
