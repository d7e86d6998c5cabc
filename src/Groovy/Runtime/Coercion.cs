using System.Numerics;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

/// <summary>Casts and <c>as</c>. Classes of a script, which may run a constructor, are the fiber's business.</summary>
internal static class Coercion
{
    /// <summary><c>(T) value</c>, and the assignment of a value to a variable of type T.</summary>
    public static object? Cast(object? value, GroovyClass target)
    {
        if (target is not BuiltinClass native)
        {
            return value is null || ClassTable.Of(value).IsSubclassOf(target) ? value
                : target is UserClass { IsEnum: true } @enum && value is string or GString ? EnumConstant((UserClass)target, Formatting.ToText(value))
                : throw Throw.Cast(value, target);
        }

        if (native.Key == ClassKey.Object)
        {
            return value;
        }

        if (native.Key == ClassKey.Boolean)
        {
            return value is null && !native.IsPrimitive ? null : Box.Bool(Truth.Of(value));
        }

        if (value is null)
        {
            return native.IsPrimitive && native.Key != ClassKey.Void ? throw Throw.Cast(null, target) : null;
        }

        if (native.ArrayElement is { } element)
        {
            return ToArray(value, native, element);
        }

        switch (native.Key)
        {
            case ClassKey.String:
                return value as string ?? Formatting.ToText(value);
            case ClassKey.Integer:
                return value is int ? value : Box.Int(Numbers.ToInt(RequireNumber(value, target)));
            case ClassKey.Long:
                return value is long ? value : Box.Long(Numbers.ToLong(RequireNumber(value, target)));
            case ClassKey.Short:
                return unchecked((short)Numbers.ToInt(RequireNumber(value, target)));
            case ClassKey.Byte:
                return unchecked((sbyte)Numbers.ToInt(RequireNumber(value, target)));
            case ClassKey.Double:
                return value is double ? value : Numbers.ToDouble(RequireNumber(value, target));
            case ClassKey.Float:
                return value is float ? value : (float)Numbers.ToDouble(RequireNumber(value, target));
            case ClassKey.BigInteger:
                return value is BigInteger ? value : Numbers.ToBigInteger(RequireNumber(value, target));
            case ClassKey.BigDecimal:
                return value is BigDecimal ? value : Numbers.ToBigDecimal(RequireNumber(value, target));
            case ClassKey.Number:
                return RequireNumber(value, target);
            case ClassKey.Character:
                return value switch
                {
                    char => value,
                    string or GString when Formatting.ToText(value) is [var c] => c,
                    _ when Numbers.IsNumber(value) => unchecked((char)Numbers.ToInt(value)),
                    _ => throw Throw.Cast(value, target),
                };
            case ClassKey.Functional when value is Closure:
                return value;
        }

        if (native.IsInstance(value))
        {
            return value;
        }

        return value switch
        {
            GroovyArray or GroovyRange or GroovyList when native.Key == ClassKey.Set => new GroovySet((IEnumerable<object?>)value),
            GroovyArray array when native.Key is ClassKey.List or ClassKey.Collection or ClassKey.Iterable => new GroovyList(array),
            GroovySet set when native.Key is ClassKey.List => new GroovyList(set),
            IHostObject host when host.TypeName == native.Name => value,
            string or GString when native.Key == ClassKey.Class && ClassTable.Find(Formatting.ToText(value)) is { } named => named,
            _ => throw Throw.Cast(value, target),
        };
    }

    /// <summary><c>value as T</c></summary>
    public static object? As(object? value, GroovyClass target)
    {
        if (value is null)
        {
            return target is BuiltinClass { Key: ClassKey.Boolean, IsPrimitive: true } ? Box.False : null;
        }

        if (target is BuiltinClass native)
        {
            if (value is string or GString && native.ArrayElement is null)
            {
                var text = Formatting.ToText(value);
                switch (native.Key)
                {
                    case ClassKey.Integer:
                        return Box.Int(NumberParsing.ParseInt(text.Trim()));
                    case ClassKey.Long:
                        return Box.Long(NumberParsing.ParseLong(text.Trim()));
                    case ClassKey.Double:
                        return NumberParsing.ParseDouble(text);
                    case ClassKey.Float:
                        return (float)NumberParsing.ParseDouble(text);
                    case ClassKey.BigDecimal:
                        return BigDecimal.Parse(text.Trim());
                    case ClassKey.BigInteger:
                        return NumberParsing.ParseBigInteger(text.Trim());
                    case ClassKey.List:
                        return new GroovyList(text.Select(c => (object?)Box.Text(c)));
                    case ClassKey.Set:
                        return new GroovySet(text.Select(c => (object?)Box.Text(c)));
                    case ClassKey.Pattern:
                        return PatternValue.Compile(text);
                }
            }

            switch (native.Key)
            {
                case ClassKey.List or ClassKey.Collection or ClassKey.Iterable when value is not GroovyList:
                    if (native.Name == "java.util.List" && value is GroovyRange)
                    {
                        return value;
                    }

                    return value is GroovyMap map ? new GroovyList(MapEntries(map)) : value is IEnumerable<object?> items ? new GroovyList(items) { JavaClass = native.IsInterface ? "java.util.ArrayList" : native.Name } : Cast(value, target);
                case ClassKey.List when !native.IsInterface && ((GroovyList)value).JavaClass != native.Name:
                    return new GroovyList((IEnumerable<object?>)value) { JavaClass = native.Name };
                case ClassKey.Set when value is not GroovySet || (native.Name.Contains("Tree", StringComparison.Ordinal) || native.Name.Contains("Sorted", StringComparison.Ordinal)) && value is not GroovySortedSet:
                    if (value is IEnumerable<object?> members)
                    {
                        var set = native.Name is "java.util.TreeSet" or "java.util.SortedSet" ? new GroovySortedSet() : new GroovySet { JavaClass = native.Name == "java.util.HashSet" ? native.Name : "java.util.LinkedHashSet" };
                        set.AddAll(members);
                        return set;
                    }

                    break;
                case ClassKey.Map when value is GroovyMap source && native.Name is "java.util.TreeMap" or "java.util.SortedMap" && value is not GroovySortedMap:
                    var sorted = new GroovySortedMap();
                    foreach (var (key, item) in (GroovyMap)value)
                    {
                        sorted[key] = item;
                    }

                    return sorted;
                case ClassKey.Map when value is GroovyMap plain && native.Name == "java.util.HashMap":
                    return new GroovyMap(plain) { JavaClass = "java.util.HashMap" };
            }
        }

        return Cast(value, target);
    }

    public static IEnumerable<object?> MapEntries(GroovyMap map)
    {
        foreach (var (key, value) in map)
        {
            yield return new GroovyMapEntry(key, value, map);
        }
    }

    public static object EnumConstant(UserClass @enum, string name) => @enum.EnumConstants.Find(c => c.EnumName == name)
        ?? throw Throw.IllegalArgument($"No enum constant {@enum.Name}.{name}");

    private static object RequireNumber(object value, GroovyClass target) => value switch
    {
        char => Box.Int((char)value),
        string or GString when Formatting.ToText(value) is [var c] => Box.Int(c),
        _ when Numbers.IsNumber(value) => value,
        _ => throw Throw.Cast(value, target),
    };

    private static GroovyArray ToArray(object value, BuiltinClass array, GroovyClass element)
    {
        if (value is GroovyArray same && (ReferenceEquals(same.ElementClass, element) || element is BuiltinClass { Key: ClassKey.Object }))
        {
            return same;
        }

        IEnumerable<object?> items = value switch
        {
            string or GString when element is BuiltinClass { Key: ClassKey.Character } => Formatting.ToText(value).Select(c => (object?)c),
            string or GString when element is BuiltinClass { Key: ClassKey.String } => Formatting.ToText(value).Select(c => (object?)Box.Text(c)),
            IEnumerable<object?> list => list,
            _ => throw Throw.Cast(value, array),
        };
        return new GroovyArray(element, [.. items.Select(i => As(i, element))]);
    }
}
