using Slipway.Jenkinsfile.Execution.Variables;

namespace Slipway.Jenkinsfile.Tests.Execution;

public sealed class EnvironmentOverlayTests
{
    private static SortedDictionary<string, string> Apply(Dictionary<string, string?> overlay, params (string Name, string Value)[] variables)
    {
        var environment = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        EnvironmentOverlay.Apply(environment, overlay);
        return environment;
    }

    [Theory]
    [InlineData("$A", "1")]
    [InlineData("${A}x", "1x")]
    [InlineData("$AB", "$AB")]
    [InlineData("${B", "${B")]
    [InlineData("$$A", "$A")]
    [InlineData("a$", "a$")]
    [InlineData("$-$A", "$-1")]
    public void References_are_replaced_and_unknown_ones_stay(string text, string expected) =>
        Assert.Equal(expected, EnvironmentOverlay.Expand(text, name => name == "A" ? "1" : null));

    [Fact]
    public void Values_may_refer_to_each_other_in_any_order() =>
        Assert.Equal("a-b-c", Apply(new() { ["X"] = "$Y-c", ["Y"] = "$Z-b", ["Z"] = "a" })["X"]);

    [Fact]
    public void A_value_that_refers_to_itself_sees_what_was_there_before() =>
        Assert.Equal("/new:/old", Apply(new() { ["PATH"] = "/new:$PATH" }, ("PATH", "/old"))["PATH"]);

    [Fact]
    public void A_circle_of_references_ends() =>
        Assert.Equal(["A", "B"], Apply(new() { ["A"] = "$B", ["B"] = "$A" }).Keys);

    [Fact]
    public void Plus_puts_before_and_empty_removes()
    {
        var environment = Apply(new() { ["PATH+X"] = "/x", ["GONE"] = "", ["NULL"] = null, ["NEW+Y"] = "/y" }, ("PATH", "/bin"), ("GONE", "1"), ("NULL", "1"));

        Assert.Equal("/x:/bin", environment["PATH"]);
        Assert.Equal("/y", environment["NEW"]);
        Assert.Equal(["NEW", "PATH"], environment.Keys);
    }
}
