namespace Slipway.Groovy.Runtime;

/// <summary>A method of the library that never waits. Arguments have the declared types; the span is the caller's own stack and must not be kept.</summary>
internal delegate object? NativeFunction(Fiber fiber, object? self, Span<object?> args);

/// <summary>A method of the library that calls back into the script or the host and may therefore wait.</summary>
internal delegate ValueTask<object?> NativeAsyncFunction(Fiber fiber, object? self, object?[] args);

/// <summary>One overload of a library method.</summary>
internal sealed class NativeMethod
{
    private readonly bool _takesAnything;

    public NativeMethod(BuiltinClass declaring, string name, GroovyClass[] parameters, bool isVarargs, NativeFunction? function, NativeAsyncFunction? asyncFunction, bool isStatic)
    {
        Declaring = declaring;
        Name = name;
        Parameters = parameters;
        IsVarargs = isVarargs;
        Function = function;
        AsyncFunction = asyncFunction;
        IsStatic = isStatic;
        _takesAnything = !isVarargs && parameters.All(p => p is BuiltinClass { Key: ClassKey.Object });
    }

    public BuiltinClass Declaring { get; }

    public string Name { get; }

    public GroovyClass[] Parameters { get; }

    public bool IsVarargs { get; }

    public NativeFunction? Function { get; }

    public NativeAsyncFunction? AsyncFunction { get; }

    public bool IsStatic { get; }

    public bool HasSameParameters(NativeMethod other) => IsVarargs == other.IsVarargs && Parameters.AsSpan().SequenceEqual(other.Parameters);

    /// <summary>How far the arguments are from the parameters; negative where they do not fit.</summary>
    public int Distance(ReadOnlySpan<object?> args)
    {
        if (!IsVarargs)
        {
            if (args.Length != Parameters.Length)
            {
                return -1;
            }

            return _takesAnything ? args.Length * 50 : Overloads.Distance(Parameters, args);
        }

        var fixedCount = Parameters.Length - 1;
        if (args.Length < fixedCount)
        {
            return -1;
        }

        var total = Overloads.Distance(Parameters.AsSpan(0, fixedCount), args[..fixedCount]);
        if (total < 0)
        {
            return -1;
        }

        if (args.Length == Parameters.Length && args[^1] is GroovyArray)
        {
            return total;
        }

        foreach (var extra in args[fixedCount..])
        {
            var distance = Overloads.Distance(Parameters[^1], extra);
            if (distance < 0)
            {
                return -1;
            }

            total += distance;
        }

        return total + 100;
    }

    /// <summary>Turns arguments that fit into the declared types, in place.</summary>
    public void Convert(Span<object?> args)
    {
        if (_takesAnything)
        {
            return;
        }

        for (var i = 0; i < args.Length; i++)
        {
            var parameter = Parameters[Math.Min(i, Parameters.Length - 1)];
            args[i] = Overloads.Convert(args[i], parameter);
        }
    }

    public override string ToString() => Name + "(" + string.Join(", ", Parameters.Select((p, i) => p.Name + (IsVarargs && i == Parameters.Length - 1 ? "[]" : ""))) + ")";
}

/// <summary>Collects what a script can reach of one library class; see <see cref="ClassTable"/> for the classes themselves.</summary>
internal sealed class ClassBuilder(BuiltinClass @class)
{
    private readonly Dictionary<string, List<NativeMethod>> _methods = [];
    private readonly Dictionary<string, List<NativeMethod>> _statics = [];
    private readonly Dictionary<string, object?> _constants = [];
    private readonly List<NativeMethod> _constructors = [];

    /// <param name="signature">Name and parameter classes by their simple names: <c>substring(int,int)</c>; a last one may end in <c>...</c></param>
    public void Method(string signature, NativeFunction function) => Add(_methods, Parse(signature, function, null, isStatic: false));

    public void Async(string signature, NativeAsyncFunction function) => Add(_methods, Parse(signature, null, function, isStatic: false));

    public void Static(string signature, NativeFunction function) => Add(_statics, Parse(signature, function, null, isStatic: true));

    public void StaticAsync(string signature, NativeAsyncFunction function) => Add(_statics, Parse(signature, null, function, isStatic: true));

    /// <param name="parameters">As in a signature, without a name: <c>(int,String)</c>.</param>
    public void New(string parameters, NativeFunction function) => _constructors.Add(Parse("<init>" + parameters, function, null, isStatic: true));

    public void NewAsync(string parameters, NativeAsyncFunction function) => _constructors.Add(Parse("<init>" + parameters, null, function, isStatic: true));

    public void Constant(string name, object? value) => _constants[name] = value;

    public BuiltinClass.Members Build() => new(
        _methods.ToDictionary(m => m.Key, m => m.Value.ToArray()),
        _statics.ToDictionary(m => m.Key, m => m.Value.ToArray()),
        _constants,
        [.. _constructors]);

    private static void Add(Dictionary<string, List<NativeMethod>> table, NativeMethod method)
    {
        if (!table.TryGetValue(method.Name, out var list))
        {
            table[method.Name] = list = [];
        }

        list.Add(method);
    }

    private NativeMethod Parse(string signature, NativeFunction? function, NativeAsyncFunction? asyncFunction, bool isStatic)
    {
        var open = signature.IndexOf('(', StringComparison.Ordinal);
        var inner = signature[(open + 1)..^1];
        var parts = inner.Length == 0 ? [] : inner.Split(',', StringSplitOptions.TrimEntries);
        var isVarargs = parts.Length > 0 && parts[^1].EndsWith("...", StringComparison.Ordinal);
        var parameters = parts.Select(p => (GroovyClass)ClassTable.Simple(p.Replace("...", "", StringComparison.Ordinal))).ToArray();
        return new NativeMethod(@class, signature[..open], parameters, isVarargs, function, asyncFunction, isStatic);
    }
}
