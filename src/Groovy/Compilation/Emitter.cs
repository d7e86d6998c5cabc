using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

/// <summary>A place that jumps aim at, known or not yet.</summary>
internal sealed class Label
{
    public int Position = -1;
}

/// <summary>Collects the instructions of one function, then binds jumps, fuses common pairs and measures the operand stack.</summary>
internal sealed class Emitter
{
    private readonly List<Instruction> _code = [];
    private readonly List<Span> _spans = [];
    private readonly List<object?> _constants = [];
    private readonly Dictionary<object, int> _known = [];
    private readonly List<(int At, Label Label, bool InB)> _jumps = [];
    private readonly List<(Label Start, Label End, Label Target, TypeRef[]? Types)> _handlers = [];

    public int Position => _code.Count;

    public int Constant(object? value)
    {
        // Boxed values of one class and equal text are one constant; everything else stands for itself.
        if (value is string or int or long or char && _known.TryGetValue(value, out var at))
        {
            return at;
        }

        _constants.Add(value);
        if (value is string or int or long or char)
        {
            _known[value] = _constants.Count - 1;
        }

        return _constants.Count - 1;
    }

    public void Emit(Op op, Span span, int a = 0, int b = 0, int c = 0)
    {
        _code.Add(new Instruction { Op = op, A = a, B = b, C = (ushort)c });
        _spans.Add(span);
    }

    public void EmitJump(Op op, Span span, Label label, int other = 0, int c = 0)
    {
        var inB = op is Op.JumpIfSupplied or Op.Next or Op.JumpIfPending;
        _jumps.Add((_code.Count, label, inB));
        _code.Add(new Instruction { Op = op, A = inB ? other : 0, C = (ushort)c });
        _spans.Add(span);
    }

    public void Mark(Label label) => label.Position = _code.Count;

    public void Guard(Label start, Label end, Label target, TypeRef[]? types)
    {
        if (start.Position != end.Position)
        {
            _handlers.Add((start, end, target, types));
        }
    }

    public FunctionParts Finish(HashSet<int> captured, ScriptContext context)
    {
        var code = _code.ToArray();
        foreach (var (at, label, inB) in _jumps)
        {
            if (inB)
            {
                code[at].B = label.Position;
            }
            else
            {
                code[at].A = label.Position;
            }
        }

        for (var i = 0; i < code.Length; i++)
        {
            ref var at = ref code[i];
            switch (at.Op)
            {
                case Op.LoadLocal when captured.Contains(at.A):
                    at.Op = Op.LoadCell;
                    break;
                case Op.StoreLocal when captured.Contains(at.A):
                    at.Op = Op.StoreCell;
                    break;
                case Op.DeclareCell when !captured.Contains(at.A):
                    at.Op = Op.StoreLocal;
                    break;
                case Op.Jump when at.A <= i:
                    at.Op = Op.JumpBack;
                    break;
            }
        }

        var handlers = _handlers.Select(h => new Handler(h.Start.Position, h.End.Position, h.Target.Position, h.Types)).ToArray();
        var depth = StackDepth.Measure(code, handlers, _constants);
        if (code.Length > 1_000_000)
        {
            context.Report("GRV305", "This method is too long to compile. Split it up.", _spans[0]);
        }

        return new FunctionParts(code, [.. _constants], [.. _spans], handlers, depth);
    }
}

internal sealed record FunctionParts(Instruction[] Code, object?[] Constants, Span[] Spans, Handler[] Handlers, int MaxStack);

/// <summary>Follows the instructions to find how deep the operand stack gets. A compiler that left it uneven would be found here.</summary>
internal static class StackDepth
{
    public static int Measure(Instruction[] code, Handler[] handlers, List<object?> constants)
    {
        var at = new int[code.Length + 1];
        Array.Fill(at, -1);
        foreach (var handler in handlers)
        {
            at[handler.Target] = 1;
        }

        var depth = 0;
        var reachable = true;
        var deepest = 1;
        for (var i = 0; i < code.Length; i++)
        {
            if (at[i] >= 0)
            {
                if (reachable && depth != at[i])
                {
                    throw new InvalidOperationException($"Uneven operand stack at instruction {i} ({code[i]}): {depth} and {at[i]}");
                }

                depth = at[i];
                reachable = true;
            }
            else if (!reachable)
            {
                // Code behind a jump that nothing aims at; statements start with an empty stack.
                depth = 0;
                reachable = true;
            }

            ref var ins = ref code[i];
            depth += Effect(ins, constants);
            deepest = Math.Max(deepest, depth + 2);
            switch (ins.Op)
            {
                case Op.Jump:
                    at[ins.A] = depth;
                    reachable = false;
                    break;
                case Op.JumpBack or Op.Return or Op.Throw or Op.AssertFail or Op.Invalid:
                    reachable = false;
                    break;
                case Op.JumpIfTrueKeep:
                    at[ins.A] = depth + 1;
                    break;
                case Op.JumpIfTrue or Op.JumpIfFalse or Op.JumpIfNullKeep
                    or Op.JumpIfNotLess or Op.JumpIfNotLessOrEqual or Op.JumpIfNotGreater or Op.JumpIfNotGreaterOrEqual or Op.JumpIfNotEqual or Op.JumpIfEqual:
                    at[ins.A] = depth;
                    break;
                case Op.JumpIfSupplied or Op.JumpIfPending:
                    at[ins.B] = depth;
                    break;
                case Op.Next:
                    at[ins.B] = depth - 1;
                    break;
            }
        }

        return deepest;
    }

    private static int Effect(in Instruction ins, List<object?> constants)
    {
        switch (ins.Op)
        {
            case Op.Const or Op.Null or Op.True or Op.False or Op.Dup or Op.DupX1 or Op.DupX2 or Op.LoadLocal or Op.LoadCell or Op.LoadCapture or Op.LoadTopLevel
                or Op.LoadThis or Op.LoadSelf or Op.LoadName or Op.LoadClass or Op.GetSuperProperty or Op.AddLocalConst or Op.MakeClosure or Op.Next:
                return 1;
            case Op.Dup2:
                return 2;
            case Op.Pop or Op.StoreLocal or Op.StoreCell or Op.DeclareCell or Op.StoreCapture or Op.StoreTopLevel or Op.StoreName or Op.GetNamedProperty or Op.SpreadProperty or Op.GetIndex
                or Op.ApplyProperties or Op.JumpIfTrue or Op.JumpIfFalse or Op.JumpIfTrueKeep or Op.ListAdd or Op.ListSpread or Op.MapSpread or Op.MakeRange or Op.MethodPointer
                or Op.Return or Op.Throw or Op.AssertFail or Op.IsCase or Op.Find or Op.Match
                or (>= Op.Add and <= Op.Compare):
                return -1;
            case Op.SetProperty or Op.SetField or Op.MapPut
                or Op.JumpIfNotLess or Op.JumpIfNotLessOrEqual or Op.JumpIfNotGreater or Op.JumpIfNotGreaterOrEqual or Op.JumpIfNotEqual or Op.JumpIfEqual:
                return -2;
            case Op.SetNamedProperty or Op.SetIndex:
                return -3;
            case Op.Call or Op.CallValue or Op.CallSpread:
                return -((CallSite)constants[ins.A]!).ArgumentCount;
            case Op.CallNamed:
                return -((CallSite)constants[ins.A]!).ArgumentCount - 1;
            case Op.CallFree or Op.CallSuper or Op.New or Op.NewAnonymous or Op.NewEnumConstant:
                return 1 - ((CallSite)constants[ins.A]!).ArgumentCount;
            case Op.CallSuperConstructor:
                return -((CallSite)constants[ins.A]!).ArgumentCount;
            case Op.NewArray:
                return 1 - ins.B;
            case Op.MakeList:
                return 1 - ins.A;
            case Op.MakeMap:
                return 1 - (2 * ins.A);
            case Op.MakeGString:
                return 1 - ins.B;
            default:
                return 0;
        }
    }
}
