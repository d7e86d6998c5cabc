using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.util.Map and its classes.</summary>
internal static class Maps
{
    public static void RegisterLinkedHashMap(ClassBuilder t)
    {
        t.New("()", (_, self, _) => new GroovyMap { JavaClass = ((BuiltinClass)self!).Name });
        t.New("(int)", (_, self, _) => new GroovyMap { JavaClass = ((BuiltinClass)self!).Name });
        t.New("(Map)", (_, self, a) => new GroovyMap(M(a[0])) { JavaClass = ((BuiltinClass)self!).Name });
    }

    public static void RegisterTreeMap(ClassBuilder t)
    {
        t.New("()", (_, _, _) => new GroovySortedMap());
        t.New("(Map)", (_, _, a) => Coercion.As(a[0], ClassTable.Find("java.util.TreeMap")!));
        t.NewAsync("(Comparator)", (f, _, a) =>
        {
            var order = a[0];
            return ValueTask.FromResult<object?>(new GroovySortedMap((x, y) => Numbers.ToInt(f.CallSync(order, x, y)!)));
        });
        t.Method("firstKey()", (_, self, _) => M(self).Count == 0 ? throw Throw.NoSuchElement() : M(self).Keys.First());
        t.Method("lastKey()", (_, self, _) => M(self).Count == 0 ? throw Throw.NoSuchElement() : M(self).Keys.Last());
        t.Method("firstEntry()", (_, self, _) => Coercion.MapEntries(M(self)).FirstOrDefault());
        t.Method("lastEntry()", (_, self, _) => Coercion.MapEntries(M(self)).LastOrDefault());
    }

    public static void RegisterEntry(ClassBuilder t)
    {
        t.Method("getKey()", (_, self, _) => ((GroovyMapEntry)self!).Key);
        t.Method("getValue()", (_, self, _) => ((GroovyMapEntry)self!).Value);
        t.Method("setValue(Object)", (_, self, a) => ((GroovyMapEntry)self!).SetValue(a[0]));
    }

    public static void Register(ClassBuilder t)
    {
        RegisterJava(t);
        RegisterGroovy(t);
    }

    public static async ValueTask<object?> GetAsync(Fiber fiber, GroovyMap map, object? key)
    {
        if (map.TryGetValue(key, out var value) || map.DefaultFactory is null)
        {
            return value;
        }

        var made = await fiber.CallAsync(map.DefaultFactory, key);
        map[key] = made;
        return made;
    }

    private static GroovyMap M(object? self) => self as GroovyMap ?? (GroovyMap)((UserObject)self!).NativeSelf!;

    private static void RegisterJava(ClassBuilder t)
    {
        t.Method("size()", (_, self, _) => Box.Int(M(self).Count));
        t.Method("isEmpty()", (_, self, _) => Box.Bool(M(self).Count == 0));
        t.Async("get(Object)", (f, self, a) => GetAsync(f, M(self), a[0]));
        t.Async("get(Object,Object)", (_, self, a) =>
        {
            if (!M(self).TryGetValue(a[0], out var value))
            {
                M(self)[a[0]] = value = a[1];
            }

            return ValueTask.FromResult(value);
        });
        t.Method("getOrDefault(Object,Object)", (_, self, a) => M(self).TryGetValue(a[0], out var value) ? value : a[1]);
        t.Method("put(Object,Object)", (f, self, a) =>
        {
            f.Charge(48);
            return M(self).Put(a[0], a[1]);
        });
        t.Method("putIfAbsent(Object,Object)", (f, self, a) =>
        {
            if (M(self)[a[0]] is { } present)
            {
                return present;
            }

            f.Charge(48);
            M(self).Put(a[0], a[1]);
            return null;
        });
        t.Method("putAll(Map)", (f, self, a) =>
        {
            f.Charge(M(a[0]).Count * 48L);
            foreach (var (key, value) in M(a[0]))
            {
                M(self).Put(key, value);
            }

            return null;
        });
        t.Method("containsKey(Object)", (_, self, a) => Box.Bool(M(self).ContainsKey(a[0])));
        t.Method("containsValue(Object)", (_, self, a) =>
        {
            var wanted = a[0];
            return Box.Bool(M(self).Values.Any(v => Equals(v, wanted)));
        });
        t.Method("remove(Object)", (_, self, a) => M(self).Remove(a[0], out var gone) ? gone : null);
        t.Method("clear()", (_, self, _) =>
        {
            M(self).Clear();
            return null;
        });
        t.Method("keySet()", (_, self, _) => new GroovySet(M(self).Keys));
        t.Method("values()", (_, self, _) => new GroovyList(M(self).Values));
        t.Method("entrySet()", (_, self, _) => new GroovySet(Coercion.MapEntries(M(self))));
        t.Method("equals(Object)", (_, self, a) => Box.Bool(Comparing.AreEqual(self, a[0])));
        t.Method("hashCode()", (_, self, _) => Box.Int(M(self).GetHashCode()));
        t.Method("toString()", (_, self, _) => Formatting.ToText(self));
        t.Method("clone()", (_, self, _) => self is GroovySortedMap ? Coercion.As(new GroovyMap(M(self)), ClassTable.Find("java.util.TreeMap")!) : new GroovyMap(M(self)) { JavaClass = M(self).JavaClass });
        t.Method("iterator()", (_, self, _) => IteratorValue.Over(self));
        t.Async("computeIfAbsent(Object,Functional)", async (f, self, a) =>
        {
            if (M(self)[a[0]] is { } present)
            {
                return present;
            }

            var made = await f.CallAsync(a[1], a[0]);
            if (made is not null)
            {
                M(self).Put(a[0], made);
            }

            return made;
        });
        t.Async("computeIfPresent(Object,Functional)", async (f, self, a) =>
        {
            if (M(self)[a[0]] is not { } present)
            {
                return null;
            }

            return Keep(M(self), a[0], await f.CallAsync(a[1], a[0], present));
        });
        t.Async("compute(Object,Functional)", async (f, self, a) => Keep(M(self), a[0], await f.CallAsync(a[1], a[0], M(self)[a[0]])));
        t.Async("merge(Object,Object,Functional)", async (f, self, a) => Keep(M(self), a[0], M(self)[a[0]] is { } present ? await f.CallAsync(a[2], present, a[1]) : a[1]));
        t.Async("replaceAll(Functional)", async (f, self, a) =>
        {
            foreach (var (key, value) in M(self).ToArray())
            {
                M(self).Put(key, await f.CallAsync(a[0], key, value));
            }

            return null;
        });
        t.Method("replace(Object,Object)", (_, self, a) => M(self).ContainsKey(a[0]) ? M(self).Put(a[0], a[1]) : null);
    }

    private static void RegisterGroovy(ClassBuilder t)
    {
        t.Async("getAt(Object)", (f, self, a) => GetAsync(f, M(self), a[0]));
        t.Async("getAt(String)", (f, self, a) => GetAsync(f, M(self), a[0]));
        t.Async("getProperty(String)", (f, self, a) => GetAsync(f, M(self), a[0]));
        t.Method("putAt(Object,Object)", (_, self, a) => M(self).Put(a[0], a[1]));
        t.Method("putAt(String,Object)", (_, self, a) => M(self).Put(a[0], a[1]));
        t.Method("leftShift(Map)", (_, self, a) =>
        {
            foreach (var (key, value) in M(a[0]))
            {
                M(self).Put(key, value);
            }

            return self;
        });
        t.Method("leftShift(Object)", (_, self, a) =>
        {
            var entry = (GroovyMapEntry)a[0]!;
            M(self).Put(entry.Key, entry.Value);
            return self;
        });
        t.Method("plus(Map)", (f, self, a) =>
        {
            f.Charge((M(self).Count + M(a[0]).Count) * 48L);
            var sum = Copy(M(self));
            foreach (var (key, value) in M(a[0]))
            {
                sum[key] = value;
            }

            return sum;
        });
        t.Method("minus(Map)", (_, self, a) =>
        {
            var other = M(a[0]);
            return Walks.ToMap(M(self), Coercion.MapEntries(M(self)).Where(e => e is GroovyMapEntry entry && !(other.TryGetValue(entry.Key, out var value) && Comparing.AreEqual(entry.Value, value))));
        });
        t.Method("intersect(Map)", (_, self, a) =>
        {
            var other = M(a[0]);
            return Walks.ToMap(M(self), Coercion.MapEntries(M(self)).Where(e => e is GroovyMapEntry entry && other.TryGetValue(entry.Key, out var value) && Comparing.AreEqual(entry.Value, value)));
        });
        t.Method("subMap(Object)", (_, self, a) =>
        {
            var part = new GroovyMap();
            foreach (var key in Iteration.Of(a[0]))
            {
                if (M(self).TryGetValue(key, out var value))
                {
                    part[key] = value;
                }
            }

            return part;
        });
        t.Method("withDefault(Closure)", (_, self, a) => new GroovyMap(M(self)) { DefaultFactory = a[0] });
        t.Async("find(Closure)", (f, self, a) => FindAsync(f, self, a[0]));
        t.Method("sort()", (_, self, _) => SortedByKey(M(self)));
        t.Async("sort(Closure)", (f, self, a) => Iterables.SortAsync(f, self, a[0], mutate: false));
        t.Async("sort(Comparator)", async (f, self, a) => Walks.ToMap([], (await Sorting.SortAsync(f, M(self).Keys, a[0])).Select(k => (object?)new GroovyMapEntry(k, M(self)[k]))));
        t.Async("toSorted()", (f, self, _) => Iterables.SortAsync(f, self, new NativeClosure("key", 2, (_, a) => ValueTask.FromResult<object?>(Box.Int(Comparing.Compare(((GroovyMapEntry)a[0]!).Value, ((GroovyMapEntry)a[1]!).Value)))), mutate: false));
        t.Async("toSorted(Closure)", (f, self, a) => Iterables.SortAsync(f, self, a[0], mutate: false));
        t.Async("groupBy(Closure)", (f, self, a) => Iterables.GroupAsync(f, Iteration.Of(self), [a[0]], 0));
        t.Async("groupBy(Object...)", (f, self, a) => Iterables.GroupAsync(f, Iteration.Of(self), ((GroovyArray)a[0]!).Items, 0));
        t.Async("groupEntriesBy(Closure)", async (f, self, a) =>
        {
            var groups = new GroovyMap();
            foreach (var entry in Coercion.MapEntries(M(self)))
            {
                var key = await Walks.Call(f, a[0], entry);
                if (groups[key] is not GroovyList group)
                {
                    groups[key] = group = [];
                }

                group.Add(entry);
            }

            return groups;
        });
        t.Async("countBy(Closure)", async (f, self, a) =>
        {
            var counts = new GroovyMap();
            foreach (var entry in Coercion.MapEntries(M(self)))
            {
                var key = await Walks.Call(f, a[0], entry);
                counts[key] = Box.Int((int)(counts[key] ?? 0) + 1);
            }

            return counts;
        });
        t.Async("count(Closure)", async (f, self, a) =>
        {
            var count = 0;
            foreach (var entry in Coercion.MapEntries(M(self)))
            {
                count += Truth.Of(await Walks.Call(f, a[0], entry)) ? 1 : 0;
            }

            return Box.Int(count);
        });
        t.Async("max(Closure)", (f, self, a) => Sorting.ExtremeAsync(f, Iteration.Of(self), a[0], 1));
        t.Async("min(Closure)", (f, self, a) => Sorting.ExtremeAsync(f, Iteration.Of(self), a[0], -1));
        t.Method("take(int)", (_, self, a) => Walks.ToMap(M(self), Iteration.Of(self).Take((int)a[0]!)));
        t.Method("drop(int)", (_, self, a) => Walks.ToMap(M(self), Iteration.Of(self).Skip((int)a[0]!)));
        t.Async("removeAll(Closure)", (f, self, a) => RetainAsync(f, M(self), a[0], keep: false));
        t.Async("retainAll(Closure)", (f, self, a) => RetainAsync(f, M(self), a[0], keep: true));
        t.Method("asImmutable()", (_, self, _) => ReadOnly(M(self)));
        t.Method("asUnmodifiable()", (_, self, _) => ReadOnly(M(self)));
        t.Method("asSynchronized()", (_, self, _) => self);
        t.Method("asBoolean()", (_, self, _) => Box.Bool(M(self).Count > 0));
        t.Method("isCase(Object)", (_, self, a) => Box.Bool(Truth.Of(M(self)[a[0]])));
        t.Method("toMapString()", (_, self, _) => Formatting.ToText(self));
        t.Method("stream()", (_, _, _) => throw Throw.Unsupported("Streams are not available: use collect, findAll and the other methods of maps themselves"));
    }

    public static GroovyMap ReadOnly(GroovyMap map) => Copy(map).AsReadOnly();

    private static GroovyMap Copy(GroovyMap map)
    {
        if (map is not GroovySortedMap)
        {
            return new GroovyMap(map) { JavaClass = map.JavaClass };
        }

        var copy = new GroovySortedMap();
        foreach (var (key, value) in map)
        {
            copy[key] = value;
        }

        return copy;
    }

    private static GroovyMap SortedByKey(GroovyMap map)
    {
        var keys = map.Keys.ToArray();
        var sorted = new GroovyMap();
        foreach (var key in keys.Select((k, i) => (k, i)).OrderBy(p => p, Comparer<(object? k, int i)>.Create((x, y) => Comparing.Compare(x.k, y.k) is var c && c != 0 ? c : x.i - y.i)).Select(p => p.k))
        {
            sorted[key] = map[key];
        }

        return sorted;
    }

    private static object? Keep(GroovyMap map, object? key, object? value)
    {
        if (value is null)
        {
            map.Remove(key, out _);
        }
        else
        {
            map.Put(key, value);
        }

        return value;
    }

    private static async ValueTask<object?> FindAsync(Fiber fiber, object? self, object? closure)
    {
        foreach (var entry in Coercion.MapEntries(M(self)))
        {
            if (Truth.Of(await Walks.Call(fiber, closure, entry)))
            {
                return entry;
            }
        }

        return null;
    }

    private static async ValueTask<object?> RetainAsync(Fiber fiber, GroovyMap map, object? closure, bool keep)
    {
        var changed = false;
        foreach (var entry in Coercion.MapEntries(map).Cast<GroovyMapEntry>().ToList())
        {
            if (Truth.Of(await Walks.Call(fiber, closure, entry)) != keep)
            {
                map.Remove(entry.Key, out _);
                changed = true;
            }
        }

        return Box.Bool(changed);
    }
}
