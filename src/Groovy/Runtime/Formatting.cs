using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

/// <summary>Groovy's text of a value, as <c>println</c> and strings show it.</summary>
internal static class Formatting
{
    public static string ToText(object? value) => value switch
    {
        string s => s,
        null => "null",
        bool b => b ? "true" : "false",
        int i => i.ToString(CultureInfo.InvariantCulture),
        GString g => g.ToString(),
        long l => l.ToString(CultureInfo.InvariantCulture),
        double d => JavaNumbers.Format(d),
        float f => JavaNumbers.Format(f),
        char c => Box.Text(c),
        BigInteger b => b.ToString(CultureInfo.InvariantCulture),
        GroovyRange range => Compose(text => AppendItems(text, range, range)),
        GroovyMap map => Compose(text => AppendMap(text, map)),
        IReadOnlyCollection<object?> items => Compose(text => AppendItems(text, items, items)),
        IHostObject host => host.ToString() ?? host.TypeName,
        ThrowableValue { Instance: { } instance } => instance.ToString(),
        _ => value.ToString() ?? "",
    };

    /// <summary>A text for messages that never runs code of the script.</summary>
    public static string ToSafeText(object? value) => value switch
    {
        UserObject user => user.EnumName ?? user.Class.Name + "@" + Identity.HashOf(user),
        GroovyMap map when map.Any(e => IsUnsafe(e.Key) || IsUnsafe(e.Value)) => $"a map of {map.Count}",
        IReadOnlyCollection<object?> items when items.Any(IsUnsafe) => $"a list of {items.Count}",
        GString text when text.Values.Any(v => v is Closure || IsUnsafe(v)) => "a GString",
        _ => ToText(value),
    };

    public static string Shorten(string text, int length) => text.Length <= length ? text : string.Concat(text.AsSpan(0, length), "...");

    /// <summary>What <c>inspect()</c> shows: strings in quotes.</summary>
    public static string Inspect(object? value)
    {
        switch (value)
        {
            case string:
                return "'" + ToText(value).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)
                    .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal) + "'";
            case GroovyRange range:
                return range.ToString();
            case GroovyMap map:
                RuntimeHelpers.EnsureSufficientExecutionStack();
                return map.Count == 0 ? "[:]" : "[" + string.Join(", ", map.Select(e => Inspect(e.Key) + ":" + Inspect(e.Value))) + "]";
            case IReadOnlyCollection<object?> items:
                RuntimeHelpers.EnsureSufficientExecutionStack();
                return "[" + string.Join(", ", items.Select(Inspect)) + "]";
            default:
                return ToText(value);
        }
    }

    private static bool IsUnsafe(object? value) => value is UserObject or GroovyMap or IReadOnlyCollection<object?> or GString;

    private static string Compose(Action<StringBuilder> append)
    {
        var text = new StringBuilder();
        append(text);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value, object container)
    {
        if (ReferenceEquals(value, container))
        {
            text.Append(value is GroovyMap ? "(this Map)" : "(this Collection)");
            return;
        }

        switch (value)
        {
            case GroovyMap map:
                AppendMap(text, map);
                break;
            case IReadOnlyCollection<object?> items:
                AppendItems(text, items, items);
                break;
            default:
                text.Append(ToText(value));
                break;
        }

        // Lists that hold themselves many times over grow without bound when written out.
        if (text.Length > Limits.LargestText)
        {
            throw Throw.New("java.lang.OutOfMemoryError", $"The text of this value is longer than {Limits.LargestText} characters");
        }
    }

    private static void AppendItems(StringBuilder text, IEnumerable<object?> items, object container)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        text.Append('[');
        var first = true;
        foreach (var item in items)
        {
            if (!first)
            {
                text.Append(", ");
            }

            first = false;
            Append(text, item, container);
        }

        text.Append(']');
    }

    private static void AppendMap(StringBuilder text, GroovyMap map)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (map.Count == 0)
        {
            text.Append("[:]");
            return;
        }

        text.Append('[');
        var first = true;
        foreach (var (key, value) in map)
        {
            if (!first)
            {
                text.Append(", ");
            }

            first = false;
            Append(text, key, map);
            text.Append(':');
            Append(text, value, map);
        }

        text.Append(']');
    }
}
