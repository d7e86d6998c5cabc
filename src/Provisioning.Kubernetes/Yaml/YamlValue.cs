using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Provisioning.Kubernetes.Yaml;

/// <summary>A YAML node that knows its place. Aliases are resolved; a node may therefore appear in several places of the tree.</summary>
internal abstract record YamlValue(int Line, int Column)
{
    /// <param name="IsPlain">Written without quotes or block, so that its form decides its type.</param>
    public sealed record Scalar(string Text, bool IsPlain, int Line, int Column) : YamlValue(Line, Column)
    {
        public bool IsNull => IsPlain && Text is ("" or "~" or "null" or "Null" or "NULL");
    }

    public sealed record Sequence(IReadOnlyList<YamlValue> Items, int Line, int Column) : YamlValue(Line, Column);

    public sealed record Mapping(IReadOnlyList<(Scalar Key, YamlValue Value)> Entries, int Line, int Column) : YamlValue(Line, Column);

    public JsonNode? ToJson() => this switch
    {
        Scalar scalar => ToJson(scalar),
        Sequence sequence => new JsonArray([.. sequence.Items.Select(item => item.ToJson())]),
        Mapping mapping => new JsonObject(mapping.Entries.Select(entry => KeyValuePair.Create(entry.Key.Text, entry.Value.ToJson()))),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static JsonNode? ToJson(Scalar scalar)
    {
        if (scalar.IsNull)
        {
            return null;
        }

        var text = scalar.Text;
        if (!scalar.IsPlain)
        {
            return JsonValue.Create(text);
        }

        if (text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE")
        {
            return JsonValue.Create(text[0] is 't' or 'T');
        }

        if (TryInteger(text, out var integer))
        {
            return JsonValue.Create(integer);
        }

        // Only what is spelled as a number: not "Infinity", and not a version such as "1.2.3", which does not parse.
        return (char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.')
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? JsonValue.Create(number)
                : JsonValue.Create(text);
    }

    /// <summary>YAML 1.1, as Kubernetes reads it: a leading zero means octal (file modes); YAML 1.2's <c>0o</c> is understood as well.</summary>
    public static bool TryInteger(string text, out long value)
    {
        value = 0;
        var negative = text.StartsWith('-');
        var digits = negative || text.StartsWith('+') ? text[1..] : text;
        if (digits.Length is 0 or > 20 || !char.IsAsciiDigit(digits[0]))
        {
            return false;
        }

        var parsed = digits switch
        {
            ['0', 'x', .. var hex] => long.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value),
            ['0', 'o', .. var octal] => TryOctal(octal, out value),
            ['0', _, ..] => TryOctal(digits[1..], out value),
            _ => long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value),
        };
        value = negative ? -value : value;
        return parsed;
    }

    private static bool TryOctal(string digits, out long value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7')
            {
                return false;
            }

            value = (value * 8) + (digit - '0');
        }

        return digits.Length > 0;
    }
}
