using System.Text.Json.Nodes;

namespace Slipway.Provisioning.Kubernetes.Pods;

/// <summary>A child's pod over its parent's, in raw JSON. Neither is changed; fields that are not named here are taken whole, the child's first.</summary>
public static class PodMerge
{
    public static JsonObject Combine(JsonObject? parent, JsonObject child)
    {
        var pod = Overlay(parent, child);
        if (Overlay(parent?["metadata"] as JsonObject, child["metadata"] as JsonObject) is { Count: > 0 } metadata)
        {
            JoinMaps(metadata, parent?["metadata"], child["metadata"], "labels", "annotations");
            pod["metadata"] = metadata;
        }

        var (parentSpec, childSpec) = (parent?["spec"] as JsonObject, child["spec"] as JsonObject);
        if (Overlay(parentSpec, childSpec) is not { Count: > 0 } spec)
        {
            return pod;
        }

        pod["spec"] = spec;
        JoinMaps(spec, parentSpec, childSpec, "nodeSelector", "securityContext");
        JoinLists(spec, parentSpec, childSpec, "containers", "name", CombineContainers);
        JoinLists(spec, parentSpec, childSpec, "initContainers", "name", CombineContainers);
        JoinLists(spec, parentSpec, childSpec, "volumes", "name");
        JoinLists(spec, parentSpec, childSpec, "imagePullSecrets", "name");
        JoinLists(spec, parentSpec, childSpec, "tolerations", key: null);
        return pod;
    }

    public static JsonObject CombineContainers(JsonObject parent, JsonObject child)
    {
        var container = Overlay(parent, child);
        JoinMaps(container, parent, child, "securityContext");
        JoinLists(container, parent, child, "env", "name");
        JoinLists(container, parent, child, "envFrom", key: null);
        JoinLists(container, parent, child, "volumeMounts", "mountPath");
        JoinLists(container, parent, child, "ports", "containerPort");
        if (Overlay(parent["resources"] as JsonObject, child["resources"] as JsonObject) is { Count: > 0 } resources)
        {
            JoinMaps(resources, parent["resources"], child["resources"], "requests", "limits");
            container["resources"] = resources;
        }

        return container;
    }

    /// <summary>A copy of the parent with the child's fields over it; the child's nulls and empty texts say nothing.</summary>
    private static JsonObject Overlay(JsonObject? parent, JsonObject? child)
    {
        var both = new JsonObject();
        foreach (var (name, value) in (parent ?? []).Concat(child ?? []))
        {
            if (value is not null && !(value is JsonValue text && text.TryGetValue<string>(out var said) && said.Length == 0 && both.ContainsKey(name)))
            {
                both[name] = value.DeepClone();
            }
        }

        return both;
    }

    private static void JoinMaps(JsonObject into, JsonNode? parent, JsonNode? child, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (parent?[name] is JsonObject from && child?[name] is JsonObject over)
            {
                into[name] = Overlay(from, over);
            }
        }
    }

    /// <param name="key">What makes two entries the same one; null when only equal entries are.</param>
    private static void JoinLists(JsonObject into, JsonNode? parent, JsonNode? child, string name, string? key, Func<JsonObject, JsonObject, JsonObject>? combine = null)
    {
        if (parent?[name] is not JsonArray first || child?[name] is not JsonArray second)
        {
            return;
        }

        var joined = new List<JsonNode?>();
        var places = new Dictionary<string, int>();
        foreach (var entry in first.Concat(second))
        {
            var same = (key is null ? entry : entry?[key])?.ToJsonString() ?? "";
            if (!places.TryGetValue(same, out var place))
            {
                places.Add(same, joined.Count);
                joined.Add(entry?.DeepClone());
            }
            else
            {
                joined[place] = combine is not null && joined[place] is JsonObject before && entry is JsonObject after ? combine(before, after) : entry?.DeepClone();
            }
        }

        into[name] = new JsonArray([.. joined]);
    }
}
