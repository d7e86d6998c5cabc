using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.util.List and its classes; ranges and arrays answer what only reads.</summary>
internal static class Lists
{
    public static GroovyList Writable(object? self) => self switch
    {
        GroovyList { IsReadOnly: false } list => list,
        UserObject { NativeSelf: GroovyList list } => list,
        _ => throw Throw.Unsupported(),
    };

    public static void RegisterArrayList(ClassBuilder t)
    {
        t.New("()", (_, self, _) => new GroovyList { JavaClass = ((BuiltinClass)self!).Name });
        t.New("(int)", (_, self, _) => new GroovyList { JavaClass = ((BuiltinClass)self!).Name });
        t.New("(Collection)", (_, self, a) => new GroovyList(Iteration.Of(a[0])) { JavaClass = ((BuiltinClass)self!).Name });
    }

    public static void RegisterLinkedList(ClassBuilder t)
    {
        RegisterArrayList(t);
        RegisterQueue(t);
    }

    public static void RegisterReading(ClassBuilder t)
    {
        t.Method("get(int)", (_, self, a) => (uint)(int)a[0]! < (uint)L(self).Count ? L(self)[(int)a[0]!] : throw Throw.IndexOutOfBounds((int)a[0]!, L(self).Count));
        t.Method("getAt(Number)", (_, self, a) => At(self, Numbers.ToInt(a[0]!)));
        t.Method("getAt(Range)", (_, self, a) => Slice(L(self), (GroovyRange)a[0]!));
        t.Method("getAt(Collection)", (_, self, a) =>
        {
            var result = new GroovyList();
            foreach (var index in Iteration.Of(a[0]))
            {
                if (index is GroovyRange range)
                {
                    result.AddRange(Slice(L(self), range));
                }
                else
                {
                    result.Add(At(self, Numbers.ToInt(index!)));
                }
            }

            return result;
        });
        t.Method("subList(int,int)", (_, self, a) => (int)a[0]! >= 0 && (int)a[1]! <= L(self).Count && (int)a[0]! <= (int)a[1]!
            ? new GroovyList(L(self).Skip((int)a[0]!).Take((int)a[1]! - (int)a[0]!))
            : throw Throw.New("java.lang.IndexOutOfBoundsException", (int)a[0]! < 0 ? $"fromIndex = {a[0]}" : $"toIndex = {a[1]}"));
        t.Method("indexOf(Object)", (_, self, a) => Box.Int(IndexOf(L(self), a[0])));
        t.Method("lastIndexOf(Object)", (_, self, a) =>
        {
            for (var i = L(self).Count - 1; i >= 0; i--)
            {
                if (Equals(L(self)[i], a[0]))
                {
                    return Box.Int(i);
                }
            }

            return Box.Int(-1);
        });
        t.Method("reverse()", (_, self, _) => Walks.Like(null, L(self).Reverse()));
        t.Method("reverse(boolean)", (_, self, a) =>
        {
            if (!(bool)a[0]!)
            {
                return new GroovyList(L(self).Reverse());
            }

            Writable(self).Reverse();
            return self;
        });
        t.Method("asReversed()", (_, self, _) => new GroovyList(L(self).Reverse()));
        t.Method("transpose()", (_, self, _) =>
        {
            var rows = L(self).Select(r => Iteration.Of(r).ToList()).ToList();
            var width = rows.Count == 0 ? 0 : rows.Min(r => r.Count);
            return new GroovyList(Enumerable.Range(0, width).Select(i => (object?)new GroovyList(rows.Select(r => r[i]))));
        });
        t.Method("equals(Object)", (_, self, a) => Box.Bool(a[0] is IReadOnlyList<object?> && Comparing.AreEqual(self, a[0])));
    }

    public static void Register(ClassBuilder t)
    {
        RegisterReading(t);
        t.Async("withDefault(Closure)", (_, _, _) => throw Throw.Unsupported("withDefault is available for maps only"));
        t.Method("add(int,Object)", (_, self, a) =>
        {
            var list = Writable(self);
            list.Insert((uint)(int)a[0]! <= (uint)list.Count ? (int)a[0]! : throw Throw.New("java.lang.IndexOutOfBoundsException", $"Index: {a[0]}, Size: {list.Count}"), a[1]);
            return null;
        });
        t.Method("addAll(int,Object)", (_, self, a) =>
        {
            Writable(self).InsertRange((int)a[0]!, [.. Iteration.Of(a[1])]);
            return Box.True;
        });
        t.Method("set(int,Object)", (_, self, a) => Set(self, (int)a[0]!, a[1]));
        t.Method("putAt(int,Object)", (f, self, a) => PutAt(f, self, (int)a[0]!, a[1]));
        t.Method("putAt(Range,Object)", (_, self, a) =>
        {
            var list = Writable(self);
            var (from, to, _) = Slices.Resolve((GroovyRange)a[0]!, list.Count);
            list.RemoveRange(from, Math.Min(to, list.Count) - from);
            list.InsertRange(from, a[1] is IReadOnlyCollection<object?> items ? items : [a[1]]);
            return null;
        });
        t.Method("remove(int)", (_, self, a) => RemoveAt(self, (int)a[0]!));
        t.Method("remove(Object)", (_, self, a) => Box.Bool(Writable(self).Remove(a[0])));
        t.Method("removeAt(int)", (_, self, a) => RemoveAt(self, (int)a[0]!));
        t.Method("push(Object)", (_, self, a) =>
        {
            Writable(self).Add(a[0]);
            return Box.True;
        });
        t.Method("pop()", (_, self, _) => L(self).Count == 0 ? throw Throw.NoSuchElement("Cannot pop() an empty List") : RemoveAt(self, L(self).Count - 1));
        t.Method("peek()", (_, self, _) => L(self).Count == 0 ? null : L(self)[^1]);
        t.Method("removeLast()", (_, self, _) => L(self).Count == 0 ? throw Throw.NoSuchElement("Cannot removeLast() an empty List") : RemoveAt(self, L(self).Count - 1));
        t.Method("swap(int,int)", (_, self, a) =>
        {
            var list = Writable(self);
            (list[(int)a[0]!], list[(int)a[1]!]) = (list[(int)a[1]!], list[(int)a[0]!]);
            return self;
        });
        t.Async("replaceAll(Functional)", async (f, self, a) =>
        {
            var list = Writable(self);
            for (var i = 0; i < list.Count; i++)
            {
                list[i] = await f.CallAsync(a[0], list[i]);
            }

            return null;
        });
        t.Method("clone()", (_, self, _) => new GroovyList(L(self)) { JavaClass = self is GroovyList list ? list.JavaClass : "java.util.ArrayList" });
        t.Method("ensureCapacity(int)", (_, _, _) => null);
        t.Method("trimToSize()", (_, _, _) => null);
        t.Method("listIterator()", (_, self, _) => IteratorValue.Over(self));
    }

    private static void RegisterQueue(ClassBuilder t)
    {
        t.Method("addFirst(Object)", (_, self, a) =>
        {
            Writable(self).Insert(0, a[0]);
            return null;
        });
        t.Method("addLast(Object)", (_, self, a) =>
        {
            Writable(self).Add(a[0]);
            return null;
        });
        t.Method("offer(Object)", (_, self, a) =>
        {
            Writable(self).Add(a[0]);
            return Box.True;
        });
        t.Method("push(Object)", (_, self, a) =>
        {
            Writable(self).Insert(0, a[0]);
            return null;
        });
        t.Method("pop()", (_, self, _) => L(self).Count == 0 ? throw Throw.NoSuchElement() : RemoveAt(self, 0));
        t.Method("poll()", (_, self, _) => L(self).Count == 0 ? null : RemoveAt(self, 0));
        t.Method("peek()", (_, self, _) => L(self).Count == 0 ? null : L(self)[0]);
        t.Method("remove()", (_, self, _) => L(self).Count == 0 ? throw Throw.NoSuchElement() : RemoveAt(self, 0));
        t.Method("removeFirst()", (_, self, _) => L(self).Count == 0 ? throw Throw.NoSuchElement() : RemoveAt(self, 0));
        t.Method("getFirst()", (_, self, _) => L(self).Count == 0 ? throw Throw.NoSuchElement() : L(self)[0]);
        t.Method("getLast()", (_, self, _) => L(self).Count == 0 ? throw Throw.NoSuchElement() : L(self)[^1]);
    }

    public static GroovyList Slice(IReadOnlyList<object?> list, GroovyRange range)
    {
        var (from, to, reverse) = Slices.Resolve(range, list.Count);
        if (from == to)
        {
            return [];
        }

        if (from < 0 || to > list.Count || from > to)
        {
            throw Throw.New("java.lang.IndexOutOfBoundsException", from < 0 ? $"fromIndex = {from}" : $"toIndex = {to}");
        }

        var part = new GroovyList(to - from);
        for (var i = from; i < to; i++)
        {
            part.Add(list[reverse ? to - 1 - (i - from) : i]);
        }

        return part;
    }

    private static IReadOnlyList<object?> L(object? self) => self as IReadOnlyList<object?> ?? (IReadOnlyList<object?>)((UserObject)self!).NativeSelf!;

    private static object? At(object? self, int index)
    {
        var list = L(self);
        var at = index < 0 ? index + list.Count : index;
        if (at < 0 || (self is GroovyArray && at >= list.Count))
        {
            throw Throw.New(
                "java.lang.ArrayIndexOutOfBoundsException",
                self is GroovyArray && at >= list.Count ? $"Index {at} out of bounds for length {list.Count}" : $"Negative array index [{index}] too large for array size {list.Count}");
        }

        return at < list.Count ? list[at] : null;
    }

    private static int IndexOf(IReadOnlyList<object?> list, object? item)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (Equals(list[i], item))
            {
                return i;
            }
        }

        return -1;
    }

    private static object? Set(object? self, int index, object? value)
    {
        var list = Writable(self);
        if ((uint)index >= (uint)list.Count)
        {
            throw Throw.IndexOutOfBounds(index, list.Count);
        }

        var before = list[index];
        list[index] = value;
        return before;
    }

    // list[i] = v behind the end fills the gap with nulls.
    private static object? PutAt(Fiber fiber, object? self, int index, object? value)
    {
        var list = Writable(self);
        var at = index < 0 ? index + list.Count : index;
        if (at < 0)
        {
            throw Throw.New("java.lang.ArrayIndexOutOfBoundsException", $"Negative array index [{index}] too large for array size {list.Count}");
        }

        fiber.Charge(Math.Max(0, at - list.Count) * 16L);
        while (list.Count <= at)
        {
            list.Add(null);
        }

        list[at] = value;
        return null;
    }

    private static object? RemoveAt(object? self, int index)
    {
        var list = Writable(self);
        if ((uint)index >= (uint)list.Count)
        {
            throw Throw.IndexOutOfBounds(index, list.Count);
        }

        var gone = list[index];
        list.RemoveAt(index);
        return gone;
    }
}

/// <summary>Java arrays.</summary>
internal static class GroovyArrays
{
    public static void Register(ClassBuilder t)
    {
        Iterables.Register(t);
        Lists.RegisterReading(t);
        t.Method("size()", (_, self, _) => Box.Int(((GroovyArray)self!).Count));
        t.Method("contains(Object)", (_, self, a) => Box.Bool(Iteration.Contains((GroovyArray)self!, a[0])));
        t.Method("isCase(Object)", (_, self, a) => Box.Bool(Iteration.Contains((GroovyArray)self!, a[0])));
        t.Method("clone()", (_, self, _) => new GroovyArray(((GroovyArray)self!).ElementClass, [.. ((GroovyArray)self!).Items]));
        t.Method("putAt(int,Object)", (_, self, a) =>
        {
            var array = (GroovyArray)self!;
            var at = (int)a[0]! < 0 ? (int)a[0]! + array.Count : (int)a[0]!;
            if ((uint)at >= (uint)array.Count)
            {
                throw Throw.New("java.lang.ArrayIndexOutOfBoundsException", $"Index {a[0]} out of bounds for length {array.Count}");
            }

            array.Items[at] = Coercion.Cast(a[1], array.ElementClass);
            return null;
        });
        t.Method("plus(Object)", (_, self, a) => new GroovyArray(((GroovyArray)self!).ElementClass, [.. ((GroovyArray)self!).Items, .. a[0] is IReadOnlyCollection<object?> items ? items : [a[0]]]));
        t.Method("minus(Object)", (_, self, a) =>
        {
            var gone = a[0] is IReadOnlyCollection<object?> items ? items.ToList() : [a[0]];
            return new GroovyArray(((GroovyArray)self!).ElementClass, [.. ((GroovyArray)self!).Items.Where(i => !gone.Exists(g => Comparing.AreEqual(g, i)))]);
        });
        t.Method("getIndices()", (_, self, _) => GroovyRange.Create(Box.Int(0), Box.Int(((GroovyArray)self!).Count), exclusive: true));
        t.Method("toString()", (_, self, _) => ClassTable.ArrayOf(((GroovyArray)self!).ElementClass).Name + "@" + Identity.HashOf(self!));
        t.Method("equals(Object)", (_, self, a) => Box.Bool(Comparing.AreEqual(self, a[0])));
        t.Method("encodeBase64()", (_, self, _) => Convert.ToBase64String(Bytes.Of(self)));
        t.Method("encodeHex()", (_, self, _) => Convert.ToHexStringLower(Bytes.Of(self)));
        t.Method("md5()", (_, self, _) => Encodings.Md5(Bytes.Of(self)));
    }
}

/// <summary>java.util.Set and its classes.</summary>
internal static class Sets
{
    public static void Register(ClassBuilder t)
    {
        t.Method("remove(Object)", (_, self, a) => Box.Bool(((GroovySet)self!).Remove(a[0])));
        t.Method("getAt(int)", (_, self, a) => Iteration.Of(self).ElementAtOrDefault((int)a[0]! < 0 ? (int)a[0]! + ((GroovySet)self!).Count : (int)a[0]!));
        t.Method("clone()", (_, self, _) => Walks.Like(self, (GroovySet)self!));
        t.Method("equals(Object)", (_, self, a) => Box.Bool(Comparing.AreEqual(self, a[0])));
    }

    public static void RegisterLinkedHashSet(ClassBuilder t)
    {
        t.New("()", (_, self, _) => new GroovySet { JavaClass = ((BuiltinClass)self!).Name });
        t.New("(int)", (_, self, _) => new GroovySet { JavaClass = ((BuiltinClass)self!).Name });
        t.New("(Collection)", (_, self, a) => new GroovySet(Iteration.Of(a[0])) { JavaClass = ((BuiltinClass)self!).Name });
    }

    public static void RegisterTreeSet(ClassBuilder t)
    {
        t.New("()", (_, _, _) => new GroovySortedSet());
        t.NewAsync("(Comparator)", (f, _, a) =>
        {
            var order = a[0];
            return ValueTask.FromResult<object?>(new GroovySortedSet((x, y) => Numbers.ToInt(f.CallSync(order, x, y)!)));
        });
        t.New("(Collection)", (_, _, a) =>
        {
            var set = new GroovySortedSet();
            set.AddAll(Iteration.Of(a[0]));
            return set;
        });
        t.Method("pollFirst()", (_, self, _) => Poll((GroovySet)self!, first: true));
        t.Method("pollLast()", (_, self, _) => Poll((GroovySet)self!, first: false));
    }

    private static object? Poll(GroovySet set, bool first)
    {
        if (set.Count == 0)
        {
            return null;
        }

        var item = first ? set.First() : set.Last();
        set.Remove(item);
        return item;
    }
}

/// <summary>groovy.lang.Range.</summary>
internal static class Ranges
{
    public static void Register(ClassBuilder t)
    {
        t.Method("getFrom()", (_, self, _) => ((GroovyRange)self!).From);
        t.Method("getTo()", (_, self, _) => ((GroovyRange)self!).To);
        t.Method("isReverse()", (_, self, _) => Box.Bool(((GroovyRange)self!).IsReverse));
        t.Method("containsWithinBounds(Object)", (_, self, a) => Box.Bool(((GroovyRange)self!).ContainsWithinBounds(a[0])));
        t.Method("toString()", (_, self, _) => self!.ToString());
        t.Method("inspect()", (_, self, _) => self!.ToString());
        t.Async("step(int,Closure)", async (f, self, a) =>
        {
            foreach (var item in Step((GroovyRange)self!, (int)a[0]!))
            {
                await f.CallAsync(a[1], item);
            }

            return null;
        });
        t.Method("step(int)", (_, self, a) => new GroovyList(Step((GroovyRange)self!, (int)a[0]!)));
        t.Method("toList()", (f, self, _) => Iteration.ToList(self, f));
    }

    private static IEnumerable<object?> Step(GroovyRange range, int step)
    {
        if (step == 0)
        {
            throw Throw.IllegalArgument("The step of a range cannot be 0");
        }

        var items = step < 0 ? range.Reverse() : range;
        return items.Where((_, i) => i % Math.Abs(step) == 0);
    }
}
