using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>Groovy's closure methods of everything that can be walked. A map's entry goes to a closure of two parameters as key and value.</summary>
internal static class Walks
{
    public static void Register(ClassBuilder t)
    {
        t.Async("each(Closure)", async (f, self, a) =>
        {
            foreach (var item in Iteration.Of(self))
            {
                await Call(f, a[0], item);
            }

            return self;
        });
        t.Async("forEach(Functional)", async (f, self, a) =>
        {
            foreach (var item in Iteration.Of(self))
            {
                await Call(f, a[0], item);
            }

            return null;
        });
        t.Async("eachWithIndex(Closure)", async (f, self, a) =>
        {
            var index = 0;
            foreach (var item in Iteration.Of(self))
            {
                if (item is GroovyMapEntry entry && ((Closure)a[0]!).ParameterCount == 3)
                {
                    await f.CallAsync(a[0], entry.Key, entry.Value, Box.Int(index++));
                }
                else
                {
                    await f.CallAsync(a[0], item, Box.Int(index++));
                }
            }

            return self;
        });
        t.Async("reverseEach(Closure)", async (f, self, a) =>
        {
            foreach (var item in Iteration.Of(self).Reverse())
            {
                await Call(f, a[0], item);
            }

            return self;
        });
        t.Method("collect()", (f, self, _) => Iteration.ToList(self, f));
        t.Async("collect(Closure)", (f, self, a) => Collect(f, self, new GroovyList(), a[0]));
        t.Async("collect(Collection,Closure)", (f, self, a) => Collect(f, self, a[0], a[1]));
        t.Async("collectMany(Closure)", async (f, self, a) =>
        {
            var result = new GroovyList();
            using var held = f.Hold(result);
            foreach (var item in Iteration.Of(self))
            {
                result.AddRange(Iteration.Of(await Call(f, a[0], item)));
            }

            return result;
        });
        t.Async("collectNested(Closure)", (f, self, a) => CollectNested(f, self, a[0]));
        t.Async("collectEntries(Closure)", (f, self, a) => CollectEntries(f, self, new GroovyMap(), a[0]));
        t.Async("collectEntries()", (f, self, _) => CollectEntries(f, self, new GroovyMap(), null));
        t.Async("collectEntries(Map,Closure)", (f, self, a) => CollectEntries(f, self, (GroovyMap)a[0]!, a[1]));
        t.Async("find(Closure)", async (f, self, a) =>
        {
            foreach (var item in Iteration.Of(self))
            {
                if (Truth.Of(await Call(f, a[0], item)))
                {
                    return item;
                }
            }

            return null;
        });
        t.Method("find()", (_, self, _) => Iteration.Of(self).FirstOrDefault(Truth.Of));
        t.Async("findAll(Closure)", (f, self, a) => Filter(f, self, a[0], keep: true));
        t.Method("findAll()", (_, self, _) => Like(self, Iteration.Of(self).Where(Truth.Of)));
        t.Async("findResult(Closure)", (f, self, a) => FindResult(f, self, null, a[0]));
        t.Async("findResult(Object,Closure)", (f, self, a) => FindResult(f, self, a[0], a[1]));
        t.Async("findResults(Closure)", async (f, self, a) =>
        {
            var result = new GroovyList();
            using var held = f.Hold(result);
            foreach (var item in Iteration.Of(self))
            {
                if (await Call(f, a[0], item) is { } found)
                {
                    result.Add(found);
                }
            }

            return result;
        });
        t.Async("findIndexOf(Closure)", (f, self, a) => FindIndex(f, self, 0, a[0], last: false));
        t.Async("findIndexOf(int,Closure)", (f, self, a) => FindIndex(f, self, (int)a[0]!, a[1], last: false));
        t.Async("findLastIndexOf(Closure)", (f, self, a) => FindIndex(f, self, 0, a[0], last: true));
        t.Async("findIndexValues(Closure)", async (f, self, a) =>
        {
            var result = new GroovyList();
            var index = 0L;
            foreach (var item in Iteration.Of(self))
            {
                if (Truth.Of(await Call(f, a[0], item)))
                {
                    result.Add(Box.Long(index));
                }

                index++;
            }

            return result;
        });
        t.Async("any(Closure)", async (f, self, a) =>
        {
            foreach (var item in Iteration.Of(self))
            {
                if (Truth.Of(await Call(f, a[0], item)))
                {
                    return Box.True;
                }
            }

            return Box.False;
        });
        t.Method("any()", (_, self, _) => Box.Bool(Iteration.Of(self).Any(Truth.Of)));
        t.Async("every(Closure)", async (f, self, a) =>
        {
            foreach (var item in Iteration.Of(self))
            {
                if (!Truth.Of(await Call(f, a[0], item)))
                {
                    return Box.False;
                }
            }

            return Box.True;
        });
        t.Method("every()", (_, self, _) => Box.Bool(Iteration.Of(self).All(Truth.Of)));
        t.Async("inject(Object,Closure)", (f, self, a) => Inject(f, Iteration.Of(self), a[0], a[1]));
        t.Async("inject(Closure)", async (f, self, a) =>
        {
            var items = Iteration.Of(self).ToList();
            return items.Count == 0 ? throw Throw.NoSuchElement("Cannot call inject() on an empty collection without passing an initial value.") : await Inject(f, items.Skip(1), items[0], a[0]);
        });
        t.Async("grep(Object)", async (f, self, a) =>
        {
            var result = new List<object?>();
            using var held = f.Hold(result);
            foreach (var item in Iteration.Of(self))
            {
                if (Truth.Of(await f.CallMethodAsync(a[0], "isCase", item)))
                {
                    result.Add(item);
                }
            }

            return Like(self, result);
        });
        t.Method("grep()", (_, self, _) => Like(self, Iteration.Of(self).Where(Truth.Of)));
        t.Async("split(Closure)", async (f, self, a) =>
        {
            var yes = new GroovyList();
            var no = new GroovyList();
            foreach (var item in Iteration.Of(self))
            {
                (Truth.Of(await Call(f, a[0], item)) ? yes : no).Add(item);
            }

            return new GroovyList([yes, no]);
        });
    }

    /// <summary>Calls a closure with an item: an entry of a map as two arguments where it takes two.</summary>
    public static ValueTask<object?> Call(Fiber fiber, object? closure, object? item) => item is GroovyMapEntry entry && closure is Closure { ParameterCount: 2 }
        ? fiber.CallAsync(closure, entry.Key, entry.Value)
        : fiber.CallAsync(closure, item);

    /// <summary>Items in a collection of the kind that another one is.</summary>
    public static object Like(object? original, IEnumerable<object?> items) => original switch
    {
        GroovySortedSet => Coercion.As(new GroovyList(items), ClassTable.Find("java.util.TreeSet")!)!,
        GroovySet => new GroovySet(items),
        GroovyMap map => ToMap(map, items),
        _ => new GroovyList(items),
    };

    public static GroovyMap ToMap(GroovyMap original, IEnumerable<object?> entries)
    {
        var result = original is GroovySortedMap ? new GroovySortedMap() : new GroovyMap();
        foreach (var entry in entries.Cast<GroovyMapEntry>())
        {
            result[entry.Key] = entry.Value;
        }

        return result;
    }

    public static async ValueTask<object?> Filter(Fiber fiber, object? self, object? closure, bool keep)
    {
        var result = new List<object?>();
        using var held = fiber.Hold(result);
        foreach (var item in Iteration.Of(self))
        {
            if (Truth.Of(await Call(fiber, closure, item)) == keep)
            {
                result.Add(item);
            }
        }

        return Like(self, result);
    }

    public static async ValueTask<object?> CollectEntries(Fiber fiber, object? self, GroovyMap into, object? closure)
    {
        using var held = fiber.Hold(into);
        foreach (var item in Iteration.Of(self))
        {
            var made = closure is null ? item : await Call(fiber, closure, item);
            switch (made)
            {
                case GroovyMap map:
                    foreach (var (key, value) in map)
                    {
                        into[key] = value;
                    }

                    break;
                case IReadOnlyList<object?> pair:
                    into[pair.Count > 0 ? pair[0] : null] = pair.Count > 1 ? pair[1] : null;
                    break;
                case GroovyMapEntry entry:
                    into[entry.Key] = entry.Value;
                    break;
                default:
                    throw Throw.IllegalArgument($"collectEntries needs a closure that gives a map or a list of key and value, not {ClassTable.NameOf(made)}");
            }

            fiber.Charge(48);
        }

        return into;
    }

    private static async ValueTask<object?> Collect(Fiber fiber, object? self, object? into, object? closure)
    {
        using var held = fiber.Hold(into!);
        foreach (var item in Iteration.Of(self))
        {
            var made = await Call(fiber, closure, item);
            if (into is GroovySet set)
            {
                set.Add(made);
            }
            else
            {
                ((GroovyList)into!).Add(made);
            }

            fiber.Charge(16);
        }

        return into;
    }

    private static async ValueTask<object?> CollectNested(Fiber fiber, object? self, object? closure)
    {
        var result = new GroovyList();
        using var held = fiber.Hold(result);
        foreach (var item in Iteration.Of(self))
        {
            result.Add(item is IReadOnlyCollection<object?> ? await CollectNested(fiber, item, closure) : await Call(fiber, closure, item));
        }

        return result;
    }

    private static async ValueTask<object?> FindResult(Fiber fiber, object? self, object? fallback, object? closure)
    {
        foreach (var item in Iteration.Of(self))
        {
            if (await Call(fiber, closure, item) is { } found)
            {
                return found;
            }
        }

        return fallback;
    }

    private static async ValueTask<object?> FindIndex(Fiber fiber, object? self, int start, object? closure, bool last)
    {
        var index = 0;
        var found = -1;
        foreach (var item in Iteration.Of(self))
        {
            if (index >= start && Truth.Of(await Call(fiber, closure, item)))
            {
                found = index;
                if (!last)
                {
                    break;
                }
            }

            index++;
        }

        return Box.Int(found);
    }

    private static async ValueTask<object?> Inject(Fiber fiber, IEnumerable<object?> items, object? initial, object? closure)
    {
        var value = initial;
        foreach (var item in items)
        {
            value = item is GroovyMapEntry entry && closure is Closure { ParameterCount: 3 }
                ? await fiber.CallAsync(closure, value, entry.Key, entry.Value)
                : await fiber.CallAsync(closure, value, item);
        }

        return value;
    }
}
