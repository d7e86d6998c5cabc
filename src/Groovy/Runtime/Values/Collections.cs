using System.Collections;
using System.Runtime.CompilerServices;

namespace Slipway.Groovy.Runtime;

/// <summary>Every list of a script.</summary>
public sealed class GroovyList : List<object?>
{
    public GroovyList()
    {
    }

    public GroovyList(int capacity)
        : base(capacity)
    {
    }

    public GroovyList(IEnumerable<object?> items)
        : base(items)
    {
    }

    /// <summary>The Java class that the script sees.</summary>
    public string JavaClass { get; init; } = "java.util.ArrayList";

    public bool IsReadOnly { get; init; }

    public override bool Equals(object? obj)
    {
        if (ReferenceEquals(this, obj))
        {
            return true;
        }

        if (obj is not IReadOnlyList<object?> other || obj is GroovyArray || other.Count != Count)
        {
            return false;
        }

        RuntimeHelpers.EnsureSufficientExecutionStack();
        for (var i = 0; i < Count; i++)
        {
            if (!Equals(this[i], other[i]))
            {
                return false;
            }
        }

        return true;
    }

    public override int GetHashCode() => SequenceHash.Of(this);

    public override string ToString() => Formatting.ToText(this);
}

/// <summary>Every set of a script: items in the order in which they came.</summary>
public class GroovySet : IReadOnlyCollection<object?>
{
    private readonly GroovyMap _items;

    public GroovySet()
        : this(new GroovyMap())
    {
    }

    public GroovySet(IEnumerable<object?> items)
        : this()
    {
        foreach (var item in items)
        {
            _items[item] = true;
        }
    }

    protected GroovySet(GroovyMap items) => _items = items;

    /// <inheritdoc cref="GroovyList.JavaClass"/>
    public string JavaClass { get; init; } = "java.util.LinkedHashSet";

    public bool IsReadOnly { get; init; }

    public int Count => _items.Count;

    public bool Contains(object? item) => _items.ContainsKey(item);

    public bool Add(object? item)
    {
        RequireWritable();
        if (_items.ContainsKey(item))
        {
            return false;
        }

        _items[item] = true;
        return true;
    }

    public bool AddAll(IEnumerable<object?> items)
    {
        var changed = false;
        foreach (var item in items)
        {
            changed |= Add(item);
        }

        return changed;
    }

    public bool Remove(object? item)
    {
        RequireWritable();
        return _items.Remove(item, out _);
    }

    public void Clear()
    {
        RequireWritable();
        _items.Clear();
    }

    public IEnumerator<object?> GetEnumerator() => _items.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override bool Equals(object? obj)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return obj is GroovySet other && other.Count == Count && this.All(other.Contains);
    }

    public override int GetHashCode()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var hash = 0;
        foreach (var item in this)
        {
            hash += item?.GetHashCode() ?? 0;
        }

        return hash;
    }

    public override string ToString() => Formatting.ToText(this);

    private void RequireWritable()
    {
        if (IsReadOnly)
        {
            throw Throw.New("java.lang.UnsupportedOperationException", null);
        }
    }
}

/// <summary>java.util.TreeSet.</summary>
public sealed class GroovySortedSet : GroovySet
{
    public GroovySortedSet(Comparison<object?>? comparison = null)
        : base(new GroovySortedMap(comparison)) => JavaClass = "java.util.TreeSet";
}

/// <summary>A Java array. Its element class decides what can be stored and how it prints.</summary>
public sealed class GroovyArray(GroovyClass elementClass, object?[] items) : IReadOnlyList<object?>
{
    public GroovyClass ElementClass { get; } = elementClass;

    public object?[] Items { get; } = items;

    public int Count => Items.Length;

    public object? this[int index] => Items[index];

    public IEnumerator<object?> GetEnumerator() => ((IEnumerable<object?>)Items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => Formatting.ToText(this);
}

internal static class SequenceHash
{
    public static int Of(IEnumerable<object?> items)
    {
        // Lists in lists in lists: a script decides how deep.
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var hash = 1;
        foreach (var item in items)
        {
            hash = unchecked((31 * hash) + (item?.GetHashCode() ?? 0));
        }

        return hash;
    }
}

/// <summary>A key with its value, as walking a map hands it out. Setting the value writes through to the map.</summary>
public sealed class GroovyMapEntry(object? key, object? value, GroovyMap? owner = null)
{
    public object? Key { get; } = key;

    public object? Value { get; private set; } = value;

    public object? SetValue(object? value)
    {
        var before = Value;
        Value = value;
        owner?.Put(Key, value);
        return before;
    }

    public override bool Equals(object? obj) => obj is GroovyMapEntry other && Equals(Key, other.Key) && Equals(Value, other.Value);

    public override int GetHashCode() => (Key?.GetHashCode() ?? 0) ^ (Value?.GetHashCode() ?? 0);

    public override string ToString() => Formatting.ToText(Key) + "=" + Formatting.ToText(Value);
}
