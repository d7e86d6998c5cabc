using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.lang.Throwable and all below it.</summary>
internal static class Throwables
{
    public static void Register(ClassBuilder t, ThrowableClass root)
    {
        RegisterConstructors(t, root);
        t.Method("getMessage()", (_, self, _) => Of(self).Message);
        t.Method("getLocalizedMessage()", (_, self, _) => Of(self).Message);
        t.Method("getCause()", (_, self, _) => Of(self).Cause?.ForScript);
        t.Method("initCause(Throwable)", (_, self, a) =>
        {
            Of(self).Cause = Of(a[0]);
            return self;
        });
        t.Method("addSuppressed(Throwable)", (_, self, a) =>
        {
            Of(self).Suppressed.Add(Of(a[0]));
            return null;
        });
        t.Method("getSuppressed()", (_, self, _) => new GroovyArray(ClassTable.Simple("Throwable"), [.. Of(self).Suppressed.Select(s => s.ForScript)]));
        t.Method("getStackTrace()", (_, self, _) => new GroovyArray(ClassTable.String, [.. Of(self).Trace]));
        t.Method("setStackTrace(Object)", (_, _, _) => null);
        t.Method("fillInStackTrace()", (_, self, _) => self);
        t.Method("printStackTrace()", (f, self, _) =>
        {
            f.Interpreter.Host.Print(Render(Of(self)) + "\n", f.Scope);
            return null;
        });
        t.Method("toString()", (_, self, _) => Formatting.ToText(self));
        t.Method("getClass()", (_, self, _) => ClassTable.Of(self!));
    }

    public static void RegisterConstructors(ClassBuilder t, ThrowableClass @class)
    {
        t.New("()", (_, _, _) => new ThrowableValue(@class, null));
        t.New("(String)", (_, _, a) => new ThrowableValue(@class, (string?)a[0]));
        t.New("(String,Throwable)", (_, _, a) => new ThrowableValue(@class, (string?)a[0], a[1] is null ? null : Of(a[1])));
        t.New("(Throwable)", (_, _, a) => new ThrowableValue(@class, a[0] is null ? null : Formatting.ToText(a[0]), a[0] is null ? null : Of(a[0])));
        if (@class.Is("java.lang.AssertionError"))
        {
            t.New("(Object)", (_, _, a) => new ThrowableValue(@class, Formatting.ToText(a[0])));
        }

    }

    /// <summary>The exception behind an object of a script's own exception class.</summary>
    public static ThrowableValue Construct(ThrowableClass @class, ReadOnlySpan<object?> args, BuiltinClass native) => args switch
    {
        [] => new ThrowableValue(@class, null),
        [ThrowableValue or UserObject { NativeSelf: ThrowableValue }] => new ThrowableValue(@class, Formatting.ToText(args[0]), Of(args[0])),
        [var message] => new ThrowableValue(@class, message is null ? null : Formatting.ToText(message)),
        [var message, ThrowableValue or UserObject { NativeSelf: ThrowableValue } or null, ..] => new ThrowableValue(@class, message is null ? null : Formatting.ToText(message), args[1] is null ? null : Of(args[1])),
        _ => throw Throw.MissingConstructor(native, args),
    };

    public static ThrowableValue Of(object? value) => value switch
    {
        ThrowableValue throwable => throwable,
        UserObject { NativeSelf: ThrowableValue throwable } => throwable,
        _ => throw Throw.Cast(value, ClassTable.Simple("Throwable")),
    };

    public static string Render(ThrowableValue value)
    {
        var lines = new List<string> { value.ToString() };
        lines.AddRange(value.Trace.Select(at => "\tat " + at));
        if (value.Cause is { } cause && !ReferenceEquals(cause, value))
        {
            lines.Add("Caused by: " + Render(cause));
        }

        return string.Join('\n', lines);
    }
}
