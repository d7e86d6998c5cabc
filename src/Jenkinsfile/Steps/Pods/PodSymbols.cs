using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Steps.Pods;

/// <summary>What <c>podTemplate</c> takes as arguments: containers, variables, volumes and the like, by the names that the plugin's users write.</summary>
internal static class PodSymbols
{
    private static IReadOnlyList<StepParameter> KeyAndValue { get; } = [StepParameter.Text("key").Required(), StepParameter.Text("value")];

    private static IReadOnlyList<StepParameter> ClaimRequest { get; } =
        [StepParameter.Text("accessModes"), StepParameter.Text("requestsSize"), StepParameter.Text("storageClassName")];

    private static StepParameter MountPath { get; } = StepParameter.Text("mountPath");

    private static StepParameter ReadOnly { get; } = StepParameter.Flag("readOnly");

    private static IReadOnlyList<StepParameter> Nfs { get; } = [StepParameter.Text("serverAddress").Required(), StepParameter.Text("serverPath").Required(), ReadOnly];

    private static IReadOnlyList<SymbolDefinition> Containers { get; } =
    [
        new("containerTemplate")
        {
            Parameters =
            [
                StepParameter.Text("name").Required(), StepParameter.Text("image"), StepParameter.Flag("privileged"), StepParameter.Flag("alwaysPullImage"), StepParameter.Text("workingDir"),
                StepParameter.Text("command"), StepParameter.Text("args"), StepParameter.Flag("ttyEnabled"), StepParameter.Text("shell"),
                StepParameter.Text("resourceRequestCpu"), StepParameter.Text("resourceRequestMemory"), StepParameter.Text("resourceRequestEphemeralStorage"),
                StepParameter.Text("resourceLimitCpu"), StepParameter.Text("resourceLimitMemory"), StepParameter.Text("resourceLimitEphemeralStorage"),
                StepParameter.Text("runAsUser"), StepParameter.Text("runAsGroup"), StepParameter.List("envVars"), StepParameter.List("ports"), StepParameter.Any("livenessProbe"),
            ],
            Classes = ["ContainerTemplate"],
        },
        new("portMapping") { Parameters = [StepParameter.Text("name").Required(), StepParameter.Integer("containerPort"), StepParameter.Integer("hostPort")], Classes = ["PortMapping"] },
        new("containerLivenessProbe")
        {
            Parameters =
            [
                StepParameter.Text("execArgs"), StepParameter.Integer("timeoutSeconds"), StepParameter.Integer("initialDelaySeconds"),
                StepParameter.Integer("failureThreshold"), StepParameter.Integer("periodSeconds"), StepParameter.Integer("successThreshold"),
            ],
            Classes = ["ContainerLivenessProbe"],
        },
    ];

    private static IReadOnlyList<SymbolDefinition> Variables { get; } =
    [
        new("envVar") { Parameters = KeyAndValue, Classes = ["KeyValueEnvVar"] },
        new("podEnvVar") { Parameters = KeyAndValue, Classes = ["PodEnvVar"] },
        new("containerEnvVar") { Parameters = KeyAndValue, Classes = ["ContainerEnvVar"] },
        new("secretEnvVar")
        {
            Parameters = [StepParameter.Text("key").Required(), StepParameter.Text("secretName").Required(), StepParameter.Text("secretKey").Required(), StepParameter.Flag("optional")],
            Classes = ["SecretEnvVar"],
        },
    ];

    private static IReadOnlyList<SymbolDefinition> Volumes { get; } =
    [
        new("configMapVolume") { Parameters = [MountPath, StepParameter.Text("configMapName").Required(), StepParameter.Text("subPath"), StepParameter.Flag("optional")], Classes = ["ConfigMapVolume"] },
        new("secretVolume") { Parameters = [MountPath, StepParameter.Text("secretName").Required(), StepParameter.Text("defaultMode"), StepParameter.Flag("optional")], Classes = ["SecretVolume"] },
        new("emptyDirVolume") { Parameters = [MountPath, StepParameter.Flag("memory")], Classes = ["EmptyDirVolume"] },
        new("hostPathVolume") { Parameters = [MountPath, StepParameter.Text("hostPath").Required(), ReadOnly], Classes = ["HostPathVolume"] },
        new("nfsVolume") { Parameters = [MountPath, .. Nfs], Classes = ["NfsVolume"] },
        new("persistentVolumeClaim") { Parameters = [MountPath, StepParameter.Text("claimName").Required(), ReadOnly], Classes = ["PersistentVolumeClaim"] },
    ];

    /// <summary>Of these each is a volume with <c>mountPath</c>, and without it a volume for the workspace.</summary>
    private static IReadOnlyList<SymbolDefinition> VolumesForBoth { get; } =
    [
        new("dynamicPVC") { Parameters = [MountPath, .. ClaimRequest], Classes = ["DynamicPVCVolume", "DynamicPVCWorkspaceVolume"] },
        new("genericEphemeralVolume") { Parameters = [MountPath, .. ClaimRequest], Classes = ["GenericEphemeralVolume", "GenericEphemeralWorkspaceVolume"] },
    ];

    private static IReadOnlyList<SymbolDefinition> WorkspaceVolumes { get; } =
    [
        new("emptyDirWorkspaceVolume") { Parameters = [StepParameter.Flag("memory")], Main = "memory", Classes = ["EmptyDirWorkspaceVolume"] },
        new("hostPathWorkspaceVolume") { Parameters = [StepParameter.Text("hostPath").Required()], Main = "hostPath", Classes = ["HostPathWorkspaceVolume"] },
        new("nfsWorkspaceVolume") { Parameters = Nfs, Classes = ["NfsWorkspaceVolume"] },
        new("persistentVolumeClaimWorkspaceVolume") { Parameters = [StepParameter.Text("claimName").Required(), ReadOnly], Classes = ["PersistentVolumeClaimWorkspaceVolume"] },
    ];

    private static IReadOnlyList<SymbolDefinition> Retentions { get; } =
    [
        new("never") { Classes = ["Never"] },
        new("onFailure") { Classes = ["OnFailure"] },
        new("always") { Classes = ["Always"] },
        new("evicted") { Classes = ["Evicted"] },
        new("default") { Classes = ["Default"] },
    ];

    private static IReadOnlyList<SymbolDefinition> MergeStrategies { get; } = [new("merge") { Classes = ["Merge"] }, new("override") { Classes = ["Overrides", "Override"] }];

    public static IReadOnlyList<SymbolDefinition> All { get; } =
    [
        .. Containers, .. Variables, .. Volumes, .. VolumesForBoth, .. WorkspaceVolumes, .. Retentions, .. MergeStrategies,
        new("podAnnotation") { Parameters = KeyAndValue, Classes = ["PodAnnotation"] },
        new("imagePullSecret") { Parameters = [StepParameter.Text("name").Required()], Main = "name", Classes = ["PodImagePullSecret"] },
    ];

    public static IReadOnlyList<string> VariableNames { get; } = [.. Variables.Select(v => v.Name)];

    public static IReadOnlyList<string> VolumeNames { get; } = [.. Volumes.Concat(VolumesForBoth).Select(v => v.Name)];

    public static IReadOnlyList<string> WorkspaceVolumeNames { get; } = [.. WorkspaceVolumes.Concat(VolumesForBoth).Select(v => v.Name)];

    public static IReadOnlyList<string> RetentionNames { get; } = [.. Retentions.Select(r => r.Name)];

    public static IReadOnlyList<string> MergeStrategyNames { get; } = [.. MergeStrategies.Select(m => m.Name)];
}
