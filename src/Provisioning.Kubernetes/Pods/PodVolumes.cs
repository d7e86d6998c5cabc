using System.Text.Json.Nodes;
using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Provisioning.Kubernetes.Pods;

/// <summary>Volumes of templates as pods know them.</summary>
internal static class PodVolumes
{
    public const string Workspace = "workspace-volume";

    public static JsonObject Source(PodVolume volume, string claimName) => volume switch
    {
        ConfigMapVolume map => new() { ["configMap"] = new JsonObject { ["name"] = map.ConfigMapName, ["optional"] = map.Optional } },
        SecretVolume secret => new() { ["secret"] = Secret(secret) },
        EmptyDirVolume empty => EmptyDir(empty.Memory),
        HostPathVolume host => new() { ["hostPath"] = new JsonObject { ["path"] = host.HostPath } },
        NfsVolume nfs => Nfs(nfs.ServerAddress, nfs.ServerPath, nfs.ReadOnly),
        PersistentVolumeClaim claim => Claim(claim.ClaimName, claim.ReadOnly),
        DynamicPVCVolume => Claim(claimName, volume.ReadOnly),
        GenericEphemeralVolume generic => Ephemeral(generic.Claim),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static JsonObject Source(WorkspaceVolume? volume, string claimName) => volume switch
    {
        null => EmptyDir(false),
        EmptyDirWorkspaceVolume empty => EmptyDir(empty.Memory),
        HostPathWorkspaceVolume host => new() { ["hostPath"] = new JsonObject { ["path"] = host.HostPath } },
        NfsWorkspaceVolume nfs => Nfs(nfs.ServerAddress, nfs.ServerPath, nfs.ReadOnly),
        PersistentVolumeClaimWorkspaceVolume claim => Claim(claim.ClaimName, claim.ReadOnly),
        DynamicPVCWorkspaceVolume => Claim(claimName, readOnly: false),
        GenericEphemeralWorkspaceVolume generic => Ephemeral(generic.Claim),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static JsonObject ClaimSpec(ClaimRequest request)
    {
        var spec = new JsonObject
        {
            ["accessModes"] = new JsonArray([.. request.AccessModes.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(mode => JsonValue.Create(mode))]),
            ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = request.RequestsSize } },
        };
        if (request.StorageClassName is { Length: > 0 } storageClass)
        {
            spec["storageClassName"] = storageClass;
        }

        return spec;
    }

    private static JsonObject Secret(SecretVolume volume)
    {
        var secret = new JsonObject { ["secretName"] = volume.SecretName, ["optional"] = volume.Optional };
        if (volume.DefaultMode is { Length: > 0 } written)
        {
            secret["defaultMode"] = YamlValue.TryInteger(written.StartsWith('0') ? written : "0" + written, out var mode) && mode is >= 0 and <= 511
                ? mode
                : throw new PodTemplateException($"The volume at {volume.MountPath} has the defaultMode '{written}', which is no file mode. Write it in octal, such as 0400.");
        }

        return secret;
    }

    private static JsonObject EmptyDir(bool memory) => new() { ["emptyDir"] = memory ? new JsonObject { ["medium"] = "Memory" } : [] };

    private static JsonObject Nfs(string server, string path, bool readOnly) => new() { ["nfs"] = new JsonObject { ["server"] = server, ["path"] = path, ["readOnly"] = readOnly } };

    private static JsonObject Claim(string name, bool readOnly) => new() { ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = name, ["readOnly"] = readOnly } };

    private static JsonObject Ephemeral(ClaimRequest request) => new() { ["ephemeral"] = new JsonObject { ["volumeClaimTemplate"] = new JsonObject { ["spec"] = ClaimSpec(request) } } };
}
