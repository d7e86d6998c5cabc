using Slipway.Groovy.Compilation;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

// Operators: on numbers and text here, on everything else the method that stands for the operator.
public sealed partial class Fiber
{
    private Outcome Binary(Op op, string method)
    {
        var left = Stack[Sp - 2];
        var right = Stack[Sp - 1];
        if (left is null)
        {
            if (op == Op.Add && right is string or GString)
            {
                return Give("null" + Formatting.ToText(right), Sp - 2);
            }

            throw Throw.NullPointer($"Cannot invoke method {method}() on null object");
        }

        if (right is not null && Numbers.IsNumber(left) && Numbers.IsNumber(right))
        {
            var result = op switch
            {
                Op.Add => Numbers.Add(left, right),
                Op.Subtract => Numbers.Subtract(left, right),
                Op.Multiply => Numbers.Multiply(left, right),
                Op.Divide => Numbers.Divide(left, right),
                Op.Modulo => Numbers.Remainder(left, right),
                Op.Power => Numbers.Power(left, right),
                Op.BitAnd => Numbers.BitAnd(left, right),
                Op.BitOr => Numbers.BitOr(left, right),
                Op.BitXor => Numbers.BitXor(left, right),
                Op.ShiftLeft => Numbers.ShiftLeft(left, right),
                Op.ShiftRight => Numbers.ShiftRight(left, right),
                _ => Numbers.ShiftRightUnsigned(left, right),
            };
            return Give(result, Sp - 2);
        }

        if (op == Op.Add)
        {
            switch (left)
            {
                case string text:
                    return Give(Concat(text, Formatting.ToText(right)), Sp - 2);
                case GString first when right is GString second:
                    return Give(first.Plus(second), Sp - 2);
                case GString first:
                    return Give(right is string more ? first.Plus(new GString([more], [])) : Concat(first.ToString(), Formatting.ToText(right)), Sp - 2);
                case not UserObject when right is string or GString && Numbers.IsNumber(left) || left is bool or char && right is string or GString:
                    return Give(Concat(Formatting.ToText(left), Formatting.ToText(right)), Sp - 2);
            }
        }

        return CallMethod(Sp - 2, 1, method, null);
    }

    private string Concat(string left, string right)
    {
        Charge((left.Length + right.Length) * 2L);
        return left + right;
    }

    private Outcome Unary(Op op, string method)
    {
        var value = Stack[Sp - 1];
        if (value is null)
        {
            throw Throw.NullPointer($"Cannot invoke method {method}() on null object");
        }

        switch (op)
        {
            case Op.Increment when Numbers.IsNumber(value):
                return Give(Numbers.Next(value), Sp - 1);
            case Op.Decrement when Numbers.IsNumber(value):
                return Give(Numbers.Previous(value), Sp - 1);
            case Op.Negate when Numbers.IsNumber(value):
                return Give(Numbers.Negate(value), Sp - 1);
            case Op.Plus when Numbers.IsNumber(value):
                return Outcome.Done;
            case Op.BitNot when Numbers.IsNumber(value):
                return Give(Numbers.BitNot(value), Sp - 1);
            case Op.BitNot when value is string or GString:
                return Give(PatternValue.Compile(Formatting.ToText(value), Interpreter.Limits.RegexMatch), Sp - 1);
            case Op.Negate when value is IReadOnlyList<object?> list:
                return Give(new GroovyList(list.Select(v => (object?)Numbers.Negate(v!))), Sp - 1);
            case Op.Plus when value is IReadOnlyList<object?>:
                return Outcome.Done;
        }

        return CallMethod(Sp - 1, 0, method, null);
    }

    // Stack: label subject. As in a switch: what "matches" means is the label's business.
    private Outcome IsCase(int at)
    {
        var label = Stack[at];
        var subject = Stack[at + 1];
        switch (label)
        {
            case null:
                return Give(Box.Bool(subject is null), at);
            case Closure closure:
                return CallValue(closure, at + 1, 1, at, "call", discards: false);
            case GroovyClass @class:
                return Give(Box.Bool(Interpreter.IsInstance(subject, @class)), at);
            case PatternValue pattern:
                return Give(Box.Bool(subject is not null && pattern.Matches(Formatting.ToText(subject))), at);
            case GroovyRange range:
                return Give(Box.Bool(subject is not null && Iteration.Contains(range, subject)), at);
            case GroovyMap map:
                return Give(Box.Bool(Truth.Of(map[subject])), at);
            case IReadOnlyCollection<object?> items:
                return Give(Box.Bool(Iteration.Contains(items, subject)), at);
            case string or GString:
                return Give(Box.Bool(subject is not null && Formatting.ToText(label) == Formatting.ToText(subject)), at);
            case UserObject user when user.Class.HasMethod("isCase"):
                return CallMethod(at, 1, "isCase", null);
            default:
                return Give(Box.Bool(Comparing.AreEqual(label, subject)), at);
        }
    }

    private Outcome TupleItem(object? all, int index, int resultAt)
    {
        switch (all)
        {
            case null:
                throw Throw.NullPointer("Cannot invoke method getAt() on null object");
            case IReadOnlyList<object?> list:
                return Give(index < list.Count ? list[index] : all is GroovyArray ? throw Throw.New("java.lang.ArrayIndexOutOfBoundsException", $"Index {index} out of bounds for length {list.Count}") : null, resultAt);
            default:
                Reserve(2);
                Sp = resultAt;
                Stack[Sp++] = all;
                Stack[Sp++] = Box.Int(index);
                return CallMethod(resultAt, 1, "getAt", null);
        }
    }

    private Outcome CastToDeclared(object? value, TypeRef type, int at)
    {
        var target = Interpreter.TryResolve(type);
        if (target is null || value is null)
        {
            return Give(value, at);
        }

        if (Interpreter.IsInstance(value, target) || target is not UserClass user || user.IsEnum)
        {
            return Give(Coercion.Cast(value, target), at);
        }

        return value switch
        {
            GroovyMap or GroovyList when !user.IsInterface => Complete(ConstructFromAsync(user, value), at, discards: false),
            Closure or GroovyMap when user.IsInterface => Give(Interpreter.Proxy(user, value), at),
            _ => throw Throw.Cast(value, target),
        };
    }

    private Outcome As(object? value, TypeRef type, int at)
    {
        var target = Interpreter.Resolve(type);
        if (target is UserClass user && value is not null && !Interpreter.IsInstance(value, user))
        {
            switch (value)
            {
                case Closure or GroovyMap when user.IsInterface || user.Code.IsAbstract:
                    return Give(Interpreter.Proxy(user, value), at);
                case GroovyMap or GroovyList when !user.IsEnum:
                    return Complete(ConstructFromAsync(user, value), at, discards: false);
                case UserObject { Class: var own } when own.HasMethod("asType"):
                    Reserve(2);
                    Sp = at;
                    Stack[Sp++] = value;
                    Stack[Sp++] = target;
                    return CallMethod(at, 1, "asType", null);
            }
        }

        if (value is UserObject { Class: var @class } && @class.HasMethod("asType") && !Interpreter.IsInstance(value, target))
        {
            Reserve(2);
            Sp = at;
            Stack[Sp++] = value;
            Stack[Sp++] = target;
            return CallMethod(at, 1, "asType", null);
        }

        return Give(Coercion.As(value, target), at);
    }

    private async ValueTask<object?> ConstructFromAsync(UserClass @class, object value)
    {
        if (!@class.IsInitialized)
        {
            await InitializeAsync(@class);
        }

        return value is GroovyList list ? await NewAsync(@class, list.ToArray().AsSpan()) : await NewAsync(@class, value);
    }

    internal async ValueTask InitializeAsync(UserClass @class)
    {
        if (@class.Super is UserClass { IsInitialized: false } parent)
        {
            await InitializeAsync(parent);
        }

        if (!@class.IsInitialized)
        {
            @class.IsInitialized = true;
            if (@class.Code.StaticInitializer is { } initializer)
            {
                await RunAsync(initializer, @class, @class);
            }
        }
    }
}
