using Slipway.Groovy.Compilation;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

// Properties, read.
public sealed partial class Fiber
{
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
            case ThrowableValue { HostView: { } view } when view.TryGetProperty(name, Scope, out var shown):
                return Give(shown, resultAt);
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
}
