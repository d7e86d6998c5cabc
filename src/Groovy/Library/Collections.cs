using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.util.Collection: what lists and sets share.</summary>
internal static class Collections
{
    public static void Register(ClassBuilder t)
    {
        t.Method("size()", (_, self, _) => Box.Int(C(self).Count));
        t.Method("isEmpty()", (_, self, _) => Box.Bool(C(self).Count == 0));
        t.Method("contains(Object)", (_, self, a) => Box.Bool(Iteration.Contains(C(self), a[0])));
        t.Method("containsAll(Object)", (_, self, a) =>
        {
            var items = C(self);
            return Box.Bool(Iteration.Of(a[0]).All(i => Iteration.Contains(items, i)));
        });
        t.Method("isCase(Object)", (_, self, a) => Box.Bool(Iteration.Contains(C(self), a[0])));
        t.Method("add(Object)", (f, self, a) =>
        {
            f.Charge(16);
            if (self is GroovySet set)
            {
                return Box.Bool(set.Add(a[0]));
            }

            Lists.Writable(self).Add(a[0]);
            return Box.True;
        });
        t.Method("leftShift(Object)", (f, self, a) =>
        {
            f.Charge(16);
            if (self is GroovySet set)
            {
                set.Add(a[0]);
            }
            else
            {
                Lists.Writable(self).Add(a[0]);
            }

            return self;
        });
        t.Method("addAll(Object)", (f, self, a) => Box.Bool(AddAll(f, self, Iteration.Of(a[0]))));
        t.Method("addAll(Object...)", (f, self, a) => Box.Bool(AddAll(f, self, ((GroovyArray)a[0]!).Items)));
        t.Method("removeAll(Collection)", (_, self, a) =>
        {
            var gone = Iteration.Of(a[0]).ToList();
            return Box.Bool(RemoveWhere(self, i => gone.Contains(i)));
        });
        t.Method("removeAll(Object[])", (_, self, a) =>
        {
            var gone = Iteration.Of(a[0]).ToList();
            return Box.Bool(RemoveWhere(self, i => gone.Contains(i)));
        });
        t.Method("retainAll(Collection)", (_, self, a) =>
        {
            var kept = Iteration.Of(a[0]).ToList();
            return Box.Bool(RemoveWhere(self, i => !kept.Contains(i)));
        });
        t.Async("removeAll(Closure)", (f, self, a) => RemoveAsync(f, self, a[0], remove: true));
        t.Async("removeIf(Functional)", (f, self, a) => RemoveAsync(f, self, a[0], remove: true));
        t.Async("retainAll(Closure)", (f, self, a) => RemoveAsync(f, self, a[0], remove: false));
        t.Method("clear()", (_, self, _) =>
        {
            if (self is GroovySet set)
            {
                set.Clear();
            }
            else
            {
                Lists.Writable(self).Clear();
            }

            return null;
        });
        t.Method("removeElement(Object)", (_, self, a) => Box.Bool(self is GroovySet set ? set.Remove(a[0]) : Lists.Writable(self).Remove(a[0])));
        t.Method("toArray()", (_, self, _) => new GroovyArray(ClassTable.Object, [.. C(self)]));
        t.Method("toArray(Object)", (_, self, a) => new GroovyArray(((GroovyArray)a[0]!).ElementClass, [.. C(self)]));
        t.Method("toString()", (_, self, _) => Formatting.ToText(self));
        t.Method("hashCode()", (_, self, _) => Box.Int(self!.GetHashCode()));
        t.Method("plus(Iterable)", (f, self, a) => Plus(f, self, Iteration.Of(a[0])));
        t.Method("plus(Object[])", (f, self, a) => Plus(f, self, Iteration.Of(a[0])));
        t.Method("plus(Object)", (f, self, a) => Plus(f, self, [a[0]]));
        t.Method("minus(Iterable)", (_, self, a) => Minus(self, Iteration.Of(a[0])));
        t.Method("minus(Object[])", (_, self, a) => Minus(self, Iteration.Of(a[0])));
        t.Method("minus(Object)", (_, self, a) => Minus(self, [a[0]]));
        t.Method("multiply(Number)", (f, self, a) =>
        {
            var result = new GroovyList();
            using var held = f.Hold(result);
            for (var i = Numbers.ToInt(a[0]!); i > 0; i--)
            {
                f.Charge(C(self).Count * 16L);
                f.Work(C(self).Count);
                result.AddRange(C(self));
            }

            return result;
        });
        t.Method("intersect(Iterable)", (_, self, a) =>
        {
            var other = Iteration.Of(a[0]).ToList();
            return Walks.Like(self, C(self).Where(i => other.Exists(o => Comparing.AreEqual(i, o))).Distinct());
        });
        t.Async("unique()", (f, self, _) => UniqueAsync(f, self, null, mutate: true));
        t.Async("unique(Closure)", (f, self, a) => UniqueAsync(f, self, a[0], mutate: true));
        t.Async("unique(Comparator)", (f, self, a) => UniqueAsync(f, self, a[0], mutate: true));
        t.Async("unique(boolean)", (f, self, a) => UniqueAsync(f, self, null, (bool)a[0]!));
        t.Async("unique(boolean,Closure)", (f, self, a) => UniqueAsync(f, self, a[1], (bool)a[0]!));
        t.Async("toUnique()", (f, self, _) => UniqueAsync(f, self, null, mutate: false));
        t.Async("toUnique(Closure)", (f, self, a) => UniqueAsync(f, self, a[0], mutate: false));
        t.Method("asImmutable()", (_, self, _) => ReadOnly(self));
        t.Method("asUnmodifiable()", (_, self, _) => ReadOnly(self));
        t.Method("asSynchronized()", (_, self, _) => self);
        t.Method("getIndices()", (_, self, _) => GroovyRange.Create(Box.Int(0), Box.Int(C(self).Count), exclusive: true));
        t.Method("asBoolean()", (_, self, _) => Box.Bool(C(self).Count > 0));
    }

    public static object ReadOnly(object? self) => self switch
    {
        GroovySortedSet sorted => sorted,
        GroovySet set => new GroovySet(set) { JavaClass = set.JavaClass, IsReadOnly = true },
        GroovyRange range => range,
        _ => new GroovyList(C(self)) { IsReadOnly = true },
    };

    private static IReadOnlyCollection<object?> C(object? self) => self as IReadOnlyCollection<object?> ?? (IReadOnlyCollection<object?>)((UserObject)self!).NativeSelf!;

    private static bool AddAll(Fiber fiber, object? self, IEnumerable<object?> items)
    {
        var all = items.ToList();
        fiber.Charge(all.Count * 16L);
        if (self is GroovySet set)
        {
            return set.AddAll(all);
        }

        Lists.Writable(self).AddRange(all);
        return all.Count > 0;
    }

    private static object Plus(Fiber fiber, object? self, IEnumerable<object?> items)
    {
        fiber.Charge(C(self).Count * 16L);
        fiber.Work(C(self).Count / 16);
        return Walks.Like(self, C(self).Concat(items));
    }

    private static object Minus(object? self, IEnumerable<object?> items)
    {
        var gone = items.ToList();
        return Walks.Like(self, C(self).Where(i => !gone.Exists(g => Comparing.AreEqual(g, i))));
    }

    private static bool RemoveWhere(object? self, Predicate<object?> predicate)
    {
        if (self is GroovySet set)
        {
            var gone = set.Where(i => predicate(i)).ToList();
            gone.ForEach(i => set.Remove(i));
            return gone.Count > 0;
        }

        return Lists.Writable(self).RemoveAll(predicate) > 0;
    }

    private static async ValueTask<object?> RemoveAsync(Fiber fiber, object? self, object? closure, bool remove)
    {
        var gone = new HashSet<int>();
        var index = 0;
        foreach (var item in C(self))
        {
            if (Truth.Of(await fiber.CallAsync(closure, item)) == remove)
            {
                gone.Add(index);
            }

            index++;
        }

        index = 0;
        return Box.Bool(RemoveWhere(self, _ => gone.Contains(index++)));
    }

    private static async ValueTask<object?> UniqueAsync(Fiber fiber, object? self, object? closure, bool mutate)
    {
        var kept = new List<object?>();
        var keys = new List<object?>();
        var seen = new HashSet<string>();
        foreach (var item in C(self))
        {
            var isDuplicate = false;
            if (closure is null && item is string text)
            {
                isDuplicate = !seen.Add(text);
            }
            else if (closure is null or Closure { ParameterCount: 1 })
            {
                var key = closure is null ? item : await fiber.CallAsync(closure, item);
                fiber.Work(keys.Count / 8);
                isDuplicate = keys.Exists(k => Comparing.AreEqual(k, key));
                keys.Add(key);
            }
            else
            {
                foreach (var other in kept)
                {
                    if (await Sorting.CompareAsync(fiber, closure, item, other) == 0)
                    {
                        isDuplicate = true;
                        break;
                    }
                }
            }

            if (!isDuplicate)
            {
                kept.Add(item);
            }
        }

        if (!mutate || self is GroovySet)
        {
            return mutate ? self : Walks.Like(self, kept);
        }

        var list = Lists.Writable(self);
        list.Clear();
        list.AddRange(kept);
        return list;
    }
}
