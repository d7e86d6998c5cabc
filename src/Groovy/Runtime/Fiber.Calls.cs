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
            case ThrowableValue { HostView: { } view } when name != "toString" && view.HasMethod(name):
                return HostMethod(view, name, first, count, resultAt, site?.HasNamed == true);
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
