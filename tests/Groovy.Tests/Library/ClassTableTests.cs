using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Tests.Library;

public sealed class ClassTableTests
{
    [Fact]
    public void Every_class_of_the_library_can_be_populated()
    {
        foreach (var @class in ClassTable.All)
        {
            Assert.NotNull(@class.Own);
            Assert.NotNull(@class.FindMethods("toString"));
        }
    }

    [Fact]
    public void The_page_on_the_language_names_every_class()
    {
        var page = File.ReadAllText(Path.Combine(SourceDirectory(), "../../../docs/compatibility/groovy.md"));

        var missing = ClassTable.All
            .Where(c => c.Throwable is null && !c.IsPrimitive && !c.Name.StartsWith("org.codehaus", StringComparison.Ordinal) && c.SimpleName is not ("Entry" or "Encoder" or "Decoder" or "EmptyRange"))
            .Select(c => c.SimpleName)
            .Where(n => !page.Contains($"`{n}`", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    private static string SourceDirectory([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [Fact]
    public void Exceptions_form_javas_tree()
    {
        Assert.True(ThrowableClass.Find("java.io.FileNotFoundException")!.Is("java.io.IOException"));
        Assert.False(ThrowableClass.Find("java.io.FileNotFoundException")!.Is("java.lang.RuntimeException"));
        Assert.True(ThrowableClass.Find("org.codehaus.groovy.runtime.powerassert.PowerAssertionError")!.Is("java.lang.Error"));
    }
}
