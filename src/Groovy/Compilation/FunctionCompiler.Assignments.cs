using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

// Assignments to variables, properties, elements and groups.
internal sealed partial class FunctionCompiler
{
    private void Assignment(AssignmentExpression assignment, bool needsValue)
    {
        var span = assignment.Span;
        var target = assignment.Target;
        while (target is ParenthesizedExpression inner)
        {
            target = inner.Inner;
        }

        switch (target)
        {
            case NameExpression name:
                if (assignment.Operator is { } compound)
                {
                    Name(name);
                    Value(assignment.Value);
                    _emit.Emit(Operation(compound), span);
                }
                else
                {
                    Value(assignment.Value);
                }

                if (needsValue)
                {
                    _emit.Emit(Op.Dup, span);
                }

                StoreName(name, span);
                break;
            case PropertyExpression property:
                var end = new Label();
                Value(property.Target);
                if (property.IsSafe)
                {
                    _emit.EmitJump(Op.JumpIfNullKeep, span, end);
                }

                if (assignment.Operator is { } combined)
                {
                    _emit.Emit(Op.Dup, span);
                    GetForUpdate(property);
                    Value(assignment.Value);
                    _emit.Emit(Operation(combined), span);
                }
                else
                {
                    Value(assignment.Value);
                }

                if (needsValue || property.IsSafe)
                {
                    _emit.Emit(Op.DupX1, span);
                }

                SetProperty(property, span);
                _emit.Mark(end);
                if (!needsValue && property.IsSafe)
                {
                    _emit.Emit(Op.Pop, span);
                }

                break;
            case IndexExpression index:
                Value(index.Target);
                IndexValue(index);
                if (assignment.Operator is { } updated)
                {
                    _emit.Emit(Op.Dup2, span);
                    _emit.Emit(Op.GetIndex, index.Span);
                    Value(assignment.Value);
                    _emit.Emit(Operation(updated), span);
                }
                else
                {
                    Value(assignment.Value);
                }

                if (needsValue)
                {
                    _emit.Emit(Op.DupX2, span);
                }

                _emit.Emit(Op.SetIndex, span);
                break;
            case TupleExpression tuple:
                Value(assignment.Value);
                var all = Hidden();
                _emit.Emit(Op.StoreLocal, span, all);
                for (var i = 0; i < tuple.Items.Count; i++)
                {
                    if (tuple.Items[i] is not NameExpression part)
                    {
                        _context.Report("GRV306", "Only variables can be assigned as a group: write (a, b) = list.", tuple.Items[i].Span);
                        continue;
                    }

                    _emit.Emit(Op.LoadLocal, span, all);
                    _emit.Emit(Op.TupleItem, span, i);
                    StoreName(part, span);
                }

                if (needsValue)
                {
                    _emit.Emit(Op.LoadLocal, span, all);
                }

                break;
            default:
                _context.Report("GRV307", "This cannot be assigned to. On the left of '=' a variable, a property or an index is expected.", target.Span);
                if (needsValue)
                {
                    _emit.Emit(Op.Null, span);
                }

                break;
        }
    }

    private void GetForUpdate(PropertyExpression property)
    {
        if (property.Name is LiteralExpression { Value: string name })
        {
            _emit.Emit(IsFieldAccess(property, name) ? Op.GetField : Op.GetProperty, property.Span, _emit.Constant(name));
        }
        else
        {
            Value(property.Name);
            _emit.Emit(Op.GetNamedProperty, property.Span);
        }
    }

    // target value →
    private void SetProperty(PropertyExpression property, Span span)
    {
        if (property.Name is LiteralExpression { Value: string name })
        {
            _emit.Emit(IsFieldAccess(property, name) ? Op.SetField : Op.SetProperty, span, _emit.Constant(name));
        }
        else
        {
            Value(property.Name);
            _emit.Emit(Op.Swap, span);
            _emit.Emit(Op.SetNamedProperty, span);
        }
    }
}
