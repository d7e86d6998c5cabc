using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>Walking over whatever a script can walk over.</summary>
internal static class Iteration
{
    /// <summary>The items of a collection, the entries of a map, the characters of a text; any other value is the only item of itself.</summary>
    public static IEnumerable<object?> Of(object? value)
    {
        switch (value)
        {
            case null:
                return [];
            case IEnumerable<object?> items:
                return items;
            case GroovyMap map:
                return Coercion.MapEntries(map);
            case string text:
                return text.Select(c => (object?)Box.Text(c));
            case GString text:
                return Of(text.ToString());
            case UserObject { NativeSelf: { } native } when native is not ThrowableValue:
                return Of(native);
            case IteratorValue or UserObject or MatcherValue:
                return Walk(IteratorValue.Over(value));
            default:
                return [value];
        }
    }

    /// <summary>As Java's <c>contains</c>: 1 is not 1L, a GString is not a String.</summary>
    public static bool Contains(IEnumerable<object?> items, object? value)
    {
        switch (items)
        {
            case GroovySet set:
                return set.Contains(value);
            case GroovyRange { IsNumeric: true } range:
                return value is not null && (Numbers.IsNumber(value) || value is char) && range.ContainsWithinBounds(value) && (Numbers.IsWhole(value) || Numbers.ToBigDecimal(value).StripTrailingZeros().Scale <= 0);
        }

        foreach (var item in items)
        {
            if (Equals(item, value))
            {
                return true;
            }
        }

        return false;
    }

    public static GroovyList ToList(object? value, Fiber fiber)
    {
        var list = new GroovyList();
        var items = Of(value);
        if (items is IReadOnlyCollection<object?> known)
        {
            fiber.Charge(known.Count * 16L);
            fiber.Work(known.Count / 16);
        }

        list.AddRange(items);
        return list;
    }

    private static IEnumerable<object?> Walk(IteratorValue iterator)
    {
        while (iterator.HasNext())
        {
            yield return iterator.Next();
        }
    }
}

/// <summary>java.util.Iterator over anything.</summary>
internal sealed class IteratorValue : ILibraryValue
{
    private readonly IEnumerator<object?>? _items;
    private readonly UserObject? _user;
    private readonly GroovyList? _list;
    private bool _peeked;
    private bool _has;
    private int _index = -1;

    private IteratorValue(IEnumerator<object?>? items, UserObject? user, GroovyList? list = null)
    {
        _items = items;
        _user = user;
        _list = list;
    }

    public string JavaClass => "java.util.Iterator";

    public static IteratorValue Over(object? value)
    {
        switch (value)
        {
            case IteratorValue iterator:
                return iterator;
            case UserObject user when user.Class.HasMethod("iterator"):
                return Over(Fiber.Current!.CallMethodSync(user, "iterator"));
            case UserObject user when user.Class.HasMethod("hasNext"):
                return new IteratorValue(null, user);
            case MatcherValue matcher:
                return new IteratorValue(matcher.All().GetEnumerator(), null);
            default:
                return new IteratorValue(Iteration.Of(value).GetEnumerator(), null, value as GroovyList);
        }
    }

    public bool HasNext()
    {
        if (_user is not null)
        {
            return Truth.Of(Fiber.Current!.CallMethodSync(_user, "hasNext"));
        }

        if (!_peeked)
        {
            _has = _items!.MoveNext();
            _peeked = true;
        }

        return _has;
    }

    public object? Next()
    {
        if (_user is not null)
        {
            return Fiber.Current!.CallMethodSync(_user, "next");
        }

        if (!HasNext())
        {
            throw Throw.NoSuchElement();
        }

        _peeked = false;
        _index++;
        return _items!.Current;
    }

    /// <summary>What is left, as a walk.</summary>
    public IEnumerable<object?> Rest()
    {
        while (HasNext())
        {
            yield return Next();
        }
    }

    public override string ToString() => "java.util.Iterator@" + Identity.HashOf(this);
}
