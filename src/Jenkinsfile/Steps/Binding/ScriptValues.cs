using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Slipway.Groovy.Runtime;

namespace Slipway.Jenkinsfile.Steps.Binding;

/// <summary>Reads and makes values of the script's world; the one place that knows how they are represented.</summary>
internal static class ScriptValues
{
    public static bool IsText(object? value, [NotNullWhen(true)] out string? text)
    {
        text = value switch
        {
            string s => s,
            GString g => g.ToString(),
            _ => null,
        };
        return text is not null;
    }

    /// <summary>The text that a script would print.</summary>
    public static string ToText(object? value) => Interpreter.Format(value);

    public static bool IsInteger(object? value, out long number)
    {
        switch (value)
        {
            case int i:
                number = i;
                return true;
            case long l:
                number = l;
                return true;
            case short s:
                number = s;
                return true;
            case byte b:
                number = b;
                return true;
            default:
                number = 0;
                return IsText(value, out var text) && long.TryParse(text.Trim(), out number);
        }
    }

    public static bool IsList(object? value, [NotNullWhen(true)] out IReadOnlyList<object?>? list)
    {
        list = value switch
        {
            GroovyList items => items,
            GroovySet set => [.. set],
            IReadOnlyList<object?> items => items,
            _ => null,
        };
        return list is not null;
    }

    /// <summary>A map with keys that are texts.</summary>
    public static bool IsMap(object? value, [NotNullWhen(true)] out IReadOnlyDictionary<string, object?>? map)
    {
        map = null;
        if (value is not GroovyMap entries)
        {
            return false;
        }

        var read = new OrderedMap();
        foreach (var (key, item) in entries)
        {
            read.Set(ToText(key), item);
        }

        map = read;
        return true;
    }

    public static GroovyList ListOf(IEnumerable<object?> items) => new(items);

    /// <summary>A map that a script cannot change.</summary>
    public static GroovyMap ReadOnlyMapOf(IEnumerable<KeyValuePair<string, object?>> entries) => MapOf(entries).AsReadOnly();

    public static GroovyMap MapOf(IEnumerable<KeyValuePair<string, object?>> entries)
    {
        var map = new GroovyMap();
        foreach (var (key, value) in entries)
        {
            map[key] = value;
        }

        return map;
    }

    /// <summary>The class that a message shows, as Jenkins does: <c>java.lang.Integer</c>.</summary>
    public static string ClassOf(object? value) => value is null ? "null" : Interpreter.TypeName(value);

    /// <summary>A dictionary that keeps the order in which a script wrote its entries.</summary>
    private sealed class OrderedMap : IReadOnlyDictionary<string, object?>
    {
        private readonly List<string> _keys = [];
        private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

        public void Set(string key, object? value)
        {
            if (!_values.ContainsKey(key))
            {
                _keys.Add(key);
            }

            _values[key] = value;
        }

        public object? this[string key] => _values[key];

        public IEnumerable<string> Keys => _keys;

        public IEnumerable<object?> Values => _keys.Select(k => _values[k]);

        public int Count => _keys.Count;

        public bool ContainsKey(string key) => _values.ContainsKey(key);

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value) => _values.TryGetValue(key, out value);

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _keys.Select(k => KeyValuePair.Create(k, _values[k])).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
