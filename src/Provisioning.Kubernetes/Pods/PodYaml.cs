using System.Text.Json.Nodes;
using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Provisioning.Kubernetes.Pods;

/// <summary>A raw pod of a template. Every field is kept, known here or not.</summary>
public static class PodYaml
{
    /// <returns>A pod that may be changed; empty for an empty text.</returns>
    /// <exception cref="PodTemplateException">Not YAML, or not a pod; with line and column.</exception>
    public static JsonObject Parse(string text)
    {
        YamlValue? document;
        try
        {
            document = YamlDocument.Read(text);
        }
        catch (YamlFaultException fault)
        {
            throw new PodTemplateException($"The pod's YAML is wrong at line {fault.Line}, column {fault.Column}: {fault.Message}", fault);
        }

        if (document is null or YamlValue.Scalar { IsNull: true })
        {
            return [];
        }

        if (document is not YamlValue.Mapping mapping)
        {
            throw new PodTemplateException($"The pod's YAML has to be a mapping with 'spec' and the like, and is {(document is YamlValue.Scalar ? "a plain text" : "a list")}.");
        }

        CheckShape(mapping);
        return (JsonObject)WithTexts(mapping, "")!;
    }

    /// <summary>What the merge and the builder walk through must have the form that Kubernetes asks for; all else is the API server's to judge.</summary>
    private static void CheckShape(YamlValue.Mapping pod)
    {
        if (Find(pod, "kind") is YamlValue.Scalar { Text: not "Pod" } kind)
        {
            throw new PodTemplateException($"The pod's YAML is wrong at line {kind.Line}, column {kind.Column}: its kind is '{kind.Text}', and has to be 'Pod'.");
        }

        var metadata = Expect<YamlValue.Mapping>(pod, "metadata", "a mapping");
        foreach (var name in (string[])["labels", "annotations"])
        {
            Expect<YamlValue.Mapping>(metadata, name, "a mapping");
        }

        Expect<YamlValue.Scalar>(metadata, "namespace", "a text");
        var spec = Expect<YamlValue.Mapping>(pod, "spec", "a mapping");
        foreach (var name in (string[])["nodeSelector", "securityContext"])
        {
            Expect<YamlValue.Mapping>(spec, name, "a mapping");
        }

        foreach (var name in (string[])["volumes", "tolerations", "imagePullSecrets"])
        {
            ExpectMappings(spec, name);
        }

        foreach (var container in ExpectMappings(spec, "containers").Concat(ExpectMappings(spec, "initContainers")))
        {
            if (Find(container, "name") is not YamlValue.Scalar { IsNull: false })
            {
                throw new PodTemplateException($"The pod's YAML is wrong at line {container.Line}, column {container.Column}: the container has no name.");
            }

            Expect<YamlValue.Mapping>(container, "securityContext", "a mapping");
            foreach (var name in (string[])["env", "envFrom", "volumeMounts", "ports"])
            {
                ExpectMappings(container, name);
            }

            var resources = Expect<YamlValue.Mapping>(container, "resources", "a mapping");
            Expect<YamlValue.Mapping>(resources, "requests", "a mapping");
            Expect<YamlValue.Mapping>(resources, "limits", "a mapping");
        }
    }

    private static IEnumerable<YamlValue.Mapping> ExpectMappings(YamlValue.Mapping? parent, string name)
    {
        var items = Expect<YamlValue.Sequence>(parent, name, "a list")?.Items ?? [];
        return items.Select(item => item as YamlValue.Mapping ?? throw Wrong(item, $"an entry of '{name}' has to be a mapping")).ToList();
    }

    private static T? Expect<T>(YamlValue.Mapping? parent, string name, string form)
        where T : YamlValue => parent is null ? null : Find(parent, name) switch
        {
            null or YamlValue.Scalar { IsNull: true } => null,
            T value => value,
            var other => throw Wrong(other, $"'{name}' has to be {form}"),
        };

    private static PodTemplateException Wrong(YamlValue at, string message) => new($"The pod's YAML is wrong at line {at.Line}, column {at.Column}: {message}.");

    private static YamlValue? Find(YamlValue.Mapping mapping, string name) => mapping.Entries.FirstOrDefault(entry => entry.Key.Text == name).Value;

    /// <summary>Numbers and truth values become texts where Kubernetes takes only texts: users write <c>value: 1</c>, and Jenkins' client let them.</summary>
    private static JsonNode? WithTexts(YamlValue value, string parent) => value switch
    {
        YamlValue.Mapping mapping => new JsonObject(mapping.Entries.Select(entry => KeyValuePair.Create(
            entry.Key.Text,
            entry.Value is YamlValue.Scalar { IsNull: false } text && IsText(parent, entry.Key.Text) ? JsonValue.Create(text.Text) : WithTexts(entry.Value, entry.Key.Text)))),
        YamlValue.Sequence sequence => new JsonArray([.. sequence.Items.Select(item =>
            item is YamlValue.Scalar { IsNull: false } text && parent is "command" or "args" ? JsonValue.Create(((YamlValue.Scalar)item).Text) : WithTexts(item, parent))]),
        _ => value.ToJson(),
    };

    private static bool IsText(string parent, string key) =>
        parent is "labels" or "annotations" or "nodeSelector" or "requests" or "limits" || (parent, key) is ("env", "value") or ("metadata", "namespace") or (_, "name" or "image");
}
