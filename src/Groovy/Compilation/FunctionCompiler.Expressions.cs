using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

internal sealed partial class FunctionCompiler
{
    /// <summary>Compiles an expression whose value is left on the stack.</summary>
    private void Value(Expression expression)
    {
        switch (expression)
        {
            case LiteralExpression literal:
                Literal(literal);
                break;
            case GStringExpression text:
                foreach (var value in text.Values)
                {
                    Value(value);
                }

                _emit.Emit(Op.MakeGString, text.Span, _emit.Constant(text.Strings.ToArray()), text.Values.Count);
                break;
            case NameExpression name:
                Name(name);
                break;
            case ParenthesizedExpression inner:
                Value(inner.Inner);
                break;
            case ListExpression list:
                List(list.Items, list.Span);
                break;
            case MapExpression map:
                Map(map);
                break;
            case RangeExpression range:
                Value(range.From);
                Value(range.To);
                _emit.Emit(Op.MakeRange, range.Span, range.IsExclusive ? 1 : 0);
                break;
            case PropertyExpression property:
                Property(property);
                break;
            case IndexExpression index:
                Value(index.Target);
                IndexValue(index);
                _emit.Emit(Op.GetIndex, index.Span);
                Record(index.Target.Span.End, index.Span);
                break;
            case CallExpression call:
                Call(call);
                break;
            case MethodPointerExpression pointer:
                Value(pointer.Target);
                Value(pointer.Name);
                _emit.Emit(Op.MethodPointer, pointer.Span);
                break;
            case NewExpression creation:
                New(creation);
                break;
            case NewArrayExpression array:
                NewArray(array);
                break;
            case ClosureExpression closure:
                _emit.Emit(Op.MakeClosure, closure.Span, _emit.Constant(Closure(closure)));
                break;
            case UnaryExpression unary:
                Unary(unary, needsValue: true);
                break;
            case BinaryExpression binary:
                Binary(binary);
                break;
            case TypeExpression type:
                _emit.Emit(Op.LoadClass, type.Span, _emit.Constant(_context.ResolveAlways(type.Type)));
                break;
            case CastExpression cast:
                Value(cast.Value);
                if (_context.Resolve(cast.Type) is { } target)
                {
                    _emit.Emit(cast.IsCoercion ? Op.As : Op.Cast, cast.Span, _emit.Constant(target));
                }

                break;
            case AssignmentExpression assignment:
                Assignment(assignment, needsValue: true);
                break;
            case TernaryExpression choice:
                Ternary(choice);
                break;
            case ElvisExpression elvis:
                var end = new Label();
                Value(elvis.Value);
                _emit.EmitJump(Op.JumpIfTrueKeep, elvis.Span, end);
                Value(elvis.Fallback);
                _emit.Mark(end);
                break;
            case SpreadExpression or TupleExpression:
                _context.Report("GRV304", "This cannot stand here: a spread belongs into a list, a map or the arguments of a call, (a, b) on the left of an assignment.", expression.Span);
                _emit.Emit(Op.Null, expression.Span);
                break;
            default:
                throw new InvalidOperationException($"No code for expression {expression.GetType().Name}");
        }
    }

    /// <summary>Compiles an expression for its effect alone.</summary>
    private void Effect(Expression expression)
    {
        switch (expression)
        {
            case AssignmentExpression assignment:
                Assignment(assignment, needsValue: false);
                break;
            case UnaryExpression { Operator: UnaryOperator.PreIncrement or UnaryOperator.PostIncrement or UnaryOperator.PreDecrement or UnaryOperator.PostDecrement } unary:
                Unary(unary, needsValue: false);
                break;
            case ParenthesizedExpression inner:
                Effect(inner.Inner);
                break;
            default:
                Value(expression);
                _emit.Emit(Op.Pop, expression.Span);
                break;
        }
    }

    /// <summary>Compiles a condition that jumps where its truth is <paramref name="jumpIf"/>.</summary>
    private void Condition(Expression expression, Label target, bool jumpIf)
    {
        switch (expression)
        {
            case ParenthesizedExpression inner when _recorder < 0:
                Condition(inner.Inner, target, jumpIf);
                return;
            case UnaryExpression { Operator: UnaryOperator.Not } not when _recorder < 0:
                Condition(not.Operand, target, !jumpIf);
                return;
            case BinaryExpression { Operator: BinaryOperator.And or BinaryOperator.Or } pair when _recorder < 0:
                if (pair.Operator == BinaryOperator.And == jumpIf)
                {
                    // a && b jumping on true, a || b jumping on false: the first alone decides against the jump.
                    var stay = new Label();
                    Condition(pair.Left, stay, !jumpIf);
                    Condition(pair.Right, target, jumpIf);
                    _emit.Mark(stay);
                }
                else
                {
                    Condition(pair.Left, target, jumpIf);
                    Condition(pair.Right, target, jumpIf);
                }

                return;
            case BinaryExpression binary when !jumpIf && _recorder < 0 && Fused(binary.Operator) is { } fused:
                Value(binary.Left);
                Value(binary.Right);
                _emit.EmitJump(fused, binary.Span, target);
                return;
        }

        Value(expression);
        _emit.EmitJump(jumpIf ? Op.JumpIfTrue : Op.JumpIfFalse, expression.Span, target);
    }

    private static Op? Fused(BinaryOperator @operator) => @operator switch
    {
        BinaryOperator.Less => Op.JumpIfNotLess,
        BinaryOperator.LessOrEqual => Op.JumpIfNotLessOrEqual,
        BinaryOperator.Greater => Op.JumpIfNotGreater,
        BinaryOperator.GreaterOrEqual => Op.JumpIfNotGreaterOrEqual,
        BinaryOperator.Equal => Op.JumpIfNotEqual,
        BinaryOperator.NotEqual => Op.JumpIfEqual,
        _ => null,
    };

    // ---- literals and collections ----

    private void Literal(LiteralExpression literal) => Constant(
        literal.Value switch
        {
            BigDecimalText text => Runtime.BigDecimal.Parse(text.Digits),
            BigIntegerText text => System.Numerics.BigInteger.Parse(text.Digits),
            var other => other,
        },
        literal.Span);

    private void Constant(object? value, Span span)
    {
        switch (value)
        {
            case null:
                _emit.Emit(Op.Null, span);
                break;
            case bool b:
                _emit.Emit(b ? Op.True : Op.False, span);
                break;
            default:
                _emit.Emit(Op.Const, span, _emit.Constant(value));
                break;
        }
    }

    private void List(IReadOnlyList<Expression> items, Span span)
    {
        if (!items.Any(i => i is SpreadExpression) && items.Count <= 250)
        {
            foreach (var item in items)
            {
                Value(item);
            }

            _emit.Emit(Op.MakeList, span, items.Count);
            return;
        }

        _emit.Emit(Op.MakeList, span);
        foreach (var item in items)
        {
            if (item is SpreadExpression spread)
            {
                Value(spread.Value);
                _emit.Emit(Op.ListSpread, item.Span);
            }
            else
            {
                Value(item);
                _emit.Emit(Op.ListAdd, item.Span);
            }
        }
    }

    private void Map(MapExpression map) => MapEntries(map.Entries.Select(e => (e.Key, e.Value, e.Span)), map.Span);

    private void MapEntries(IEnumerable<(Expression? Key, Expression Value, Span Span)> entries, Span span)
    {
        _emit.Emit(Op.MakeMap, span);
        foreach (var (key, value, at) in entries)
        {
            if (key is null)
            {
                Value(value);
                _emit.Emit(Op.MapSpread, at);
            }
            else
            {
                Value(key);
                Value(value);
                _emit.Emit(Op.MapPut, at);
            }
        }
    }

    private FunctionCode Closure(ClosureExpression closure)
    {
        _context.ClosureCount++;
        var owner = _kind == FunctionKind.Closure ? _className + "_closure" : _className + "$_" + (_kind is FunctionKind.Method ? _name : _kind is FunctionKind.Constructor or FunctionKind.Initializer ? "" : "run") + "_closure";
        var compiler = new FunctionCompiler(_context, this, FunctionKind.Closure, _class, _name, owner + _context.ClosureCount, isStatic: false);
        return compiler.CompileClosure(closure);
    }

    // ---- power assertions ----

    private void Record(int offset, Span span)
    {
        if (_recorder >= 0)
        {
            _emit.Emit(Op.AssertRecord, span, _recorder, offset);
        }
    }

    // The tree has no place for the operator itself; it is the first of its spelling between the operands.
    private int OperatorOffset(BinaryExpression binary)
    {
        var from = Math.Min(binary.Left.Span.End, Source.Text.Length);
        while (from < binary.Right.Span.Start && from < Source.Text.Length && (char.IsWhiteSpace(Source.Text[from]) || Source.Text[from] == ')'))
        {
            from++;
        }

        return from;
    }
}
