namespace Slipway.Groovy.Runtime;

/// <summary>What <c>x.getClass()</c>, <c>String</c> or <c>List</c> is in a script: a class of the library, of the host, or of a script.</summary>
public abstract class GroovyClass
{
    private Dictionary<GroovyClass, int>? _ancestors;

    private protected GroovyClass(string name) => Name = name;

    /// <summary>The full name, such as <c>java.util.List</c>.</summary>
    public string Name { get; }

    public virtual string SimpleName => Name[(Math.Max(Name.LastIndexOf('.'), Name.LastIndexOf('$')) + 1)..];

    public abstract GroovyClass? Super { get; }

    public abstract IReadOnlyList<GroovyClass> Interfaces { get; }

    public abstract bool IsInterface { get; }

    /// <summary>This class and all that it extends, each with its distance.</summary>
    internal Dictionary<GroovyClass, int> Ancestors => _ancestors ??= FindAncestors();

    public bool IsSubclassOf(GroovyClass other) => ReferenceEquals(this, other) || Ancestors.ContainsKey(other);

    public bool IsInstance(object? value) => value is not null && ClassTable.Of(value).IsSubclassOf(this);

    public override string ToString() => (IsInterface ? "interface " : this is BuiltinClass { IsPrimitive: true } ? "" : "class ") + Name;

    private Dictionary<GroovyClass, int> FindAncestors()
    {
        var found = new Dictionary<GroovyClass, int>(ReferenceEqualityComparer.Instance) { [this] = 0 };
        var open = new Queue<GroovyClass>([this]);
        while (open.TryDequeue(out var at))
        {
            var distance = found[at] + 1;
            // Object comes last whatever the distance: what any interface says is nearer.
            if (at.Super is { } parent && !ReferenceEquals(parent, ClassTable.TryObject) && found.TryAdd(parent, distance))
            {
                open.Enqueue(parent);
            }

            foreach (var @interface in at.Interfaces)
            {
                if (found.TryAdd(@interface, distance))
                {
                    open.Enqueue(@interface);
                }
            }
        }

        // Interfaces too are objects.
        if (ClassTable.TryObject is { } root)
        {
            found.TryAdd(root, 50);
        }

        return found;
    }
}

/// <summary>What a class of the library is to the evaluator's own fast paths.</summary>
internal enum ClassKey
{
    Other, Object, Boolean, Character, Byte, Short, Integer, Long, Float, Double, BigInteger, BigDecimal, Number, String, GString, CharSequence,
    Iterable, Collection, List, Set, Map, Closure, Class, Void, Pattern, Iterator, Functional,
}

/// <summary>A class of the library, with all that a script can reach of it. Immutable once populated, shared by all runs.</summary>
internal sealed class BuiltinClass : GroovyClass
{
    private readonly GroovyClass? _super;
    private readonly GroovyClass[] _interfaces;
    private readonly Lazy<Members> _members;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, NativeMethod[]> _methods = new();

    public BuiltinClass(string name, ClassKey key, GroovyClass? super, GroovyClass[] interfaces, bool isInterface, Action<ClassBuilder>? populate)
        : base(name)
    {
        Key = key;
        _super = super;
        _interfaces = interfaces;
        IsInterface = isInterface;
        _members = new Lazy<Members>(() =>
        {
            var builder = new ClassBuilder(this);
            populate?.Invoke(builder);
            return builder.Build();
        });
    }

    public ClassKey Key { get; }

    public bool IsPrimitive { get; init; }

    /// <summary>For a primitive its box (int: Integer), else the class itself.</summary>
    public BuiltinClass Boxed => BoxedClass ?? this;

    public BuiltinClass? BoxedClass { get; init; }

    /// <summary>For a class of exceptions its place in the tree that catch clauses see.</summary>
    public ThrowableClass? Throwable { get; init; }

    /// <summary>The single method of a functional interface, which a closure stands in for.</summary>
    public string? FunctionalMethod { get; init; }

    public GroovyClass? ArrayElement { get; init; }

    public override string SimpleName => ArrayElement is { } element ? element.SimpleName + "[]" : base.SimpleName;

    public override GroovyClass? Super => _super;

    public override IReadOnlyList<GroovyClass> Interfaces => _interfaces;

    public override bool IsInterface { get; }

    public Members Own => _members.Value;

    /// <summary>Methods of a name, this class' own before inherited ones.</summary>
    public NativeMethod[] FindMethods(string name) => _methods.TryGetValue(name, out var known) ? known : Remember(_methods, name, Collect(name));

    public NativeMethod[] FindStatics(string name) => Own.Statics.TryGetValue(name, out var found) ? found : [];

    public IEnumerable<NativeMethod> AllMethods()
    {
        foreach (var ancestor in Ancestors.OrderBy(a => a.Value).Select(a => a.Key).OfType<BuiltinClass>())
        {
            foreach (var method in ancestor.Own.Methods.Values.SelectMany(m => m))
            {
                yield return method;
            }
        }
    }

    // Scripts choose the names that are asked for, so what is remembered is bounded.
    private static NativeMethod[] Remember(System.Collections.Concurrent.ConcurrentDictionary<string, NativeMethod[]> cache, string name, NativeMethod[] methods)
    {
        if (methods.Length > 0)
        {
            cache.TryAdd(name, methods);
        }

        return methods;
    }

    private NativeMethod[] Collect(string name)
    {
        var found = new List<NativeMethod>();
        foreach (var ancestor in Ancestors.OrderBy(a => a.Value).Select(a => a.Key).OfType<BuiltinClass>())
        {
            if (!ancestor.Own.Methods.TryGetValue(name, out var methods))
            {
                continue;
            }

            foreach (var method in methods)
            {
                if (!found.Exists(f => f.HasSameParameters(method)))
                {
                    found.Add(method);
                }
            }
        }

        return [.. found];
    }

    internal sealed record Members(
        Dictionary<string, NativeMethod[]> Methods,
        Dictionary<string, NativeMethod[]> Statics,
        Dictionary<string, object?> Constants,
        NativeMethod[] Constructors);
}
