using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>Stable sorting and choosing with comparisons that may be a script's closure.</summary>
internal static class Sorting
{
    /// <summary>In natural order, or by a closure: with one parameter it gives the key to compare, with two it compares.</summary>
    public static async ValueTask<object?[]> SortAsync(Fiber fiber, IEnumerable<object?> items, object? order)
    {
        var source = items.ToArray();
        if (source.Length < 2)
        {
            return source;
        }

        if (order is null)
        {
            fiber.Work(source.Length);
            return Natural(source, source);
        }

        if (KeyOf(order, source[0]))
        {
            var keys = new object?[source.Length];
            using var held = fiber.Hold(keys);
            for (var i = 0; i < source.Length; i++)
            {
                keys[i] = await Walks.Call(fiber, order, source[i]);
            }

            return Natural(keys, source);
        }

        return await MergeAsync(fiber, source, order);
    }

    public static async ValueTask<object?> ExtremeAsync(Fiber fiber, IEnumerable<object?> items, object? order, int sign)
    {
        object? best = null;
        object? bestKey = null;
        var first = true;
        foreach (var item in items)
        {
            if (order is null)
            {
                if (item is not null && (first || sign * Comparing.Compare(item, best) > 0))
                {
                    best = item;
                    first = false;
                }

                continue;
            }

            if (KeyOf(order, item))
            {
                var key = await Walks.Call(fiber, order, item);
                if (first || sign * Comparing.Compare(key, bestKey) > 0)
                {
                    (best, bestKey, first) = (item, key, false);
                }
            }
            else if (first || sign * await CompareAsync(fiber, order, item, best) > 0)
            {
                (best, first) = (item, false);
            }
        }

        return best;
    }

    public static async ValueTask<int> CompareAsync(Fiber fiber, object? order, object? left, object? right)
    {
        var result = order is Closure closure
            ? closure.ParameterCount == 1 ? Box.Int(Comparing.Compare(await Walks.Call(fiber, closure, left), await Walks.Call(fiber, closure, right))) : await fiber.CallAsync(closure, left, right)
            : await fiber.CallMethodAsync(order, "compare", left, right);
        return result is bool b ? (b ? 1 : 0) : Numbers.ToInt(result ?? throw Throw.NullPointer("The closure that compares two items gave null"));
    }

    private static bool KeyOf(object order, object? item) => order is Closure { ParameterCount: 1 } || (order is Closure { ParameterCount: 0 } && item is not null);

    private static object?[] Natural(object?[] keys, object?[] items)
    {
        var indexes = new int[items.Length];
        for (var i = 0; i < indexes.Length; i++)
        {
            indexes[i] = i;
        }

        // Stable because equal keys are told apart by where they stood.
        indexes.AsSpan().Sort((a, b) => Comparing.Compare(keys[a], keys[b]) is var order && order != 0 ? order : a.CompareTo(b));
        return [.. indexes.Select(i => items[i])];
    }

    private static async ValueTask<object?[]> MergeAsync(Fiber fiber, object?[] source, object order)
    {
        var from = source;
        var to = new object?[source.Length];
        for (var width = 1; width < source.Length; width *= 2)
        {
            for (var start = 0; start < source.Length; start += 2 * width)
            {
                var middle = Math.Min(start + width, source.Length);
                var end = Math.Min(start + (2 * width), source.Length);
                var left = start;
                var right = middle;
                for (var at = start; at < end; at++)
                {
                    if (left < middle && (right >= end || await CompareAsync(fiber, order, from[left], from[right]) <= 0))
                    {
                        to[at] = from[left++];
                    }
                    else
                    {
                        to[at] = from[right++];
                    }
                }
            }

            (from, to) = (to, from);
        }

        return from;
    }
}
