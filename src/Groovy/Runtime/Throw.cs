using System.Text.RegularExpressions;

namespace Slipway.Groovy.Runtime;

/// <summary>Makes the exceptions that scripts see. Building a message never runs code of the script.</summary>
internal static class Throw
{
    public static GroovyException New(string className, string? message, ThrowableValue? cause = null) =>
        new(new ThrowableValue(ThrowableClasses.Find(className) ?? throw new InvalidOperationException($"No exception class '{className}' in the library's tree"), message, cause));

    public static GroovyException Arithmetic(string message) => New("java.lang.ArithmeticException", message);

    public static GroovyException NumberFormat(string message) => New("java.lang.NumberFormatException", message);

    public static GroovyException IllegalArgument(string message) => New("java.lang.IllegalArgumentException", message);

    public static GroovyException IllegalState(string message) => New("java.lang.IllegalStateException", message);

    public static GroovyException Unsupported(string? message = null) => New("java.lang.UnsupportedOperationException", message);

    public static GroovyException NoSuchElement(string? message = null) => New("java.util.NoSuchElementException", message);

    public static GroovyException NullPointer(string message) => New("java.lang.NullPointerException", message);

    public static GroovyException Runtime(string message) => New("groovy.lang.GroovyRuntimeException", message);

    public static GroovyException IndexOutOfBounds(long index, int length) => New("java.lang.IndexOutOfBoundsException", $"Index {index} out of bounds for length {length}");

    public static GroovyException StringIndex(int begin, int end, int length) =>
        New("java.lang.StringIndexOutOfBoundsException", $"begin {begin}, end {end}, length {length}");

    public static GroovyException Cast(object? value, GroovyClass target) => New(
        "org.codehaus.groovy.runtime.typehandling.GroovyCastException",
        value is null
            ? $"Cannot cast object 'null' with class 'null' to class '{target.Name}'" + (target is BuiltinClass { IsPrimitive: true } ? $". Try '{((BuiltinClass)target).Boxed.Name}' instead" : "")
            : $"Cannot cast object '{Formatting.ToSafeText(value)}' with class '{ClassTable.NameOf(value)}' to class '{target.Name}'");

    public static GroovyException MissingProperty(string name, object? target, string? reason = null, string? className = null)
    {
        var message = $"No such property: {name} for class: {className ?? ClassTable.NameOf(target)}";
        if (target is not null && Suggestions.Property(target, name) is { } near)
        {
            message += "\nPossible solutions: " + near;
        }

        return New("groovy.lang.MissingPropertyException", reason is null ? message : message + "\n" + reason);
    }

    public static GroovyException MissingMethod(string name, object? target, ReadOnlySpan<object?> args, bool isStatic = false)
    {
        var types = new List<string>();
        var values = new List<string>();
        foreach (var arg in args)
        {
            types.Add(ClassTable.NameOf(arg));
            values.Add(Formatting.Shorten(Formatting.ToSafeText(arg), 60));
        }

        var className = target is GroovyClass c && isStatic ? c.Name : ClassTable.NameOf(target);
        var message = $"No signature of method: {(isStatic ? "static " : "")}{className}.{name}() is applicable for argument types: ({string.Join(", ", types)}) values: [{string.Join(", ", values)}]";
        var near = Suggestions.Methods(target, name, isStatic);
        if (near.Count > 0)
        {
            message += "\nPossible solutions: " + string.Join(", ", near);
        }

        return New("groovy.lang.MissingMethodException", message);
    }

    public static GroovyException MissingConstructor(GroovyClass @class, ReadOnlySpan<object?> args)
    {
        var types = new List<string>();
        foreach (var arg in args)
        {
            types.Add(ClassTable.NameOf(arg));
        }

        return Runtime($"Could not find matching constructor for: {@class.Name}({string.Join(", ", types)})");
    }

    /// <summary>A limit was passed: the run ends, no catch clause sees it.</summary>
    public static GroovyException Limit(string message) =>
        new(new ThrowableValue(ThrowableClasses.Find("java.lang.InternalError")!, message) { IsUncatchable = true });

    private static GroovyException Misuse(string className, string message, Exception exception) =>
        new(new ThrowableValue(ThrowableClasses.Find(className)!, message) { HostPayload = exception });

    /// <summary>What a script sees of an exception of .NET that came out of library or host code.</summary>
    public static GroovyException Translate(Exception exception) => exception switch
    {
        GroovyException groovy => groovy,
        // What a comparison threw while .NET sorted.
        InvalidOperationException { InnerException: { } inner and (GroovyException or InsufficientExecutionStackException) } => Translate(inner),
        InsufficientExecutionStackException => New("java.lang.StackOverflowError", null),
        RegexMatchTimeoutException timeout => IllegalState($"The regular expression took longer than {timeout.MatchTimeout.TotalSeconds:0.#} s; simplify the pattern '{timeout.Pattern}'"),
        OutOfMemoryException => New("java.lang.OutOfMemoryError", "Java heap space"),
        InvalidOperationException when exception.Source == "System.Private.CoreLib" && exception.Message.StartsWith("Collection was modified", StringComparison.Ordinal)
            => New("java.util.ConcurrentModificationException", null),
        OverflowException => Arithmetic(exception.Message),
        // Arguments that a method of the library cannot take, as Java's own would say it. The host may look at the original.
        NullReferenceException or ArgumentNullException => Misuse("java.lang.NullPointerException", "An argument of this method must not be null", exception),
        FormatException => Misuse("java.lang.IllegalArgumentException", exception.Message, exception),
        InvalidCastException => Misuse("java.lang.ClassCastException", "An argument of this method, or an item in it, is of the wrong class", exception),
        IndexOutOfRangeException or ArgumentOutOfRangeException => Misuse("java.lang.IndexOutOfBoundsException", "An index given to this method is out of range", exception),
        _ => new GroovyException(new ThrowableValue(ThrowableClasses.Find("java.lang.RuntimeException")!, exception.Message) { HostPayload = exception }),
    };
}
