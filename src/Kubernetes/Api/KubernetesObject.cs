using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Kubernetes.Api;

/// <summary>
/// An object as the server sent it: the whole JSON, with the fields that no model here knows. Immutable and safe to share. (The server leaves <c>apiVersion</c> and <c>kind</c> out of the
/// items of a list.)
/// </summary>
public sealed class KubernetesObject
{
    public KubernetesObject(JsonElement json)
    {
        Json = json;
        Name = json.TextAt("metadata", "name") ?? "";
        Namespace = json.TextAt("metadata", "namespace");
        Uid = json.TextAt("metadata", "uid") ?? "";
        ResourceVersion = json.TextAt("metadata", "resourceVersion") ?? "";
    }

    public JsonElement Json { get; }

    public string Name { get; }

    /// <summary>Null for objects outside of namespaces.</summary>
    public string? Namespace { get; }

    public string Uid { get; }

    /// <summary>Opaque: equal or not, nothing else.</summary>
    public string ResourceVersion { get; }

    public ObjectKey Key => new(Namespace, Name);

    public IReadOnlyDictionary<string, string> Labels => Json.TextsAt("metadata", "labels");

    public IReadOnlyDictionary<string, string> Annotations => Json.TextsAt("metadata", "annotations");

    public DateTimeOffset? CreatedAt => Json.TimeAt("metadata", "creationTimestamp");

    /// <summary>When it is to be gone; set once its deletion was asked for.</summary>
    public DateTimeOffset? DeletionTimestamp => Json.TimeAt("metadata", "deletionTimestamp");

    public bool IsBeingDeleted => DeletionTimestamp is not null;

    /// <summary>A copy to change and send back.</summary>
    public JsonObject ToJsonObject() => JsonObject.Create(Json.Clone())!;

    public override string ToString() => $"{Key} ({ResourceVersion})";
}

/// <summary>What tells objects of one resource apart at one moment.</summary>
public readonly record struct ObjectKey(string? Namespace, string Name)
{
    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";
}

/// <summary>A kind of objects, as the API's paths name it.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Plural">Lower case: <c>pods</c>.</param>
public sealed record ResourceType(string Group, string Version, string Plural, bool IsNamespaced = true)
{
    public static ResourceType Pods { get; } = new("", "v1", "pods");
    public static ResourceType Events { get; } = new("", "v1", "events");
    public static ResourceType Secrets { get; } = new("", "v1", "secrets");
    public static ResourceType ConfigMaps { get; } = new("", "v1", "configmaps");
    public static ResourceType ResourceQuotas { get; } = new("", "v1", "resourcequotas");
    public static ResourceType PersistentVolumeClaims { get; } = new("", "v1", "persistentvolumeclaims");
    public static ResourceType ServiceAccounts { get; } = new("", "v1", "serviceaccounts");
    public static ResourceType Namespaces { get; } = new("", "v1", "namespaces", IsNamespaced: false);
    public static ResourceType Nodes { get; } = new("", "v1", "nodes", IsNamespaced: false);
    public static ResourceType Leases { get; } = new("coordination.k8s.io", "v1", "leases");

    /// <summary>As in <c>apiVersion</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <param name="namespace">Null: all namespaces.</param>
    internal string Path(string? @namespace, string? name = null, string? subresource = null)
    {
        if (!IsNamespaced && @namespace is not null)
        {
            throw new ArgumentException($"{Plural} are outside of namespaces", nameof(@namespace));
        }

        var path = new System.Text.StringBuilder(Group.Length == 0 ? $"api/{Version}/" : $"apis/{Group}/{Version}/");
        if (@namespace is not null)
        {
            path.Append("namespaces/").Append(Segment(@namespace)).Append('/');
        }

        path.Append(Plural);
        if (name is not null)
        {
            path.Append('/').Append(Segment(name));
        }

        return subresource is null ? path.ToString() : path.Append('/').Append(subresource).ToString();
    }

    /// <summary>
    /// Names can come from users, and none may lead to another path. To escape them is not enough: the API server, and what stands before it, decode a path before they take it apart. No object of
    /// Kubernetes has such a name.
    /// </summary>
    private static string Segment(string text) => KubernetesNames.IsPathSegment(text) ? Uri.EscapeDataString(text) : throw new ArgumentException($"'{text}' is no name in Kubernetes", nameof(text));
}
