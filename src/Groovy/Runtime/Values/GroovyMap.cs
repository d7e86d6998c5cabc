using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Slipway.Groovy.Runtime;

/// <summary>
/// Every map of a script: keys in the order in which they came, whatever class of map the script asked for, so that a replayed run walks them alike.
/// Keys are equal as in Java (1 is not 1L, a GString is not a String); null is a key.
/// </summary>
public class GroovyMap : IEnumerable<KeyValuePair<object?, object?>>
{
    private const int Tombstone = -2;

    private int[] _buckets = [];
    private Entry[] _entries = [];
    private int _used;
    private int _count;
    private int _version;

    public GroovyMap()
    {
    }

    public GroovyMap(IEnumerable<KeyValuePair<object?, object?>> entries)
    {
        foreach (var (key, value) in entries)
        {
            this[key] = value;
        }
    }

    /// <summary>The Java class that the script sees.</summary>
    public string JavaClass { get; init; } = "java.util.LinkedHashMap";

    public bool IsReadOnly { get; private set; }

    public int Count => _count;

    /// <summary>What <c>withDefault</c> put in: asked for the value of a missing key, whose value is then kept.</summary>
    public object? DefaultFactory { get; set; }

    public object? this[object? key]
    {
        get => TryGetValue(key, out var value) ? value : null;
        set => Put(key, value);
    }

    public IEnumerable<object?> Keys
    {
        get
        {
            foreach (var entry in this)
            {
                yield return entry.Key;
            }
        }
    }

    public IEnumerable<object?> Values
    {
        get
        {
            foreach (var entry in this)
            {
                yield return entry.Value;
            }
        }
    }

    /// <summary>Closes this map against all further change.</summary>
    public GroovyMap AsReadOnly()
    {
        IsReadOnly = true;
        return this;
    }

    public bool ContainsKey(object? key) => Find(key) >= 0;

    public bool TryGetValue(object? key, [MaybeNullWhen(false)] out object? value)
    {
        var at = Find(key);
        if (at < 0)
        {
            value = null;
            return false;
        }

        value = _entries[at].Value;
        return true;
    }

    /// <summary>Sets a value and gives back the one before, or null.</summary>
    public virtual object? Put(object? key, object? value)
    {
        RequireWritable();
        var at = Find(key);
        if (at >= 0)
        {
            var before = _entries[at].Value;
            _entries[at].Value = value;
            return before;
        }

        Append(key, value);
        return null;
    }

    public bool Remove(object? key, out object? value)
    {
        RequireWritable();
        value = null;
        if (_count == 0)
        {
            return false;
        }

        var hash = Hash(key);
        ref var link = ref _buckets[(uint)hash % (uint)_buckets.Length];
        var previous = -1;
        for (var at = link - 1; at >= 0; at = _entries[at].Next)
        {
            if (_entries[at].Hash == hash && Equals(_entries[at].Key, key))
            {
                if (previous < 0)
                {
                    link = _entries[at].Next + 1;
                }
                else
                {
                    _entries[previous].Next = _entries[at].Next;
                }

                value = _entries[at].Value;
                _entries[at] = new Entry { Next = Tombstone };
                _count--;
                _version++;
                return true;
            }

            previous = at;
        }

        return false;
    }

    public void Clear()
    {
        RequireWritable();
        _buckets = [];
        _entries = [];
        _used = 0;
        _count = 0;
        _version++;
    }

    public IEnumerator<KeyValuePair<object?, object?>> GetEnumerator()
    {
        var version = _version;
        for (var i = 0; i < _used; i++)
        {
            if (_entries[i].Next == Tombstone)
            {
                continue;
            }

            yield return new KeyValuePair<object?, object?>(_entries[i].Key, _entries[i].Value);
            if (version != _version)
            {
                // As in Java: whoever changes a map while walking it is told, unless it was the last entry.
                for (var rest = i + 1; rest < _used; rest++)
                {
                    if (_entries[rest].Next != Tombstone)
                    {
                        throw Throw.New("java.util.ConcurrentModificationException", null);
                    }
                }

                yield break;
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override bool Equals(object? obj)
    {
        if (obj is not GroovyMap other || other.Count != Count)
        {
            return false;
        }

        RuntimeHelpers.EnsureSufficientExecutionStack();
        foreach (var (key, value) in this)
        {
            if (!other.TryGetValue(key, out var theirs) || !Equals(value, theirs))
            {
                return false;
            }
        }

        return true;
    }

    public override int GetHashCode()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var hash = 0;
        foreach (var (key, value) in this)
        {
            hash += Hash(key) ^ Hash(value);
        }

        return hash;
    }

    public override string ToString() => Formatting.ToText(this);

    /// <summary>Puts all entries in the order of their keys; a sorted map calls this after every new key.</summary>
    protected void Reorder(Comparison<object?> comparison)
    {
        var live = this.ToArray();
        Array.Sort(live, (a, b) => comparison(a.Key, b.Key));
        _buckets = [];
        _entries = [];
        _used = 0;
        _count = 0;
        foreach (var (key, value) in live)
        {
            Append(key, value);
        }
    }

    private void RequireWritable()
    {
        if (IsReadOnly)
        {
            throw Throw.New("java.lang.UnsupportedOperationException", null);
        }
    }

    private void Append(object? key, object? value)
    {
        if (_used == _entries.Length)
        {
            Grow();
        }

        var hash = Hash(key);
        ref var bucket = ref _buckets[(uint)hash % (uint)_buckets.Length];
        _entries[_used] = new Entry { Hash = hash, Key = key, Value = value, Next = bucket - 1 };
        bucket = ++_used;
        _count++;
        _version++;
    }

    private int Find(object? key)
    {
        if (_count == 0)
        {
            return -1;
        }

        var hash = Hash(key);
        if (key is string text)
        {
            for (var at = _buckets[(uint)hash % (uint)_buckets.Length] - 1; at >= 0; at = _entries[at].Next)
            {
                if (_entries[at].Hash == hash && _entries[at].Key is string other && text == other)
                {
                    return at;
                }
            }

            return -1;
        }

        for (var at = _buckets[(uint)hash % (uint)_buckets.Length] - 1; at >= 0; at = _entries[at].Next)
        {
            if (_entries[at].Hash == hash && Equals(_entries[at].Key, key))
            {
                return at;
            }
        }

        return -1;
    }

    private static int Hash(object? key) => key?.GetHashCode() ?? 0;

    // Compacts when a quarter or more is tombstones, else doubles.
    private void Grow()
    {
        var live = _entries.AsSpan(0, _used);
        var capacity = _count > _used - (_used / 4) ? Math.Max(4, _used * 2) : Math.Max(4, _used);
        var entries = new Entry[capacity];
        var buckets = new int[capacity + (capacity / 4) + 1];
        var used = 0;
        foreach (ref var entry in live)
        {
            if (entry.Next == Tombstone)
            {
                continue;
            }

            ref var bucket = ref buckets[(uint)entry.Hash % (uint)buckets.Length];
            entries[used] = entry with { Next = bucket - 1 };
            bucket = ++used;
        }

        _entries = entries;
        _buckets = buckets;
        _used = used;
    }

    private record struct Entry
    {
        public int Hash;
        public int Next;
        public object? Key;
        public object? Value;
    }
}

/// <summary>java.util.TreeMap: keys in their natural order.</summary>
public sealed class GroovySortedMap : GroovyMap
{
    private readonly Comparison<object?> _comparison;

    public GroovySortedMap(Comparison<object?>? comparison = null)
    {
        _comparison = comparison ?? Comparing.Compare;
        JavaClass = "java.util.TreeMap";
    }

    public override object? Put(object? key, object? value)
    {
        var count = Count;
        var before = base.Put(key, value);
        if (Count != count)
        {
            Reorder(_comparison);
        }

        return before;
    }
}
