using System.Globalization;
using System.Text.Json;

namespace Slipway.Kubernetes.Api;

/// <summary>Reads fields that may be absent: objects come from another program, of any version.</summary>
public static class JsonReading
{
    /// <summary>The element at the path; null where a step of it is absent or null.</summary>
    public static JsonElement? At(this JsonElement json, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out json))
            {
                return null;
            }
        }

        return json.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : json;
    }

    public static string? TextAt(this JsonElement json, params ReadOnlySpan<string> path) => json.At(path) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public static long? NumberAt(this JsonElement json, params ReadOnlySpan<string> path) =>
        json.At(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

    public static bool? FlagAt(this JsonElement json, params ReadOnlySpan<string> path) =>
        json.At(path) is { ValueKind: JsonValueKind.True or JsonValueKind.False } flag ? flag.GetBoolean() : null;

    /// <summary>RFC 3339, as Kubernetes writes times.</summary>
    public static DateTimeOffset? TimeAt(this JsonElement json, params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(json.TextAt(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value) ? value : null;

    /// <summary>Items of a list; none where it is absent.</summary>
    public static IEnumerable<JsonElement> ItemsAt(this JsonElement json, params ReadOnlySpan<string> path) =>
        json.At(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>A mapping of texts (labels, quantities); empty where it is absent.</summary>
    public static IReadOnlyDictionary<string, string> TextsAt(this JsonElement json, params ReadOnlySpan<string> path)
    {
        var texts = new Dictionary<string, string>();
        if (json.At(path) is { ValueKind: JsonValueKind.Object } mapping)
        {
            foreach (var entry in mapping.EnumerateObject())
            {
                texts[entry.Name] = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : entry.Value.GetRawText();
            }
        }

        return texts;
    }
}
