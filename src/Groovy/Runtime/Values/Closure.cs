using Slipway.Groovy.Compilation;

namespace Slipway.Groovy.Runtime;

/// <summary>The values of groovy.lang.Closure.resolveStrategy.</summary>
public enum ResolveStrategy
{
    OwnerFirst = 0,
    DelegateFirst = 1,
    OwnerOnly = 2,
    DelegateOnly = 3,
    ToSelf = 4,
}

/// <summary>A value that can be called. What it is called with and what it can see depends on its kind.</summary>
public abstract class Closure
{
    private protected Closure(object? owner, object? thisObject)
    {
        Owner = owner;
        ThisObject = thisObject;
        Delegate = owner;
    }

    /// <summary>What encloses it: another closure, or the object or script in whose method it was written.</summary>
    public object? Owner { get; }

    public object? ThisObject { get; }

    /// <summary>Where names are looked for besides the owner.</summary>
    public object? Delegate { get; set; }

    public ResolveStrategy Strategy { get; set; }

    /// <summary>How many arguments it takes; an implicit <c>it</c> counts as one.</summary>
    public abstract int ParameterCount { get; }

    internal abstract IReadOnlyList<GroovyClass> ParameterClasses { get; }

    internal abstract string ClassName { get; }

    /// <summary>A copy with its own delegate and strategy, as <c>clone()</c> and <c>rehydrate</c> make.</summary>
    internal abstract Closure Copy(object? @delegate, object? owner, object? thisObject);

    internal string RenderIn(GString text)
    {
        var fiber = Fiber.Current ?? throw Throw.New("java.lang.IllegalStateException", "A string with closures in it can only be read by a running script");
        return Formatting.ToText(ParameterCount == 0 ? fiber.CallSync(this) : fiber.CallSync(this, text));
    }

    public override string ToString() => ClassName + "@" + Identity.HashOf(this);
}

/// <summary>A closure written in a script.</summary>
internal sealed class ScriptClosure(FunctionCode code, Cell[] captures, object? owner, object? thisObject, UserClass? definingClass, Interpreter interpreter) : Closure(owner, thisObject)
{
    private GroovyClass[]? _parameterClasses;

    public FunctionCode Code { get; } = code;

    public Cell[] Captures { get; } = captures;

    /// <summary>The class in whose body it is written: where <c>super</c> and private members are found.</summary>
    public UserClass? DefiningClass { get; } = definingClass;

    public override int ParameterCount => Code.Parameters.Length;

    internal override IReadOnlyList<GroovyClass> ParameterClasses => _parameterClasses ??= [.. Code.Parameters.Select(p => interpreter.ResolveParameter(p, Code))];

    internal override string ClassName => Code.ClassName;

    internal override Closure Copy(object? @delegate, object? owner, object? thisObject) =>
        new ScriptClosure(Code, Captures, owner, thisObject, DefiningClass, interpreter) { Delegate = @delegate, Strategy = Strategy };
}

/// <summary><c>curry</c>, <c>rcurry</c>, <c>ncurry</c>: some arguments are already there.</summary>
internal sealed class CurriedClosure(Closure inner, object?[] bound, int at) : Closure(inner.Owner, inner.ThisObject)
{
    /// <summary>Where the bound arguments go: from this index on, or before the end where negative.</summary>
    public int At { get; } = at;

    public Closure Inner { get; } = inner;

    public override int ParameterCount { get; } = Math.Max(0, inner.ParameterCount - bound.Length);

    internal override IReadOnlyList<GroovyClass> ParameterClasses
    {
        get
        {
            System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
            return [.. Inner.ParameterClasses.Take(ParameterCount)];
        }
    }

    internal override string ClassName => "org.codehaus.groovy.runtime.CurriedClosure";

    public object?[] Complete(ReadOnlySpan<object?> args)
    {
        var index = At >= 0 ? Math.Min(At, args.Length) : args.Length;
        return [.. args[..index], .. bound, .. args[index..]];
    }

    internal override Closure Copy(object? @delegate, object? owner, object? thisObject) => new CurriedClosure(Inner.Copy(@delegate, owner, thisObject), bound, At) { Delegate = @delegate };
}

/// <summary><c>f &gt;&gt; g</c>: the result of the first is the argument of the second.</summary>
internal sealed class ComposedClosure(Closure first, Closure second) : Closure(first.Owner, first.ThisObject)
{
    public Closure First { get; } = first;

    public Closure Second { get; } = second;

    public override int ParameterCount { get; } = first.ParameterCount;

    internal override IReadOnlyList<GroovyClass> ParameterClasses
    {
        get
        {
            System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
            return First.ParameterClasses;
        }
    }

    internal override string ClassName => "org.codehaus.groovy.runtime.ComposedClosure";

    internal override Closure Copy(object? @delegate, object? owner, object? thisObject) => new ComposedClosure(First, Second) { Delegate = @delegate };
}

/// <summary><c>target.&amp;name</c></summary>
internal sealed class MethodClosure(object? target, string name) : Closure(target, target)
{
    public object? Target { get; } = target;

    public string Name { get; } = name;

    // What it takes is the method's business; iteration hands it one value.
    public override int ParameterCount => 1;

    internal override IReadOnlyList<GroovyClass> ParameterClasses => [ClassTable.Object];

    internal override string ClassName => "org.codehaus.groovy.runtime.MethodClosure";

    internal override Closure Copy(object? @delegate, object? owner, object? thisObject) => new MethodClosure(Target, Name) { Delegate = @delegate };
}

/// <summary>A function of the host or of the library in the hands of a script, callable like any closure.</summary>
public sealed class NativeClosure(string name, int parameterCount, Func<Fiber, IReadOnlyList<object?>, ValueTask<object?>> function) : Closure(null, null)
{
    public string Name { get; } = name;

    public override int ParameterCount { get; } = parameterCount;

    internal Func<Fiber, IReadOnlyList<object?>, ValueTask<object?>> Function { get; } = function;

    internal override IReadOnlyList<GroovyClass> ParameterClasses => [.. Enumerable.Repeat<GroovyClass>(ClassTable.Object, ParameterCount)];

    internal override string ClassName => Name;

    internal override Closure Copy(object? @delegate, object? owner, object? thisObject) => this;
}

/// <summary>A local variable that a closure shares with the code around it.</summary>
internal sealed class Cell
{
    public object? Value;
}
