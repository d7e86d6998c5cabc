using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Provisioning.Kubernetes.Configuration;

namespace Slipway.Provisioning.Kubernetes.Failures;

/// <summary>
/// An API server drops fields that it does not know, without a word: a <c>containrs</c> is found out only by what is missing later. Which fields those are is told by what it gives back, so that no list of ours
/// grows old. Pure.
/// </summary>
internal static class DroppedFields
{
    private static readonly string[] Items = ["name", "mountPath", "containerPort", "key"];

    /// <summary>What a server changes by itself.</summary>
    private static readonly HashSet<string> OfServer = ["creationTimestamp", "resourceVersion", "uid", "selfLink", "managedFields", "generation", "status"];

    /// <summary>Only to tell what was probably meant.</summary>
    private static readonly string[] Known =
    [
        "metadata", "spec", "labels", "annotations", "namespace", "containers", "initContainers", "volumes", "nodeSelector", "nodeName", "tolerations", "affinity", "serviceAccountName", "automountServiceAccountToken",
        "securityContext", "imagePullSecrets", "hostNetwork", "hostAliases", "hostPID", "hostIPC", "hostname", "subdomain", "dnsPolicy", "dnsConfig", "priorityClassName", "restartPolicy", "runtimeClassName", "schedulerName",
        "shareProcessNamespace", "terminationGracePeriodSeconds", "activeDeadlineSeconds", "topologySpreadConstraints", "enableServiceLinks", "readinessGates", "overhead", "preemptionPolicy",
        "name", "image", "imagePullPolicy", "command", "args", "workingDir", "env", "envFrom", "ports", "resources", "requests", "limits", "volumeMounts", "volumeDevices", "livenessProbe", "readinessProbe", "startupProbe",
        "lifecycle", "stdin", "stdinOnce", "tty", "terminationMessagePath", "terminationMessagePolicy", "value", "valueFrom", "secretKeyRef", "configMapKeyRef", "fieldRef", "mountPath", "subPath", "readOnly", "emptyDir",
        "configMap", "secret", "hostPath", "persistentVolumeClaim", "claimName", "secretName", "sizeLimit", "medium", "privileged", "runAsUser", "runAsGroup", "runAsNonRoot", "fsGroup", "capabilities",
        "allowPrivilegeEscalation", "readOnlyRootFilesystem", "seccompProfile", "supplementalGroups", "containerPort", "hostPort", "protocol",
    ];

    /// <returns>A line for each, for the build's log.</returns>
    public static IReadOnlyList<string> Describe(JsonObject sent, JsonElement taken)
    {
        var paths = new List<string>();
        Compare(sent, taken, "", paths);
        return [.. paths.Select(path => $"WARNING: Kubernetes has dropped '{path}' from the pod: it knows no such field there, or it is switched off in this cluster.{SettingsMap.Meant(path[(path.LastIndexOf('.') + 1)..], Known)}")];
    }

    private static void Compare(JsonObject sent, JsonElement taken, string path, List<string> dropped)
    {
        foreach (var (name, value) in sent.Where(entry => !OfServer.Contains(entry.Key) && IsSomething(entry.Value)))
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (!taken.TryGetProperty(name, out var kept))
            {
                dropped.Add(at);
            }
            else if (value is JsonObject inner && kept.ValueKind == JsonValueKind.Object)
            {
                Compare(inner, kept, at, dropped);
            }
            else if (value is JsonArray list && kept.ValueKind == JsonValueKind.Array)
            {
                CompareItems(list, kept, at, dropped);
            }
        }
    }

    private static void CompareItems(JsonArray sent, JsonElement taken, string path, List<string> dropped)
    {
        foreach (var item in sent.OfType<JsonObject>())
        {
            // Admission may put others among them, so that places mean nothing.
            if (Array.Find(Items, item.ContainsKey) is { } key && taken.EnumerateArray().FirstOrDefault(other => other.ValueKind == JsonValueKind.Object && other.TryGetProperty(key, out var same) && same.ToString() == item[key]?.ToString()) is { ValueKind: JsonValueKind.Object } kept)
            {
                Compare(item, kept, $"{path}[{item[key]}]", dropped);
            }
        }
    }

    /// <summary>Nothing, false, zero and empty things are left out by the server as by us.</summary>
    private static bool IsSomething(JsonNode? value) => value switch
    {
        null => false,
        JsonObject mapping => mapping.Count > 0,
        JsonArray list => list.Count > 0,
        _ => value.GetValueKind() switch
        {
            JsonValueKind.False or JsonValueKind.Null => false,
            JsonValueKind.String => value.GetValue<string>().Length > 0,
            JsonValueKind.Number => value.ToJsonString() != "0",
            _ => true,
        },
    };
}
