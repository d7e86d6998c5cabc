using System.Runtime.CompilerServices;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

/// <summary>Groovy's <c>==</c>, <c>&lt;=&gt;</c> and truth, which look at values across their classes.</summary>
internal static class Comparing
{
    /// <summary><c>==</c></summary>
    public static bool AreEqual(object? left, object? right)
    {
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        if (left is null || right is null)
        {
            return false;
        }

        if (left is string a && right is string b)
        {
            return a == b;
        }

        if (IsNumberLike(left) && IsNumberLike(right))
        {
            return left is char && right is char ? (char)left == (char)right : Numbers.Compare(left, right) == 0;
        }

        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (left)
        {
            case string or GString:
                return right is string or GString or char ? Formatting.ToText(left) == Formatting.ToText(right)
                    : Numbers.IsNumber(right) && Formatting.ToText(left) is { Length: 1 } one && Numbers.Compare((object)one[0], right) == 0;
            case char c:
                return right is string or GString && Formatting.ToText(right) is [var only] && only == c;
            case GroovyMap map:
                return right is GroovyMap other && MapsEqual(map, other);
            case GroovySet set:
                return right is GroovySet otherSet && set.Count == otherSet.Count && SetsEqual(set, otherSet);
            case IReadOnlyList<object?> list:
                return right is IReadOnlyList<object?> otherList && ListsEqual(list, otherList);
            case UserObject user when user.Class.HasMethod("compareTo") && !user.Class.IsEnum && user.Class.IsSubclassOf(ClassTable.Comparable):
                return right is UserObject && Fiber.Current is { } fiber && fiber.CallMethodSync(user, "compareTo", right) is { } order && Numbers.ToInt(order) == 0;
            default:
                if (Numbers.IsNumber(left) && right is string or GString && Formatting.ToText(right) is [var single])
                {
                    return Numbers.Compare(left, single) == 0;
                }

                return left.Equals(right);
        }
    }

    /// <summary><c>&lt;=&gt;</c>; what has no order between them is an error.</summary>
    public static int Compare(object? left, object? right) => TryCompare(left, right, out var order)
        ? order
        : throw Throw.IllegalArgument($"Cannot compare {ClassTable.NameOf(left)} with value '{Formatting.ToSafeText(left)}' and {ClassTable.NameOf(right)} with value '{Formatting.ToSafeText(right)}'");

    public static bool TryCompare(object? left, object? right, out int order)
    {
        order = 0;
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        if (left is null || right is null)
        {
            order = left is null ? -1 : 1;
            return true;
        }

        if (IsNumberLike(left) && IsNumberLike(right))
        {
            order = Numbers.Compare(left, right);
            return true;
        }

        switch (left)
        {
            case string or GString or char when right is string or GString or char:
                order = CompareText(Formatting.ToText(left), Formatting.ToText(right));
                return true;
            case string or GString when Numbers.IsNumber(right) && Formatting.ToText(left) is [var c]:
                order = Numbers.Compare(c, right);
                return true;
            case bool a when right is bool b:
                order = a.CompareTo(b);
                return true;
            case UserObject user when user.Class.HasMethod("compareTo") && Fiber.Current is { } fiber:
                order = Numbers.ToInt(fiber.CallMethodSync(user, "compareTo", right) ?? 0);
                return true;
            case UserObject { EnumName: not null } one when right is UserObject { EnumName: not null } other && ReferenceEquals(Enums.Of(one), Enums.Of(other)):
                order = one.EnumOrdinal.CompareTo(other.EnumOrdinal);
                return true;
            case UserObject:
                return false;
            case IComparable comparable when left.GetType() == right.GetType():
                order = comparable.CompareTo(right);
                return true;
            default:
                if (Numbers.IsNumber(left) && right is string or GString && Formatting.ToText(right) is [var single])
                {
                    order = Numbers.Compare(left, single);
                    return true;
                }

                if (left is not (GroovyMap or GroovyClass) && AreEqual(left, right))
                {
                    return true;
                }

                return false;
        }
    }

    public static int CompareText(string left, string right)
    {
        var shared = Math.Min(left.Length, right.Length);
        for (var i = 0; i < shared; i++)
        {
            if (left[i] != right[i])
            {
                return left[i] - right[i];
            }
        }

        return left.Length - right.Length;
    }

    private static bool IsNumberLike(object value) => Numbers.IsNumber(value) || value is char;

    private static bool ListsEqual(IReadOnlyList<object?> left, IReadOnlyList<object?> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (var i = 0; i < left.Count; i++)
        {
            if (!AreEqual(left[i], right[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool MapsEqual(GroovyMap left, GroovyMap right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        foreach (var (key, value) in left)
        {
            if (!right.TryGetValue(key, out var other) || !AreEqual(value, other))
            {
                return false;
            }
        }

        return true;
    }

    private static bool SetsEqual(GroovySet left, GroovySet right)
    {
        foreach (var item in left)
        {
            if (!right.Contains(item) && !right.Any(other => AreEqual(item, other)))
            {
                return false;
            }
        }

        return true;
    }
}

internal static class Truth
{
    public static bool Of(object? value) => value switch
    {
        null => false,
        bool b => b,
        string s => s.Length > 0,
        int i => i != 0,
        GroovyMap map => map.Count > 0,
        IReadOnlyCollection<object?> items => items.Count > 0,
        GString text => text.ToString().Length > 0,
        long l => l != 0,
        double d => d != 0,
        BigDecimal d => d.Sign != 0,
        System.Numerics.BigInteger i => !i.IsZero,
        float f => f != 0,
        char c => c != 0,
        short s => s != 0,
        sbyte s => s != 0,
        MatcherValue matcher => matcher.Find(),
        IteratorValue iterator => iterator.HasNext(),
        UserObject user when user.Class.HasMethod("asBoolean") && Fiber.Current is { } fiber => Of(fiber.CallMethodSync(user, "asBoolean")),
        _ => true,
    };
}
