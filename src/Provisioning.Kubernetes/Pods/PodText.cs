using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Provisioning.Kubernetes.Pods;

/// <summary>A pod as YAML, for people: every text in quotes, as users know it from their build logs.</summary>
internal static class PodText
{
    /// <param name="secret">Hidden wherever it occurs.</param>
    public static string Write(JsonObject pod, string secret)
    {
        var text = new StringBuilder("---\n");
        WriteMapping(pod, 0, text);
        return (secret.Length == 0 ? text : text.Replace(secret, "********")).ToString();
    }

    private static void WriteMapping(JsonObject mapping, int indent, StringBuilder text)
    {
        foreach (var (key, value) in mapping)
        {
            text.Append(' ', indent).Append(IsPlain(key) ? key : Quoted(key)).Append(':');
            WriteValue(value, indent, text);
        }
    }

    private static void WriteValue(JsonNode? value, int indent, StringBuilder text)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } mapping:
                text.Append('\n');
                WriteMapping(mapping, indent + 2, text);
                break;
            case JsonArray { Count: > 0 } sequence:
                text.Append('\n');
                foreach (var item in sequence)
                {
                    WriteItem(item, indent, text);
                }

                break;
            default:
                text.Append(' ').Append(Scalar(value)).Append('\n');
                break;
        }
    }

    private static void WriteItem(JsonNode? item, int indent, StringBuilder text)
    {
        text.Append(' ', indent).Append('-');
        if (item is JsonObject { Count: > 0 } mapping)
        {
            // The first key stands behind the dash.
            var start = text.Length;
            WriteMapping(mapping, indent + 2, text);
            text.Remove(start, indent + 1);
        }
        else
        {
            WriteValue(item, indent + 2, text);
        }
    }

    private static string Scalar(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        _ when value.GetValueKind() == JsonValueKind.String => Quoted(value.GetValue<string>()),
        _ => value.ToJsonString(),
    };

    private static bool IsPlain(string key) => key.Length > 0 && char.IsAsciiLetter(key[0]) && key.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' or '/');

    private static string Quoted(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in value)
        {
            _ = character switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                '\r' => quoted.Append("\\r"),
                _ when char.IsControl(character) => quoted.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture)),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append('"').ToString();
    }
}
