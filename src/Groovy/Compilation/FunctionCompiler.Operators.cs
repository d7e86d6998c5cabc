using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

// Operators.
internal sealed partial class FunctionCompiler
{
    private void Binary(BinaryExpression binary)
    {
        switch (binary.Operator)
        {
            case BinaryOperator.And or BinaryOperator.Or:
                ShortCircuit(binary);
                break;
            case BinaryOperator.InstanceOf or BinaryOperator.NotInstanceOf:
                Value(binary.Left);
                var type = binary.Right is TypeExpression written
                    ? _context.ResolveAlways(written.Type)
                    : _context.ResolveAlways(new TypeNode(Dotted(binary.Right) ?? "?", 0, null, binary.Right.Span));
                _emit.Emit(Op.InstanceOf, binary.Span, _emit.Constant(type));
                if (binary.Operator == BinaryOperator.NotInstanceOf)
                {
                    _emit.Emit(Op.Not, binary.Span);
                }

                break;
            case BinaryOperator.In or BinaryOperator.NotIn:
                Value(binary.Left);
                Value(binary.Right);
                _emit.Emit(Op.Swap, binary.Span);
                _emit.Emit(Op.IsCase, binary.Span);
                _emit.Emit(binary.Operator == BinaryOperator.NotIn ? Op.Not : Op.Truth, binary.Span);
                break;
            default:
                Value(binary.Left);
                Value(binary.Right);
                _emit.Emit(Operation(binary.Operator), binary.Span);
                break;
        }

        Record(OperatorOffset(binary), binary.Span);
    }

    private void ShortCircuit(BinaryExpression binary)
    {
        var isAnd = binary.Operator == BinaryOperator.And;
        var decided = new Label();
        var end = new Label();
        Value(binary.Left);
        _emit.EmitJump(isAnd ? Op.JumpIfFalse : Op.JumpIfTrue, binary.Span, decided);
        Value(binary.Right);
        _emit.Emit(Op.Truth, binary.Span);
        _emit.EmitJump(Op.Jump, binary.Span, end);
        _emit.Mark(decided);
        _emit.Emit(isAnd ? Op.False : Op.True, binary.Span);
        _emit.Mark(end);
    }

    private static Op Operation(BinaryOperator @operator) => @operator switch
    {
        BinaryOperator.Add => Op.Add,
        BinaryOperator.Subtract => Op.Subtract,
        BinaryOperator.Multiply => Op.Multiply,
        BinaryOperator.Divide => Op.Divide,
        BinaryOperator.Modulo => Op.Modulo,
        BinaryOperator.Power => Op.Power,
        BinaryOperator.Equal => Op.Equal,
        BinaryOperator.NotEqual => Op.NotEqual,
        BinaryOperator.Identical => Op.Identical,
        BinaryOperator.NotIdentical => Op.NotIdentical,
        BinaryOperator.Less => Op.Less,
        BinaryOperator.LessOrEqual => Op.LessOrEqual,
        BinaryOperator.Greater => Op.Greater,
        BinaryOperator.GreaterOrEqual => Op.GreaterOrEqual,
        BinaryOperator.Compare => Op.Compare,
        BinaryOperator.BitAnd => Op.BitAnd,
        BinaryOperator.BitOr => Op.BitOr,
        BinaryOperator.BitXor => Op.BitXor,
        BinaryOperator.ShiftLeft => Op.ShiftLeft,
        BinaryOperator.ShiftRight => Op.ShiftRight,
        BinaryOperator.ShiftRightUnsigned => Op.ShiftRightUnsigned,
        BinaryOperator.Find => Op.Find,
        BinaryOperator.Match => Op.Match,
        _ => throw new InvalidOperationException($"No instruction for operator {@operator}"),
    };

    private void Unary(UnaryExpression unary, bool needsValue)
    {
        switch (unary.Operator)
        {
            case UnaryOperator.PreIncrement or UnaryOperator.PreDecrement or UnaryOperator.PostIncrement or UnaryOperator.PostDecrement:
                Step(unary, needsValue);
                return;
            case UnaryOperator.Negate when unary.Operand is LiteralExpression { Value: int or long or double or BigDecimalText or BigIntegerText } literal:
                Literal(literal);
                _emit.Emit(Op.Negate, unary.Span);
                return;
        }

        Value(unary.Operand);
        _emit.Emit(
            unary.Operator switch
            {
                UnaryOperator.Negate => Op.Negate,
                UnaryOperator.Plus => Op.Plus,
                UnaryOperator.Not => Op.Not,
                _ => Op.BitNot,
            },
            unary.Span);
        Record(unary.Span.Start, unary.Span);
    }

    private void Step(UnaryExpression unary, bool needsValue)
    {
        var step = unary.Operator is UnaryOperator.PreIncrement or UnaryOperator.PostIncrement ? Op.Increment : Op.Decrement;
        var isPostfix = unary.Operator is UnaryOperator.PostIncrement or UnaryOperator.PostDecrement;
        var span = unary.Span;
        var operand = unary.Operand;
        while (operand is ParenthesizedExpression inner)
        {
            operand = inner.Inner;
        }

        switch (operand)
        {
            case NameExpression name:
                if (!needsValue && step == Op.Increment && FindVariable(name.Name) is { Type: null or { Builtin.Key: Runtime.ClassKey.Integer }, IsTopLevel: false } local && ReferenceEquals(local.Owner, this))
                {
                    _emit.Emit(Op.LoadLocal, span, local.Slot);
                    _emit.Emit(Op.Increment, span);
                    _emit.Emit(Op.StoreLocal, span, local.Slot);
                    return;
                }

                Name(name);
                if (needsValue && isPostfix)
                {
                    _emit.Emit(Op.Dup, span);
                }

                _emit.Emit(step, span);
                if (needsValue && !isPostfix)
                {
                    _emit.Emit(Op.Dup, span);
                }

                StoreName(name, span);
                break;
            case PropertyExpression property:
                Value(property.Target);
                _emit.Emit(Op.Dup, span);
                GetForUpdate(property);
                StepAndKeep(Op.DupX1);
                SetProperty(property, span);
                break;
            case IndexExpression index:
                Value(index.Target);
                IndexValue(index);
                _emit.Emit(Op.Dup2, span);
                _emit.Emit(Op.GetIndex, index.Span);
                StepAndKeep(Op.DupX2);
                _emit.Emit(Op.SetIndex, span);
                break;
            default:
                // (a + b)++ has a value and changes nothing.
                Value(unary.Operand);
                if (!isPostfix)
                {
                    _emit.Emit(step, span);
                }

                if (!needsValue)
                {
                    _emit.Emit(Op.Pop, span);
                }

                break;
        }

        void StepAndKeep(Op keep)
        {
            if (needsValue && isPostfix)
            {
                _emit.Emit(keep, span);
            }

            _emit.Emit(step, span);
            if (needsValue && !isPostfix)
            {
                _emit.Emit(keep, span);
            }
        }
    }

    private void Ternary(TernaryExpression choice)
    {
        var otherwise = new Label();
        var end = new Label();
        Condition(choice.Condition, otherwise, jumpIf: false);
        Value(choice.Then);
        _emit.EmitJump(Op.Jump, choice.Span, end);
        _emit.Mark(otherwise);
        Value(choice.Else);
        _emit.Mark(end);
    }
}
