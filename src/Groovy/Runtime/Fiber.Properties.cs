using Slipway.Groovy.Compilation;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

// Names without a target, and properties.
public sealed partial class Fiber
{
    private static object? LoadTopLevel(Frame frame, string name) => ScriptOf(frame) is { } script && script.TopLevel.TryGetValue(name, out var cell)
        ? cell.Value
        : throw Throw.MissingProperty(name, frame.This);

    private static void StoreTopLevel(Frame frame, string name, object? value)
    {
        if (ScriptOf(frame) is not { } script)
        {
            throw Throw.MissingProperty(name, frame.This);
        }

        if (script.TopLevel.TryGetValue(name, out var cell))
        {
            cell.Value = value;
        }
        else
        {
            script.TopLevel[name] = new Cell { Value = value };
        }
    }

    private static ScriptInstance? ScriptOf(Frame frame) => frame.This as ScriptInstance ?? frame.Class?.Script;

    private Outcome LoadName(Frame frame, string name, TypeRef? fallback, int resultAt)
    {
        if (TryLoadName(frame.Closure is { } closure ? closure : frame.This, name, resultAt, out var outcome))
        {
            return outcome;
        }

        if (frame.Closure is null && frame.Class is { } @class && TryOuterStatic(@class, name, resultAt))
        {
            return Outcome.Done;
        }

        if (fallback is not null)
        {
            var found = Interpreter.Resolve(fallback);
            if (found is UserClass { IsInitialized: false } fresh)
            {
                return Initialize(frame, fresh, resultAt);
            }

            return Give(found, resultAt);
        }

        if (Interpreter.TryClassByName(name) is { } known)
        {
            return Give(known, resultAt);
        }

        if (frame.This is UserObject user && user.Class.FindMethods("propertyMissing") is { Length: > 0 } hooks && hooks.FirstOrDefault(h => h.Code.Parameters.Length == 1) is { } hook)
        {
            Sp = resultAt;
            Push([name]);
            return EnterMethod(hook, user, resultAt, 1, resultAt);
        }

        throw MissingName(frame, name);
    }

    private GroovyException MissingName(Frame frame, string name)
    {
        var missing = Throw.MissingProperty(name, frame.This is UserClass or UserObject ? frame.This : frame.Closure?.ThisObject);
        if (frame.This is ScriptInstance && Suggestions.Nearest(name, Interpreter.Host.FunctionNames) is { } step && step == name)
        {
            missing.Value.Message += $"\n'{name}' is a step: call it as {name}(…)";
        }

        return missing;
    }

    private bool TryOuterStatic(UserClass @class, string name, int resultAt)
    {
        for (var at = @class; at is not null; at = at.Outer)
        {
            if (FindStatic(at, name) is { } cell)
            {
                Give(cell.Value, resultAt);
                return true;
            }
        }

        return false;
    }

    private bool TryLoadName(object? holder, string name, int resultAt, out Outcome outcome)
    {
        outcome = Outcome.Done;
        switch (holder)
        {
            case null:
                return false;
            case Closure closure:
                switch (name)
                {
                    case "owner":
                        Give(closure.Owner, resultAt);
                        return true;
                    case "delegate":
                        Give(closure.Delegate, resultAt);
                        return true;
                    case "thisObject":
                        Give(closure.ThisObject, resultAt);
                        return true;
                    case "resolveStrategy":
                        Give(Box.Int((int)closure.Strategy), resultAt);
                        return true;
                }

                var separate = !ReferenceEquals(closure.Owner, closure.Delegate);
                return closure.Strategy switch
                {
                    ResolveStrategy.OwnerFirst => TryLoadName(closure.Owner, name, resultAt, out outcome) || (separate && TryLoadName(closure.Delegate, name, resultAt, out outcome)),
                    ResolveStrategy.DelegateFirst => (separate && TryLoadName(closure.Delegate, name, resultAt, out outcome)) || TryLoadName(closure.Owner, name, resultAt, out outcome),
                    ResolveStrategy.OwnerOnly => TryLoadName(closure.Owner, name, resultAt, out outcome),
                    ResolveStrategy.DelegateOnly => TryLoadName(closure.Delegate, name, resultAt, out outcome),
                    _ => false,
                };
            case ScriptInstance script:
                return TryScriptProperty(script, name, resultAt, out outcome);
            case UserObject user:
                if (TryUserProperty(user, name, resultAt, out outcome))
                {
                    return true;
                }

                if (user.OuterObject is { } outer && TryLoadName(outer, name, resultAt, out outcome))
                {
                    return true;
                }

                return TryOuterStatic(user.Class, name, resultAt);
            case UserClass @class:
                return TryStaticProperty(@class, name, resultAt, out outcome) || TryOuterStatic(@class, name, resultAt);
            case GroovyMap map:
                outcome = GetProperty(map, name, resultAt);
                return true;
            case IHostObject host:
                if (host.TryGetProperty(name, Scope, out var value))
                {
                    Give(value, resultAt);
                    return true;
                }

                return false;
            default:
                return ClassTable.Of(holder) is BuiltinClass native && TryGetter(native, holder, name, resultAt, out outcome);
        }
    }

    private bool TryScriptProperty(ScriptInstance script, string name, int resultAt, out Outcome outcome)
    {
        outcome = Outcome.Done;
        if (script.Binding.TryGetValue(name, out var bound))
        {
            Give(bound, resultAt);
            return true;
        }

        if (script.Class.Fields.TryGetValue(name, out var field))
        {
            Give(script.Fields[field.Slot], resultAt);
            return true;
        }

        if (Interpreter.Host.TryGetVariable(name, Scope, out var variable))
        {
            Give(variable, resultAt);
            return true;
        }

        if (name == "binding")
        {
            Give(new BindingValue(script.Binding), resultAt);
            return true;
        }

        return TryUserGetter(script, name, resultAt, out outcome);
    }

    private bool TryUserGetter(UserObject user, string name, int resultAt, out Outcome outcome)
    {
        outcome = Outcome.Done;
        if (name.Length == 0)
        {
            return false;
        }

        if (user.Class.FindMethods(Getter(name)) is { Length: > 0 } getters && getters.FirstOrDefault(g => g.Code.RequiredCount == 0) is { } getter)
        {
            Sp = resultAt;
            outcome = EnterMethod(getter, user, resultAt, 0, resultAt);
            return true;
        }

        if (user.Class.FindMethods("is" + char.ToUpperInvariant(name[0]) + name[1..]) is [{ Code.Parameters.Length: 0 } question])
        {
            Sp = resultAt;
            outcome = EnterMethod(question, user, resultAt, 0, resultAt);
            return true;
        }

        return false;
    }

    private bool TryUserProperty(UserObject user, string name, int resultAt, out Outcome outcome)
    {
        if (TryUserGetter(user, name, resultAt, out outcome))
        {
            return true;
        }

        if (user.Class.Fields.TryGetValue(name, out var field))
        {
            Give(user.Fields[field.Slot], resultAt);
            return true;
        }

        if (FindStatic(user.Class, name) is { } cell)
        {
            Give(cell.Value, resultAt);
            return true;
        }

        switch (name)
        {
            case "class":
                Give(user.Class, resultAt);
                return true;
        }

        if (TryGetter(user.Class.NativeBase, user.NativeSelf ?? user, name, resultAt, out outcome))
        {
            return true;
        }

        if (user.NativeSelf is GroovyMap map)
        {
            Give(map[name], resultAt);
            return true;
        }

        return false;
    }

    // A property of the library is a method getX() or isX() without parameters.
    private bool TryGetter(BuiltinClass native, object target, string name, int resultAt, out Outcome outcome)
    {
        outcome = Outcome.Done;
        if (name.Length == 0)
        {
            return false;
        }

        var methods = native.FindMethods(Getter(name));
        if (Overloads.Select(methods, []) is not { } getter)
        {
            methods = native.FindMethods("is" + char.ToUpperInvariant(name[0]) + name[1..]);
            getter = Overloads.Select(methods, []);
            if (getter is null && native.Key == ClassKey.GString)
            {
                return TryGetter(ClassTable.String, target.ToString()!, name, resultAt, out outcome);
            }

            if (getter is null)
            {
                return false;
            }
        }

        outcome = CallNative(getter, target, resultAt, 0, resultAt);
        return true;
    }

    private static string Getter(string name) => "get" + char.ToUpperInvariant(name[0]) + name[1..];

    internal Outcome GetProperty(object? target, string name, int resultAt)
    {
        Outcome outcome;
        switch (target)
        {
            case null:
                throw Throw.NullPointer($"Cannot get property '{name}' on null object");
            case GroovyMap map:
                if (map.DefaultFactory is null || map.ContainsKey(name))
                {
                    return Give(map[name], resultAt);
                }

                return Complete(Maps.GetAsync(this, map, name), resultAt, discards: false);
            case ScriptInstance script:
                if (TryScriptProperty(script, name, resultAt, out outcome) || TryUserProperty(script, name, resultAt, out outcome))
                {
                    return outcome;
                }

                return PropertyMissing(script, name, resultAt);
            case UserObject user:
                if (TryUserProperty(user, name, resultAt, out outcome))
                {
                    return outcome;
                }

                return PropertyMissing(user, name, resultAt);
            case ThrowableValue { Instance: { } instance }:
                return GetProperty(instance, name, resultAt);
            case IHostObject host:
                if (host.TryComputeProperty(name, Scope, out var computed))
                {
                    return Complete(computed, resultAt, discards: false);
                }

                if (host.TryGetProperty(name, Scope, out var value))
                {
                    return Give(value, resultAt);
                }

                if (name == "class")
                {
                    return Give(ClassTable.Of(host), resultAt);
                }

                throw Throw.MissingProperty(name, host);
            case HostClassValue hostClass:
                return GetProperty(hostClass.Host, name, resultAt);
            case GroovyClass @class:
                if (name != "class" && @class is UserClass own && TryStaticProperty(own, name, resultAt, out outcome))
                {
                    return outcome;
                }

                if (@class is BuiltinClass known && known.Own.Constants.TryGetValue(name, out var constant))
                {
                    return Give(constant, resultAt);
                }

                if (@class is BuiltinClass builtin && Overloads.Select(builtin.FindStatics(Getter(name)), []) is { } getter)
                {
                    return CallNative(getter, builtin, resultAt, 0, resultAt);
                }

                if (TryGetter(ClassTable.Class, @class, name, resultAt, out outcome))
                {
                    return outcome;
                }

                throw Throw.MissingProperty(name, @class);
            case Closure closure:
                if (TryLoadName(closure, name, resultAt, out outcome) || TryGetter(ClassTable.ClosureClass, closure, name, resultAt, out outcome))
                {
                    return outcome;
                }

                throw Throw.MissingProperty(name, closure);
        }

        if (target is GroovyArray or string or GString && name == "length")
        {
            if (target is GroovyArray array)
            {
                return Give(Box.Int(array.Count), resultAt);
            }
        }

        if (ClassTable.Of(target) is BuiltinClass native && TryGetter(native, target, name, resultAt, out outcome))
        {
            return outcome;
        }

        if (target is IReadOnlyCollection<object?>)
        {
            return Complete(SpreadListPropertyAsync(target, name), resultAt, discards: false);
        }

        throw Throw.MissingProperty(name, target);
    }

    // list.name: the property of each item; what fails says that it was asked of a list.
    private async ValueTask<object?> SpreadListPropertyAsync(object target, string name)
    {
        try
        {
            return await SpreadPropertyAsync(target, name);
        }
        catch (GroovyException e) when (e.Value.Class.Name == "groovy.lang.MissingPropertyException")
        {
            throw Throw.New(
                "groovy.lang.MissingPropertyException",
                $"Exception evaluating property '{name}' for {ClassTable.NameOf(target)}, Reason: {e.Value}");
        }
    }

    private Outcome PropertyMissing(UserObject user, string name, int resultAt)
    {
        foreach (var hook in (ReadOnlySpan<string>)["propertyMissing", "get"])
        {
            if (user.Class.FindMethods(hook).FirstOrDefault(h => h.Code.Parameters.Length == 1) is { } method)
            {
                Sp = resultAt;
                Push([name]);
                return EnterMethod(method, user, resultAt, 1, resultAt);
            }
        }

        if (name == "this")
        {
            return Give(user, resultAt);
        }

        throw Throw.MissingProperty(name, user);
    }

    private bool TryStaticProperty(UserClass @class, string name, int resultAt, out Outcome outcome)
    {
        outcome = Outcome.Done;
        if (name.Length > 0)
        {
            for (GroovyClass? at = @class; at is UserClass declaring; at = at.Super)
            {
                if (declaring.FindMethods(Getter(name)).FirstOrDefault(m => m.IsStatic && m.Code.RequiredCount == 0) is { } getter)
                {
                    Sp = resultAt;
                    outcome = EnterMethod(getter, @class, resultAt, 0, resultAt);
                    return true;
                }
            }
        }

        if (FindStatic(@class, name) is { } cell)
        {
            Give(cell.Value, resultAt);
            return true;
        }

        if (Interpreter.TryClassByName(@class.Name + "$" + name) is { } inner)
        {
            Give(inner, resultAt);
            return true;
        }

        return false;
    }

    // ---- writing ----

    private Outcome StoreName(Frame frame, string name, object? value, int resultAt)
    {
        if (TryStore(frame.Closure is { } closure ? closure : frame.This, name, value, resultAt, force: false, out var outcome))
        {
            return outcome;
        }

        if (frame.This is UserObject { OuterObject: { } outer } && TryStore(outer, name, value, resultAt, force: false, out outcome))
        {
            return outcome;
        }

        if (frame.Class is { } @class)
        {
            for (var at = @class; at is not null; at = at.Outer)
            {
                if (FindStatic(at, name) is { } cell)
                {
                    cell.Value = value;
                    return Dropped(resultAt);
                }
            }
        }

        throw Throw.MissingProperty(name, frame.This);
    }

    private bool TryStore(object? holder, string name, object? value, int resultAt, bool force, out Outcome outcome)
    {
        outcome = Outcome.Done;
        switch (holder)
        {
            case Closure closure:
                if (name is "delegate" or "resolveStrategy")
                {
                    outcome = SetProperty(closure, name, value, resultAt);
                    return true;
                }

                var separate = !ReferenceEquals(closure.Owner, closure.Delegate);
                return closure.Strategy switch
                {
                    ResolveStrategy.OwnerFirst => TryStore(closure.Owner, name, value, resultAt, force, out outcome) || (separate && TryStore(closure.Delegate, name, value, resultAt, force, out outcome)),
                    ResolveStrategy.DelegateFirst => (separate && TryStore(closure.Delegate, name, value, resultAt, force, out outcome)) || TryStore(closure.Owner, name, value, resultAt, force, out outcome),
                    ResolveStrategy.OwnerOnly => TryStore(closure.Owner, name, value, resultAt, force, out outcome),
                    ResolveStrategy.DelegateOnly => TryStore(closure.Delegate, name, value, resultAt, force, out outcome),
                    _ => false,
                };
            case ScriptInstance script:
                outcome = SetScriptProperty(script, name, value, resultAt);
                return true;
            case UserObject user:
                if (HasWritable(user, name))
                {
                    outcome = SetProperty(user, name, value, resultAt);
                    return true;
                }

                return user.OuterObject is { } outer && TryStore(outer, name, value, resultAt, force, out outcome);
            case UserClass @class:
                if (FindStatic(@class, name) is { } cell)
                {
                    cell.Value = value;
                    outcome = Dropped(resultAt);
                    return true;
                }

                return false;
            case GroovyMap map:
                map.Put(name, value);
                outcome = Dropped(resultAt);
                return true;
            case IHostObject host:
                if (host.TrySetProperty(name, value, Scope))
                {
                    outcome = Dropped(resultAt);
                    return true;
                }

                return false;
            default:
                return false;
        }
    }

    private static bool HasWritable(UserObject user, string name) => name.Length > 0 && (user.Class.Fields.ContainsKey(name)
        || user.Class.HasMethod(Setter(name)) || user.Class.HasMethod("propertyMissing") || FindStatic(user.Class, name) is not null);

    private static string Setter(string name) => "set" + char.ToUpperInvariant(name[0]) + name[1..];

    private Outcome SetScriptProperty(ScriptInstance script, string name, object? value, int resultAt)
    {
        if (script.Class.Fields.TryGetValue(name, out var field))
        {
            script.Fields[field.Slot] = CastToField(field, value);
            return Dropped(resultAt);
        }

        if (!script.Binding.ContainsKey(name) && Interpreter.Host.TrySetVariable(name, value, Scope))
        {
            return Dropped(resultAt);
        }

        if (Overloads.Select(script.Class.FindMethods(Setter(name)), [value]) is { } setter)
        {
            return EnterSetter(setter, script, value, resultAt);
        }

        script.Binding.Put(name, value);
        Charge(64);
        return Dropped(resultAt);
    }

    private Outcome EnterSetter(UserMethod setter, object self, object? value, int resultAt)
    {
        Sp = resultAt;
        Push([value]);
        var outcome = EnterMethod(setter, self, resultAt, 1, resultAt);
        _frames[_depth - 1].Flags |= FrameFlags.Discards;
        return outcome;
    }

    internal Outcome SetProperty(object? target, string name, object? value, int resultAt)
    {
        switch (target)
        {
            case null:
                throw Throw.NullPointer($"Cannot set property '{name}' on null object");
            case GroovyMap map:
                map.Put(name, value);
                Charge(48);
                return Dropped(resultAt);
            case ScriptInstance script:
                return SetScriptProperty(script, name, value, resultAt);
            case UserObject user:
                if (Overloads.Select(user.Class.FindMethods(Setter(name)), [value]) is { } setter)
                {
                    return EnterSetter(setter, user, value, resultAt);
                }

                if (user.Class.Fields.TryGetValue(name, out var field))
                {
                    if (field.IsFinal && field.IsProperty)
                    {
                        throw Throw.New("groovy.lang.ReadOnlyPropertyException", $"Cannot set readonly property: {name} for class: {user.Class.Name}");
                    }

                    return StoreField(user, field, value, resultAt);
                }

                if (FindStatic(user.Class, name) is { } cell)
                {
                    cell.Value = value;
                    return Dropped(resultAt);
                }

                if (user.Class.FindMethods("propertyMissing").FirstOrDefault(m => m.Code.Parameters.Length == 2) is { } hook)
                {
                    Sp = resultAt;
                    Push([name, value]);
                    var outcome = EnterMethod(hook, user, resultAt, 2, resultAt);
                    _frames[_depth - 1].Flags |= FrameFlags.Discards;
                    return outcome;
                }

                if (user.Class.HasMethod(Getter(name)))
                {
                    throw Throw.New("groovy.lang.ReadOnlyPropertyException", $"Cannot set readonly property: {name} for class: {user.Class.Name}");
                }

                throw Throw.MissingProperty(name, user);
            case IHostObject host:
                return host.TrySetProperty(name, value, Scope) ? Dropped(resultAt)
                    : host.TryGetProperty(name, Scope, out _) ? throw Throw.New("groovy.lang.ReadOnlyPropertyException", $"Cannot set readonly property: {name} for class: {host.TypeName}")
                    : throw Throw.MissingProperty(name, host);
            case Closure closure:
                switch (name)
                {
                    case "delegate":
                        closure.Delegate = value;
                        return Dropped(resultAt);
                    case "resolveStrategy":
                        closure.Strategy = (ResolveStrategy)Numbers.ToInt(value!);
                        return Dropped(resultAt);
                }

                return TryStore(closure, name, value, resultAt, force: true, out var stored) ? stored : throw Throw.MissingProperty(name, closure);
            case UserClass @class:
                if (Overloads.Select(@class.FindMethods(Setter(name)), [value]) is { IsStatic: true } staticSetter)
                {
                    return EnterSetter(staticSetter, @class, value, resultAt);
                }

                if (FindStatic(@class, name) is { } variable)
                {
                    variable.Value = value;
                    return Dropped(resultAt);
                }

                throw Throw.MissingProperty(name, @class);
            case GroovyClass:
                throw Throw.MissingProperty(name, target);
            case BindingValue binding:
                binding.Variables.Put(name, value);
                return Dropped(resultAt);
        }

        if (ClassTable.Of(target) is BuiltinClass native && Overloads.Select(native.FindMethods(Setter(name)), [value]) is { } method)
        {
            Sp = resultAt;
            Push([value]);
            var outcome = CallNative(method, target, resultAt, 1, resultAt);
            if (outcome == Outcome.Done)
            {
                return Dropped(resultAt);
            }

            _pendingDiscards = true;
            return outcome;
        }

        if (target is IReadOnlyCollection<object?> items)
        {
            return Complete(SetEachAsync(items, name, value), resultAt, discards: true);
        }

        throw Throw.MissingProperty(name, target);
    }

    private async ValueTask<object?> SetEachAsync(IReadOnlyCollection<object?> items, string name, object? value)
    {
        foreach (var item in items)
        {
            await SetPropertyAsync(item, name, value);
        }

        return null;
    }

    private Outcome StoreField(UserObject user, UserField field, object? value, int resultAt)
    {
        user.Fields[field.Slot] = CastToField(field, value);
        return Dropped(resultAt);
    }

    private object? CastToField(UserField field, object? value) =>
        field.Type is { Builtin: { } native } ? Coercion.Cast(value, native)
        : field.Type is { } type && value is not null && Interpreter.TryResolve(type) is { } declared && declared is UserClass ? Coercion.Cast(value, declared)
        : value;

    private Outcome GetField(object? target, string name, int resultAt)
    {
        switch (target)
        {
            case UserObject user when user.Class.Fields.TryGetValue(name, out var field):
                return Give(user.Fields[field.Slot], resultAt);
            case UserObject user when FindStatic(user.Class, name) is { } cell:
                return Give(cell.Value, resultAt);
            case UserClass @class when FindStatic(@class, name) is { } cell:
                return Give(cell.Value, resultAt);
            case UserClass:
                throw Throw.MissingProperty(name, target);
            default:
                return GetProperty(target, name, resultAt);
        }
    }

    // Inside its class a field is written directly; only its initializer may write a final one, which is not told apart here.
    private Outcome SetField(object? target, string name, object? value, int resultAt)
    {
        switch (target)
        {
            case UserObject user when user.Class.Fields.TryGetValue(name, out var field):
                return StoreField(user, field, value, resultAt);
            case UserObject user when FindStatic(user.Class, name) is { } cell:
                cell.Value = value;
                return Dropped(resultAt);
            case UserClass @class when FindStatic(@class, name) is { } cell:
                cell.Value = value;
                return Dropped(resultAt);
            default:
                return SetProperty(target, name, value, resultAt);
        }
    }
}
