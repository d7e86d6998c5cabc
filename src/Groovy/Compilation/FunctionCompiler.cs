using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

/// <summary>A local variable while its function is compiled.</summary>
internal sealed class Variable(string name, int slot, FunctionCompiler owner, TypeRef? type, bool isTopLevel = false)
{
    public string Name { get; } = name;

    public int Slot { get; } = slot;

    public FunctionCompiler Owner { get; } = owner;

    public TypeRef? Type { get; } = type;

    public bool IsTopLevel { get; } = isTopLevel;
}

/// <summary>The class around a method while it is compiled.</summary>
internal sealed record ClassScope(ClassNode? Node, string Name, ClassScope? Outer);

/// <summary>
/// Compiles one function. Local variables get slots; those that closures share are found while the closures are compiled and become cells when the
/// function is finished. At statement level the operand stack is empty: loops, switches and finally keep what they need in hidden locals, so that an
/// exception handler always starts from an empty stack.
/// </summary>
internal sealed partial class FunctionCompiler
{
    private readonly ScriptContext _context;
    private readonly FunctionCompiler? _parent;
    private readonly FunctionKind _kind;
    private readonly ClassScope? _class;
    private readonly string _className;
    private readonly string _name;
    private readonly bool _isStatic;
    private readonly Emitter _emit = new();
    private readonly List<Dictionary<string, Variable>> _scopes = [[]];
    private readonly HashSet<int> _captured = [];
    private readonly List<(Variable Variable, CaptureSource Source)> _captures = [];
    private TypeRef? _returnType;
    private int _localCount;
    private ControlScope? _control;
    private int _recorder = -1;
    private SourceText Source => _context.Source;

    public FunctionCompiler(ScriptContext context, FunctionCompiler? parent, FunctionKind kind, ClassScope? @class, string name, string className, bool isStatic)
    {
        _context = context;
        _parent = parent;
        _kind = kind;
        _class = @class;
        _name = name;
        _className = className;
        _isStatic = isStatic;
    }

    /// <summary>Variables of functions around this one that it shares, in the order of its capture slots.</summary>
    public CaptureSource[] Captures => [.. _captures.Select(c => c.Source)];

    public static FunctionCode ScriptBody(ScriptContext context, ScriptNode script)
    {
        var compiler = new FunctionCompiler(context, null, FunctionKind.ScriptBody, null, "run", context.ScriptClassName, isStatic: false);
        compiler.TailStatements(script.Statements, script.Span);
        return compiler.Finish(script.Span, [], hasImplicitIt: false);
    }

    public static FunctionCode Fragment(ScriptContext context, BlockStatement block)
    {
        var compiler = new FunctionCompiler(context, null, FunctionKind.Fragment, null, "run", context.ScriptClassName, isStatic: false);
        compiler.TailStatements(block.Statements, block.Span);
        return compiler.Finish(block.Span, [], hasImplicitIt: false);
    }

    /// <summary>Stands for the body of an anonymous class: collects what its members share with the function around it.</summary>
    public FunctionCompiler ClassBody() => new(_context, this, FunctionKind.Closure, _class, _name, _className, isStatic: false);

    public static FunctionCode Method(ScriptContext context, MethodNode method, ClassScope? @class, string className, FunctionCompiler? parent)
    {
        var compiler = new FunctionCompiler(
            context,
            parent,
            method.IsConstructor ? FunctionKind.Constructor : FunctionKind.Method,
            @class,
            method.IsConstructor ? "<init>" : method.Name,
            className,
            method.Modifiers.HasFlag(Modifiers.Static));
        return compiler.CompileMethod(method);
    }

    public static FunctionCode Initializer(ScriptContext context, ClassScope? @class, string className, bool isStatic, FunctionCompiler? parent, Action<FunctionCompiler> emit, Span span)
    {
        var compiler = new FunctionCompiler(context, parent, FunctionKind.Initializer, @class, isStatic ? "<clinit>" : "<init>", className, isStatic);
        emit(compiler);
        compiler._emit.Emit(Op.Null, span);
        compiler._emit.Emit(Op.Return, span);
        return compiler.Finish(span, [], hasImplicitIt: false);
    }

    // ---- building blocks for ClassCompiler ----

    public void InitializeField(FieldNode field)
    {
        var span = field.Span;
        _emit.Emit(Op.LoadThis, span);
        Value(field.Initializer!);
        CastTo(_context.Resolve(field.Type), span);
        _emit.Emit(Op.SetField, span, _emit.Constant(field.Name));
    }

    public void EnumConstant(EnumConstantNode node, int ordinal, ClassCode? body)
    {
        var site = Arguments(node.Arguments, node.Name);
        _emit.Emit(Op.NewEnumConstant, node.Span, _emit.Constant(site), _emit.Constant(new EnumConstantCode(node.Name, ordinal, body)));
        _emit.Emit(Op.Pop, node.Span);
    }

    public void InitializerBlock(BlockStatement block) => Block(block);

    /// <summary>The constructor of a class that declares none; its optional argument is the map of properties.</summary>
    public static FunctionCode DefaultConstructor(ScriptContext context, ClassScope scope, string className, FunctionCompiler? parent, Span span, bool passesArguments)
    {
        var compiler = new FunctionCompiler(context, parent, FunctionKind.Constructor, scope, "<init>", className, isStatic: false);
        var arguments = compiler.Declare("args", null, span);
        if (passesArguments)
        {
            // An anonymous class hands all it gets to the class that it extends.
            compiler._emit.Emit(Op.LoadLocal, span, arguments.Slot);
            compiler._emit.Emit(Op.CallSuperConstructor, span, compiler._emit.Constant(new CallSite("super", 1, hasNamed: false, hasSpread: true)));
            compiler._emit.Emit(Op.InitializeFields, span);
        }
        else
        {
            compiler._emit.Emit(Op.CallSuperConstructor, span, compiler._emit.Constant(new CallSite("super", 0, hasNamed: false, hasSpread: false)));
            compiler._emit.Emit(Op.InitializeFields, span);
            compiler._emit.Emit(Op.LoadLocal, span, arguments.Slot);
            compiler._emit.Emit(Op.ApplyProperties, span);
        }

        compiler._emit.Emit(Op.Null, span);
        compiler._emit.Emit(Op.Return, span);
        var any = passesArguments ? new TypeRef("Object", 1, Runtime.ClassTable.ArrayOf(Runtime.ClassTable.Object), [], span) : new TypeRef("Map", 0, Runtime.ClassTable.Find("java.util.Map"), [], span);
        return compiler.Finish(span, [new ParameterCode("args", any, HasDefault: true, IsVarargs: passesArguments)], hasImplicitIt: false);
    }

    // ---- functions ----

    private FunctionCode CompileMethod(MethodNode method)
    {
        if (method.Body is null)
        {
            var parameters = Parameters(method.Parameters);
            _emit.Emit(Op.Null, method.Span);
            _emit.Emit(Op.Return, method.Span);
            return Finish(method.Span, parameters, hasImplicitIt: false, isAbstract: true);
        }

        _returnType = method.ReturnType is { Name: "void" } ? null : _context.Resolve(method.ReturnType);
        var declared = Parameters(method.Parameters);
        if (method.IsConstructor)
        {
            ConstructorBody(method.Body);
        }
        else if (method.ReturnType is { Name: "void", ArrayRank: 0 })
        {
            Block(method.Body);
            _emit.Emit(Op.Null, method.Span);
            _emit.Emit(Op.Return, method.Span);
        }
        else
        {
            TailStatements(method.Body.Statements, method.Body.Span);
        }

        return Finish(method.Span, declared, hasImplicitIt: false);
    }

    private void ConstructorBody(BlockStatement body)
    {
        var statements = body.Statements;
        var chained = statements.Count > 0 && statements[0] is ExpressionStatement { Expression: CallExpression { Target: null, SimpleName: "super" or "this" } call } ? call : null;
        var isThis = chained?.SimpleName == "this";
        var site = Arguments(chained?.Arguments ?? [], isThis ? "this" : "super");
        _emit.Emit(Op.CallSuperConstructor, chained?.Span ?? body.Span, _emit.Constant(site), isThis ? 1 : 0);
        if (!isThis)
        {
            _emit.Emit(Op.InitializeFields, body.Span);
        }

        foreach (var statement in chained is null ? statements : statements.Skip(1))
        {
            Statement(statement);
        }

        _emit.Emit(Op.Null, body.Span);
        _emit.Emit(Op.Return, body.Span);
    }

    private FunctionCode CompileClosure(ClosureExpression closure)
    {
        ParameterCode[] parameters;
        if (closure.Parameters is null)
        {
            Declare("it", null, closure.Span);
            parameters = [new ParameterCode("it", null, HasDefault: false, IsVarargs: false)];
        }
        else
        {
            parameters = Parameters(closure.Parameters);
        }

        TailStatements(closure.Body.Statements, closure.Body.Span);
        return Finish(closure.Span, parameters, closure.Parameters is null);
    }

    private ParameterCode[] Parameters(IReadOnlyList<ParameterNode> nodes)
    {
        var parameters = new ParameterCode[nodes.Count];
        var variables = new Variable[nodes.Count];
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = nodes[i];
            var type = _context.Resolve(node.Type);
            var isVarargs = node.IsVarargs || (i == nodes.Count - 1 && node.Type is { ArrayRank: > 0 });
            if (node.IsVarargs)
            {
                type = node.Type is null
                    ? new TypeRef("Object", 1, Runtime.ClassTable.ArrayOf(Runtime.ClassTable.Object), [], node.Span)
                    : _context.ResolveAlways(node.Type with { ArrayRank = node.Type.ArrayRank + 1 });
            }

            parameters[i] = new ParameterCode(node.Name, type, node.Default is not null, isVarargs);
            variables[i] = Declare(node.Name, type, node.Span);
        }

        for (var i = 0; i < nodes.Count; i++)
        {
            if (nodes[i].Default is not { } value)
            {
                continue;
            }

            var supplied = new Label();
            _emit.EmitJump(Op.JumpIfSupplied, nodes[i].Span, supplied, i);
            Value(value);
            CastTo(parameters[i].Type, value.Span);
            Store(variables[i], value.Span);
            _emit.Mark(supplied);
        }

        return parameters;
    }

    private FunctionCode Finish(Span span, ParameterCode[] parameters, bool hasImplicitIt, bool isAbstract = false)
    {
        var parts = _emit.Finish(_captured, _context);
        var isVarargs = parameters.Length > 0 && parameters[^1].IsVarargs;
        var capturedParameters = Enumerable.Range(0, parameters.Length).Where(_captured.Contains).ToArray();
        return new FunctionCode
        {
            Name = _name,
            ClassName = _className,
            Kind = _kind,
            Source = Source,
            Span = span,
            Parameters = parameters,
            Code = parts.Code,
            Constants = parts.Constants,
            Spans = parts.Spans,
            Handlers = parts.Handlers,
            MaxStack = parts.MaxStack,
            LocalCount = _localCount,
            Captures = Captures,
            CapturedParameters = capturedParameters,
            IsStatic = _isStatic,
            IsAbstract = isAbstract,
            IsVarargs = isVarargs,
            HasImplicitIt = hasImplicitIt,
            RequiredCount = parameters.Count(p => !p.HasDefault) - (isVarargs && !parameters[^1].HasDefault ? 1 : 0),
            IsPlain = !isVarargs && capturedParameters.Length == 0 && parameters.All(p => p.Type is null && !p.HasDefault),
        };
    }

    // ---- variables ----

    private Variable Declare(string name, TypeRef? type, Span span)
    {
        if (_scopes.Exists(s => s.ContainsKey(name)) || (_kind == FunctionKind.Closure && _parent!.IsVisibleLocal(name) && name != "it"))
        {
            _context.Report("GRV301", $"The current scope already contains a variable of the name {name}. Rename one of the two, or assign without 'def'.", span);
        }

        var isTopLevel = _kind == FunctionKind.ScriptBody && _scopes.Count == 1 && _context.Options.SharesTopLevelVariables;
        var variable = new Variable(name, isTopLevel ? -1 : _localCount++, this, type, isTopLevel);
        if (isTopLevel)
        {
            _context.TopLevelNames.Add(name);
        }

        _scopes[^1][name] = variable;
        return variable;
    }

    private bool IsVisibleLocal(string name) => _scopes.Exists(s => s.ContainsKey(name)) || (_kind == FunctionKind.Closure && _parent!.IsVisibleLocal(name));

    private int Hidden() => _localCount++;

    private Variable? FindVariable(string name)
    {
        for (var i = _scopes.Count - 1; i >= 0; i--)
        {
            if (_scopes[i].TryGetValue(name, out var found))
            {
                return found;
            }
        }

        return _parent?.FindVariable(name);
    }

    private int CaptureIndex(Variable variable)
    {
        if (_parent is not null && _kind is FunctionKind.Method or FunctionKind.Constructor or FunctionKind.Initializer)
        {
            // All members of an anonymous class share the captures of its objects.
            return _parent!.CaptureIndex(variable);
        }

        var known = _captures.FindIndex(c => ReferenceEquals(c.Variable, variable));
        if (known >= 0)
        {
            return known;
        }

        CaptureSource source;
        if (ReferenceEquals(variable.Owner, _parent))
        {
            _parent!._captured.Add(variable.Slot);
            source = new CaptureSource(FromLocal: true, variable.Slot);
        }
        else
        {
            source = new CaptureSource(FromLocal: false, _parent!.CaptureIndex(variable));
        }

        _captures.Add((variable, source));
        return _captures.Count - 1;
    }

    private void Load(Variable variable, Span span)
    {
        if (variable.IsTopLevel)
        {
            _emit.Emit(Op.LoadTopLevel, span, _emit.Constant(variable.Name));
        }
        else if (ReferenceEquals(variable.Owner, this))
        {
            _emit.Emit(Op.LoadLocal, span, variable.Slot);
        }
        else
        {
            _emit.Emit(Op.LoadCapture, span, CaptureIndex(variable));
        }
    }

    private void Store(Variable variable, Span span)
    {
        if (variable.IsTopLevel)
        {
            _emit.Emit(Op.StoreTopLevel, span, _emit.Constant(variable.Name));
        }
        else if (ReferenceEquals(variable.Owner, this))
        {
            _emit.Emit(Op.StoreLocal, span, variable.Slot);
        }
        else
        {
            _emit.Emit(Op.StoreCapture, span, CaptureIndex(variable));
        }
    }

    /// <summary>Gives a variable its first value: a new cell each time where closures share it.</summary>
    private void Initialize(Variable variable, Span span)
    {
        if (variable.IsTopLevel)
        {
            _emit.Emit(Op.StoreTopLevel, span, _emit.Constant(variable.Name), 1);
        }
        else
        {
            _emit.Emit(Op.DeclareCell, span, variable.Slot);
        }
    }

    private void CastTo(TypeRef? type, Span span)
    {
        if (type is not null)
        {
            _emit.Emit(Op.Cast, span, _emit.Constant(type));
        }
    }

    private void Scoped(Action inside)
    {
        _scopes.Add([]);
        inside();
        _scopes.RemoveAt(_scopes.Count - 1);
    }

    /// <summary>Loops and finally blocks around what is being compiled, innermost first.</summary>
    private abstract class ControlScope(ControlScope? outer)
    {
        public ControlScope? Outer { get; } = outer;
    }

    private sealed class BreakableScope(ControlScope? outer, string? label, Label end, Label? next) : ControlScope(outer)
    {
        public string? Label { get; } = label;

        public Label End { get; } = end;

        /// <summary>Where <c>continue</c> goes; null in a switch or a labelled block.</summary>
        public Label? Next { get; } = next;
    }

    private sealed class FinallyScope(ControlScope? outer, int pending, Label start) : ControlScope(outer)
    {
        /// <summary>The hidden local that says what follows; the one after it holds the value or the exception.</summary>
        public int Pending { get; } = pending;

        public Label Start { get; } = start;

        public List<Action> Exits { get; } = [];
    }
}
