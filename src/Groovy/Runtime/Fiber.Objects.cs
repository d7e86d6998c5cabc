using Slipway.Groovy.Compilation;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

// Calls on objects of the script's own classes.
public sealed partial class Fiber
{
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
}
