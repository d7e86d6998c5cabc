using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

/// <summary>
/// All classes that a script can name, besides its own and the host's. The table is closed: a name that is not in it does not exist, and nothing is ever
/// found by reflection.
/// </summary>
internal static class ClassTable
{
    private static readonly Dictionary<string, BuiltinClass> ByName = [];
    private static readonly Dictionary<string, BuiltinClass> BySimpleName = [];
    private static readonly ConcurrentDictionary<string, HostClass> HostClasses = new();
    private static readonly ConcurrentDictionary<GroovyClass, BuiltinClass> Arrays = new();

    // Packages whose classes need no import.
    private static readonly string[] DefaultPackages = ["java.lang.", "java.util.", "java.io.", "java.net.", "groovy.lang.", "groovy.util.", "java.math."];

    static ClassTable()
    {
        Object = Define("java.lang.Object", ClassKey.Object, null, [], Objects.Register);
        Comparable = Interface("java.lang.Comparable", ClassKey.Other);
        var serializable = Interface("java.io.Serializable", ClassKey.Other);
        var cloneable = Interface("java.lang.Cloneable", ClassKey.Other);
        Interface("groovy.lang.GroovyObject", ClassKey.Other);
        Interface("java.lang.AutoCloseable", ClassKey.Other);
        Interface("java.io.Closeable", ClassKey.Other);

        var charSequence = Define("java.lang.CharSequence", ClassKey.CharSequence, null, [], null, isInterface: true);
        String = Define("java.lang.String", ClassKey.String, Object, [charSequence, Comparable, serializable], Strings.Register);
        var gstring = Define("groovy.lang.GString", ClassKey.GString, Object, [charSequence, Comparable, serializable], Strings.RegisterGString);
        GStringImpl = Define("org.codehaus.groovy.runtime.GStringImpl", ClassKey.GString, gstring, [], null);
        Define("java.lang.Boolean", ClassKey.Boolean, Object, [Comparable, serializable], Booleans.Register);
        Define("java.lang.Character", ClassKey.Character, Object, [Comparable, serializable], Characters.Register);
        var number = Define("java.lang.Number", ClassKey.Number, Object, [serializable], NumberMethods.Register);
        Define("java.lang.Integer", ClassKey.Integer, number, [Comparable], NumberMethods.RegisterInteger);
        Define("java.lang.Long", ClassKey.Long, number, [Comparable], NumberMethods.RegisterLong);
        Define("java.lang.Short", ClassKey.Short, number, [Comparable], NumberMethods.RegisterShort);
        Define("java.lang.Byte", ClassKey.Byte, number, [Comparable], NumberMethods.RegisterByte);
        Define("java.lang.Double", ClassKey.Double, number, [Comparable], NumberMethods.RegisterDouble);
        Define("java.lang.Float", ClassKey.Float, number, [Comparable], NumberMethods.RegisterFloat);
        Define("java.math.BigInteger", ClassKey.BigInteger, number, [Comparable], NumberMethods.RegisterBigInteger);
        Define("java.math.BigDecimal", ClassKey.BigDecimal, number, [Comparable], NumberMethods.RegisterBigDecimal);
        Primitive("int", ClassKey.Integer, "Integer");
        Primitive("long", ClassKey.Long, "Long");
        Primitive("short", ClassKey.Short, "Short");
        Primitive("byte", ClassKey.Byte, "Byte");
        Primitive("double", ClassKey.Double, "Double");
        Primitive("float", ClassKey.Float, "Float");
        Primitive("boolean", ClassKey.Boolean, "Boolean");
        Primitive("char", ClassKey.Character, "Character");
        Primitive("void", ClassKey.Void, "Object");

        Class = Define("java.lang.Class", ClassKey.Class, Object, [serializable], Classes.Register);
        ClosureClass = Define("groovy.lang.Closure", ClassKey.Closure, Object, [cloneable, serializable], Closures.Register);
        var iterable = Define("java.lang.Iterable", ClassKey.Iterable, null, [], Iterables.Register, isInterface: true);
        Define("java.util.Iterator", ClassKey.Iterator, null, [], Iterables.RegisterIterator, isInterface: true);
        var collection = Define("java.util.Collection", ClassKey.Collection, null, [iterable], Collections.Register, isInterface: true);
        var list = Define("java.util.List", ClassKey.List, null, [collection], Lists.Register, isInterface: true);
        Define("java.util.Queue", ClassKey.Collection, null, [collection], null, isInterface: true);
        ArrayList = Define("java.util.ArrayList", ClassKey.List, Object, [list, cloneable, serializable], Lists.RegisterArrayList);
        Define("java.util.LinkedList", ClassKey.List, Object, [list, cloneable, serializable], Lists.RegisterLinkedList);
        Define("java.util.Vector", ClassKey.List, Object, [list, cloneable, serializable], Lists.RegisterArrayList);
        Define("java.util.Stack", ClassKey.List, Object, [list, cloneable, serializable], Lists.RegisterArrayList);
        Define("java.util.concurrent.CopyOnWriteArrayList", ClassKey.List, Object, [list, cloneable, serializable], Lists.RegisterArrayList);
        var set = Define("java.util.Set", ClassKey.Set, null, [collection], Sets.Register, isInterface: true);
        var sortedSet = Define("java.util.SortedSet", ClassKey.Set, null, [set], null, isInterface: true);
        Define("java.util.LinkedHashSet", ClassKey.Set, Object, [set, cloneable, serializable], Sets.RegisterLinkedHashSet);
        Define("java.util.HashSet", ClassKey.Set, Object, [set, cloneable, serializable], Sets.RegisterLinkedHashSet);
        Define("java.util.TreeSet", ClassKey.Set, Object, [sortedSet, cloneable, serializable], Sets.RegisterTreeSet);
        var map = Define("java.util.Map", ClassKey.Map, null, [], Maps.Register, isInterface: true);
        var sortedMap = Define("java.util.SortedMap", ClassKey.Map, null, [map], null, isInterface: true);
        Define("java.util.LinkedHashMap", ClassKey.Map, Object, [map, cloneable, serializable], Maps.RegisterLinkedHashMap);
        Define("java.util.HashMap", ClassKey.Map, Object, [map, cloneable, serializable], Maps.RegisterLinkedHashMap);
        Define("java.util.Hashtable", ClassKey.Map, Object, [map, cloneable, serializable], Maps.RegisterLinkedHashMap);
        Define("java.util.concurrent.ConcurrentHashMap", ClassKey.Map, Object, [map, serializable], Maps.RegisterLinkedHashMap);
        Define("java.util.TreeMap", ClassKey.Map, Object, [sortedMap, cloneable, serializable], Maps.RegisterTreeMap);
        Define("java.util.Map$Entry", ClassKey.Other, null, [], Maps.RegisterEntry, isInterface: true);
        BySimpleName["Map.Entry"] = ByName["java.util.Map$Entry"];
        var range = Define("groovy.lang.Range", ClassKey.List, null, [list], Ranges.Register, isInterface: true);
        Define("groovy.lang.IntRange", ClassKey.List, Object, [range], null);
        Define("groovy.lang.ObjectRange", ClassKey.List, Object, [range], null);
        Define("groovy.lang.EmptyRange", ClassKey.List, Object, [range], null);

        Script = Define("groovy.lang.Script", ClassKey.Other, Object, [], Scripts.Register);
        Define("groovy.lang.Binding", ClassKey.Other, Object, [], Scripts.RegisterBinding);
        Enum = Define("java.lang.Enum", ClassKey.Other, Object, [Comparable, serializable], Enums.Register);

        Functional("java.lang.Runnable", "run");
        Functional("java.util.concurrent.Callable", "call");
        Functional("java.util.Comparator", "compare");
        Functional("java.util.function.Function", "apply");
        // How the library's own tables say "any functional interface".
        BySimpleName["Functional"] = ByName["java.util.function.Function"];
        Functional("java.util.function.BiFunction", "apply");
        Functional("java.util.function.Predicate", "test");
        Functional("java.util.function.Supplier", "get");
        Functional("java.util.function.Consumer", "accept");
        Functional("java.util.function.BiConsumer", "accept");
        Functional("java.util.function.UnaryOperator", "apply");

        LibraryClasses.Define();
        DefineThrowables();
        Functional("groovy.lang.Writable", "writeTo");
    }

    public static BuiltinClass Object { get; }

    /// <summary>As <see cref="Object"/>, while the table itself is still being made.</summary>
    public static BuiltinClass? TryObject => Object;

    public static BuiltinClass Comparable { get; }

    public static BuiltinClass String { get; }

    public static BuiltinClass Class { get; }

    public static BuiltinClass ClosureClass { get; }

    public static BuiltinClass ArrayList { get; }

    public static BuiltinClass Script { get; }

    public static BuiltinClass Enum { get; }

    private static BuiltinClass GStringImpl { get; }

    public static IEnumerable<string> SimpleNames => BySimpleName.Keys;

    public static IEnumerable<BuiltinClass> All => ByName.Values;

    /// <summary>A class by its full name.</summary>
    public static BuiltinClass? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>A class by the simple name that a script may use without an import.</summary>
    public static bool TryDefault(string simpleName, [NotNullWhen(true)] out BuiltinClass? found)
    {
        foreach (var package in DefaultPackages)
        {
            if (ByName.TryGetValue(package + simpleName, out found))
            {
                return true;
            }
        }

        return BySimpleName.TryGetValue(simpleName, out found) && (found.IsPrimitive || simpleName.Contains('.', StringComparison.Ordinal));
    }

    /// <summary>For the library's own tables: any class by its simple name, an array as <c>T[]</c>.</summary>
    public static BuiltinClass Simple(string name) => name.EndsWith("[]", StringComparison.Ordinal) ? ArrayOf(Simple(name[..^2])) : BySimpleName[name];

    public static BuiltinClass ArrayOf(GroovyClass element) => Arrays.GetOrAdd(element, static e => new BuiltinClass(
        e is BuiltinClass { IsPrimitive: true } ? "[" + char.ToUpperInvariant(e.Name switch { "long" => 'j', "boolean" => 'z', _ => e.Name[0] }) : e.Name.StartsWith('[') ? "[" + e.Name : "[L" + e.Name + ";",
        ClassKey.Other,
        Object,
        [],
        isInterface: false,
        GroovyArrays.Register)
    { ArrayElement = e });

    public static BuiltinClass Define(string name, ClassKey key, GroovyClass? super, GroovyClass[] interfaces, Action<ClassBuilder>? populate, bool isInterface = false)
    {
        var @class = new BuiltinClass(name, key, super, interfaces, isInterface, populate);
        Add(@class);
        return @class;
    }

    /// <summary>The class of a value; null has none.</summary>
    public static GroovyClass Of(object value) => value switch
    {
        string => String,
        int => ByName["java.lang.Integer"],
        UserObject user => user.Class,
        GroovyList list => ReferenceEquals(list.JavaClass, "java.util.ArrayList") ? ArrayList : ByName.GetValueOrDefault(list.JavaClass, ArrayList),
        GroovyMap map => ByName[map.JavaClass],
        bool => ByName["java.lang.Boolean"],
        GString => GStringImpl,
        Closure => ClosureClass,
        GroovyClass => Class,
        long => ByName["java.lang.Long"],
        double => ByName["java.lang.Double"],
        BigDecimal => ByName["java.math.BigDecimal"],
        BigInteger => ByName["java.math.BigInteger"],
        float => ByName["java.lang.Float"],
        char => ByName["java.lang.Character"],
        short => ByName["java.lang.Short"],
        sbyte => ByName["java.lang.Byte"],
        GroovySet set => ByName[set.JavaClass],
        GroovyRange range => ByName[range.JavaClass],
        GroovyMapEntry => ByName["java.util.Map$Entry"],
        GroovyArray array => ArrayOf(array.ElementClass),
        ThrowableValue { Instance: { } instance } => instance.Class,
        ThrowableValue throwable => OfThrowable(throwable.Class),
        ILibraryValue library => ByName[library.JavaClass],
        IHostObject host => OfHost(host.TypeName),
        _ => Object,
    };

    /// <summary>The class name that messages show.</summary>
    public static string NameOf(object? value) => value switch
    {
        null => "null",
        Closure closure => closure.ClassName,
        IHostObject host => host.TypeName,
        ThrowableValue throwable => throwable.Class.Name,
        GroovyClass c => c.Name,
        GroovyMapEntry => "java.util.LinkedHashMap$Entry",
        _ => Of(value).Name,
    };

    public static GroovyClass OfThrowable(ThrowableClass @class)
    {
        for (var at = @class; at is not null; at = at.Parent)
        {
            if (ByName.TryGetValue(at.Name, out var known))
            {
                return ReferenceEquals(at, @class) || at.Name == @class.Name ? known : HostThrowables.GetOrAdd(@class, static (c, parent) => MakeThrowable(c, parent), known);
            }
        }

        return ByName["java.lang.Throwable"];
    }

    private static ConcurrentDictionary<ThrowableClass, BuiltinClass> HostThrowables { get; } = new();

    public static BuiltinClass MakeThrowable(ThrowableClass @class, GroovyClass parent) =>
        new(@class.Name, ClassKey.Other, parent, [], isInterface: false, b => Throwables.RegisterConstructors(b, @class)) { Throwable = @class };

    // Host objects have few classes; a script cannot choose their names, so this stays small.
    private static HostClass OfHost(string name) => HostClasses.GetOrAdd(name, static n => new HostClass(n));

    private static BuiltinClass Interface(string name, ClassKey key) => Define(name, key, null, [], null, isInterface: true);

    private static void Functional(string name, string method) => Add(new BuiltinClass(name, ClassKey.Functional, null, [], isInterface: true, b => Closures.RegisterFunctional(b, method)) { FunctionalMethod = method });

    private static void Primitive(string name, ClassKey key, string boxed) =>
        Add(new BuiltinClass(name, key, null, [], isInterface: false, null) { IsPrimitive = true, BoxedClass = BySimpleName[boxed] });

    private static void DefineThrowables()
    {
        foreach (var throwable in ThrowableClasses.All)
        {
            var parent = throwable.Parent is null ? Object : ByName[throwable.Parent.Name];
            var @class = throwable.Parent is null
                ? new BuiltinClass(throwable.Name, ClassKey.Other, parent, [], isInterface: false, b => Throwables.Register(b, throwable)) { Throwable = throwable }
                : MakeThrowable(throwable, parent);
            Add(@class);
        }
    }

    private static void Add(BuiltinClass @class)
    {
        ByName.Add(@class.Name, @class);
        BySimpleName.TryAdd(@class.SimpleName, @class);
    }
}

/// <summary>A value of the library that stands for an object of a Java class.</summary>
internal interface ILibraryValue
{
    string JavaClass { get; }
}

/// <summary>The class of objects that the host hands in; it has a name and nothing else.</summary>
internal sealed class HostClass(string name) : GroovyClass(name)
{
    public override GroovyClass? Super => null;

    public override IReadOnlyList<GroovyClass> Interfaces => [];

    public override bool IsInterface => false;
}
