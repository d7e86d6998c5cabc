using System.Text.Json.Nodes;

namespace Slipway.Provisioning.Kubernetes.Pods;

/// <summary>Reaches into a raw pod, making what is missing on the way.</summary>
internal static class PodParts
{
    public static JsonObject Object(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child)
        {
            parent[name] = child = [];
        }

        return child;
    }

    public static JsonArray Array(JsonObject parent, string name)
    {
        if (parent[name] is not JsonArray child)
        {
            parent[name] = child = [];
        }

        return child;
    }

    public static IEnumerable<JsonObject> Containers(JsonObject pod, string kind) => pod["spec"]?[kind] is JsonArray containers ? containers.OfType<JsonObject>() : [];

    public static string Name(JsonObject part) => Text(part["name"]) ?? "";

    /// <summary>Null where there is no text, or an empty one.</summary>
    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
