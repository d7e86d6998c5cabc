using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Provisioning.Kubernetes.Tests;

/// <summary>Facts of the corpus: a path into a result, an operator, a value.</summary>
internal static class Facts
{
    /// <returns>Null if the fact holds, else what was found instead.</returns>
    public static string? Check(JsonNode? result, string path, string op, JsonNode? value, IReadOnlyDictionary<string, string> constants)
    {
        var found = Follow(result, path);
        var expected = Normal(value, constants);
        var items = found as JsonArray ?? [];
        var list = expected is JsonArray { Count: 1 } outer && outer[0] is JsonArray inner ? inner : expected as JsonArray;
        var holds = op switch
        {
            "equals" => Same(found, expected),
            "equalsQuantity" => found?.ToString() == expected?.ToString(),
            "isTrue" => found is JsonValue yes && yes.ToString() == "true",
            "isFalse" => found is JsonValue no && no.ToString() == "false",
            "isNull" => found is null,
            "isNotNull" => found is not null,
            "empty" => found is null or JsonArray { Count: 0 },
            "anEmptyMap" => found is null or JsonObject { Count: 0 },
            "hasSize" => items.Count == (int)list![0]!,
            "hasEntry" => found is JsonObject map && Same(map[list![0]!.ToString()], list[1]),
            "contains" => items.Count == (list?.Count ?? 1) && (list is null ? Matches(items[0], expected) : items.Zip(list).All(pair => Matches(pair.First, pair.Second))),
            "containsInAnyOrder" => items.Count == list!.Count && list.All(wanted => items.Any(item => Matches(item, wanted))),
            "hasItems" => list!.All(wanted => items.Any(item => Matches(item, wanted))),
            "everyItem" => items.All(item => list!.All(wanted => Matches(item, wanted))),
            "instanceOf" => found?["$type"]?.ToString() == value![0]!["$class"]!.ToString(),
            _ => throw new InvalidOperationException($"The corpus uses the operator '{op}', which this test does not know."),
        };
        return holds ? null : found?.ToJsonString() ?? "nothing";
    }

    /// <summary>A model as JSON, with the names that the corpus uses and the kind in <c>$type</c>.</summary>
    public static JsonNode? ToJson(object? model) => model switch
    {
        null => null,
        JsonNode node => node,
        string or bool or int or long => JsonSerializer.SerializeToNode(model),
        Enum choice => JsonValue.Create(choice.ToString()),
        IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(ToJson)]),
        _ => new JsonObject(model.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => KeyValuePair.Create(JsonNamingPolicy.CamelCase.ConvertName(property.Name), ToJson(property.GetValue(model))))
            .Append(KeyValuePair.Create("$type", (JsonNode?)model.GetType().Name))),
    };

    private static JsonNode? Follow(JsonNode? node, string path)
    {
        foreach (Match step in Regex.Matches(path, """\["(?<key>[^"]+)"\]|\[\*\](?<all>)|\[(?<field>\w+)(?<not>!?)=(?<text>[^\]]*)\]|\[(?<index>\d+)\]|\.?contains\("(?<has>[^"]*)"\)|\.?(?<name>\w+)""", RegexOptions.None, TimeSpan.FromSeconds(1)))
        {
            var isMany = node is JsonArray { Count: > 0 } && step.Groups["name"].Success && step.Groups["name"].Value is not ("size" or "exists" or "contains");
            node = step switch
            {
                _ when step.Groups["key"].Success => node?[step.Groups["key"].Value],
                _ when step.Groups["all"].Success => node,
                _ when step.Groups["has"].Success => node is JsonArray list && list.Any(item => item?.ToString() == step.Groups["has"].Value),
                _ when step.Groups["not"].Length > 0 => new JsonArray([.. Where(step, wanted: false).Select(item => item?.DeepClone())]),
                _ when step.Groups["field"].Success => Where(step, wanted: true).FirstOrDefault(),
                _ when step.Groups["index"].Success => node is JsonArray array && array.Count > int.Parse(step.Groups["index"].Value) ? array[int.Parse(step.Groups["index"].Value)] : null,
                _ when isMany => new JsonArray([.. ((JsonArray)node!).SelectMany(item => item?[step.Groups["name"].Value] is JsonArray some ? some.ToArray() : [item?[step.Groups["name"].Value]]).Select(item => item?.DeepClone())]),
                _ => step.Groups["name"].Value switch
                {
                    "size" => node is JsonArray sized ? sized.Count : 0,
                    "exists" => node is not null,
                    "contains" => node,
                    var name => node is JsonObject map ? map[name] : null,
                },
            };
        }

        return node;

        IEnumerable<JsonNode?> Where(Match step, bool wanted) => (node as JsonArray ?? []).Where(item => item?[step.Groups["field"].Value]?.ToString() == step.Groups["text"].Value == wanted);
    }

    private static bool Matches(JsonNode? item, JsonNode? wanted) => wanted is not JsonObject { Count: 2 } matcher || matcher["match"] is null
        ? Same(item, wanted)
        : matcher["match"]!.ToString() switch
        {
            "equalTo" => Same(item, matcher["args"]![0]),
            "not" => !Matches(item, matcher["args"]![0]),
            "isIn" => matcher["args"]![0]!.AsArray().Any(one => Same(item, one)),
            var other => throw new InvalidOperationException($"The corpus uses the matcher '{other}', which this test does not know."),
        };

    private static bool Same(JsonNode? found, JsonNode? expected) => (found, expected) switch
    {
        (not null, JsonObject any) when any.ContainsKey("$unread") => true,
        (JsonObject left, JsonObject right) => left.Where(field => field.Key != "$type" && field.Value is not null).Select(field => field.Key).Order().SequenceEqual(right.Select(field => field.Key).Order())
            && right.All(field => Same(left[field.Key], field.Value)),
        (JsonArray left, JsonArray right) => left.Count == right.Count && left.Zip(right).All(pair => Same(pair.First, pair.Second)),
        (JsonValue left, JsonValue right) => right.ToString() is var text && text.Contains("<any>", StringComparison.Ordinal)
            ? Regex.IsMatch(left.ToString(), $"^{Regex.Escape(text).Replace("<any>", ".+", StringComparison.Ordinal)}$", RegexOptions.None, TimeSpan.FromSeconds(1))
            : left.ToJsonString() == right.ToJsonString(),
        _ => found is null && expected is null,
    };

    /// <summary>Without the types and nulls of the Java client, and with constants for their values.</summary>
    public static JsonNode? Normal(JsonNode? node, IReadOnlyDictionary<string, string> constants) => node switch
    {
        JsonObject constant when constant["$const"] is { } name => constants[name.ToString()],
        JsonObject file when file["$file"] is { } name => Corpus.TextOf(name.ToString()),
        JsonObject { Count: <= 2 } quantity when quantity["$type"]?.ToString() == "Quantity" => quantity["amount"]?.DeepClone(),
        JsonObject map => new JsonObject(map.Where(field => field.Key != "$type")
            .Select(field => KeyValuePair.Create(field.Key switch { "arg0" => "key", "arg1" => "home", var key => key }, Normal(field.Value, constants)))
            .Where(field => field.Value is not null)),
        JsonArray list => new JsonArray([.. list.Select(item => Normal(item, constants))]),
        _ => node?.DeepClone(),
    };
}
