using System.Text.Json.Nodes;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Pods;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Tests;

/// <summary>Calls of the corpus made on our own functions. Templates go through the reader of configuration files, so that it is tried as well.</summary>
internal sealed class CorpusCalls(JsonObject given)
{
    public static readonly IReadOnlyDictionary<string, string> Constants = new Dictionary<string, string>
    {
        ["DEFAULT_AGENT_IMAGE"] = "slipway/agent:test",
        ["PodTemplateBuilder.DEFAULT_JNLP_CONTAINER_CPU_REQUEST"] = "100m",
        ["PodTemplateBuilder.DEFAULT_JNLP_CONTAINER_MEMORY_REQUEST"] = "256Mi",
    };

    public JsonNode? Call(JsonObject call)
    {
        var args = call["args"] as JsonArray ?? [];
        return call["$call"]!.ToString() switch
        {
            "build" => Build(call),
            "combine" => Combine(args[0]!, args[1]!),
            "unwrap" => Facts.ToJson(PodTemplateInheritance.Unwrap(Template(args[0]!), [.. args[1]!.AsArray().Select(template => Template(template!))])),
            "substitute" => Substitution.Substitute(args[0]!.ToString(), args[1]!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.ToString()), args.Count > 2 ? args[2]!.ToString() : null),
            "validateLabel" => PodLabels.IsValid(args[0]!.ToString()),
            "parseFromYaml" => PodYaml.Parse(Facts.Normal(args[0], Constants)!.ToString()),
            var other => throw new InvalidOperationException($"The corpus calls '{other}', which this test does not know."),
        };
    }

    private JsonObject Build(JsonObject call)
    {
        var settings = new JsonObject((given["cloud"] as JsonObject ?? []).Concat((call["cloud"] as JsonObject) ?? []).Where(field => field.Key != "$type")
            .GroupBy(field => field.Key).Select(field => KeyValuePair.Create(field.Key, field.Last().Value?.DeepClone())));
        var cloud = Cloud(settings);
        var context = new PodContext(given["agentName"]?.ToString() ?? "jenkins-agent", given["agentSecret"]?.ToString() ?? "xxx", "owner", given["jenkinsUrl"]?.ToString() ?? "http://jenkins.example.com",
            Constants["DEFAULT_AGENT_IMAGE"], DateTimeOffset.UnixEpoch)
        {
            AgentImageRegistry = given["defaultJnlpRegistryPrefix"]?.ToString(),
            Direct = new DirectConnection("jenkins.example.com:50000", "a2V5"),
        };
        return PodBuilder.Build(Template(call["template"]!), cloud, context).Pod;
    }

    private JsonNode? Combine(JsonNode parent, JsonNode child) => Kind(parent) switch
    {
        "PodTemplate" => Facts.ToJson(PodTemplateMerge.Combine(Template(parent), Template(child))),
        "ContainerTemplate" => Facts.ToJson(PodTemplateMerge.Combine(Container(parent), Container(child))),
        "Pod" => PodMerge.Combine(Raw(parent), Raw(child)),
        "Container" => PodMerge.CombineContainers(Raw(parent), Raw(child)),
        var other => throw new InvalidOperationException($"The corpus combines '{other}', which this test does not know."),
    };

    private PodTemplate Template(JsonNode node)
    {
        if (node["$call"]?.ToString() == "combine")
        {
            return PodTemplateMerge.Combine(Template(node["args"]![0]!), Template(node["args"]![1]!));
        }

        return Cloud(new JsonObject { ["templates"] = new JsonArray(AsCode(node)) }).Templates.Single();
    }

    private ContainerTemplate Container(JsonNode node) => Cloud(new JsonObject { ["templates"] = new JsonArray(new JsonObject { ["containers"] = new JsonArray(AsCode(node)) }) }).Templates.Single().Containers.Single();

    private static KubernetesCloudSettings Cloud(JsonObject settings)
    {
        var file = new JsonObject { ["jenkins"] = new JsonObject { ["clouds"] = new JsonArray(new JsonObject { ["kubernetes"] = settings }) } };
        var read = KubernetesConfiguration.Read(file.ToJsonString(), "corpus");
        // These are parts for merging, with words in place of values, and not pods: that each setting is known and has its form is what counts.
        string[] ofForm = ["There is no", "This is missing", "has to be a list", "has to be a text", "has to be true or false", "has to be a whole number", "is none of"];
        Assert.DoesNotContain(read.Faults, fault => ofForm.Any(words => fault.Message.Contains(words, StringComparison.Ordinal)));
        return read.Clouds.Single();
    }

    private static JsonObject Raw(JsonNode node) => (JsonObject)Facts.Normal(node, Constants)!;

    private static string Kind(JsonNode node) => node["$type"]!.ToString();

    /// <summary>Objects of the corpus as a configuration file writes them.</summary>
    private static JsonNode? AsCode(JsonNode? node) => node switch
    {
        JsonArray list => new JsonArray([.. list.Select(AsCode)]),
        JsonObject file when file["$file"] is not null => Facts.Normal(file, Constants),
        JsonObject unread when unread["$unread"] is { } value => value.ToString().Split('.')[^1],
        JsonObject map => map["$type"]?.ToString() switch
        {
            null or "PodTemplate" or "ContainerTemplate" or "PodImagePullSecret" or "PortMapping" or "ToolLocation" => Fields(map),
            "merge" => "merge",
            "overrides" => "override",
            "KeyValueEnvVar" => new JsonObject { ["envVar"] = Fields(map) },
            "ToolLocationNodeProperty" => new JsonObject { ["toolLocation"] = Fields(map) },
            var type => new JsonObject { [char.ToLowerInvariant(type[0]) + type[1..]] = Fields(map) },
        },
        _ => node?.DeepClone(),
    };

    private static JsonObject Fields(JsonObject map) => new(map.Where(field => field.Key != "$type")
        .Select(field => KeyValuePair.Create(field.Key switch { "arg0" => "key", "arg1" => "home", var key => key }, AsCode(field.Value))));
}
