using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Configuration;

/// <summary>Kinds of volumes by their names. Configuration as Code takes the long and the short name of each.</summary>
internal static class VolumeReader
{
    public static IReadOnlyDictionary<string, Func<SettingsMap, PodVolume?>> Kinds { get; } = new Dictionary<string, Func<SettingsMap, PodVolume?>>
    {
        ["configMapVolume"] = map => new ConfigMapVolume
        {
            MountPath = MountPath(map),
            ConfigMapName = map.Required("configMapName", "the ConfigMap to mount"),
            Optional = map.Flag("optional") ?? false,
            SubPath = map.Text("subPath"),
        },
        ["secretVolume"] = map => new SecretVolume
        {
            MountPath = MountPath(map),
            SecretName = map.Required("secretName", "the Secret to mount"),
            DefaultMode = map.Text("defaultMode"),
            Optional = map.Flag("optional") ?? false,
        },
        ["emptyDirVolume"] = map => new EmptyDirVolume { MountPath = MountPath(map), Memory = map.Flag("memory") ?? false },
        ["hostPathVolume"] = map => new HostPathVolume { MountPath = MountPath(map), HostPath = HostPath(map), ReadOnly = ReadOnly(map) },
        ["nfsVolume"] = map => new NfsVolume
        {
            MountPath = MountPath(map),
            ServerAddress = map.Required("serverAddress", "the NFS server"),
            ServerPath = map.Required("serverPath", "what the NFS server shares"),
            ReadOnly = ReadOnly(map),
        },
        ["persistentVolumeClaim"] = Claim,
        ["persistentVolumeClaimVolume"] = Claim,
        ["dynamicPVC"] = Dynamic,
        ["dynamicPVCVolume"] = Dynamic,
        ["genericEphemeralVolume"] = map => new GenericEphemeralVolume { MountPath = MountPath(map), Claim = Request(map) },
    };

    public static IReadOnlyDictionary<string, Func<SettingsMap, WorkspaceVolume?>> WorkspaceKinds { get; } = Named(new Dictionary<string, Func<SettingsMap, WorkspaceVolume?>>
    {
        ["emptyDir"] = map => new EmptyDirWorkspaceVolume { Memory = map.Flag("memory") ?? false },
        ["hostPath"] = map => new HostPathWorkspaceVolume { HostPath = HostPath(map) },
        ["nfs"] = map => new NfsWorkspaceVolume
        {
            ServerAddress = map.Required("serverAddress", "the NFS server"),
            ServerPath = map.Required("serverPath", "what the NFS server shares"),
            ReadOnly = ReadOnly(map),
        },
        ["persistentVolumeClaim"] = map => new PersistentVolumeClaimWorkspaceVolume { ClaimName = map.Required("claimName", "the claim to mount"), ReadOnly = ReadOnly(map) },
        ["dynamicPVC"] = map => new DynamicPVCWorkspaceVolume { Claim = Request(map) },
        ["genericEphemeral"] = map => new GenericEphemeralWorkspaceVolume { Claim = Request(map) },
    });

    private static Dictionary<string, Func<SettingsMap, WorkspaceVolume?>> Named(Dictionary<string, Func<SettingsMap, WorkspaceVolume?>> kinds) =>
        kinds.SelectMany(kind => new[] { kind, new($"{kind.Key}WorkspaceVolume", kind.Value), new($"{kind.Key}Volume", kind.Value) }).ToDictionary();

    private static PersistentVolumeClaim Claim(SettingsMap map) => new() { MountPath = MountPath(map), ClaimName = map.Required("claimName", "the claim to mount"), ReadOnly = ReadOnly(map) };

    private static DynamicPVCVolume Dynamic(SettingsMap map) => new() { MountPath = MountPath(map), Claim = Request(map) };

    private static ClaimRequest Request(SettingsMap map) => new(
        map.Text("accessModes") is { Length: > 0 } modes ? modes : ClaimRequest.Default.AccessModes,
        map.Text("requestsSize") is { Length: > 0 } size ? size : ClaimRequest.Default.RequestsSize,
        map.Text("storageClassName"));

    private static string MountPath(SettingsMap map)
    {
        var path = map.Required("mountPath", "where the containers see the volume");
        if (path.Length > 0 && path[0] is not '/' and not '$')
        {
            map.Session.Fault(map.Place, $"{map.Path}.mountPath", $"'{path}' has to start at the root, with a slash.");
        }

        return path;
    }

    private static string HostPath(SettingsMap map) => map.Required("hostPath", "the directory of the machine");

    private static bool ReadOnly(SettingsMap map) => map.Flag("readOnly") ?? false;
}
