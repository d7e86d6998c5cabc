using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

internal sealed partial class FunctionCompiler
{
    // What a finally block does when it is through; numbers from FirstExit on are its own jumps and returns.
    internal const int PendingNothing = 0;
    internal const int PendingThrow = 1;
    private const int FirstExit = 2;

    private void TailStatements(IReadOnlyList<Statement> statements, Span span)
    {
        for (var i = 0; i < statements.Count - 1; i++)
        {
            Statement(statements[i]);
        }

        if (statements.Count > 0)
        {
            Tail(statements[^1]);
        }
        else
        {
            _emit.Emit(Op.Null, span);
            ReturnValue(span);
        }
    }

    /// <summary>A statement whose value is the function's result.</summary>
    private void Tail(Statement statement)
    {
        switch (statement)
        {
            case ExpressionStatement { Expression: var expression }:
                Value(expression);
                ReturnValue(statement.Span);
                break;
            case BlockStatement block:
                Scoped(() => TailStatements(block.Statements, block.Span));
                break;
            case IfStatement branch:
                var otherwise = new Label();
                Condition(branch.Condition, otherwise, jumpIf: false);
                Scoped(() => Tail(branch.Then));
                _emit.Mark(otherwise);
                if (branch.Else is { } @else)
                {
                    Scoped(() => Tail(@else));
                }
                else
                {
                    ReturnNull(statement.Span);
                }

                break;
            case TryStatement attempt:
                Try(attempt, Tail);
                ReturnNull(statement.Span);
                break;
            case SwitchStatement choice:
                Switch(choice, null, tail: true);
                ReturnNull(statement.Span);
                break;
            case SynchronizedStatement locked:
                Value(locked.Lock);
                _emit.Emit(Op.Pop, locked.Span);
                Tail(locked.Body);
                break;
            case LabeledStatement { Body: var body } when body is not (WhileStatement or ForStatement or ForInStatement or DoWhileStatement or SwitchStatement or BlockStatement):
                Tail(body);
                break;
            default:
                Statement(statement);
                ReturnNull(statement.Span);
                break;
        }
    }

    private void ReturnNull(Span span)
    {
        _emit.Emit(Op.Null, span);
        ReturnValue(span, isImplicitNull: true);
    }

    private void ReturnValue(Span span, bool isImplicitNull = false)
    {
        if (!isImplicitNull)
        {
            CastTo(_returnType, span);
        }

        Return(span, _control);
    }

    // The value stands on the stack. Finally blocks on the way out run first, innermost first.
    private void Return(Span span, ControlScope? from)
    {
        if (NearestFinally(from, null) is not { } guard)
        {
            _emit.Emit(Op.Return, span);
            return;
        }

        _emit.Emit(Op.StoreLocal, span, guard.Pending + 1);
        LeaveThrough(guard, span, () =>
        {
            _emit.Emit(Op.LoadLocal, span, guard.Pending + 1);
            Return(span, guard.Outer);
        });
    }

    private void JumpOut(BreakableScope target, Label label, Span span, ControlScope? from)
    {
        if (NearestFinally(from, target) is not { } guard)
        {
            _emit.EmitJump(Op.Jump, span, label);
            return;
        }

        LeaveThrough(guard, span, () => JumpOut(target, label, span, guard.Outer));
    }

    private void LeaveThrough(FinallyScope guard, Span span, Action afterwards)
    {
        guard.Exits.Add(afterwards);
        _emit.Emit(Op.SetPending, span, guard.Pending, FirstExit + guard.Exits.Count - 1);
        _emit.EmitJump(Op.Jump, span, guard.Start);
    }

    private static FinallyScope? NearestFinally(ControlScope? from, ControlScope? until)
    {
        for (var at = from; at is not null && !ReferenceEquals(at, until); at = at.Outer)
        {
            if (at is FinallyScope found)
            {
                return found;
            }
        }

        return null;
    }

    private void Statement(Statement statement, string? label = null)
    {
        switch (statement)
        {
            case ExpressionStatement { Expression: var expression }:
                Effect(expression);
                break;
            case DeclarationStatement declaration:
                Declaration(declaration);
                break;
            case BlockStatement block:
                if (label is null)
                {
                    Block(block);
                }
                else
                {
                    var end = new Label();
                    Inside(new BreakableScope(_control, label, end, null), () => Block(block));
                    _emit.Mark(end);
                }

                break;
            case IfStatement branch:
                If(branch);
                break;
            case WhileStatement loop:
                While(loop, label);
                break;
            case DoWhileStatement loop:
                DoWhile(loop, label);
                break;
            case ForStatement loop:
                Scoped(() => For(loop, label));
                break;
            case ForInStatement loop:
                Scoped(() => ForIn(loop, label));
                break;
            case SwitchStatement choice:
                Switch(choice, label, tail: false);
                break;
            case TryStatement attempt:
                Try(attempt, s => Statement(s));
                break;
            case ThrowStatement raise:
                Value(raise.Value);
                _emit.Emit(Op.Throw, raise.Span);
                break;
            case ReturnStatement leave:
                if (leave.Value is { } value)
                {
                    Value(value);
                    ReturnValue(leave.Span);
                }
                else
                {
                    ReturnNull(leave.Span);
                }

                break;
            case BreakStatement leave:
                Break(leave.Label, leave.Span);
                break;
            case ContinueStatement next:
                Continue(next.Label, next.Span);
                break;
            case LabeledStatement labeled:
                Statement(labeled.Body, labeled.Label);
                break;
            case AssertStatement assertion:
                Assert(assertion);
                break;
            case SynchronizedStatement locked:
                // One run's branches are interleaved only where they wait, so there is nothing to lock against.
                Effect(locked.Lock);
                Block(locked.Body);
                break;
            case ClassDeclarationStatement or EmptyStatement:
                break;
            default:
                throw new InvalidOperationException($"No code for statement {statement.GetType().Name}");
        }
    }

    private void Block(BlockStatement block) => Scoped(() =>
    {
        foreach (var statement in block.Statements)
        {
            Statement(statement);
        }
    });

    private void Declaration(DeclarationStatement declaration)
    {
        if (declaration.Annotations.Any(a => a.Name is "Field" or "groovy.transform.Field"))
        {
            // A field of the script, set before its body runs.
            return;
        }

        if (declaration.IsMultiple)
        {
            Value(declaration.MultipleValue!);
            var all = Hidden();
            _emit.Emit(Op.StoreLocal, declaration.Span, all);
            for (var i = 0; i < declaration.Variables.Count; i++)
            {
                var part = declaration.Variables[i];
                var type = _context.Resolve(part.Type);
                _emit.Emit(Op.LoadLocal, part.Span, all);
                _emit.Emit(Op.TupleItem, part.Span, i);
                CastTo(type, part.Span);
                Initialize(Declare(part.Name, type, part.Span), part.Span);
            }

            return;
        }

        foreach (var declared in declaration.Variables)
        {
            var type = _context.Resolve(declared.Type);
            if (declared.Initializer is { } initializer)
            {
                Value(initializer);
                CastTo(type, declared.Span);
            }
            else
            {
                DefaultValue(declared.Type, declared.Span);
            }

            Initialize(Declare(declared.Name, type, declared.Span), declared.Span);
        }
    }

    private void DefaultValue(TypeNode? type, Span span)
    {
        object? value = type is not { ArrayRank: 0 } ? null : type.Name switch
        {
            "int" => 0,
            "long" => 0L,
            "short" => (short)0,
            "byte" => (sbyte)0,
            "double" => 0d,
            "float" => 0f,
            "char" => '\0',
            "boolean" => false,
            _ => null,
        };
        Constant(value, span);
    }

    private void If(IfStatement branch)
    {
        var otherwise = new Label();
        Condition(branch.Condition, otherwise, jumpIf: false);
        Scoped(() => Statement(branch.Then));
        if (branch.Else is null)
        {
            _emit.Mark(otherwise);
            return;
        }

        var end = new Label();
        _emit.EmitJump(Op.Jump, branch.Span, end);
        _emit.Mark(otherwise);
        Scoped(() => Statement(branch.Else));
        _emit.Mark(end);
    }

    private void While(WhileStatement loop, string? label)
    {
        var start = new Label();
        var end = new Label();
        _emit.Mark(start);
        Condition(loop.Condition, end, jumpIf: false);
        Inside(new BreakableScope(_control, label, end, start), () => Scoped(() => Statement(loop.Body)));
        _emit.EmitJump(Op.Jump, loop.Span, start);
        _emit.Mark(end);
    }

    private void DoWhile(DoWhileStatement loop, string? label)
    {
        var start = new Label();
        var check = new Label();
        var end = new Label();
        _emit.Mark(start);
        Inside(new BreakableScope(_control, label, end, check), () => Scoped(() => Statement(loop.Body)));
        _emit.Mark(check);
        Condition(loop.Condition, end, jumpIf: false);
        _emit.EmitJump(Op.Jump, loop.Span, start);
        _emit.Mark(end);
    }

    private void For(ForStatement loop, string? label)
    {
        foreach (var initializer in loop.Initializers)
        {
            Statement(initializer);
        }

        var start = new Label();
        var update = new Label();
        var end = new Label();
        _emit.Mark(start);
        if (loop.Condition is { } condition)
        {
            Condition(condition, end, jumpIf: false);
        }

        Inside(new BreakableScope(_control, label, end, update), () => Scoped(() => Statement(loop.Body)));
        _emit.Mark(update);
        foreach (var expression in loop.Updates)
        {
            Effect(expression);
        }

        _emit.EmitJump(Op.Jump, loop.Span, start);
        _emit.Mark(end);
    }

    private void ForIn(ForInStatement loop, string? label)
    {
        var type = _context.Resolve(loop.VariableType);
        Value(loop.Collection);
        _emit.Emit(Op.Iterator, loop.Collection.Span);
        var iterator = Hidden();
        _emit.Emit(Op.StoreLocal, loop.Span, iterator);
        // One variable for all rounds, as in Groovy: closures made in the loop all see its last value.
        var variable = Declare(loop.Variable, type, loop.Span);
        _emit.Emit(Op.Null, loop.Span);
        Initialize(variable, loop.Span);
        var start = new Label();
        var end = new Label();
        _emit.Mark(start);
        _emit.EmitJump(Op.Next, loop.Span, end, iterator);
        CastTo(type, loop.Span);
        Store(variable, loop.Span);
        Inside(new BreakableScope(_control, label, end, start), () => Scoped(() => Statement(loop.Body)));
        _emit.EmitJump(Op.Jump, loop.Span, start);
        _emit.Mark(end);
    }

    private void Switch(SwitchStatement choice, string? label, bool tail)
    {
        Value(choice.Subject);
        var subject = Hidden();
        _emit.Emit(Op.StoreLocal, choice.Span, subject);
        var end = new Label();
        var bodies = choice.Cases.Select(_ => new Label()).ToArray();
        Label? fallback = null;
        for (var i = 0; i < choice.Cases.Count; i++)
        {
            if (choice.Cases[i].Label is not { } expression)
            {
                fallback = bodies[i];
                continue;
            }

            Value(expression);
            _emit.Emit(Op.LoadLocal, expression.Span, subject);
            _emit.Emit(Op.IsCase, expression.Span);
            _emit.EmitJump(Op.JumpIfTrue, expression.Span, bodies[i]);
        }

        _emit.EmitJump(Op.Jump, choice.Span, fallback ?? end);
        Inside(new BreakableScope(_control, label, end, null), () => Scoped(() =>
        {
            for (var i = 0; i < choice.Cases.Count; i++)
            {
                _emit.Mark(bodies[i]);
                CaseBody(choice.Cases[i].Body, tail, isLast: i == choice.Cases.Count - 1);
            }
        }));
        _emit.Mark(end);
    }

    // In tail position the statement before a case's break, or the last of the last case, is the function's result.
    private void CaseBody(IReadOnlyList<Statement> body, bool tail, bool isLast)
    {
        var breaks = body.Count > 0 && body[^1] is BreakStatement { Label: null };
        var last = breaks ? body.Count - 2 : body.Count - 1;
        for (var i = 0; i < body.Count; i++)
        {
            if (tail && i == last && (breaks || isLast) && body[i] is not DeclarationStatement)
            {
                Tail(body[i]);
            }
            else
            {
                Statement(body[i]);
            }
        }
    }

    private void Break(string? label, Span span)
    {
        for (var at = _control; at is not null; at = at.Outer)
        {
            if (at is BreakableScope target && (label is null ? target.Next is not null || target.Label is null : target.Label == label))
            {
                JumpOut(target, target.End, span, _control);
                return;
            }
        }

        _context.Report("GRV302", label is null ? "the break statement is only allowed inside loops or switches" : $"break to missing label '{label}'", span);
    }

    private void Continue(string? label, Span span)
    {
        for (var at = _control; at is not null; at = at.Outer)
        {
            if (at is BreakableScope { Next: { } next } target && (label is null || target.Label == label))
            {
                JumpOut(target, next, span, _control);
                return;
            }
        }

        _context.Report("GRV303", label is null ? "the continue statement is only allowed inside loops" : $"continue to missing label '{label}'", span);
    }

    private void Inside(ControlScope scope, Action body)
    {
        _control = scope;
        body();
        _control = scope.Outer;
    }

    private void Try(TryStatement attempt, Action<Statement> compile)
    {
        if (attempt.Resources.Count > 0)
        {
            Try(WithoutResources(attempt), compile);
            return;
        }

        if (attempt.Finally is not { } cleanup)
        {
            TryCatch(attempt, compile);
            return;
        }

        var pending = Hidden();
        Hidden();
        var start = new Label();
        var guarded = new Label();
        var guardedEnd = new Label();
        var caught = new Label();
        var guard = new FinallyScope(_control, pending, start);
        _emit.Mark(guarded);
        Inside(guard, () => TryCatch(attempt, compile));
        _emit.Emit(Op.SetPending, attempt.Span, pending, PendingNothing);
        _emit.EmitJump(Op.Jump, attempt.Span, start);
        _emit.Mark(guardedEnd);
        _emit.Mark(caught);
        _emit.Emit(Op.StoreLocal, attempt.Span, pending + 1);
        _emit.Emit(Op.SetPending, attempt.Span, pending, PendingThrow);
        _emit.Mark(start);
        Block(cleanup);
        _emit.Emit(Op.RethrowPending, cleanup.Span, pending);
        var end = new Label();
        var exits = guard.Exits;
        var targets = exits.Select(_ => new Label()).ToArray();
        for (var i = 0; i < exits.Count; i++)
        {
            _emit.EmitJump(Op.JumpIfPending, cleanup.Span, targets[i], pending, FirstExit + i);
        }

        _emit.EmitJump(Op.Jump, cleanup.Span, end);
        for (var i = 0; i < exits.Count; i++)
        {
            _emit.Mark(targets[i]);
            exits[i]();
        }

        _emit.Mark(end);
        // Handlers are searched in the order of their end: what is nested inside was added before.
        _emit.Guard(guarded, guardedEnd, caught, null);
    }

    private void TryCatch(TryStatement attempt, Action<Statement> compile)
    {
        if (attempt.Catches.Count == 0)
        {
            Scoped(() => compile(attempt.Body));
            return;
        }

        var start = new Label();
        var stop = new Label();
        var end = new Label();
        _emit.Mark(start);
        compile(attempt.Body);
        _emit.Mark(stop);
        _emit.EmitJump(Op.Jump, attempt.Span, end);
        foreach (var clause in attempt.Catches)
        {
            var target = new Label();
            _emit.Mark(target);
            Scoped(() =>
            {
                Initialize(Declare(clause.Variable, null, clause.Span), clause.Span);
                compile(clause.Body);
            });
            _emit.EmitJump(Op.Jump, clause.Span, end);
            TypeRef[] types = clause.Types.Count == 0
                ? [_context.ResolveAlways(new TypeNode("java.lang.Exception", 0, null, clause.Span))]
                : [.. clause.Types.Select(_context.ResolveAlways)];
            _emit.Guard(start, stop, target, types);
        }

        _emit.Mark(end);
    }

    // try (r = …) { body }: r is closed whatever happens, before catch clauses of the same statement run.
    private static TryStatement WithoutResources(TryStatement attempt)
    {
        var inner = attempt.Body;
        for (var i = attempt.Resources.Count - 1; i >= 0; i--)
        {
            var resource = attempt.Resources[i];
            var span = resource.Span;
            if (resource is not DeclarationStatement { Variables: [{ } variable] })
            {
                continue;
            }

            var close = new CallExpression(new NameExpression(variable.Name, span), new LiteralExpression("close", span), [], IsSafe: true, IsSpread: false, span);
            inner = new BlockStatement([resource, new TryStatement([], inner, [], new BlockStatement([new ExpressionStatement(close, span)], span), span)], span);
        }

        return attempt with { Resources = [], Body = inner };
    }

    private void Assert(AssertStatement assertion)
    {
        var outer = _recorder;
        _recorder = Hidden();
        var holds = new Label();
        _emit.Emit(Op.AssertBegin, assertion.Span, _recorder);
        Value(assertion.Condition);
        _emit.EmitJump(Op.JumpIfTrue, assertion.Span, holds);
        var recorder = _recorder;
        _recorder = outer;
        if (assertion.Message is { } message)
        {
            Value(message);
        }
        else
        {
            _emit.Emit(Op.Null, assertion.Span);
        }

        var text = Source.Text[assertion.Span.Start..Math.Min(assertion.Condition.Span.End, Source.Text.Length)];
        _emit.Emit(Op.AssertFail, assertion.Span, recorder, _emit.Constant(assertion.Message is null ? new AssertCode(text, assertion.Span.Start) : new AssertCode(text, -1)));
        _emit.Mark(holds);
    }
}
