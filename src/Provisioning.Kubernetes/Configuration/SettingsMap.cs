using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Provisioning.Kubernetes.Configuration;

/// <summary>
/// A mapping that is read key by key. Each question makes its key known; <see cref="Close"/> tells the keys that nobody asked for, with the nearest one that is known.
/// A null value is the same as no key.
/// </summary>
internal sealed class SettingsMap(ReadSession session, YamlValue.Mapping mapping, string path)
{
    private readonly HashSet<string> _known = [];

    public ReadSession Session => session;

    public YamlValue Place => mapping;

    public string Path => path;

    public string? Text(params ReadOnlySpan<string> names) => Scalar(names, "a text") is { } found ? session.Resolve(found.Value, found.Key, out _) : null;

    public bool? Flag(params ReadOnlySpan<string> names)
    {
        if (Resolved(names, "true or false") is not { } found)
        {
            return null;
        }

        if (bool.TryParse(found.Text, out var flag))
        {
            return flag;
        }

        session.Fault(found.Value, found.Key, $"'{found.Text}' has to be true or false.");
        return null;
    }

    public int? Number(params ReadOnlySpan<string> names)
    {
        if (Resolved(names, "a number") is not { } found)
        {
            return null;
        }

        if (int.TryParse(found.Text, out var number) && number >= 0)
        {
            return number;
        }

        session.Fault(found.Value, found.Key, $"'{found.Text}' has to be a whole number from 0 to {int.MaxValue}.");
        return null;
    }

    /// <summary>A choice that is written as a text (<c>Never</c>, <c>never</c>) or as a mapping of that one key (<c>never: {}</c>).</summary>
    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        if (Find([name]) is not { } found)
        {
            return null;
        }

        var chosen = found.Value switch
        {
            YamlValue.Mapping { Entries: [var only] } => only.Key,
            YamlValue.Scalar scalar => scalar,
            _ => null,
        };
        var text = chosen is null ? "" : session.Resolve(chosen, found.Key, out var isOpen) is var resolved && isOpen ? null : resolved;
        if (text is null)
        {
            return null;
        }

        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        session.Fault(found.Value, found.Key, $"'{text}' is none of {string.Join(", ", Enum.GetNames<T>().Select(Camel))}.");
        return null;
    }

    public SettingsMap? Map(string name)
    {
        if (Find([name]) is not { } found)
        {
            return null;
        }

        return AsMap(session, found.Value, found.Key);
    }

    public List<T> Items<T>(string name, Func<SettingsMap, T?> read)
        where T : class => [.. Values(name).Select(item => AsMap(session, item.Value, item.Key)).OfType<SettingsMap>().Select(read).OfType<T>()];

    public List<string> Texts(string name)
    {
        var texts = new List<string>();
        foreach (var (key, value) in Values(name))
        {
            if (value is YamlValue.Scalar scalar)
            {
                texts.Add(session.Resolve(scalar, key, out _));
            }
            else
            {
                session.Fault(value, key, "This has to be a text.");
            }
        }

        return texts;
    }

    /// <summary>A thing of several kinds: a mapping whose one key names the kind.</summary>
    public static T? Kind<T>(SettingsMap map, string what, IReadOnlyDictionary<string, Func<SettingsMap, T?>> kinds)
        where T : class
    {
        if (map.Entries is not [var only])
        {
            map.Session.Fault(map.Place, map.Path, $"A {what} is written as one key that names its kind ({string.Join(", ", kinds.Keys)}) with its settings below.");
            return null;
        }

        var key = $"{map.Path}.{only.Key.Text}";
        if (!kinds.TryGetValue(only.Key.Text, out var read))
        {
            map.Session.Fault(only.Key, key, $"There is no {what} of this kind.{Meant(only.Key.Text, kinds.Keys)} Kinds: {string.Join(", ", kinds.Keys)}.");
            return null;
        }

        // A kind without settings may be written with nothing behind it.
        var settings = only.Value is YamlValue.Scalar { Text: "" } empty ? new YamlValue.Mapping([], empty.Line, empty.Column) : only.Value;
        return AsMap(map.Session, settings, key) is not { } inner ? null : inner.Read(read);
    }

    public T? Read<T>(Func<SettingsMap, T?> read)
        where T : class
    {
        var value = read(this);
        Close();
        if (value is not null)
        {
            session.Remember(value, this);
        }

        return value;
    }

    public string Required(string name, string whatFor)
    {
        var text = Text(name);
        if (string.IsNullOrWhiteSpace(text))
        {
            session.Fault(mapping, $"{path}.{name}", $"This is missing: {whatFor}.");
        }

        return text ?? "";
    }

    /// <summary>Points at the first of these keys that is written, else at the whole.</summary>
    public void Fault(string message, params ReadOnlySpan<string> keys)
    {
        var (at, key) = Where(keys);
        session.Fault(at, key, message);
    }

    /// <inheritdoc cref="Fault"/>
    public void Warn(string message, params ReadOnlySpan<string> keys)
    {
        var (at, key) = Where(keys);
        session.Warn(at, key, message);
    }

    public IReadOnlyList<(YamlValue.Scalar Key, YamlValue Value)> Entries => mapping.Entries;

    /// <summary>Keys that mean nothing here are faults: what is ignored in silence is found out in production.</summary>
    public void Close()
    {
        foreach (var (key, _) in mapping.Entries.Where(entry => !_known.Contains(entry.Key.Text)))
        {
            session.Fault(key, $"{path}.{key.Text}", $"There is no such setting.{Meant(key.Text, _known)}");
        }
    }

    /// <summary>The key is Jenkins', and something of ours does not do it: said with the cure instead of "no such setting".</summary>
    public void Refuse(string name, string message)
    {
        if (Find([name]) is { } found && found.Value is not YamlValue.Sequence { Items.Count: 0 })
        {
            session.Fault(found.Value, found.Key, message);
        }
    }

    public static SettingsMap? AsMap(ReadSession session, YamlValue value, string key)
    {
        if (value is YamlValue.Mapping map)
        {
            return new SettingsMap(session, map, key);
        }

        session.Fault(value, key, $"This has to be a mapping, and is {(value is YamlValue.Scalar ? "a plain text" : "a list")}.");
        return null;
    }

    internal static string Meant(string written, IEnumerable<string> known)
    {
        var (nearest, distance) = known.Select(name => (name, Distance(written.ToLowerInvariant(), name.ToLowerInvariant()))).DefaultIfEmpty(("", int.MaxValue)).MinBy(candidate => candidate.Item2);
        return distance <= Math.Max(2, written.Length / 3) ? $" Did you mean '{nearest}'?" : "";
    }

    private List<(string Key, YamlValue Value)> Values(string name)
    {
        if (Find([name]) is not { } found)
        {
            return [];
        }

        if (found.Value is YamlValue.Sequence sequence)
        {
            return [.. sequence.Items.Select((item, index) => ($"{found.Key}[{index}]", item))];
        }

        session.Fault(found.Value, found.Key, "This has to be a list: write each entry after a dash.");
        return [];
    }

    private (YamlValue.Scalar Value, string Key, string Text)? Resolved(ReadOnlySpan<string> names, string form)
    {
        if (Scalar(names, form) is not { } found)
        {
            return null;
        }

        var text = session.Resolve(found.Value, found.Key, out var isOpen).Trim();
        return isOpen || text.Length == 0 ? null : (found.Value, found.Key, text);
    }

    private (YamlValue.Scalar Value, string Key)? Scalar(ReadOnlySpan<string> names, string form)
    {
        if (Find(names) is not { } found)
        {
            return null;
        }

        if (found.Value is YamlValue.Scalar scalar)
        {
            return (scalar, found.Key);
        }

        session.Fault(found.Value, found.Key, $"This has to be {form}, and is {(found.Value is YamlValue.Mapping ? "a mapping" : "a list")}.");
        return null;
    }

    private (YamlValue Value, string Key)? Find(ReadOnlySpan<string> names)
    {
        (YamlValue Value, string Key)? found = null;
        foreach (var name in names)
        {
            _known.Add(name);
            var value = mapping.Entries.FirstOrDefault(entry => entry.Key.Text == name).Value;
            if (found is null && value is not null and not YamlValue.Scalar { IsNull: true })
            {
                found = (value, $"{path}.{name}");
            }
        }

        return found;
    }

    private (YamlValue At, string Key) Where(ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (mapping.Entries.FirstOrDefault(entry => entry.Key.Text == key).Value is { } written)
            {
                return (written, $"{path}.{key}");
            }
        }

        return (mapping, keys.Length > 0 ? $"{path}.{keys[0]}" : path);
    }

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
