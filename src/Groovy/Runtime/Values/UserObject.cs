using Slipway.Groovy.Compilation;

namespace Slipway.Groovy.Runtime;

/// <summary>A method of a script's class, its types resolved.</summary>
internal sealed class UserMethod(FunctionCode code, UserClass declaring, GroovyClass[] parameterClasses)
{
    public FunctionCode Code { get; } = code;

    public UserClass Declaring { get; } = declaring;

    public GroovyClass[] ParameterClasses { get; } = parameterClasses;

    public bool IsStatic => Code.IsStatic;

    public bool HasSameParameters(UserMethod other) => ParameterClasses.AsSpan().SequenceEqual(other.ParameterClasses);

    public override string ToString() => Code.Name + "(" + string.Join(", ", ParameterClasses.Select((p, i) => p.Name + (Code.IsVarargs && i == ParameterClasses.Length - 1 ? "[]" : ""))) + ")";
}

internal sealed record UserField(string Name, int Slot, bool IsProperty, bool IsFinal, TypeRef? Type, UserClass Declaring);

/// <summary>A class that a script declares, as one run sees it: with its own static variables.</summary>
internal sealed class UserClass : GroovyClass
{
    private readonly GroovyClass? _super;
    private readonly GroovyClass[] _interfaces;
    private readonly Dictionary<string, UserMethod[]> _methods = [];
    private UserMethod[]? _constructors;

    public UserClass(ClassCode code, GroovyClass? super, GroovyClass[] interfaces, Interpreter interpreter, ScriptInstance? script)
        : base(code.Name)
    {
        Code = code;
        _super = super;
        _interfaces = interfaces;
        Interpreter = interpreter;
        Script = script;
        Throwable = super switch
        {
            UserClass { Throwable: { } parent } => new ThrowableClass(code.Name, parent),
            BuiltinClass { Throwable: { } parent } => new ThrowableClass(code.Name, parent),
            _ => null,
        };
    }

    public ClassCode Code { get; }

    public Interpreter Interpreter { get; }

    /// <summary>The script that declares it.</summary>
    public ScriptInstance? Script { get; set; }

    public UserClass? Outer { get; set; }

    public override GroovyClass? Super => _super;

    public override IReadOnlyList<GroovyClass> Interfaces => _interfaces;

    public override bool IsInterface => Code.Kind is Syntax.ClassKind.Interface or Syntax.ClassKind.AnnotationType;

    public ThrowableClass? Throwable { get; }

    /// <summary>All fields by name, inherited ones included.</summary>
    public Dictionary<string, UserField> Fields { get; } = [];

    public int FieldCount { get; private set; }

    public Dictionary<string, Cell> Statics { get; } = [];

    public bool IsInitialized { get; set; }

    public List<UserObject> EnumConstants { get; } = [];

    public bool IsEnum => Code.Kind == Syntax.ClassKind.Enum || (Super is UserClass { IsEnum: true });

    public IReadOnlyDictionary<string, UserMethod[]> Methods => _methods;

    public UserMethod[] Constructors => _constructors ?? [];

    /// <summary>The class below all of a script's own, whose methods the library provides.</summary>
    public BuiltinClass NativeBase
    {
        get
        {
            for (GroovyClass? at = _super; at is not null; at = at.Super)
            {
                if (at is BuiltinClass native)
                {
                    return native;
                }
            }

            return ClassTable.Object;
        }
    }

    public UserMethod[] FindMethods(string name) => _methods.TryGetValue(name, out var found) ? found : [];

    public bool HasMethod(string name) => _methods.ContainsKey(name);

    /// <summary>Lays out fields and methods; parents have been linked before.</summary>
    public void Link()
    {
        var parents = new List<UserClass>();
        foreach (var @interface in _interfaces.OfType<UserClass>())
        {
            parents.Add(@interface);
        }

        if (_super is UserClass parent)
        {
            FieldCount = parent.FieldCount;
            foreach (var (name, field) in parent.Fields)
            {
                Fields[name] = field;
            }

            // After the interfaces, so that what a class inherits wins over what its interfaces only declare; a trait's body wins over both.
            parents.Add(parent);
        }

        foreach (var trait in parents.Where(p => p.Code.Kind == Syntax.ClassKind.Trait))
        {
            foreach (var field in trait.Fields.Values)
            {
                Fields[field.Name] = field with { Slot = FieldCount++ };
            }
        }

        foreach (var field in Code.Fields)
        {
            if (field.IsStatic)
            {
                Statics[field.Name] = new Cell { Value = Interpreter.DefaultOf(field.Type) };
            }
            else
            {
                Fields[field.Name] = new UserField(field.Name, FieldCount++, field.IsProperty, field.IsFinal, field.Type, this);
            }
        }

        var methods = new Dictionary<string, List<UserMethod>>();
        foreach (var ancestor in parents.OrderBy(p => p.Code.Kind == Syntax.ClassKind.Trait ? 2 : ReferenceEquals(p, _super) ? 1 : 0))
        {
            foreach (var (name, inherited) in ancestor.Methods)
            {
                foreach (var method in inherited)
                {
                    Override(methods, name, method);
                }
            }
        }

        foreach (var code in Code.Methods)
        {
            Override(methods, code.Name, Resolve(code));
        }

        foreach (var (name, list) in methods)
        {
            _methods[name] = [.. list];
        }

        _constructors = [.. Code.Constructors.Select(Resolve)];
    }

    private static void Override(Dictionary<string, List<UserMethod>> methods, string name, UserMethod method)
    {
        if (!methods.TryGetValue(name, out var list))
        {
            methods[name] = list = [];
        }

        var same = list.FindIndex(m => m.HasSameParameters(method));
        if (same < 0)
        {
            list.Add(method);
        }
        else if (!method.Code.IsAbstract || list[same].Code.IsAbstract)
        {
            list[same] = method;
        }
    }

    private UserMethod Resolve(FunctionCode code) => new(code, this, [.. code.Parameters.Select(p => Interpreter.ResolveParameter(p, code))]);
}

/// <summary>An object of a class that a script declares. Its fields stand in slots that the class lays out.</summary>
internal class UserObject
{
    public UserObject(UserClass @class)
    {
        Class = @class;
        Fields = @class.FieldCount == 0 ? [] : new object?[@class.FieldCount];
        foreach (var field in @class.Fields.Values)
        {
            if (field.Type is not null)
            {
                Fields[field.Slot] = Interpreter.DefaultOf(field.Type);
            }
        }
    }

    public UserClass Class { get; }

    public object?[] Fields { get; }

    /// <summary>What it is to the library where its class extends one of the library's: the exception behind a script's own exception class.</summary>
    public object? NativeSelf { get; set; }

    /// <summary>For an object of an inner class, the object it was made in.</summary>
    public object? OuterObject { get; set; }

    /// <summary>Variables that an anonymous class shares with the method it stands in.</summary>
    public Cell[] Captures { get; set; } = [];

    /// <summary>For an interface made of a closure or a map (<c>as</c>), what answers its methods.</summary>
    public object? ProxyFor { get; init; }

    public string? EnumName { get; set; }

    public int EnumOrdinal { get; set; }

    public override bool Equals(object? obj)
    {
        if (ReferenceEquals(this, obj))
        {
            return true;
        }

        return Class.HasMethod("equals") && Fiber.Current is { } fiber && Truth.Of(fiber.CallMethodSync(this, "equals", obj));
    }

    public override int GetHashCode() => Class.HasMethod("hashCode") && Fiber.Current is { } fiber && fiber.CallMethodSync(this, "hashCode") is int hash ? hash : Identity.Of(this);

    public override string ToString()
    {
        if (Class.HasMethod("toString") && Fiber.Current is { } fiber)
        {
            return Formatting.ToText(fiber.CallMethodSync(this, "toString"));
        }

        if (EnumName is not null)
        {
            return EnumName;
        }

        return NativeSelf is not null ? Formatting.ToText(NativeSelf is ThrowableValue thrown ? thrown.ToString() : NativeSelf) : Class.Name + "@" + Identity.HashOf(this);
    }
}

/// <summary>A script that runs: its binding, its fields and what it declares.</summary>
internal sealed class ScriptInstance(UserClass @class, GroovyMap binding) : UserObject(@class)
{
    /// <summary>Variables assigned without a declaration.</summary>
    public GroovyMap Binding { get; } = binding;

    public bool AreFieldsSet { get; set; }

    /// <summary>Variables declared at the top of the script, where it was compiled to share them with fragments.</summary>
    public Dictionary<string, Cell> TopLevel { get; } = [];

    public override string ToString() => Class.HasMethod("toString") ? base.ToString() : Class.Name + "@" + Identity.HashOf(this);
}

/// <summary>Numbers that stand for an object's identity, in the order in which they are asked for: the same in every replay.</summary>
internal static class Identity
{
    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<object, object> Outside = new();

    public static int Of(object value)
    {
        if (Fiber.Current is { } fiber)
        {
            return fiber.Interpreter.IdentityOf(value);
        }

        return (int)Outside.GetValue(value, static _ => 1);
    }

    public static string HashOf(object value) => Of(value).ToString("x");
}
