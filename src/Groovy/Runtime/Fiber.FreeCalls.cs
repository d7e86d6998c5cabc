using Slipway.Groovy.Compilation;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

// Calls without a target: from a script's body, a method, a closure.
public sealed partial class Fiber
{
    private Outcome CallFree(Frame frame, string name, int first, int count, int resultAt, bool hasNamed)
    {
        if (frame.Closure is { } closure)
        {
            if (TryCallInClosure(closure, name, first, count, resultAt, hasNamed, out var outcome))
            {
                return outcome;
            }

            throw frame.This is ScriptInstance top ? MissingFunction(top, name, Stack.AsSpan(first, count)) : Throw.MissingMethod(name, frame.This, Stack.AsSpan(first, count));
        }

        switch (frame.This)
        {
            case ScriptInstance script:
                return CallOnScript(script, name, first, count, resultAt, hasNamed) ?? throw MissingFunction(script, name, Stack.AsSpan(first, count));
            case UserObject user:
                return TryCallUserObject(user, name, first, count, resultAt)
                    ?? TryCallOuterStatic(user.Class, name, first, count, resultAt)
                    ?? CallMissing(user, name, first, count, resultAt);
            case UserClass @class:
                return CallOnClass(@class, name, first, count, resultAt);
            default:
                throw Throw.MissingMethod(name, frame.This, Stack.AsSpan(first, count));
        }
    }

    private Outcome? TryCallOuterStatic(UserClass @class, string name, int first, int count, int resultAt)
    {
        for (var outer = @class.Outer; outer is not null; outer = outer.Outer)
        {
            if (Overloads.Select(outer.FindMethods(name), Stack.AsSpan(first, count)) is { IsStatic: true } method)
            {
                return EnterMethod(method, outer, first, count, resultAt);
            }
        }

        return null;
    }

    /// <summary>Inside a closure a call goes to its owner and its delegate, in the order of its strategy.</summary>
    private bool TryCallInClosure(Closure closure, string name, int first, int count, int resultAt, bool hasNamed, out Outcome outcome)
    {
        outcome = Outcome.Done;
        switch (closure.Strategy)
        {
            case ResolveStrategy.OwnerFirst:
                return TryCallOn(closure.Owner, name, first, count, resultAt, hasNamed, out outcome)
                    || (!ReferenceEquals(closure.Owner, closure.Delegate) && TryCallOn(closure.Delegate, name, first, count, resultAt, hasNamed, out outcome))
                    || TryCallSelf(closure, name, first, count, resultAt, out outcome);
            case ResolveStrategy.DelegateFirst:
                return (!ReferenceEquals(closure.Owner, closure.Delegate) && TryCallOn(closure.Delegate, name, first, count, resultAt, hasNamed, out outcome))
                    || TryCallOn(closure.Owner, name, first, count, resultAt, hasNamed, out outcome)
                    || TryCallSelf(closure, name, first, count, resultAt, out outcome);
            case ResolveStrategy.OwnerOnly:
                return TryCallOn(closure.Owner, name, first, count, resultAt, hasNamed, out outcome) || TryCallSelf(closure, name, first, count, resultAt, out outcome);
            case ResolveStrategy.DelegateOnly:
                return TryCallOn(closure.Delegate, name, first, count, resultAt, hasNamed, out outcome) || TryCallSelf(closure, name, first, count, resultAt, out outcome);
            default:
                return TryCallSelf(closure, name, first, count, resultAt, out outcome);
        }
    }

    private bool TryCallSelf(Closure closure, string name, int first, int count, int resultAt, out Outcome outcome)
    {
        if (name is "call" or "doCall")
        {
            outcome = CallValue(closure, first, count, resultAt, name, discards: false);
            return true;
        }

        if (Overloads.Select(ClassTable.ClosureClass.FindMethods(name), Stack.AsSpan(first, count)) is { } method)
        {
            outcome = CallNative(method, closure, first, count, resultAt);
            return true;
        }

        outcome = Outcome.Done;
        return false;
    }

    private bool TryCallOn(object? holder, string name, int first, int count, int resultAt, bool hasNamed, out Outcome outcome)
    {
        outcome = Outcome.Done;
        switch (holder)
        {
            case null:
                return false;
            case ScriptInstance script:
                if (CallOnScript(script, name, first, count, resultAt, hasNamed) is { } called)
                {
                    outcome = called;
                    return true;
                }

                return false;
            case Closure closure:
                if (name is "call" or "doCall")
                {
                    return false;
                }

                return TryCallInClosure(closure, name, first, count, resultAt, hasNamed, out outcome);
            case UserObject user:
                if ((TryCallUserObject(user, name, first, count, resultAt) ?? TryCallOuterStatic(user.Class, name, first, count, resultAt)) is { } found)
                {
                    outcome = found;
                    return true;
                }

                if (user.Class.HasMethod("methodMissing") || user.Class.HasMethod("invokeMethod"))
                {
                    outcome = CallMissing(user, name, first, count, resultAt);
                    return true;
                }

                return false;
            case UserClass @class:
                if (Overloads.Select(@class.FindMethods(name), Stack.AsSpan(first, count)) is { IsStatic: true } method)
                {
                    outcome = EnterMethod(method, @class, first, count, resultAt);
                    return true;
                }

                return false;
            case IHostObject host:
                if (!host.HasMethod(name))
                {
                    return false;
                }

                outcome = HostMethod(host, name, first, count, resultAt, hasNamed);
                return true;
            case GroovyMap map when map.TryGetValue(name, out var member) && member is Closure callable:
                outcome = CallValue(callable, first, count, resultAt, name, discards: false);
                return true;
            default:
                if (ClassTable.Of(holder) is BuiltinClass native && Overloads.Select(FindNative(native, name), Stack.AsSpan(first, count)) is { } library)
                {
                    outcome = CallNative(library, holder is GString ? holder.ToString() : holder, first, count, resultAt);
                    return true;
                }

                return false;
        }
    }

    /// <summary>A method of the script, a callable variable, a function of the host, something of the library: in this order.</summary>
    private Outcome? CallOnScript(ScriptInstance script, string name, int first, int count, int resultAt, bool hasNamed)
    {
        var args = Stack.AsSpan(first, count);
        if (Overloads.Select(script.Class.FindMethods(name), args) is { } method)
        {
            return EnterMethod(method, script, first, count, resultAt);
        }

        if (script.Binding.TryGetValue(name, out var bound) && bound is Closure or UserObject or IHostObject)
        {
            return CallValue(bound, first, count, resultAt, name, discards: false);
        }

        if (script.Class.Fields.TryGetValue(name, out var field) && script.Fields[field.Slot] is Closure stored)
        {
            return CallValue(stored, first, count, resultAt, name, discards: false);
        }

        var host = Interpreter.Host;
        if (host.HasFunction(name))
        {
            return Complete(host.InvokeAsync(MakeHostCall(name, first, count, hasNamed)), resultAt, discards: false);
        }

        if (TryAccessor(script, name, first, count, resultAt) is { } accessed)
        {
            return accessed;
        }

        if (Overloads.Select(ClassTable.Script.FindMethods(name), args) is { } native)
        {
            return CallNative(native, script, first, count, resultAt);
        }

        if (host.TryGetVariable(name, Scope, out var variable) && variable is not null)
        {
            return CallValue(variable, first, count, resultAt, name, discards: false);
        }

        if (script.Class.FindMethods("methodMissing") is [{ Code.Parameters.Length: 2 }])
        {
            return CallMissing(script, name, first, count, resultAt);
        }

        return null;
    }

    private GroovyException MissingFunction(ScriptInstance script, string name, ReadOnlySpan<object?> args)
    {
        if (Interpreter.Host.MissingFunction(name) is { } hosts)
        {
            return hosts;
        }

        var missing = Throw.MissingMethod(name, script, args);
        if (Suggestions.Nearest(name, Interpreter.Host.FunctionNames.Concat(script.Class.Methods.Keys)) is { } near && !missing.Value.Message!.Contains("Possible solutions", StringComparison.Ordinal))
        {
            missing.Value.Message += $"\nPossible solutions: {near}";
        }

        return new GroovyException(missing.Value);
    }
}
