using Slipway.Groovy.Compilation;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

// Names and properties, written.
public sealed partial class Fiber
{
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
