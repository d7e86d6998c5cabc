using Slipway.Kubernetes.Api;
using Slipway.Provisioning.Kubernetes.Pods;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Configuration;

internal static class TemplateReader
{
    private static readonly Dictionary<string, Func<SettingsMap, EnvVar?>> EnvVarKinds = new()
    {
        ["envVar"] = map => new KeyValueEnvVar { Key = map.Text("key"), Value = map.Text("value") },
        ["secretEnvVar"] = map => new SecretEnvVar
        {
            Key = map.Text("key"),
            SecretName = map.Required("secretName", "the Secret that holds the value"),
            SecretKey = map.Required("secretKey", "the key of the Secret"),
            Optional = map.Flag("optional") ?? false,
        },
    };

    private static readonly Dictionary<string, Func<SettingsMap, NodeProperty?>> NodePropertyKinds = new()
    {
        ["toolLocation"] = map => new ToolLocationNodeProperty(map.Items("locations", item => item.Read(location =>
            new ToolLocation(location.Required("key", "type and name of the tool"), location.Required("home", "where the tool lies"))))),
        ["envVars"] = map => new EnvironmentVariablesNodeProperty(map.Items("env", item => item.Read(KeyValue))),
    };

    public static PodTemplate Read(SettingsMap map)
    {
        RefuseOld(map);
        return new PodTemplate
        {
            Id = map.Text("id"),
            Name = map.Text("name"),
            Namespace = Namespace(map),
            Label = map.Text("label"),
            InheritFrom = map.Text("inheritFrom"),
            ServiceAccount = map.Text("serviceAccount"),
            NodeSelector = map.Text("nodeSelector"),
            NodeUsageMode = map.Choice<NodeMode>("nodeUsageMode"),
            InstanceCap = Cap(map.Number("instanceCap", "instanceCapStr")),
            SlaveConnectTimeout = Positive(map.Number("slaveConnectTimeout", "slaveConnectTimeoutStr")),
            IdleMinutes = map.Number("idleMinutes", "idleMinutesStr"),
            MinIdle = map.Number("minIdle"),
            MaxIdle = map.Number("maxIdle"),
            MaxAgeMinutes = Positive(map.Number("maxAgeMinutes")),
            ActiveDeadlineSeconds = Positive(map.Number("activeDeadlineSeconds", "activeDeadlineSecondsStr")),
            PodRetention = map.Choice<PodRetention>("podRetention"),
            HostNetwork = map.Flag("hostNetwork"),
            ShowRawYaml = map.Flag("showRawYaml"),
            RunAsUser = map.Text("runAsUser"),
            RunAsGroup = map.Text("runAsGroup"),
            SupplementalGroups = map.Text("supplementalGroups"),
            SchedulerName = map.Text("schedulerName"),
            AgentContainer = map.Text("agentContainer"),
            AgentInjection = map.Flag("agentInjection"),
            WorkspaceVolume = map.Map("workspaceVolume") is { } workspace ? SettingsMap.Kind(workspace, "workspace volume", VolumeReader.WorkspaceKinds) : null,
            Containers = map.Items("containers", item => Container(item)),
            EnvVars = map.Items("envVars", item => SettingsMap.Kind(item, "environment variable", EnvVarKinds)),
            Volumes = map.Items("volumes", item => SettingsMap.Kind(item, "volume", VolumeReader.Kinds)),
            Annotations = map.Items("annotations", item => item.Read(KeyValue)),
            ImagePullSecrets = map.Items("imagePullSecrets", item => item.Read(secret => new PodImagePullSecret(secret.Required("name", "the Secret with the registry's login")))),
            NodeProperties = map.Items("nodeProperties", item => SettingsMap.Kind(item, "node property", NodePropertyKinds)),
            Yamls = Yamls(map),
            YamlMergeStrategy = map.Choice<YamlMergeStrategy>("yamlMergeStrategy"),
            InheritYamlMergeStrategy = map.Flag("inheritYamlMergeStrategy") ?? false,
        };
    }

    /// <summary>It becomes a part of paths that we ask the API server for.</summary>
    public static string? Namespace(SettingsMap map)
    {
        const string Key = "namespace";
        var name = map.Text(Key)?.Trim();
        if (string.IsNullOrEmpty(name) || KubernetesNames.IsLabel(name) || name.Contains("${", StringComparison.Ordinal))
        {
            return name;
        }

        if (KubernetesNames.IsLabel(name.ToLowerInvariant()))
        {
            // Harmless in a path. Jenkins takes it too, and such files are about: placeholders of charts.
            map.Warn($"There can be no namespace '{name}': names of namespaces have no capitals.", Key);
        }
        else
        {
            RefuseNamespace(map, Key, name);
        }

        return name;
    }

    public static void RefuseNamespace(SettingsMap map, string key, string name) => map.Session.Fault(
        map.Entries.Where(entry => entry.Key.Text == key).Select(entry => entry.Value).FirstOrDefault() ?? map.Place, $"{map.Path}.{key}", $"'{name}' is no name of a namespace: {KubernetesNames.LabelRule}.");

    public static KeyAndValue KeyValue(SettingsMap map) => new(map.Required("key", "what it is called"), map.Text("value") ?? "");

    /// <summary>Jenkins writes "no cap" as its largest number; an empty text and zero mean the same there.</summary>
    public static int? Cap(int? number) => number is > 0 and < int.MaxValue ? number : null;

    /// <summary>Jenkins writes 0 for "not set".</summary>
    private static int? Positive(int? number) => number is > 0 ? number : null;

    private static ContainerTemplate? Container(SettingsMap map)
    {
        // Some exports wrap each container in the name of its kind.
        if (map.Entries is [{ Key.Text: "containerTemplate" } only])
        {
            return SettingsMap.AsMap(map.Session, only.Value, $"{map.Path}.containerTemplate")?.Read(ReadContainer);
        }

        return map.Read(ReadContainer);
    }

    private static ContainerTemplate ReadContainer(SettingsMap map) => new()
    {
        Name = map.Required("name", "pipelines reach a container by its name"),
        Image = map.Text("image"),
        Privileged = map.Flag("privileged"),
        AlwaysPullImage = map.Flag("alwaysPullImage"),
        WorkingDir = map.Text("workingDir"),
        Command = map.Text("command"),
        Args = map.Text("args"),
        TtyEnabled = map.Flag("ttyEnabled"),
        Shell = map.Text("shell"),
        ResourceRequestCpu = map.Text("resourceRequestCpu"),
        ResourceRequestMemory = map.Text("resourceRequestMemory"),
        ResourceRequestEphemeralStorage = map.Text("resourceRequestEphemeralStorage"),
        ResourceLimitCpu = map.Text("resourceLimitCpu"),
        ResourceLimitMemory = map.Text("resourceLimitMemory"),
        ResourceLimitEphemeralStorage = map.Text("resourceLimitEphemeralStorage"),
        RunAsUser = map.Text("runAsUser"),
        RunAsGroup = map.Text("runAsGroup"),
        EnvVars = map.Items("envVars", item => SettingsMap.Kind(item, "environment variable", EnvVarKinds)),
        Ports = map.Items("ports", item => item.Read(port => new PortMapping(port.Required("name", "ports merge by name"), port.Number("containerPort"), port.Number("hostPort")))),
        LivenessProbe = map.Map("livenessProbe")?.Read(probe => new ContainerLivenessProbe(
            probe.Text("execArgs") ?? "",
            probe.Number("timeoutSeconds") ?? 0,
            probe.Number("initialDelaySeconds") ?? 0,
            probe.Number("failureThreshold") ?? 0,
            probe.Number("periodSeconds") ?? 0,
            probe.Number("successThreshold") ?? 0)),
    };

    private static List<string> Yamls(SettingsMap map)
    {
        var yamls = map.Texts("yamls");
        if (map.Text("yaml") is { Length: > 0 } yaml && !yamls.Contains(yaml))
        {
            yamls.Add(yaml);
        }

        foreach (var text in yamls)
        {
            try
            {
                PodYaml.Parse(text);
            }
            catch (PodTemplateException fault)
            {
                map.Session.Fault(map.Entries.First(entry => entry.Key.Text is "yaml" or "yamls").Value, $"{map.Path}.yaml", $"{fault.Message} (Lines are those of this text.)");
            }
        }

        return yamls;
    }

    /// <summary>Settings of a single container that stood on the template itself until containers became a list.</summary>
    private static void RefuseOld(SettingsMap map)
    {
        foreach (var name in (string[])["image", "command", "args", "privileged", "ttyEnabled", "alwaysPullImage", "remoteFs", "resourceRequestCpu", "resourceRequestMemory", "resourceLimitCpu", "resourceLimitMemory"])
        {
            map.Refuse(name, "This belongs to a container: put it in an entry of 'containers'.");
        }
    }
}
