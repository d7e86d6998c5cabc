using System.Runtime.CompilerServices;
using Slipway.Groovy.Compilation;
using Slipway.Groovy.Library;
using CallSite = Slipway.Groovy.Compilation.CallSite;

namespace Slipway.Groovy.Runtime;

// How a call finds what it calls. Arguments stand on the fiber's stack; the result replaces everything from a given place on.
public sealed partial class Fiber
{
    /// <summary>Pushes the frame of a function whose arguments stand on the stack from <paramref name="first"/> on.</summary>
    private Outcome Enter(FunctionCode code, object? self, ScriptClosure? closure, Cell[] captures, UserClass? @class, int first, int count, int resultAt, FrameFlags flags)
    {
        if (_depth >= Interpreter.Limits.CallDepth)
        {
            throw Throw.New("java.lang.StackOverflowError", null);
        }

        _fuel -= 4;
        if (_fuel < 0)
        {
            Check();
        }

        var needed = first + Math.Max(count, code.LocalCount) + code.MaxStack + 4;
        if (needed > Stack.Length)
        {
            Array.Resize(ref Stack, Math.Max(Stack.Length * 2, needed));
        }

        if (_depth == _frames.Length)
        {
            Array.Resize(ref _frames, _frames.Length * 2);
        }

        var frame = _frames[_depth] ??= new Frame();
        frame.Code = code;
        frame.Pc = 0;
        frame.Base = first;
        frame.ResultAt = resultAt;
        frame.This = self;
        frame.Closure = closure;
        frame.Captures = captures;
        frame.Class = @class;
        frame.Flags = flags;
        if (!code.IsPlain || count != code.Parameters.Length)
        {
            BindParameters(frame, code, closure, first, count);
        }

        var parameters = code.Parameters.Length;
        if (code.LocalCount > parameters)
        {
            Array.Clear(Stack, first + parameters, code.LocalCount - parameters);
        }

        Sp = first + code.LocalCount;
        _depth++;
        return Outcome.Entered;
    }

    private void BindParameters(Frame frame, FunctionCode code, ScriptClosure? closure, int first, int count)
    {
        var parameters = code.Parameters;
        var stack = Stack;
        frame.Supplied = ulong.MaxValue;
        if (closure is not null)
        {
            count = AdaptClosureArguments(code, first, count);
            stack = Stack;
        }

        if (code.IsVarargs)
        {
            var fixedCount = parameters.Length - 1;
            var last = parameters[^1];
            var isArray = count == parameters.Length && (stack[first + count - 1] is GroovyArray || (stack[first + count - 1] is null && closure is null));
            if (!isArray && count >= fixedCount)
            {
                var element = Interpreter.TryResolve(last.Type!) is BuiltinClass { ArrayElement: { } e } ? e : ClassTable.Object;
                var extra = stack.AsSpan(first + fixedCount, count - fixedCount).ToArray();
                if (first + fixedCount >= stack.Length)
                {
                    Array.Resize(ref Stack, Stack.Length * 2);
                    stack = Stack;
                }

                stack[first + fixedCount] = new GroovyArray(element, extra);
                count = parameters.Length;
            }
        }

        if (count < parameters.Length)
        {
            // Optional parameters are filled from the left with what is more than the required ones need.
            var optional = count - code.RequiredCount;
            Span<object?> given = new object?[count];
            stack.AsSpan(first, count).CopyTo(given);
            var next = 0;
            frame.Supplied = 0;
            for (var i = 0; i < parameters.Length; i++)
            {
                stack[first + i] = null;
                if (parameters[i].IsVarargs && next >= given.Length)
                {
                    stack[first + i] = new GroovyArray(Interpreter.TryResolve(parameters[i].Type!) is BuiltinClass { ArrayElement: { } rest } ? rest : ClassTable.Object, []);
                    frame.Supplied |= parameters[i].HasDefault ? 0 : 1UL << i;
                    continue;
                }

                if (next < given.Length && (!parameters[i].HasDefault || optional-- > 0))
                {
                    stack[first + i] = given[next++];
                    frame.Supplied |= 1UL << i;
                }
            }
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            if (parameters[i].Type is { } type && (frame.Supplied >> i & 1) != 0)
            {
                var parameterClass = Interpreter.TryResolve(type);
                if (parameterClass is BuiltinClass { Key: not ClassKey.Object } native)
                {
                    stack[first + i] = native.Key == ClassKey.Functional ? stack[first + i] : Coercion.Cast(stack[first + i], native);
                }
            }
        }

        foreach (var captured in code.CapturedParameters)
        {
            stack[first + captured] = new Cell { Value = stack[first + captured] };
        }
    }

    // it without an argument is null; one list spreads over several parameters.
    private int AdaptClosureArguments(FunctionCode code, int first, int count)
    {
        var parameters = code.Parameters.Length;
        if (count == parameters || code.IsVarargs)
        {
            return count;
        }

        if (count == 0 && parameters == 1)
        {
            if (!code.Parameters[0].HasDefault)
            {
                Stack[first] = null;
                return 1;
            }

            return 0;
        }

        if (count == 1 && parameters > 1 && Stack[first] is IReadOnlyList<object?> list && list.Count <= parameters && list.Count >= code.RequiredCount)
        {
            for (var i = 0; i < list.Count; i++)
            {
                Stack[first + i] = list[i];
            }

            return list.Count;
        }

        return count;
    }

    /// <summary>Calls a value: a closure, or whatever has a method <c>call</c>.</summary>
    internal Outcome CallValue(object? callable, int first, int count, int resultAt, string name, bool discards)
    {
        var flags = discards ? FrameFlags.Discards : FrameFlags.None;
        switch (callable)
        {
            case ScriptClosure closure:
                var code = closure.Code;
                if (!Accepts(closure, first, count))
                {
                    throw Throw.MissingMethod("call", closure, Stack.AsSpan(first, count));
                }

                return Enter(code, closure.ThisObject, closure, closure.Captures, closure.DefiningClass, first, count, resultAt, flags);
            case CurriedClosure curried:
                RuntimeHelpers.EnsureSufficientExecutionStack();
                var all = curried.Complete(Stack.AsSpan(first, count));
                Sp = first;
                Push(all);
                return CallValue(curried.Inner, first, all.Length, resultAt, name, discards);
            case MethodClosure method:
                // The target takes a place in front of the arguments.
                Reserve(1);
                Array.Copy(Stack, first, Stack, first + 1, count);
                Stack[first] = method.Target;
                Sp = first + count + 1;
                if (method.Target is ScriptInstance script)
                {
                    return CallOnScript(script, method.Name, first + 1, count, first, hasNamed: false) is { } found
                        ? found
                        : throw MissingFunction(script, method.Name, Stack.AsSpan(first + 1, count));
                }

                return CallMethodAt(first, count, method.Name, null, resultAt);
            case NativeClosure native:
                return Complete(native.Function(this, Stack.AsSpan(first, count).ToArray()), resultAt, discards);
            case ComposedClosure composed:
                RuntimeHelpers.EnsureSufficientExecutionStack();
                return Complete(ComposeAsync(composed, Stack.AsSpan(first, count).ToArray()), resultAt, discards);
            case null:
                throw Throw.NullPointer($"Cannot invoke method {name}() on null object");
            default:
                Reserve(1);
                Array.Copy(Stack, first, Stack, first + 1, count);
                Stack[first] = callable;
                Sp = first + count + 1;
                return CallMethodAt(first, count, "call", null, resultAt);
        }
    }

    private async ValueTask<object?> ComposeAsync(ComposedClosure composed, object?[] args) => await CallAsync(composed.Second, await CallAsync(composed.First, args.AsSpan()));

    // Whether a closure can take the arguments; conversions are left to binding.
    private bool Accepts(ScriptClosure closure, int first, int count)
    {
        var code = closure.Code;
        if (code.IsPlain && count == code.Parameters.Length)
        {
            return true;
        }

        var args = Stack.AsSpan(first, count);
        if (count == 0 && code.Parameters.Length == 1)
        {
            return true;
        }

        if (count == 1 && code.Parameters.Length > 1 && args[0] is IReadOnlyList<object?> list && !code.IsVarargs)
        {
            return list.Count <= code.Parameters.Length && list.Count >= code.RequiredCount;
        }

        if (code.HasImplicitIt)
        {
            return count <= 1;
        }

        return Overloads.Distance((GroovyClass[])closure.ParameterClasses, code, args) >= 0;
    }

    /// <summary>Calls a method of the value at a place on the stack; arguments stand behind it, the result takes its place.</summary>
    internal Outcome CallMethod(int targetAt, int count, string name, CallSite? site) => CallMethodAt(targetAt, count, name, site, targetAt);

    private Outcome CallDiscarding(int targetAt, int count, string name)
    {
        var outcome = CallMethodAt(targetAt, count, name, null, targetAt);
        switch (outcome)
        {
            case Outcome.Done:
                Stack[--Sp] = null;
                break;
            case Outcome.Entered:
                _frames[_depth - 1].Flags |= FrameFlags.Discards;
                break;
            default:
                _pendingDiscards = true;
                break;
        }

        return outcome;
    }

    private Outcome CallMethodAt(int targetAt, int count, string name, CallSite? site, int resultAt)
    {
        var target = Stack[targetAt];
        var first = targetAt + 1;
        switch (target)
        {
            case UserObject user:
                return CallUserObject(user, name, first, count, resultAt, site?.HasNamed == true);
            case Closure closure when name == "call" || name == "doCall":
                return CallValue(closure, first, count, resultAt, "call", discards: false);
            case HostClassValue hostClass:
                return HostMethod(hostClass.Host, name, first, count, resultAt, site?.HasNamed == true);
            case GroovyClass @class:
                return CallOnClass(@class, name, first, count, resultAt);
            case IHostObject host:
                return HostMethod(host, name, first, count, resultAt, site?.HasNamed == true);
            case GroovyMap map when map.Count > 0 && map.TryGetValue(name, out var member) && member is Closure callable && ((BuiltinClass)ClassTable.Of(map)).FindMethods(name).Length == 0:
                return CallValue(callable, first, count, resultAt, name, discards: false);
            case null:
                return CallOnNull(name, first, count, resultAt);
            case ThrowableValue { Instance: { } instance }:
                return CallUserObject(instance, name, first, count, resultAt, hasNamed: false);
        }

        var type = (BuiltinClass)ClassTable.Of(target);
        if (site is { CastsToObject: true } && target is GroovyList && name == "remove")
        {
            name = "removeElement";
        }

        NativeMethod[] methods;
        if (site is not null)
        {
            var cache = site.Cache;
            if (cache is not null && ReferenceEquals(cache.Class, type))
            {
                methods = cache.Methods;
            }
            else
            {
                methods = FindNative(type, name);
                site.Cache = new MethodCache(type, methods);
            }
        }
        else
        {
            methods = FindNative(type, name);
        }

        if (Overloads.Select(methods, Stack.AsSpan(first, count)) is { } method)
        {
            return CallNative(method, target is GString && !method.Declaring.IsGStringAware() ? target.ToString() : target, first, count, resultAt);
        }

        if (Overloads.Select(type.FindStatics(name), Stack.AsSpan(first, count)) is { } shared)
        {
            // A static method called on an object of its class.
            return CallNative(shared, type, first, count, resultAt);
        }

        if (target is Closure held)
        {
            // A closure hands calls that it does not know to what it was given, as names are resolved inside it.
            if (TryCallInClosure(held, name, first, count, resultAt, false, out var outcome))
            {
                return outcome;
            }
        }

        throw Throw.MissingMethod(name, target, Stack.AsSpan(first, count));
    }

    private static NativeMethod[] FindNative(BuiltinClass type, string name)
    {
        var methods = type.FindMethods(name);
        if (type.Key == ClassKey.GString)
        {
            // What GString does not do itself its text does.
            var text = ClassTable.String.FindMethods(name);
            return methods.Length == 0 ? text : [.. methods, .. text.Where(t => !methods.Any(m => m.HasSameParameters(t)))];
        }

        return methods;
    }

    internal Outcome CallNative(NativeMethod method, object? self, int first, int count, int resultAt)
    {
        Sp = first + count;
        var args = Stack.AsSpan(first, count);
        if (method.IsVarargs)
        {
            var fixedCount = method.Parameters.Length - 1;
            var isArray = count == method.Parameters.Length && args[^1] is GroovyArray;
            if (!isArray)
            {
                var element = method.Parameters[^1];
                var extra = new object?[count - fixedCount];
                for (var i = 0; i < extra.Length; i++)
                {
                    extra[i] = Overloads.Convert(args[fixedCount + i], element);
                }

                Reserve(1);
                Stack[first + fixedCount] = new GroovyArray(element, extra);
                count = fixedCount + 1;
                Sp = first + count;
                args = Stack.AsSpan(first, count);
            }

            for (var i = 0; i < fixedCount; i++)
            {
                args[i] = Overloads.Convert(args[i], method.Parameters[i]);
            }
        }
        else
        {
            method.Convert(args);
        }

        if (method.Function is { } function)
        {
            var result = function(this, self, args);
            Sp = resultAt;
            Stack[Sp++] = result;
            return Outcome.Done;
        }

        return Complete(method.AsyncFunction!(this, self, args.ToArray()), resultAt, discards: false);
    }

    private Outcome Complete(ValueTask<object?> task, int resultAt, bool discards)
    {
        if (task.IsCompleted)
        {
            var result = task.GetAwaiter().GetResult();
            Sp = resultAt;
            if (!discards)
            {
                Stack[Sp++] = result;
            }

            return Outcome.Done;
        }

        _pending = task;
        _pendingResultAt = resultAt;
        _pendingDiscards = discards;
        return Outcome.Suspended;
    }

    private Outcome Dropped(int sp)
    {
        Stack[sp] = null;
        Sp = sp;
        return Outcome.Done;
    }

    private Outcome Give(object? value, int resultAt)
    {
        Sp = resultAt;
        Stack[Sp++] = value;
        return Outcome.Done;
    }

    private Outcome CallOnNull(string name, int first, int count, int resultAt)
    {
        // Groovy's null is an object with a few methods of its own.
        switch (name)
        {
            case "toString" when count == 0:
                return Give("null", resultAt);
            case "equals" or "is" when count == 1:
                return Give(Box.Bool(Stack[first] is null), resultAt);
            case "asBoolean" when count == 0:
                return Give(Box.False, resultAt);
            case "getClass" when count == 0:
                return Give(ClassTable.Object, resultAt);
            case "iterator" when count == 0:
                return Give(IteratorValue.Over(null), resultAt);
            case "each" or "eachWithIndex" or "with" or "collect" or "find" or "findAll" or "any" or "every" or "inject" or "collectMany" or "grep" or "inspect" or "is":
                var methods = ClassTable.Object.FindMethods(name);
                if (Overloads.Select(methods, Stack.AsSpan(first, count)) is { } method)
                {
                    return CallNative(method, null, first, count, resultAt);
                }

                break;
        }

        throw Throw.NullPointer($"Cannot invoke method {name}() on null object");
    }

    // ---- objects of the script's classes ----

    private Outcome CallUserObject(UserObject user, string name, int first, int count, int resultAt, bool hasNamed)
    {
        if (user is ScriptInstance script)
        {
            return CallOnScript(script, name, first, count, resultAt, hasNamed) ?? throw MissingFunction(script, name, Stack.AsSpan(first, count));
        }

        return TryCallUserObject(user, name, first, count, resultAt) ?? CallMissing(user, name, first, count, resultAt);
    }

    private Outcome? TryCallUserObject(UserObject user, string name, int first, int count, int resultAt)
    {
        var args = Stack.AsSpan(first, count);
        if (Overloads.Select(user.Class.FindMethods(name), args) is { } method)
        {
            return EnterMethod(method, user, first, count, resultAt);
        }

        if (TryAccessor(user, name, first, count, resultAt) is { } accessed)
        {
            return accessed;
        }

        var nativeBase = user.Class.NativeBase;
        var natives = nativeBase.FindMethods(name);
        if (Overloads.Select(natives, args) is { } native)
        {
            return CallNative(native, user.NativeSelf is not null && native.Declaring.Key != ClassKey.Object ? user.NativeSelf : user, first, count, resultAt);
        }

        if (user.Class.Fields.TryGetValue(name, out var field) && user.Fields[field.Slot] is Closure callable)
        {
            return CallValue(callable, first, count, resultAt, name, discards: false);
        }

        if (FindStatic(user.Class, name)?.Value is Closure shared)
        {
            return CallValue(shared, first, count, resultAt, name, discards: false);
        }

        if (user.OuterObject is UserObject outer)
        {
            return outer is ScriptInstance script ? CallOnScript(script, name, first, count, resultAt, false) : TryCallUserObject(outer, name, first, count, resultAt);
        }

        return null;
    }

    private Outcome EnterMethod(UserMethod method, object? self, int first, int count, int resultAt)
    {
        if (method.Code.IsAbstract)
        {
            switch ((self as UserObject)?.ProxyFor)
            {
                case Closure closure:
                    return CallValue(closure, first, count, resultAt, method.Code.Name, discards: false);
                case GroovyMap map when map[method.Code.Name] is Closure member:
                    return CallValue(member, first, count, resultAt, method.Code.Name, discards: false);
            }

            throw Throw.New("java.lang.UnsupportedOperationException", $"The method {method.Declaring.Name}.{method} is abstract");
        }

        var captures = self is UserObject { Captures.Length: > 0 } user ? user.Captures : [];
        return Enter(method.Code, method.IsStatic && self is not ScriptInstance ? method.Declaring : self, null, captures, method.Declaring, first, count, resultAt, FrameFlags.None);
    }

    // getX(), setX(v) and isX() of properties, which nobody wrote.
    private Outcome? TryAccessor(UserObject user, string name, int first, int count, int resultAt)
    {
        if (Accessor(name, count) is not { } property)
        {
            return null;
        }

        if (user.Class.Fields.TryGetValue(property, out var field) && field.IsProperty)
        {
            if (count == 0)
            {
                return Give(user.Fields[field.Slot], resultAt);
            }

            user.Fields[field.Slot] = CastToField(field, Stack[first]);
            return Give(null, resultAt);
        }

        if (FindStatic(user.Class, property) is { } cell)
        {
            if (count == 1)
            {
                cell.Value = Stack[first];
            }

            return Give(count == 0 ? cell.Value : null, resultAt);
        }

        return null;
    }

    private static string? Accessor(string name, int count)
    {
        var prefix = count == 0 && name.StartsWith("get", StringComparison.Ordinal) || count == 1 && name.StartsWith("set", StringComparison.Ordinal) ? 3
            : count == 0 && name.StartsWith("is", StringComparison.Ordinal) ? 2 : 0;
        return prefix == 0 || name.Length == prefix ? null : PropertyName(name[prefix..]);
    }

    internal static string PropertyName(string capitalized) =>
        capitalized.Length > 1 && char.IsUpper(capitalized[0]) && char.IsUpper(capitalized[1]) ? capitalized : char.ToLowerInvariant(capitalized[0]) + capitalized[1..];

    private Outcome CallMissing(UserObject user, string name, int first, int count, int resultAt)
    {
        var args = Stack.AsSpan(first, count).ToArray();
        foreach (var hook in (ReadOnlySpan<string>)["methodMissing", "invokeMethod"])
        {
            if (user.Class.FindMethods(hook) is [{ Code.Parameters.Length: 2 } method])
            {
                Sp = first;
                Push([name, new GroovyArray(ClassTable.Object, args)]);
                return EnterMethod(method, user, first, 2, resultAt);
            }
        }

        throw Throw.MissingMethod(name, user, args);
    }

    private static Cell? FindStatic(UserClass @class, string name)
    {
        for (GroovyClass? at = @class; at is UserClass user; at = at.Super)
        {
            if (user.Statics.TryGetValue(name, out var cell))
            {
                return cell;
            }

            foreach (var @interface in user.Interfaces.OfType<UserClass>())
            {
                if (@interface.Statics.TryGetValue(name, out cell))
                {
                    return cell;
                }
            }
        }

        return null;
    }

    private Outcome CallSuper(Frame frame, string name, int first, int count, int resultAt)
    {
        var args = Stack.AsSpan(first, count);
        if (frame.Class is { } @class)
        {
            foreach (var parent in @class.Interfaces.OfType<UserClass>().Where(i => i.Code.Kind == Syntax.ClassKind.Trait).Cast<GroovyClass?>().Prepend(@class.Super))
            {
                if (parent is UserClass user && Overloads.Select(user.FindMethods(name), args) is { } method)
                {
                    return EnterMethod(method, frame.This, first, count, resultAt);
                }
            }

            if (frame.This is UserObject self)
            {
                if (TryAccessor(self, name, first, count, resultAt) is { } accessed)
                {
                    return accessed;
                }

                if (Overloads.Select(@class.NativeBase.FindMethods(name), args) is { } native)
                {
                    if (native.Declaring.Key == ClassKey.Object && self.NativeSelf is null)
                    {
                        // Object's own, past the class' override of the same name.
                        return Give(Objects.Own(self, name, args), resultAt);
                    }

                    return CallNative(native, self.NativeSelf ?? self, first, count, resultAt);
                }
            }
        }

        throw Throw.MissingMethod(name, frame.This, args);
    }

    // ---- calls without a target ----

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

    // ---- the host ----

    private HostCall MakeHostCall(string name, int first, int count, bool hasNamed)
    {
        var args = Stack.AsSpan(first, count);
        IReadOnlyDictionary<string, object?> named = NoNames;
        if (hasNamed && args.Length > 0 && args[0] is GroovyMap map)
        {
            var byName = new OrderedDictionary<string, object?>(map.Count);
            foreach (var (key, value) in map)
            {
                byName[Formatting.ToText(key)] = value;
            }

            named = byName;
            args = args[1..];
        }

        var frame = _depth > 0 ? _frames[_depth - 1] : null;
        var source = frame?.Code.Source ?? Interpreter.NoSource;
        var span = frame is null ? default : frame.Code.Spans[Math.Clamp(frame.Pc - 1, 0, frame.Code.Spans.Length - 1)];
        return new HostCall(name, args.ToArray(), named, Scope, source, span);
    }

    private static readonly IReadOnlyDictionary<string, object?> NoNames = new OrderedDictionary<string, object?>();

    private Outcome HostMethod(IHostObject host, string name, int first, int count, int resultAt, bool hasNamed)
    {
        if (host.HasMethod(name))
        {
            return Complete(host.InvokeMethodAsync(MakeHostCall(name, first, count, hasNamed)), resultAt, discards: false);
        }

        if (Accessor(name, count) is { } property)
        {
            if (count == 0 && host.TryGetProperty(property, Scope, out var value))
            {
                return Give(value, resultAt);
            }

            if (count == 1 && host.TrySetProperty(property, Stack[first], Scope))
            {
                return Give(null, resultAt);
            }
        }

        if (Overloads.Select(ClassTable.Object.FindMethods(name), Stack.AsSpan(first, count)) is { } native)
        {
            return CallNative(native, host, first, count, resultAt);
        }

        if (host.TryGetProperty(name, Scope, out var callable) && callable is Closure)
        {
            return CallValue(callable, first, count, resultAt, name, discards: false);
        }

        throw Throw.MissingMethod(name, host, Stack.AsSpan(first, count));
    }

    // ---- classes ----

    private Outcome CallOnClass(GroovyClass @class, string name, int first, int count, int resultAt)
    {
        var args = Stack.AsSpan(first, count);
        if (@class is UserClass user)
        {
            for (GroovyClass? at = user; at is UserClass declaring; at = at.Super)
            {
                if (Overloads.Select(declaring.FindMethods(name), args) is { IsStatic: true } method)
                {
                    return EnterMethod(method, user, first, count, resultAt);
                }
            }

            if (FindStatic(user, name)?.Value is Closure shared)
            {
                return CallValue(shared, first, count, resultAt, name, discards: false);
            }

            if (Accessor(name, count) is { } property && FindStatic(user, property) is { } cell)
            {
                if (count == 1)
                {
                    cell.Value = Stack[first];
                }

                return Give(count == 0 ? cell.Value : null, resultAt);
            }

            if (user.IsEnum && Enums.TryStatic(user, name, args, out var result))
            {
                return Give(result, resultAt);
            }

            if (TryCallOuterStatic(user, name, first, count, resultAt) is { } outer)
            {
                return outer;
            }

            if (user.FindMethods("$static_methodMissing") is [var missing])
            {
                var all = args.ToArray();
                Sp = first;
                Push([name, new GroovyArray(ClassTable.Object, all)]);
                return EnterMethod(missing, user, first, 2, resultAt);
            }
        }

        if (@class is BuiltinClass native)
        {
            for (GroovyClass? at = native; at is BuiltinClass declaring; at = at.Super)
            {
                if (Overloads.Select(declaring.FindStatics(name), args) is { } method)
                {
                    return CallNative(method, @class, first, count, resultAt);
                }
            }
        }

        if (Overloads.Select(ClassTable.Class.FindMethods(name), args) is { } ofClass)
        {
            return CallNative(ofClass, @class, first, count, resultAt);
        }

        throw Throw.MissingMethod(name, @class, args, isStatic: true);
    }

    /// <summary>Runs a class' static initializer before its first use and then the same instruction again.</summary>
    private Outcome Initialize(Frame frame, UserClass @class, int sp)
    {
        @class.IsInitialized = true;
        if (@class.Super is UserClass { IsInitialized: false } parent)
        {
            @class.IsInitialized = false;
            return Initialize(frame, parent, sp);
        }

        frame.Pc--;
        if (@class.Code.StaticInitializer is not { } initializer)
        {
            return Outcome.Entered;
        }

        return Enter(initializer, @class, null, [], @class, sp, 0, sp, FrameFlags.Discards);
    }

    internal Outcome New(GroovyClass @class, int first, int count, Frame? frame)
    {
        if (@class is UserClass user)
        {
            return NewObject(user, first, count, frame, []);
        }

        var native = (BuiltinClass)@class;
        if (Overloads.Select(native.Own.Constructors, Stack.AsSpan(first, count)) is { } constructor)
        {
            return CallNative(constructor, native, first, count, first);
        }

        throw Throw.MissingConstructor(@class, Stack.AsSpan(first, count));
    }

    private Outcome NewObject(UserClass @class, int first, int count, Frame? frame, Cell[] captures)
    {
        if (@class.IsInterface || @class.Code.IsAbstract)
        {
            throw Throw.New("java.lang.InstantiationException", @class.Name);
        }

        if (@class.Code.Kind == Syntax.ClassKind.Enum)
        {
            throw Throw.MissingConstructor(@class, Stack.AsSpan(first, count));
        }

        var made = new UserObject(@class) { Captures = captures };
        Charge(64 + (@class.FieldCount * 8));
        if (!@class.Code.IsStatic)
        {
            made.OuterObject = OuterOf(@class, frame);
        }

        return Construct(@class, made, first, count, first, FrameFlags.ReturnsThis);
    }

    // The object that an inner or anonymous class' code can reach besides its own.
    private static object? OuterOf(UserClass @class, Frame? frame)
    {
        if (frame?.This is UserObject self && (ReferenceEquals(self.Class, @class.Outer) || (@class.Code.Captures is not null && @class.Name.Contains('$', StringComparison.Ordinal) && char.IsAsciiDigit(@class.Name[^1]))))
        {
            return self;
        }

        return null;
    }

    private Outcome Construct(UserClass @class, UserObject self, int first, int count, int resultAt, FrameFlags flags)
    {
        var args = Stack.AsSpan(first, count);
        var constructors = @class.Constructors;
        if (Overloads.Select(constructors, args) is { } constructor)
        {
            return Enter(constructor.Code, self, null, self.Captures, @class, first, count, resultAt, flags);
        }

        // Named arguments to a class with a constructor without parameters: made first, then its properties are set.
        if (count == 1 && args[0] is GroovyMap map && Overloads.Select(constructors, []) is { } empty)
        {
            return Complete(ConstructAsync(empty, self, @class, map), resultAt, discards: false);
        }

        throw Throw.MissingConstructor(@class, args);
    }

    private async ValueTask<object?> ConstructAsync(UserMethod constructor, UserObject self, UserClass @class, GroovyMap properties)
    {
        var start = Sp;
        await Start(start, f => f.Enter(constructor.Code, self, null, self.Captures, @class, start, 0, start, FrameFlags.ReturnsThis));
        await ApplyPropertiesAsync(self, properties);
        return self;
    }

    private async ValueTask<object?> ApplyPropertiesAsync(object? target, GroovyMap properties)
    {
        foreach (var (key, value) in properties.ToArray())
        {
            await SetPropertyAsync(target, Formatting.ToText(key), value);
        }

        return null;
    }

    private Outcome CallSuperConstructor(Frame frame, int first, int count, bool isThis)
    {
        var self = (UserObject)frame.This!;
        var @class = frame.Class!;
        if (isThis)
        {
            return Construct(@class, self, first, count, first, FrameFlags.Discards);
        }

        switch (@class.Super)
        {
            case UserClass parent:
                return Construct(parent, self, first, count, first, FrameFlags.Discards);
            case BuiltinClass { Throwable: not null } native:
                var made = Throwables.Construct(self.Class.Throwable!, Stack.AsSpan(first, count), native);
                made.Instance = self;
                self.NativeSelf = made;
                Sp = first;
                return Outcome.Done;
            case BuiltinClass { Key: ClassKey.List or ClassKey.Map or ClassKey.Set } collection:
                if (Overloads.Select(collection.Own.Constructors, Stack.AsSpan(first, count)) is { } constructor)
                {
                    CallNative(constructor, collection, first, count, first);
                    self.NativeSelf = Stack[--Sp];
                    return Outcome.Done;
                }

                throw Throw.MissingConstructor(collection, Stack.AsSpan(first, count));
            default:
                if (count > 0 && @class.Code.Captures.Length == 0 && !@class.IsEnum && @class.Super is null)
                {
                    throw Throw.MissingConstructor(ClassTable.Object, Stack.AsSpan(first, count));
                }

                Sp = first;
                return Outcome.Done;
        }
    }

    private Outcome NewEnumConstant(UserClass @enum, EnumConstantCode constant, int first, int count)
    {
        var @class = constant.Body is { } body ? Interpreter.EnumConstantClass(body, @enum) : @enum;
        @class.IsInitialized = true;
        var made = new UserObject(@class) { EnumName = constant.Name, EnumOrdinal = constant.Ordinal };
        @enum.EnumConstants.Add(made);
        @enum.Statics[constant.Name] = new Cell { Value = made };
        return Construct(@class, made, first, count, first, FrameFlags.ReturnsThis);
    }

    private Cell[] Capture(Frame frame, CaptureSource[] sources)
    {
        if (sources.Length == 0)
        {
            return [];
        }

        var cells = new Cell[sources.Length];
        for (var i = 0; i < sources.Length; i++)
        {
            if (!sources[i].FromLocal)
            {
                cells[i] = frame.Captures[sources[i].Index];
                continue;
            }

            // A declaration that was jumped over (in a switch) has left no cell.
            ref var local = ref Stack[frame.Base + sources[i].Index];
            local ??= new Cell();
            cells[i] = (Cell)local;
        }

        return cells;
    }

    // One list of arguments becomes the arguments.
    private int SpreadArguments()
    {
        var list = (IReadOnlyList<object?>)Stack[--Sp]!;
        Reserve(list.Count + 4);
        foreach (var item in list)
        {
            Stack[Sp++] = item;
        }

        return list.Count;
    }

    private async ValueTask<object?> SpreadCallAsync(object? targets, string name, object?[] args)
    {
        if (targets is null)
        {
            return null;
        }

        var results = new GroovyList();
        foreach (var target in Iteration.Of(targets))
        {
            results.Add(target is null && targets is IReadOnlyCollection<object?> ? null : await CallMethodAsync(target, name, args.AsSpan()));
        }

        return results;
    }

    private async ValueTask<object?> SpreadPropertyAsync(object? targets, string name)
    {
        if (targets is null)
        {
            return null;
        }

        var results = new GroovyList();
        foreach (var target in Iteration.Of(targets))
        {
            results.Add(target is null ? null : await GetPropertyAsync(target, name));
        }

        return results;
    }
}
