using Slipway.Groovy.Compilation;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

// Names without a target.
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
        var target = frame.This is UserClass or UserObject ? frame.This : frame.Closure?.ThisObject;
        var missing = Throw.MissingProperty(name, target, className: target is ScriptInstance ? Interpreter.VariablesClass : null);
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
}
