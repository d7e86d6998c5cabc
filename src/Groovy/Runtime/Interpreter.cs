using System.Runtime.CompilerServices;
using Slipway.Groovy.Compilation;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Runtime;

/// <summary>What an interpreter works under.</summary>
public sealed record InterpreterOptions
{
    public Limits Limits { get; init; } = Limits.Default;

    /// <summary>Ends the run without a word to the script: no catch clause and no finally block of it runs.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>
    /// Called every few thousand instructions, on the thread that runs the script, with the code that runs. How often depends on nothing but the script and the results of its host calls. A
    /// <see cref="GroovyException"/> from it is thrown in the script; an <see cref="OperationCanceledException"/> takes the script down.
    /// </summary>
    public Action<HostScope>? Checkpoint { get; init; }

    public IEnvironmentEffects Effects { get; init; } = new LiveEnvironmentEffects(TimeProvider.System);

    /// <summary>The class in which a script's unknown names are said to be missing; null for the script's own, as in Groovy alone.</summary>
    public string? VariablesClass { get; init; }

    /// <summary>Classes of exceptions beyond Java's and Groovy's own, such as <c>hudson.AbortException</c>; scripts can make, throw and catch them.</summary>
    public IReadOnlyList<ThrowableClass> ThrowableClasses { get; init; } = [];
}

/// <summary>A script in an interpreter, with its binding.</summary>
public sealed class LoadedScript
{
    internal LoadedScript(CompiledScript code, ScriptInstance instance)
    {
        Code = code;
        Instance = instance;
    }

    public CompiledScript Code { get; }

    /// <summary>Variables that the script assigned without declaring them.</summary>
    public GroovyMap Binding => Instance.Binding;

    /// <summary>What <c>this</c> is in the script, and <c>return this</c> gives: its methods can be called with <see cref="Fiber.CallMethodAsync"/>.</summary>
    public object Self => Instance;

    internal ScriptInstance Instance { get; }
}

/// <summary>
/// Runs the scripts of one run. Holds what they share: classes, limits, the host. Used by one thread at a time; everything that waits comes back on the
/// scheduler that was current when it was started.
/// </summary>
public sealed class Interpreter
{
    internal static readonly SourceText NoSource = new("host", "");

    private readonly Dictionary<string, UserClass> _classes = [];
    private readonly Dictionary<string, BuiltinClass> _hostThrowables = [];
    private readonly Dictionary<TypeRef, GroovyClass> _resolved = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ClassCode, UserClass> _anonymous = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Node, FunctionCode> _fragments = new(ReferenceEqualityComparer.Instance);
    private readonly ConditionalWeakTable<object, object> _identities = [];
    private readonly List<WeakReference<Fiber>> _fibers = [];
    private readonly List<ScriptInstance> _scripts = [];
    private int _lastIdentity;
    private long _instructions;

    public Interpreter(IScriptHost host, InterpreterOptions? options = null)
    {
        options ??= new InterpreterOptions();
        Host = host;
        Limits = options.Limits;
        CancellationToken = options.CancellationToken;
        Effects = options.Effects;
        Checkpoint = options.Checkpoint;
        VariablesClass = options.VariablesClass;
        Memory = new MemoryMeter(this);
        foreach (var throwable in options.ThrowableClasses)
        {
            DefineThrowable(throwable);
        }
    }

    public IScriptHost Host { get; }

    public Limits Limits { get; }

    public IEnvironmentEffects Effects { get; }

    /// <summary>Instructions that all fibers have run so far, counted in steps of a few thousand.</summary>
    public long Instructions => _instructions;

    internal CancellationToken CancellationToken { get; }

    internal Action<HostScope>? Checkpoint { get; }

    internal string? VariablesClass { get; }

    internal MemoryMeter Memory { get; }

    // ---- values ----

    /// <summary>The text of a value as <c>println</c> and strings show it.</summary>
    public static string Format(object? value) => Formatting.ToText(value);

    /// <summary>What <c>if (value)</c> decides by.</summary>
    public static bool IsTrue(object? value) => Truth.Of(value);

    /// <summary>Groovy's <c>==</c>.</summary>
    public static bool AreEqual(object? left, object? right) => Comparing.AreEqual(left, right);

    /// <summary>The class name of a value as messages show it.</summary>
    public static string TypeName(object? value) => ClassTable.NameOf(value);

    /// <summary>Makes an exception of a class of the library's tree or of one given to <see cref="InterpreterOptions.ThrowableClasses"/>.</summary>
    public static GroovyException NewException(ThrowableClass @class, string? message, ThrowableValue? cause = null) => new(new ThrowableValue(@class, message, cause));

    // ---- scripts ----

    /// <summary>A new line of execution. Branches of a parallel step have one each.</summary>
    public Fiber NewFiber(object? hostContext = null)
    {
        var fiber = new Fiber(this, hostContext);
        _fibers.RemoveAll(f => !f.TryGetTarget(out _));
        _fibers.Add(new WeakReference<Fiber>(fiber));
        return fiber;
    }

    /// <summary>Brings a script and its classes into the interpreter; nothing of it runs yet. Scripts may share one binding.</summary>
    /// <exception cref="GroovyCompilationException">The script has compile errors.</exception>
    public LoadedScript LoadScript(CompiledScript script, GroovyMap? binding = null)
    {
        if (script.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error))
        {
            throw new GroovyCompilationException(script.Diagnostics);
        }

        var main = new UserClass(script.Main, ClassTable.Script, [], this, null);
        main.Link();
        main.IsInitialized = true;
        var instance = new ScriptInstance(main, binding ?? []);
        main.Script = instance;
        DefineClasses(script.Classes, instance);
        _scripts.Add(instance);
        return new LoadedScript(script, instance);
    }

    /// <summary>Runs a script's body. Its result is the value of its last statement.</summary>
    /// <remarks>
    /// The pieces of one interpreter run one at a time: a host whose steps complete elsewhere, or whose scripts recurse deeply through library closures, calls this within a
    /// <see cref="SynchronizationContext"/> that runs one piece after the other, for what waits goes on there.
    /// </remarks>
    /// <exception cref="GroovyException">What the script threw and did not catch; its value's trace says where.</exception>
    public async ValueTask<object?> RunScriptAsync(Fiber fiber, LoadedScript script)
    {
        await InitializeFieldsAsync(fiber, script.Instance);
        return await fiber.RunAsync(script.Code.Body, script.Instance, script.Instance.Class);
    }

    /// <summary>
    /// Runs one expression, statement or block of a tree in the scope of a loaded script: with its binding, methods and classes, and the variables of its top
    /// where it was compiled to share them.
    /// </summary>
    /// <exception cref="GroovyCompilationException">The fragment has compile errors.</exception>
    public async ValueTask<object?> EvaluateAsync(Fiber fiber, LoadedScript script, Node fragment, object? hostContext)
    {
        var code = FragmentCode(script, fragment);
        var outer = fiber.Context;
        fiber.EnterContext(hostContext);
        try
        {
            return await fiber.RunAsync(code, script.Instance, script.Instance.Class);
        }
        finally
        {
            fiber.EnterContext(outer);
        }
    }

    /// <summary>A closure over a block, or the value of a closure expression, in the scope of a loaded script.</summary>
    public Closure MakeClosure(LoadedScript script, Node fragment)
    {
        var expression = fragment as ClosureExpression ?? new ClosureExpression([], fragment as BlockStatement ?? new BlockStatement([(Statement)fragment], fragment.Span), fragment.Span);
        var code = _fragments.GetValueOrDefault(fragment) ?? (_fragments[fragment] = ScriptCompiler.CompileFragment(script.Code, expression));
        // Making a closure calls nothing, so it is there at once.
        var made = new Fiber(this, null).RunAsync(code, script.Instance, script.Instance.Class);
        return made.IsCompletedSuccessfully ? (Closure)made.Result! : throw new InvalidOperationException("Making a closure waited for something");
    }

    /// <summary>Sets the fields (<c>@Field</c>) of a script without running its body: for scripts that are used for their methods.</summary>
    public ValueTask PrepareAsync(Fiber fiber, LoadedScript script) => InitializeFieldsAsync(fiber, script.Instance);

    private FunctionCode FragmentCode(LoadedScript script, Node fragment)
    {
        if (!_fragments.TryGetValue(fragment, out var code))
        {
            _fragments[fragment] = code = ScriptCompiler.CompileFragment(script.Code, fragment);
        }

        return code;
    }

    private static async ValueTask InitializeFieldsAsync(Fiber fiber, ScriptInstance script)
    {
        if (script.Class.Code.FieldInitializer is { } initializer && !script.AreFieldsSet)
        {
            script.AreFieldsSet = true;
            await fiber.RunAsync(initializer, script, script.Class);
        }
    }

    // ---- classes ----

    private void DefineClasses(ClassCode[] classes, ScriptInstance script)
    {
        var open = classes.ToDictionary(c => c.Name);
        foreach (var code in classes)
        {
            Define(code);
        }

        foreach (var code in classes.Where(c => c.Outer is not null))
        {
            _classes[code.Name].Outer = _classes[code.Outer!.Name];
        }

        void Define(ClassCode code)
        {
            if (!open.Remove(code.Name))
            {
                return;
            }

            var super = Parent(code.Super);
            var interfaces = code.Interfaces.Select(i => Parent(i)!).ToArray();
            if (super is null && code.Kind == ClassKind.Enum)
            {
                super = ClassTable.Enum;
            }

            var made = new UserClass(code, super ?? ClassTable.Object, interfaces, this, script);
            _classes[code.Name] = made;
            made.Link();
        }

        GroovyClass? Parent(TypeRef? type)
        {
            if (type is null)
            {
                return null;
            }

            if (type.Candidates.Select(open.GetValueOrDefault).FirstOrDefault(c => c is not null) is { } pending)
            {
                Define(pending);
            }

            return Resolve(type);
        }
    }

    internal UserClass AnonymousClass(ClassCode code, UserClass? outer, ScriptInstance? script)
    {
        if (_anonymous.TryGetValue(code, out var known))
        {
            return known;
        }

        var parent = Resolve(code.Super!);
        var made = parent.IsInterface
            ? new UserClass(code, ClassTable.Object, [parent], this, script)
            : new UserClass(code, parent, [], this, script);
        made.Outer = outer;
        made.Link();
        made.IsInitialized = true;
        return _anonymous[code] = made;
    }

    internal UserClass EnumConstantClass(ClassCode code, UserClass @enum)
    {
        if (_anonymous.TryGetValue(code, out var known))
        {
            return known;
        }

        var made = new UserClass(code, @enum, [], this, @enum.Script) { Outer = @enum };
        made.Link();
        return _anonymous[code] = made;
    }

    /// <summary>An object of an interface whose methods are a closure's or a map's.</summary>
    internal UserObject Proxy(UserClass @interface, object value)
    {
        var proxy = new UserObject(@interface) { ProxyFor = value };
        return proxy;
    }

    internal GroovyClass? TryResolve(TypeRef type)
    {
        if (type.Builtin is { } native)
        {
            return native;
        }

        if (_resolved.TryGetValue(type, out var known))
        {
            return known;
        }

        foreach (var candidate in type.Candidates)
        {
            if (TryClassByName(candidate) is { } found)
            {
                for (var i = 0; i < type.ArrayRank; i++)
                {
                    found = ClassTable.ArrayOf(found);
                }

                return _resolved[type] = found;
            }
        }

        return null;
    }

    internal GroovyClass Resolve(TypeRef type)
    {
        if (TryResolve(type) is { } found)
        {
            return found;
        }

        foreach (var candidate in type.Candidates)
        {
            if (Host.TryGetClass(candidate, out var host))
            {
                return new HostClassValue(host);
            }
        }

        throw Unresolved(type);
    }

    internal GroovyClass? ResolveForNew(TypeRef type, out IHostObject? host)
    {
        host = null;
        if (TryResolve(type) is { } found)
        {
            return found;
        }

        foreach (var candidate in type.Candidates)
        {
            if (Host.TryGetClass(candidate, out host))
            {
                return null;
            }
        }

        throw Unresolved(type);
    }

    internal GroovyClass? TryClassByName(string name) => _classes.TryGetValue(name, out var user) ? user
        : _hostThrowables.TryGetValue(name, out var throwable) ? throwable : null;

    /// <summary>The class of a parameter for choosing overloads; a class that nobody declares takes anything.</summary>
    internal GroovyClass ResolveParameter(ParameterCode parameter, FunctionCode function)
    {
        _ = function;
        return parameter.Type is null ? ClassTable.Object : TryResolve(parameter.Type) ?? ClassTable.Object;
    }

    internal string? HostThrowableName(TypeRef type) => type.Candidates.FirstOrDefault(_hostThrowables.ContainsKey);

    internal bool IsInstance(object? value, TypeRef type)
    {
        if (value is null)
        {
            return false;
        }

        if (TryResolve(type) is { } @class)
        {
            return IsInstance(value, @class);
        }

        if (value is IHostObject host)
        {
            return type.Candidates.Contains(host.TypeName) || host.TypeName.EndsWith("." + type.Name, StringComparison.Ordinal);
        }

        throw Unresolved(type);
    }

    internal bool IsInstance(object? value, GroovyClass @class)
    {
        if (value is null)
        {
            return false;
        }

        if (@class is BuiltinClass { Throwable: { } wanted })
        {
            return value switch
            {
                ThrowableValue thrown => thrown.Class.Is(wanted),
                UserObject { Class.Throwable: { } own } => own.Is(wanted),
                _ => false,
            };
        }

        if (@class is UserClass && value is ThrowableValue { Instance: { } instance })
        {
            return instance.Class.IsSubclassOf(@class);
        }

        return @class.IsInstance(value) || (@class is BuiltinClass { IsPrimitive: true } primitive && primitive.Boxed.IsInstance(value));
    }

    internal static object? DefaultOf(TypeRef? type) => type?.Builtin is { } native ? DefaultOf(native) : null;

    internal static object? DefaultOf(GroovyClass type) => type is not BuiltinClass { IsPrimitive: true } primitive ? null : primitive.Key switch
    {
        ClassKey.Integer => Box.Int(0),
        ClassKey.Long => Box.Long(0),
        ClassKey.Short => (short)0,
        ClassKey.Byte => (sbyte)0,
        ClassKey.Double => 0d,
        ClassKey.Float => 0f,
        ClassKey.Character => '\0',
        ClassKey.Boolean => Box.False,
        _ => null,
    };

    private static GroovyException Unresolved(TypeRef type)
    {
        var near = Suggestions.Nearest(type.Name, ClassTable.SimpleNames);
        return Throw.New(
            "java.lang.NoClassDefFoundError",
            $"unable to resolve class {(type.Candidates.Length == 1 ? type.Candidates[0] : type.Name)}. Scripts can use their own classes and those of the built-in library{(near is null ? "" : $"; did you mean {near}?")}");
    }

    private void DefineThrowable(ThrowableClass throwable)
    {
        if (_hostThrowables.ContainsKey(throwable.Name) || ClassTable.Find(throwable.Name) is not null)
        {
            return;
        }

        GroovyClass parent = ClassTable.Find("java.lang.Exception")!;
        if (throwable.Parent is { } above)
        {
            if (ClassTable.Find(above.Name) is { } known)
            {
                parent = known;
            }
            else
            {
                DefineThrowable(above);
                parent = _hostThrowables[above.Name];
            }
        }

        _hostThrowables[throwable.Name] = ClassTable.MakeThrowable(throwable, parent);
    }

    // ---- bookkeeping ----

    internal void Count(int instructions)
    {
        _instructions += instructions;
        if (_instructions > Limits.Instructions)
        {
            throw Throw.Limit($"The script ran more than its limit of {Limits.Instructions} instructions. Move long computations into a program that a step runs.");
        }
    }

    internal int IdentityOf(object value) => (int)_identities.GetValue(value, _ => ++_lastIdentity + 0x1000);

    internal void ForEachRoot(Action<object?> visit)
    {
        foreach (var script in _scripts)
        {
            visit(script.Binding);
            visit(script);
            foreach (var cell in script.TopLevel.Values)
            {
                visit(cell);
            }
        }

        foreach (var @class in _classes.Values)
        {
            foreach (var cell in @class.Statics.Values)
            {
                visit(cell);
            }
        }

        foreach (var reference in _fibers)
        {
            if (reference.TryGetTarget(out var fiber))
            {
                fiber.ForEachRoot(visit);
            }
        }
    }
}

/// <summary>A class of the host where a script names it.</summary>
internal sealed class HostClassValue(IHostObject host) : GroovyClass(host.TypeName)
{
    public IHostObject Host { get; } = host;

    public override GroovyClass? Super => null;

    public override IReadOnlyList<GroovyClass> Interfaces => [];

    public override bool IsInterface => false;
}
