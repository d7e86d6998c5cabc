using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

// Calls, arguments, and making objects.
internal sealed partial class FunctionCompiler
{
    private void Call(CallExpression call)
    {
        if (call.Target is NameExpression { Name: "super" } && call.SimpleName is { } inherited)
        {
            var arguments = Arguments(call.Arguments, inherited);
            _emit.Emit(Op.CallSuper, call.Span, _emit.Constant(arguments));
            Record(call.Name.Span.Start, call.Span);
            return;
        }

        if (call.Target is null)
        {
            FreeCall(call);
            Record(call.Name.Span.Start, call.Span);
            return;
        }

        Value(call.Target);
        var end = new Label();
        if (call.IsSafe)
        {
            _emit.EmitJump(Op.JumpIfNullKeep, call.Span, end);
        }

        if (call.SimpleName is { } name)
        {
            var site = Arguments(call.Arguments, name);
            _emit.Emit(call.IsSpread ? Op.CallSpread : Op.Call, call.Span, _emit.Constant(site));
        }
        else
        {
            Value(call.Name);
            var site = Arguments(call.Arguments, "");
            _emit.Emit(Op.CallNamed, call.Span, _emit.Constant(site), call.IsSpread ? 1 : 0);
        }

        _emit.Mark(end);
        Record(call.Name.Span.Start, call.Span);
    }

    private void FreeCall(CallExpression call)
    {
        if (call.SimpleName is not { } name)
        {
            if (call.Name is GStringExpression)
            {
                _emit.Emit(Op.LoadThis, call.Span);
                Value(call.Name);
                _emit.Emit(Op.CallNamed, call.Span, _emit.Constant(Arguments(call.Arguments, "")));
                return;
            }

            Value(call.Name);
            _emit.Emit(Op.CallValue, call.Span, _emit.Constant(Arguments(call.Arguments, "call")));
            return;
        }

        if (FindVariable(name) is { } variable)
        {
            Load(variable, call.Name.Span);
            _emit.Emit(Op.CallValue, call.Span, _emit.Constant(Arguments(call.Arguments, name)));
        }
        else if (IsTopLevelFromFragment(name))
        {
            _emit.Emit(Op.LoadTopLevel, call.Name.Span, _emit.Constant(name));
            _emit.Emit(Op.CallValue, call.Span, _emit.Constant(Arguments(call.Arguments, name)));
        }
        else if (_context.TryStaticImport(name, out var imported) && _context.TryClass(imported.Class, call.Span) is { } owner)
        {
            _emit.Emit(Op.LoadClass, call.Span, _emit.Constant(owner));
            _emit.Emit(Op.Call, call.Span, _emit.Constant(Arguments(call.Arguments, imported.Member)));
        }
        else
        {
            _emit.Emit(Op.CallFree, call.Span, _emit.Constant(Arguments(call.Arguments, name)));
        }
    }

    /// <summary>Leaves the arguments on the stack: named ones as a map in front; all in one list where some are spread.</summary>
    private CallSite Arguments(IReadOnlyList<Argument> arguments, string name)
    {
        var span = arguments.Count > 0 ? arguments[0].Span : default;
        var named = arguments.Where(a => a is NamedArgument or SpreadArgument { IsMap: true }).ToList();
        var positional = arguments.Where(a => a is not (NamedArgument or SpreadArgument { IsMap: true })).ToList();
        var spreads = positional.Any(a => a is SpreadArgument) || positional.Count > 200;
        if (spreads)
        {
            _emit.Emit(Op.MakeList, span);
        }

        if (named.Count > 0)
        {
            MapEntries(named.Select(a => a is NamedArgument n ? ((Expression?)n.Key, n.Value, n.Span) : (null, a.Value, a.Span)), span);
            if (spreads)
            {
                _emit.Emit(Op.ListAdd, span);
            }
        }

        foreach (var argument in positional)
        {
            Value(argument.Value);
            if (spreads)
            {
                _emit.Emit(argument is SpreadArgument ? Op.ListSpread : Op.ListAdd, argument.Span);
            }
        }

        return new CallSite(name, spreads ? 1 : positional.Count + (named.Count > 0 ? 1 : 0), named.Count > 0, spreads)
        {
            CastsToObject = arguments is [PositionalArgument { Value: CastExpression { IsCoercion: false, Type: { Name: "Object", ArrayRank: 0 } } }],
        };
    }

    private void New(NewExpression creation)
    {
        var type = _context.ResolveAlways(creation.Type);
        var site = Arguments(creation.Arguments, creation.Type.Name);
        if (creation.Body is { } body)
        {
            var compiled = ClassCompiler.CompileAnonymous(_context, body, creation.Type, this, _class);
            _emit.Emit(Op.NewAnonymous, creation.Span, _emit.Constant(site), _emit.Constant(compiled));
            return;
        }

        _emit.Emit(Op.New, creation.Span, _emit.Constant(site), _emit.Constant(type));
    }

    private void NewArray(NewArrayExpression array)
    {
        if (array.Initializer is { } items)
        {
            List(items, array.Span);
            _emit.Emit(Op.MakeArray, array.Span, _emit.Constant(_context.ResolveAlways(array.ElementType with { ArrayRank = Math.Max(0, array.ElementType.ArrayRank) })));
            return;
        }

        foreach (var size in array.Sizes)
        {
            Value(size);
        }

        _emit.Emit(Op.NewArray, array.Span, _emit.Constant(_context.ResolveAlways(array.ElementType)), array.Sizes.Count);
    }
}
