using Slipway.Groovy.Runtime;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

internal enum FunctionKind
{
    ScriptBody,
    Method,
    Constructor,
    Closure,
    Initializer,
    Fragment,
}

/// <summary>A compiled method, closure or script body. Immutable and shared by all runs; caches in its call sites hold nothing of a run.</summary>
internal sealed class FunctionCode
{
    public required string Name { get; init; }

    /// <summary>The class of the closure, or of the object whose method it is, as messages show it.</summary>
    public required string ClassName { get; init; }

    public required FunctionKind Kind { get; init; }

    public required SourceText Source { get; init; }

    public required Span Span { get; init; }

    public ParameterCode[] Parameters { get; init; } = [];

    public required Instruction[] Code { get; init; }

    public required object?[] Constants { get; init; }

    /// <summary>For each instruction the place that it came from.</summary>
    public required Span[] Spans { get; init; }

    public Handler[] Handlers { get; init; } = [];

    public required int LocalCount { get; init; }

    public required int MaxStack { get; init; }

    public CaptureSource[] Captures { get; init; } = [];

    /// <summary>Parameters that closures share: wrapped in cells on entry.</summary>
    public int[] CapturedParameters { get; init; } = [];

    public bool IsStatic { get; init; }

    public bool IsAbstract { get; init; }

    public bool IsVarargs { get; init; }

    /// <summary>Without arrow and parameters: one argument at most, named <c>it</c>.</summary>
    public bool HasImplicitIt { get; init; }

    /// <summary>Parameters without a default.</summary>
    public int RequiredCount { get; init; }

    /// <summary>No types, defaults, varargs or captured parameters: arguments are the first locals as they stand.</summary>
    public bool IsPlain { get; init; }
}

internal sealed record ParameterCode(string Name, TypeRef? Type, bool HasDefault, bool IsVarargs);

/// <summary>Where a closure finds a variable when it is made: in a local of the function around it, or among that one's own captures.</summary>
internal readonly record struct CaptureSource(bool FromLocal, int Index);

/// <summary>Instructions from Start to before End are guarded; an exception of one of the types (all, where null) goes on at Target, on the stack.</summary>
internal sealed record Handler(int Start, int End, int Target, TypeRef[]? Types);

/// <summary>What a call in the source says of itself.</summary>
internal sealed class CallSite(string name, int argumentCount, bool hasNamed, bool hasSpread)
{
    public string Name { get; } = name;

    /// <summary>Values on the stack; one list where arguments are spread.</summary>
    public int ArgumentCount { get; } = argumentCount;

    /// <summary>The first argument is a map made of named arguments.</summary>
    public bool HasNamed { get; } = hasNamed;

    public bool HasSpread { get; } = hasSpread;

    /// <summary>Written as <c>x.f((Object) a)</c>, which tells <c>list.remove</c> that an item is meant and no index.</summary>
    public bool CastsToObject { get; init; }

    /// <summary>The library's methods that this call found last.</summary>
    public MethodCache? Cache;
}

/// <summary>Replaced whole, never changed, so that runs may share it.</summary>
internal sealed record MethodCache(GroovyClass Class, NativeMethod[] Methods);

internal sealed record AssertCode(string Text, int Start);

/// <summary>A class named in the source, with all full names that it can have.</summary>
internal sealed class TypeRef(string name, int arrayRank, BuiltinClass? builtin, string[] candidates, Span span)
{
    public string Name { get; } = name;

    public int ArrayRank { get; } = arrayRank;

    /// <summary>Known while compiling; null where a script or the host declares it.</summary>
    public BuiltinClass? Builtin { get; } = builtin;

    public string[] Candidates { get; } = candidates;

    public Span Span { get; } = span;
}

internal sealed record FieldCode(string Name, TypeRef? Type, bool IsStatic, bool IsProperty, bool IsFinal);

internal sealed record EnumConstantCode(string Name, int Ordinal, ClassCode? Body);

internal sealed class ClassCode
{
    public required string Name { get; init; }

    public required ClassKind Kind { get; init; }

    public bool IsAbstract { get; init; }

    public bool IsStatic { get; init; }

    public required TypeRef? Super { get; init; }

    public required TypeRef[] Interfaces { get; init; }

    public required FieldCode[] Fields { get; init; }

    public required FunctionCode[] Methods { get; init; }

    public required FunctionCode[] Constructors { get; init; }

    /// <summary>Sets the fields of a new object.</summary>
    public FunctionCode? FieldInitializer { get; init; }

    public FunctionCode? StaticInitializer { get; init; }

    public ClassCode? Outer { get; set; }

    public ClassCode[] Inner { get; init; } = [];

    /// <summary>For an anonymous class, the variables that it shares with the code around it.</summary>
    public CaptureSource[] Captures { get; set; } = [];
}

/// <summary>A script ready to run: immutable, to be shared by any number of runs.</summary>
public sealed class CompiledScript
{
    internal CompiledScript(SourceText source, ClassCode main, FunctionCode body, ClassCode[] classes, IReadOnlyList<Diagnostic> diagnostics, ScriptContext context)
    {
        Source = source;
        Main = main;
        Body = body;
        Classes = classes;
        Diagnostics = diagnostics;
        Context = context;
    }

    public SourceText Source { get; }

    /// <summary>The class that the script's own errors name, such as <c>WorkflowScript</c>.</summary>
    public string ClassName => Main.Name;

    /// <summary>Faults that compiling found. With an error among them the script cannot be loaded.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>Full names of the classes that the script declares.</summary>
    public IEnumerable<string> ClassNames => Classes.Select(c => c.Name);

    /// <summary>Names of the methods that the script declares outside any class.</summary>
    public IEnumerable<string> MethodNames => Main.Methods.Select(m => m.Name).Distinct();

    internal ClassCode Main { get; }

    internal FunctionCode Body { get; }

    internal ClassCode[] Classes { get; }

    internal ScriptContext Context { get; }
}
