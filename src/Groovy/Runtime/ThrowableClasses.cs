namespace Slipway.Groovy.Runtime;

/// <summary>The exceptions that the library knows, as Java and Groovy arrange them.</summary>
internal static class ThrowableClasses
{
    // Each line: parent, then its children.
    private const string Tree = """
        java.lang.Throwable: java.lang.Exception java.lang.Error
        java.lang.Error: java.lang.AssertionError java.lang.VirtualMachineError java.lang.LinkageError
        java.lang.AssertionError: org.codehaus.groovy.runtime.powerassert.PowerAssertionError
        java.lang.VirtualMachineError: java.lang.StackOverflowError java.lang.OutOfMemoryError java.lang.InternalError
        java.lang.LinkageError: java.lang.NoClassDefFoundError java.lang.ExceptionInInitializerError
        java.lang.Exception: java.lang.RuntimeException java.io.IOException java.lang.InterruptedException java.lang.CloneNotSupportedException java.lang.ReflectiveOperationException java.util.concurrent.TimeoutException java.util.concurrent.ExecutionException java.text.ParseException java.security.GeneralSecurityException java.net.URISyntaxException java.sql.SQLException
        java.lang.ReflectiveOperationException: java.lang.ClassNotFoundException java.lang.NoSuchMethodException java.lang.NoSuchFieldException java.lang.InstantiationException
        java.lang.RuntimeException: java.lang.IllegalArgumentException java.lang.IllegalStateException java.lang.IndexOutOfBoundsException java.lang.NullPointerException java.lang.ArithmeticException java.lang.ClassCastException java.lang.UnsupportedOperationException java.lang.SecurityException java.lang.NegativeArraySizeException java.lang.ArrayStoreException java.util.NoSuchElementException java.util.ConcurrentModificationException java.util.EmptyStackException java.util.MissingResourceException java.io.UncheckedIOException java.time.DateTimeException groovy.lang.GroovyRuntimeException
        java.lang.IllegalArgumentException: java.lang.NumberFormatException java.util.regex.PatternSyntaxException java.util.IllegalFormatException groovy.json.JsonException
        java.util.IllegalFormatException: java.util.UnknownFormatConversionException java.util.MissingFormatArgumentException java.util.IllegalFormatConversionException
        java.lang.IllegalStateException: java.util.concurrent.CancellationException
        java.lang.IndexOutOfBoundsException: java.lang.StringIndexOutOfBoundsException java.lang.ArrayIndexOutOfBoundsException
        java.util.NoSuchElementException: java.util.InputMismatchException
        java.time.DateTimeException: java.time.format.DateTimeParseException
        java.io.IOException: java.io.FileNotFoundException java.io.EOFException java.io.UnsupportedEncodingException java.io.UTFDataFormatException java.net.MalformedURLException java.net.UnknownHostException java.net.SocketException java.net.SocketTimeoutException java.nio.file.FileSystemException
        java.net.SocketException: java.net.ConnectException
        java.nio.file.FileSystemException: java.nio.file.NoSuchFileException java.nio.file.FileAlreadyExistsException java.nio.file.AccessDeniedException
        java.security.GeneralSecurityException: java.security.NoSuchAlgorithmException
        groovy.lang.GroovyRuntimeException: groovy.lang.MissingPropertyException groovy.lang.MissingMethodException groovy.lang.ReadOnlyPropertyException groovy.lang.MissingClassException groovy.lang.StringWriterIOException
        java.lang.ClassCastException: org.codehaus.groovy.runtime.typehandling.GroovyCastException
        """;

    private static readonly Dictionary<string, ThrowableClass> Classes = Build();

    public static IEnumerable<ThrowableClass> All => Classes.Values;

    public static ThrowableClass? Find(string name) => Classes.GetValueOrDefault(name);

    private static Dictionary<string, ThrowableClass> Build()
    {
        var classes = new Dictionary<string, ThrowableClass> { ["java.lang.Throwable"] = new("java.lang.Throwable", null) };
        foreach (var line in Tree.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var parent = classes[line[..colon]];
            foreach (var child in line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                classes.Add(child, new ThrowableClass(child, parent));
            }
        }

        return classes;
    }
}
