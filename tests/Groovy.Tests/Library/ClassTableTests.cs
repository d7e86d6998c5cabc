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
    public void Exceptions_form_javas_tree()
    {
        Assert.True(ThrowableClass.Find("java.io.FileNotFoundException")!.Is("java.io.IOException"));
        Assert.False(ThrowableClass.Find("java.io.FileNotFoundException")!.Is("java.lang.RuntimeException"));
        Assert.True(ThrowableClass.Find("org.codehaus.groovy.runtime.powerassert.PowerAssertionError")!.Is("java.lang.Error"));
    }
}
