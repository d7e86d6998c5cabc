using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>groovy.lang.Closure.</summary>
internal static class Closures
{
    public static void Register(ClassBuilder t)
    {
        t.Constant("OWNER_FIRST", Box.Int((int)ResolveStrategy.OwnerFirst));
        t.Constant("DELEGATE_FIRST", Box.Int((int)ResolveStrategy.DelegateFirst));
        t.Constant("OWNER_ONLY", Box.Int((int)ResolveStrategy.OwnerOnly));
        t.Constant("DELEGATE_ONLY", Box.Int((int)ResolveStrategy.DelegateOnly));
        t.Constant("TO_SELF", Box.Int((int)ResolveStrategy.ToSelf));
        t.Constant("IDENTITY", new NativeClosure("groovy.lang.Closure$1", 1, (_, a) => ValueTask.FromResult(a.Count > 0 ? a[0] : null)));
        t.Method("getOwner()", (_, self, _) => C(self).Owner);
        t.Method("getDelegate()", (_, self, _) => C(self).Delegate);
        t.Method("getThisObject()", (_, self, _) => C(self).ThisObject);
        t.Method("setDelegate(Object)", (_, self, a) =>
        {
            C(self).Delegate = a[0];
            return null;
        });
        t.Method("getResolveStrategy()", (_, self, _) => Box.Int((int)C(self).Strategy));
        t.Method("setResolveStrategy(int)", (_, self, a) =>
        {
            C(self).Strategy = (ResolveStrategy)(int)a[0]!;
            return null;
        });
        t.Method("getMaximumNumberOfParameters()", (_, self, _) => Box.Int(C(self).ParameterCount));
        t.Method("getParameterTypes()", (_, self, _) => new GroovyArray(ClassTable.Class, [.. C(self).ParameterClasses]));
        t.Method("getMethod()", (_, self, _) => self is MethodClosure method ? method.Name : null);
        t.Method("getClass()", (_, self, _) => new NamedClass(C(self).ClassName));
        t.Method("curry(Object...)", (_, self, a) => new CurriedClosure(C(self), ((GroovyArray)a[0]!).Items, 0));
        t.Method("rcurry(Object...)", (_, self, a) => new CurriedClosure(C(self), ((GroovyArray)a[0]!).Items, -1));
        t.Method("ncurry(int,Object...)", (_, self, a) => new CurriedClosure(C(self), ((GroovyArray)a[1]!).Items, (int)a[0]!));
        t.Method("rightShift(Closure)", (_, self, a) => new ComposedClosure(C(self), C(a[0])));
        t.Method("leftShift(Closure)", (_, self, a) => new ComposedClosure(C(a[0]), C(self)));
        t.Async("leftShift(Object)", (f, self, a) => f.CallAsync(self, a[0]));
        t.Method("clone()", (_, self, _) => C(self).Copy(C(self).Delegate, C(self).Owner, C(self).ThisObject));
        t.Method("dehydrate()", (_, self, _) => C(self).Copy(null, null, null));
        t.Method("rehydrate(Object,Object,Object)", (_, self, a) => C(self).Copy(a[0], a[1], a[2]));
        t.Method("memoize()", (_, self, _) => Memoize(C(self)));
        t.Method("memoizeAtMost(int)", (_, self, _) => Memoize(C(self)));
        t.Method("trampoline()", (_, self, _) => Trampoline(C(self), []));
        t.Method("trampoline(Object...)", (_, self, a) => new TrampolineStep(C(self), ((GroovyArray)a[0]!).Items));
        t.Async("isCase(Object)", async (f, self, a) => Box.Bool(Truth.Of(await f.CallAsync(self, a[0]))));
        t.Async("run()", (f, self, _) => f.CallAsync(self));
        foreach (var name in (ReadOnlySpan<string>)["apply", "accept", "test", "get", "compare"])
        {
            t.Async(name + "(Object...)", (f, self, a) => f.CallAsync(self, ((GroovyArray)a[0]!).Items.AsSpan()));
        }

        t.Method("asType(Class)", (_, self, _) => self);
        t.Method("asWritable()", (_, self, _) => self);
    }

    /// <summary>A functional interface: its one method is the closure's call.</summary>
    public static void RegisterFunctional(ClassBuilder t, string method) =>
        t.Async(method + "(Object...)", (f, self, a) => f.CallAsync(self, ((GroovyArray)a[0]!).Items.AsSpan()));

    private static Closure C(object? self) => (Closure)self!;

    private static NativeClosure Memoize(Closure closure)
    {
        var known = new GroovyMap();
        return new NativeClosure("org.codehaus.groovy.runtime.memoize.Memoize$MemoizeFunction", closure.ParameterCount, async (f, a) =>
        {
            var key = new GroovyList(a);
            if (!known.TryGetValue(key, out var value))
            {
                known[key] = value = await f.CallAsync(closure, a.ToArray().AsSpan());
                f.Charge(100);
            }

            return value;
        });
    }

    private static NativeClosure Trampoline(Closure closure, object?[] bound) => new("groovy.lang.TrampolineClosure", closure.ParameterCount, async (f, a) =>
    {
        var value = await f.CallAsync(closure, [.. bound, .. a]);
        while (value is TrampolineStep step)
        {
            value = await f.CallAsync(step.Closure, step.Arguments.AsSpan());
        }

        return value;
    });

    private sealed record TrampolineStep(Closure Closure, object?[] Arguments);
}

/// <summary>A class that only has a name: that of a closure.</summary>
internal sealed class NamedClass(string name) : GroovyClass(name)
{
    public override GroovyClass? Super => ClassTable.ClosureClass;

    public override IReadOnlyList<GroovyClass> Interfaces => [];

    public override bool IsInterface => false;

    public override bool Equals(object? obj) => obj is NamedClass other && other.Name == Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
