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

    // ---- names ----

    private void Name(NameExpression name)
    {
        switch (name.Name)
        {
            case "this" or "super":
                _emit.Emit(Op.LoadThis, name.Span);
                return;
        }

        if (FindVariable(name.Name) is { } variable)
        {
            Load(variable, name.Span);
        }
        else if (_kind == FunctionKind.Fragment && _context.TopLevelNames.Contains(name.Name) || IsTopLevelFromFragment(name.Name))
        {
            _emit.Emit(Op.LoadTopLevel, name.Span, _emit.Constant(name.Name));
        }
        else if (IsOwnField(name.Name))
        {
            _emit.Emit(Op.LoadThis, name.Span);
            _emit.Emit(Op.GetField, name.Span, _emit.Constant(name.Name));
        }
        else if (_context.TryStaticImport(name.Name, out var imported) && _context.TryClass(imported.Class, name.Span) is { } owner)
        {
            _emit.Emit(Op.LoadClass, name.Span, _emit.Constant(owner));
            _emit.Emit(Op.GetProperty, name.Span, _emit.Constant(imported.Member));
        }
        else
        {
            var fallback = _context.TryClass(name.Name, name.Span);
            if (fallback is not null && (_class?.Node is not null || fallback.Builtin is null && fallback.Candidates.Length == 1 && _context.ScriptClassName != fallback.Candidates[0]))
            {
                _emit.Emit(Op.LoadClass, name.Span, _emit.Constant(fallback));
                return;
            }

            _emit.Emit(Op.LoadName, name.Span, _emit.Constant(name.Name), fallback is null ? -1 : _emit.Constant(fallback));
        }

        Record(name.Span.Start, name.Span);
    }

    // Closures inside a fragment see the script's shared variables too.
    private bool IsTopLevelFromFragment(string name)
    {
        for (var at = this; at is not null; at = at._parent)
        {
            if (at._kind == FunctionKind.Fragment)
            {
                return _context.TopLevelNames.Contains(name);
            }
        }

        return false;
    }

    // Inside its own class a field is read and written past any getter or setter; in a closure the name goes through the closure's owner.
    private bool IsOwnField(string name) => _kind is FunctionKind.Method or FunctionKind.Constructor or FunctionKind.Initializer
        && _class?.Node is { } node && node.Fields.Any(f => f.Name == name);

    private void StoreName(NameExpression name, Span span)
    {
        if (FindVariable(name.Name) is { } variable)
        {
            CastTo(variable.Type, span);
            Store(variable, span);
        }
        else if (IsTopLevelFromFragment(name.Name))
        {
            _emit.Emit(Op.StoreTopLevel, span, _emit.Constant(name.Name));
        }
        else if (IsOwnField(name.Name))
        {
            _emit.Emit(Op.LoadThis, span);
            _emit.Emit(Op.Swap, span);
            _emit.Emit(Op.SetField, span, _emit.Constant(name.Name));
        }
        else
        {
            _emit.Emit(Op.StoreName, span, _emit.Constant(name.Name));
        }
    }

    // ---- properties ----

    private void Property(PropertyExpression property)
    {
        if (property is { IsSafe: false, IsSpread: false, IsField: false } && ClassNamed(property) is { } type)
        {
            _emit.Emit(Op.LoadClass, property.Span, _emit.Constant(type));
            return;
        }

        var name = (property.Name as LiteralExpression)?.Value as string;
        if (property.Target is NameExpression { Name: "super" } && name is not null)
        {
            _emit.Emit(Op.GetSuperProperty, property.Span, _emit.Constant(name));
            return;
        }

        if (name is "this" or "super" && property.Target is NameExpression)
        {
            // Outer.this
            Value(property.Target);
            _emit.Emit(Op.GetProperty, property.Span, _emit.Constant("this"));
            return;
        }

        Value(property.Target);
        var end = new Label();
        if (property.IsSafe)
        {
            _emit.EmitJump(Op.JumpIfNullKeep, property.Span, end);
        }

        if (property.IsSpread)
        {
            Value(property.Name);
            _emit.Emit(Op.SpreadProperty, property.Span);
        }
        else if (name is not null && IsFieldAccess(property, name))
        {
            _emit.Emit(Op.GetField, property.Span, _emit.Constant(name));
        }
        else if (name is not null)
        {
            _emit.Emit(Op.GetProperty, property.Span, _emit.Constant(name));
        }
        else
        {
            Value(property.Name);
            _emit.Emit(Op.GetNamedProperty, property.Span);
        }

        _emit.Mark(end);
        Record(property.Name.Span.Start, property.Span);
    }

    // this.x means the field itself where the class declares it, as the bare name does.
    private bool IsFieldAccess(PropertyExpression property, string name) => property.IsField || (property.Target is NameExpression { Name: "this" } && IsOwnField(name));

    /// <summary>A dotted name that is a class: <c>java.util.UUID</c>, <c>Outer.Inner</c>, <c>String.class</c>.</summary>
    private TypeRef? ClassNamed(PropertyExpression property)
    {
        if (property.Name is not LiteralExpression { Value: string last })
        {
            return null;
        }

        if (last == "class" && property.Target is NameExpression or PropertyExpression or TypeExpression)
        {
            return property.Target switch
            {
                NameExpression plain when FindVariable(plain.Name) is null && plain.Name is not ("this" or "super") => _context.TryClass(plain.Name, property.Span),
                PropertyExpression inner => ClassNamed(inner),
                _ => null,
            };
        }

        var dotted = Dotted(property);
        return dotted is not null && FindVariable(dotted[..dotted.IndexOf('.', StringComparison.Ordinal)]) is null ? _context.TryClass(dotted, property.Span) : null;
    }

    private static string? Dotted(Expression expression) => expression switch
    {
        NameExpression { Name: not ("this" or "super") } name => name.Name,
        PropertyExpression { IsSafe: false, IsSpread: false, IsField: false, Name: LiteralExpression { Value: string last } } property when Dotted(property.Target) is { } head => head + "." + last,
        _ => null,
    };

    private void IndexValue(IndexExpression index)
    {
        if (index.Indexes is [not SpreadExpression])
        {
            Value(index.Indexes[0]);
        }
        else
        {
            List(index.Indexes, index.Span);
        }
    }

    // ---- calls ----

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

    // ---- operators ----

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

    // ---- assignment ----

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
