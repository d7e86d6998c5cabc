using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.lang.Iterable, java.util.Iterator, and what Groovy adds to both.</summary>
internal static class Iterables
{
    public static void RegisterIterator(ClassBuilder t)
    {
        t.Method("hasNext()", (_, self, _) => Box.Bool(((IteratorValue)self!).HasNext()));
        t.Method("next()", (_, self, _) => ((IteratorValue)self!).Next());
        t.Method("remove()", (_, _, _) => throw Throw.Unsupported("remove"));
        t.Method("iterator()", (_, self, _) => self);
        t.Method("toList()", (f, self, _) => Iteration.ToList(self, f));
        t.Method("size()", (_, self, _) => Box.Int(((IteratorValue)self!).Rest().Count()));
        t.Method("join(String)", (_, self, a) => string.Join((string)a[0]!, ((IteratorValue)self!).Rest().Select(Formatting.ToText)));
        t.Async("forEachRemaining(Functional)", async (f, self, a) =>
        {
            foreach (var item in ((IteratorValue)self!).Rest())
            {
                await f.CallAsync(a[0], item);
            }

            return null;
        });
    }

    public static void Register(ClassBuilder t)
    {
        t.Method("iterator()", (_, self, _) => IteratorValue.Over(self));
        t.Method("size()", (_, self, _) => Box.Int(Iteration.Of(self).Count()));
        t.Method("toList()", (f, self, _) => Iteration.ToList(self, f));
        t.Method("toSet()", (_, self, _) => new GroovySet(Iteration.Of(self)));
        t.Method("asList()", (f, self, _) => self is GroovyList ? self : Iteration.ToList(self, f));
        t.Method("asType(Class)", (_, self, a) => Coercion.As(self, (GroovyClass)a[0]!));
        t.Method("first()", (_, self, _) => FirstOf(self, "first"));
        t.Method("head()", (_, self, _) => FirstOf(self, "head"));
        t.Method("last()", (_, self, _) => Iteration.Of(self) is var items && items.Any() ? items.Last() : throw Throw.NoSuchElement("Cannot access last() element from an empty " + Kind(self)));
        t.Method("tail()", (_, self, _) => Iteration.Of(self).Any() ? Walks.Like(self, Iteration.Of(self).Skip(1)) : throw Throw.NoSuchElement("Cannot access tail() for an empty " + Kind(self)));
        t.Method("init()", (_, self, _) => Iteration.Of(self).Any() ? Walks.Like(self, Iteration.Of(self).SkipLast(1)) : throw Throw.NoSuchElement("Cannot access init() for an empty " + Kind(self)));
        t.Method("take(int)", (_, self, a) => Walks.Like(self, Iteration.Of(self).Take((int)a[0]!)));
        t.Method("drop(int)", (_, self, a) => Walks.Like(self, Iteration.Of(self).Skip((int)a[0]!)));
        t.Method("takeRight(int)", (_, self, a) => Walks.Like(self, Iteration.Of(self).TakeLast((int)a[0]!)));
        t.Method("dropRight(int)", (_, self, a) => Walks.Like(self, Iteration.Of(self).SkipLast((int)a[0]!)));
        t.Async("takeWhile(Closure)", async (f, self, a) =>
        {
            var taken = new List<object?>();
            foreach (var item in Iteration.Of(self))
            {
                if (!Truth.Of(await Walks.Call(f, a[0], item)))
                {
                    break;
                }

                taken.Add(item);
            }

            return Walks.Like(self, taken);
        });
        t.Async("dropWhile(Closure)", async (f, self, a) =>
        {
            var kept = new List<object?>();
            foreach (var item in Iteration.Of(self))
            {
                if (kept.Count > 0 || !Truth.Of(await Walks.Call(f, a[0], item)))
                {
                    kept.Add(item);
                }
            }

            return Walks.Like(self, kept);
        });
        t.Method("join()", (f, self, _) => Join(f, self, ""));
        t.Method("join(String)", (f, self, a) => Join(f, self, (string?)a[0] ?? "null"));
        t.Method("count()", (_, self, _) => Box.Int(Iteration.Of(self).Count()));
        t.Method("count(Object)", (_, self, a) =>
        {
            var wanted = a[0];
            return Box.Int(Iteration.Of(self).Count(i => Comparing.AreEqual(i, wanted)));
        });
        t.Async("count(Closure)", async (f, self, a) =>
        {
            var count = 0;
            foreach (var item in Iteration.Of(self))
            {
                count += Truth.Of(await Walks.Call(f, a[0], item)) ? 1 : 0;
            }

            return Box.Int(count);
        });
        t.Async("countBy(Closure)", async (f, self, a) =>
        {
            var counts = new GroovyMap();
            using var held = f.Hold(counts);
            foreach (var item in Iteration.Of(self))
            {
                var key = await Walks.Call(f, a[0], item);
                counts[key] = Box.Int((int)(counts[key] ?? 0) + 1);
            }

            return counts;
        });
        t.Async("sum()", (f, self, _) => SumAsync(f, Iteration.Of(self), null, false, null));
        t.Async("sum(Object)", (f, self, a) => SumAsync(f, Iteration.Of(self), a[0], true, null));
        t.Async("sum(Closure)", (f, self, a) => SumAsync(f, Iteration.Of(self), null, false, a[0]));
        t.Async("sum(Object,Closure)", (f, self, a) => SumAsync(f, Iteration.Of(self), a[0], true, a[1]));
        t.Async("average()", async (f, self, _) => Iteration.Of(self).Any() ? Numbers.Divide((await SumAsync(f, Iteration.Of(self), null, false, null))!, Box.Int(Iteration.Of(self).Count())) : null);
        t.Async("max()", (f, self, _) => Sorting.ExtremeAsync(f, Iteration.Of(self), null, 1));
        t.Async("max(Closure)", (f, self, a) => Sorting.ExtremeAsync(f, Iteration.Of(self), a[0], 1));
        t.Async("max(Comparator)", (f, self, a) => Sorting.ExtremeAsync(f, Iteration.Of(self), a[0], 1));
        t.Async("min()", (f, self, _) => Sorting.ExtremeAsync(f, Iteration.Of(self), null, -1));
        t.Async("min(Closure)", (f, self, a) => Sorting.ExtremeAsync(f, Iteration.Of(self), a[0], -1));
        t.Async("min(Comparator)", (f, self, a) => Sorting.ExtremeAsync(f, Iteration.Of(self), a[0], -1));
        t.Async("sort()", (f, self, _) => SortAsync(f, self, null, mutate: true));
        t.Async("sort(Closure)", (f, self, a) => SortAsync(f, self, a[0], mutate: true));
        t.Async("sort(Comparator)", (f, self, a) => SortAsync(f, self, a[0], mutate: true));
        t.Async("sort(boolean)", (f, self, a) => SortAsync(f, self, null, (bool)a[0]!));
        t.Async("sort(boolean,Closure)", (f, self, a) => SortAsync(f, self, a[1], (bool)a[0]!));
        t.Async("sort(boolean,Comparator)", (f, self, a) => SortAsync(f, self, a[1], (bool)a[0]!));
        t.Async("toSorted()", (f, self, _) => SortAsync(f, self, null, mutate: false));
        t.Async("toSorted(Closure)", (f, self, a) => SortAsync(f, self, a[0], mutate: false));
        t.Async("toSorted(Comparator)", (f, self, a) => SortAsync(f, self, a[0], mutate: false));
        t.Async("groupBy(Closure)", (f, self, a) => GroupAsync(f, Iteration.Of(self), [a[0]], 0));
        t.Async("groupBy(Object...)", (f, self, a) => GroupAsync(f, Iteration.Of(self), ((GroovyArray)a[0]!).Items, 0));
        t.Async("groupBy(List)", (f, self, a) => GroupAsync(f, Iteration.Of(self), [.. Iteration.Of(a[0])], 0));
        t.Method("indexed()", (_, self, _) => new GroovyMap(Iteration.Of(self).Select((item, i) => KeyValuePair.Create<object?, object?>(Box.Int(i), item))));
        t.Method("indexed(int)", (_, self, a) =>
        {
            var from = (int)a[0]!;
            return new GroovyMap(Iteration.Of(self).Select((item, i) => KeyValuePair.Create<object?, object?>(Box.Int(i + from), item)));
        });
        t.Method("withIndex()", (_, self, _) => new GroovyList(Iteration.Of(self).Select((item, i) => (object?)new GroovyList([item, Box.Int(i)]))));
        t.Method("withIndex(int)", (_, self, a) =>
        {
            var from = (int)a[0]!;
            return new GroovyList(Iteration.Of(self).Select((item, i) => (object?)new GroovyList([item, Box.Int(i + from)])));
        });
        t.Method("collate(int)", (_, self, a) => Collate(self, (int)a[0]!, (int)a[0]!, keepRest: true));
        t.Method("collate(int,boolean)", (_, self, a) => Collate(self, (int)a[0]!, (int)a[0]!, (bool)a[1]!));
        t.Method("collate(int,int)", (_, self, a) => Collate(self, (int)a[0]!, (int)a[1]!, keepRest: true));
        t.Method("collate(int,int,boolean)", (_, self, a) => Collate(self, (int)a[0]!, (int)a[1]!, (bool)a[2]!));
        t.Method("flatten()", (f, self, _) => Walks.Like(self is GroovySet ? self : null, Flatten(self, f)));
        t.Method("combinations()", (f, self, _) => Gather(f, new GroovyList(), Combinations(f, [.. Iteration.Of(self).Select(i => Iteration.Of(i is IReadOnlyCollection<object?> ? i : new GroovyList([i])).ToList())])));
        t.Async("combinations(Closure)", async (f, self, a) =>
        {
            var result = new GroovyList();
            using var held = f.Hold(result);
            foreach (var combination in Combinations(f, [.. Iteration.Of(self).Select(i => Iteration.Of(i).ToList())]))
            {
                result.Add(await f.CallAsync(a[0], combination));
            }

            return result;
        });
        t.Async("eachCombination(Closure)", async (f, self, a) =>
        {
            foreach (var combination in Combinations(f, [.. Iteration.Of(self).Select(i => Iteration.Of(i).ToList())]))
            {
                await f.CallAsync(a[0], combination);
            }

            return null;
        });
        t.Method("permutations()", (f, self, _) =>
        {
            var all = new GroovySet();
            using var held = f.Hold(all);
            foreach (var permutation in Permutations(f, [.. Iteration.Of(self)]))
            {
                all.Add(permutation);
            }

            return all;
        });
        t.Method("subsequences()", (f, self, _) =>
        {
            var all = new GroovySet();
            using var held = f.Hold(all);
            foreach (var item in Iteration.Of(self))
            {
                foreach (var known in all.ToList())
                {
                    all.Add(new GroovyList((GroovyList)known!) { item });
                    f.Charge(64);
                }

                all.Add(new GroovyList([item]));
            }

            return all;
        });
        t.Method("disjoint(Object)", (_, self, a) => Box.Bool(!Iteration.Of(self).Intersect(Iteration.Of(a[0])).Any()));
        t.Method("stream()", (_, self, _) => throw Throw.Unsupported("Streams are not available: use collect, findAll, inject and the other methods of lists themselves"));
    }

    public static async ValueTask<object?> SumAsync(Fiber fiber, IEnumerable<object?> items, object? initial, bool hasInitial, object? closure)
    {
        var sum = initial;
        var any = hasInitial;
        foreach (var item in items)
        {
            var value = closure is null ? item : await Walks.Call(fiber, closure, item);
            if (!any)
            {
                sum = value;
                any = true;
            }
            else
            {
                sum = sum is not null && value is not null && Numbers.IsNumber(sum) && Numbers.IsNumber(value) ? Numbers.Add(sum, value)
                    : sum is string text ? text + Formatting.ToText(value)
                    : await fiber.CallMethodAsync(sum, "plus", value);
            }
        }

        return sum;
    }

    public static async ValueTask<object?> SortAsync(Fiber fiber, object? self, object? order, bool mutate)
    {
        if (self is GroovyMap map)
        {
            return Walks.ToMap([], await Sorting.SortAsync(fiber, Coercion.MapEntries(map), order));
        }

        var sorted = await Sorting.SortAsync(fiber, Iteration.Of(self), order);
        if (!mutate || self is not (GroovyList or GroovyArray))
        {
            return self is GroovyArray source && !mutate ? new GroovyArray(source.ElementClass, sorted) : new GroovyList(sorted);
        }

        if (self is GroovyArray array)
        {
            sorted.CopyTo(array.Items, 0);
            return array;
        }

        var list = Lists.Writable(self);
        for (var i = 0; i < sorted.Length && i < list.Count; i++)
        {
            list[i] = sorted[i];
        }

        return list;
    }

    public static async ValueTask<object?> GroupAsync(Fiber fiber, IEnumerable<object?> items, object?[] closures, int level)
    {
        var groups = new GroovyMap();
        using var held = fiber.Hold(groups);
        if (level >= closures.Length)
        {
            return groups;
        }

        foreach (var item in items)
        {
            var key = await Walks.Call(fiber, closures[level], item);
            if (!groups.TryGetValue(key, out var group))
            {
                groups[key] = group = item is GroovyMapEntry ? new GroovyMap() : new GroovyList();
                fiber.Charge(150);
            }

            if (group is GroovyMap map)
            {
                map[((GroovyMapEntry)item!).Key] = ((GroovyMapEntry)item).Value;
            }
            else
            {
                ((GroovyList)group!).Add(item);
            }
        }

        if (level + 1 < closures.Length)
        {
            foreach (var key in groups.Keys.ToList())
            {
                groups[key] = await GroupAsync(fiber, Iteration.Of(groups[key]), closures, level + 1);
            }
        }

        return groups;
    }

    public static List<object?> Flatten(object? self, Fiber fiber)
    {
        var result = new List<object?>();
        using var held = fiber.Hold(result);
        Append(self);
        return result;

        void Append(object? items)
        {
            System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
            foreach (var item in Iteration.Of(items))
            {
                if (item is IReadOnlyCollection<object?>)
                {
                    Append(item);
                }
                else
                {
                    result.Add(item);
                    fiber.Charge(16);
                }
            }
        }
    }

    public static string Join(Fiber fiber, object? self, string separator)
    {
        var text = new System.Text.StringBuilder();
        var first = true;
        foreach (var item in Iteration.Of(self))
        {
            if (!first)
            {
                text.Append(separator);
            }

            first = false;
            text.Append(Formatting.ToText(item));
            if (text.Length > Limits.LargestText)
            {
                throw Throw.New("java.lang.OutOfMemoryError", $"The joined text is longer than {Limits.LargestText} characters");
            }
        }

        fiber.Charge(text.Length * 2L);
        return text.ToString();
    }

    private static GroovyList Gather(Fiber fiber, GroovyList into, IEnumerable<object?> items)
    {
        using var held = fiber.Hold(into);
        into.AddRange(items);
        return into;
    }

    private static object? FirstOf(object? self, string name)
    {
        foreach (var item in Iteration.Of(self))
        {
            return item;
        }

        throw Throw.NoSuchElement($"Cannot access {name}() element from an empty {Kind(self)}");
    }

    private static string Kind(object? self) => self is GroovyArray ? "Array" : self is GroovySet ? "Iterable" : "List";

    private static GroovyList Collate(object? self, int size, int step, bool keepRest)
    {
        if (size <= 0 || step <= 0)
        {
            return new GroovyList([new GroovyList(Iteration.Of(self))]);
        }

        var items = Iteration.Of(self).ToList();
        var result = new GroovyList();
        for (var at = 0; at < items.Count; at += step)
        {
            var end = Math.Min(at + size, items.Count);
            if (end - at < size && !keepRest)
            {
                break;
            }

            result.Add(new GroovyList(items[at..end]));
        }

        return result;
    }

    private static IEnumerable<object?> Combinations(Fiber fiber, List<object?>[] parts)
    {
        if (parts.Length == 0 || parts.Any(p => p.Count == 0))
        {
            yield break;
        }

        var at = new int[parts.Length];
        while (true)
        {
            fiber.Charge(56 + (parts.Length * 16));
            fiber.Work(parts.Length);
            yield return new GroovyList(parts.Select((p, i) => p[at[i]]));
            // The first position moves fastest, as in Groovy.
            var position = 0;
            while (position < parts.Length && ++at[position] == parts[position].Count)
            {
                at[position++] = 0;
            }

            if (position == parts.Length)
            {
                yield break;
            }
        }
    }

    private static IEnumerable<object?> Permutations(Fiber fiber, List<object?> items)
    {
        if (items.Count <= 1)
        {
            yield return new GroovyList(items);
            yield break;
        }

        for (var i = 0; i < items.Count; i++)
        {
            var rest = new List<object?>(items);
            rest.RemoveAt(i);
            foreach (var permutation in Permutations(fiber, rest))
            {
                fiber.Charge(56 + (items.Count * 16));
                fiber.Work(items.Count);
                yield return new GroovyList(((GroovyList)permutation!).Prepend(items[i]));
            }
        }
    }
}
