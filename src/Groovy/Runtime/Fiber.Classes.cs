using Slipway.Groovy.Compilation;
using Slipway.Groovy.Library;

namespace Slipway.Groovy.Runtime;

// Static calls, and how objects are made.
public sealed partial class Fiber
{
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
}
