using System.Collections;
using System.Numerics;

namespace Slipway.Groovy.Runtime;

/// <summary><c>a..b</c>: an immutable list of the values from one end to the other, computed when asked for.</summary>
public sealed class GroovyRange : IReadOnlyList<object?>
{
    private readonly long _first;
    private readonly int _step;
    private readonly Func<long, object?> _value;

    private GroovyRange(object? from, object? to, long first, long last, bool isEmpty, Func<long, object?> value, string javaClass)
    {
        JavaClass = javaClass;
        _first = first;
        _step = last < first ? -1 : 1;
        _value = value;
        var length = isEmpty ? 0 : Math.Abs(last - first) + 1;
        Count = length <= int.MaxValue ? (int)length : throw Throw.New("java.lang.IllegalArgumentException", "The range has more than 2147483647 items");
        IsReverse = _step < 0;
        From = IsReverse && Count > 0 ? to : from;
        To = IsReverse && Count > 0 ? from : to;
    }

    /// <summary>The smaller end.</summary>
    public object? From { get; }

    /// <summary>The larger end.</summary>
    public object? To { get; }

    public bool IsReverse { get; }

    public int Count { get; }

    /// <inheritdoc cref="GroovyList.JavaClass"/>
    public string JavaClass { get; }

    /// <summary>The ends as whole numbers where the range is one of ints: an index range.</summary>
    public bool IsNumeric => JavaClass is "groovy.lang.IntRange" or "groovy.lang.EmptyRange" || From is int or long;

    /// <summary>Written with <c>..&lt;</c>; an index range keeps this because <c>1..&lt;-1</c> reads from the end.</summary>
    public bool IsExclusive { get; private init; }

    /// <summary>The ends as they were written, for indexing.</summary>
    public (long From, long To) Written { get; private init; }

    public object? this[int index] => index >= 0 && index < Count ? _value(_first + ((long)index * _step)) : throw Throw.IndexOutOfBounds(index, Count);

    public static GroovyRange Create(object? from, object? to, bool exclusive)
    {
        if (from is null || to is null)
        {
            throw Throw.New("java.lang.IllegalArgumentException", "Must specify a non-null value for the 'from' index in a Range");
        }

        if (from is int or short or sbyte or long or BigInteger && to is int or short or sbyte or long or BigInteger)
        {
            var big = from is long or BigInteger || to is long or BigInteger;
            var first = (long)Numbers.ToBigInteger(from);
            var last = (long)Numbers.ToBigInteger(to);
            var empty = false;
            var written = (first, last);
            if (exclusive)
            {
                empty = first == last;
                last -= first <= last ? 1 : -1;
                if (empty)
                {
                    last = first;
                }
            }

            object? Make(long value) => big ? (from is BigInteger ? new BigInteger(value) : Box.Long(value)) : Box.Int((int)value);
            return new GroovyRange(Make(first), Make(last), first, last, empty, Make, empty ? "groovy.lang.EmptyRange" : big ? "groovy.lang.ObjectRange" : "groovy.lang.IntRange")
            {
                IsExclusive = exclusive,
                Written = written,
            };
        }

        if (Numbers.IsNumber(from) && Numbers.IsNumber(to))
        {
            var start = Numbers.ToBigDecimal(from);
            var end = Numbers.ToBigDecimal(to);
            var up = start.CompareTo(end) <= 0;
            var steps = (long)(up ? end.Subtract(start) : start.Subtract(end)).ToBigInteger();
            if (exclusive && start.Add(BigDecimal.FromInteger(up ? steps : -steps)).CompareTo(end) == 0)
            {
                steps--;
            }

            object? Decimal(long offset) => Numbers.Add(from, Box.Int((int)offset));
            return new GroovyRange(from, steps < 0 ? from : Decimal(up ? steps : -steps), 0, up ? steps : -steps, steps < 0, Decimal, "groovy.lang.ObjectRange");
        }

        var left = Formatting.ToText(from);
        var right = Formatting.ToText(to);
        if (left.Length == 1 && right.Length == 1)
        {
            long first = left[0];
            long last = right[0];
            var empty = exclusive && first == last;
            if (exclusive && !empty)
            {
                last -= first < last ? 1 : -1;
            }

            Func<long, object?> value = from is char ? v => (char)v : v => ((char)v).ToString();
            return new GroovyRange(value(first), value(last), first, last, empty, value, empty ? "groovy.lang.EmptyRange" : "groovy.lang.ObjectRange");
        }

        // Longer strings count in their last character, as String.next() does.
        if (left.Length == right.Length && left[..^1] == right[..^1])
        {
            var stem = left[..^1];
            long first = left[^1];
            long last = right[^1] - (exclusive ? Math.Sign(right[^1] - left[^1]) : 0);
            return new GroovyRange(left, stem + (char)last, first, last, exclusive && left == right, v => stem + (char)v, "groovy.lang.ObjectRange");
        }

        throw Throw.New("java.lang.IllegalArgumentException", $"Incompatible Strings for Range: {Formatting.ToText(from)} and {Formatting.ToText(to)}. Both must be of the same length and differ in the last character only, or be numbers.");
    }

    /// <summary>Whether a value lies between the ends; unlike membership of a list this needs no walk.</summary>
    public bool ContainsWithinBounds(object? value)
    {
        if (Count == 0 || value is null)
        {
            return false;
        }

        return Comparing.TryCompare(From, value, out var low) && low <= 0 && Comparing.TryCompare(value, To, out var high) && high <= 0;
    }

    public IEnumerator<object?> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return _value(_first + ((long)i * _step));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override bool Equals(object? obj)
    {
        if (obj is not IReadOnlyList<object?> other || obj is GroovyArray || other.Count != Count)
        {
            return false;
        }

        return this.SequenceEqual(other);
    }

    public override int GetHashCode() => SequenceHash.Of(this);

    public override string ToString() => Count == 0
        ? Formatting.ToText(From) + ".." + (IsExclusive ? "<" : "") + Formatting.ToText(To)
        : IsReverse ? Formatting.ToText(To) + ".." + Formatting.ToText(From) : Formatting.ToText(From) + ".." + Formatting.ToText(To);
}
