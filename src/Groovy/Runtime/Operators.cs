using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

/// <summary>Operators that need nothing of the fiber.</summary>
internal static class Operators
{
    public static bool AreIdentical(object? left, object? right) => ReferenceEquals(left, right)
        || (left is not null && right is not null && left.GetType() == right.GetType() && left is int or bool or char or long or string && left.Equals(right));

    public static MatcherValue Find(object? text, object? pattern, Interpreter interpreter) => PatternValue.Of(pattern, interpreter.Limits.RegexMatch).Matcher(TextOf(text));

    public static bool Matches(object? text, object? pattern) => text is not null && PatternValue.Of(pattern, Fiber.Current?.Interpreter.Limits.RegexMatch ?? Limits.Default.RegexMatch).Matches(TextOf(text));

    public static void Spread(GroovyList into, object? items, Fiber fiber)
    {
        switch (items)
        {
            case null:
                into.Add(null);
                break;
            case IReadOnlyCollection<object?> list:
                fiber.Charge(list.Count * 16L);
                into.AddRange(list);
                break;
            case GroovyMap map:
                into.AddRange(Coercion.MapEntries(map));
                break;
            case IteratorValue iterator:
                while (iterator.HasNext())
                {
                    into.Add(iterator.Next());
                }

                break;
            default:
                throw Throw.IllegalArgument($"cannot spread the type {ClassTable.NameOf(items)} with value {Formatting.ToSafeText(items)}");
        }
    }

    public static void Spread(GroovyMap into, object? items)
    {
        switch (items)
        {
            case null:
                break;
            case GroovyMap map:
                foreach (var (key, value) in map)
                {
                    into.Put(key, value);
                }

                break;
            default:
                throw Throw.IllegalArgument($"cannot spread the type {ClassTable.NameOf(items)} as a map");
        }
    }

    public static GroovyException ToThrow(object? value) => value switch
    {
        ThrowableValue throwable => new GroovyException(throwable),
        UserObject { NativeSelf: ThrowableValue throwable } => new GroovyException(throwable),
        null => Throw.NullPointer("Cannot throw null"),
        _ => Throw.Cast(value, ClassTable.Find("java.lang.Throwable")!),
    };

    public static GroovyArray NewArray(Fiber fiber, GroovyClass element, ReadOnlySpan<object?> sizes)
    {
        var length = Numbers.ToInt(sizes[0] ?? throw Throw.NullPointer("The size of an array cannot be null"));
        if (length < 0)
        {
            throw Throw.New("java.lang.NegativeArraySizeException", length.ToString());
        }

        fiber.Charge(24 + (8L * length));
        var items = new object?[length];
        if (sizes.Length > 1)
        {
            GroovyClass inner = element;
            for (var i = 1; i < sizes.Length; i++)
            {
                inner = ClassTable.ArrayOf(inner);
            }

            for (var i = 0; i < length; i++)
            {
                items[i] = NewArray(fiber, element, sizes[1..]);
            }

            return new GroovyArray(inner, items);
        }

        if (Interpreter.DefaultOf(element) is { } zero)
        {
            Array.Fill(items, zero);
        }

        return new GroovyArray(element, items);
    }

    private static string TextOf(object? value) => value is null ? "null" : Formatting.ToText(value);
}
