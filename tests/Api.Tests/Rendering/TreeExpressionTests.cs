using Slipway.Api.Rendering;

namespace Slipway.Api.Tests.Rendering;

public sealed class TreeExpressionTests
{
    [Fact]
    public void Names_nest_and_carry_ranges()
    {
        var tree = TreeExpression.Parse("name, jobs[name,builds[number]{0,5}],views{2,}");
        Assert.Equal(["name", "jobs", "views"], tree.Children.Keys);
        var builds = tree.Children["jobs"].Children["builds"];
        Assert.Equal(new TreeRange(0, 5), builds.Range);
        Assert.Equal(["number"], builds.Children.Keys);
        Assert.Equal(new TreeRange(2, int.MaxValue), tree.Children["views"].Range);
        Assert.Null(tree.Children["name"].Range);
    }

    [Theory]
    [InlineData("a{3}", 3, 4)]
    [InlineData("a{,3}", 0, 3)]
    [InlineData("a{1,3}", 1, 3)]
    [InlineData("a{ 1 , 3 }", 1, 3)]
    public void Ranges_are_written_as_in_Jenkins(string text, int from, int to) =>
        Assert.Equal(new TreeRange(from, to), TreeExpression.Parse(text).Children["a"].Range);

    [Theory]
    [InlineData("a[b", "column 4: expected ']'")]
    [InlineData("a]", "column 2: expected a comma or the end")]
    [InlineData("a,,b", "column 3: expected the name of a property")]
    [InlineData("a{}", "column 3: expected a number")]
    [InlineData("a{99999999999}", "column 3: the number is too large")]
    [InlineData("a{1,2", "column 6: expected '}'")]
    [InlineData("[a]", "column 1: expected the name of a property")]
    public void A_wrong_expression_is_refused_with_its_column(string text, string fault) =>
        Assert.Contains(fault, Assert.Throws<FormatException>(() => TreeExpression.Parse(text)).Message);

    [Fact]
    public void Nesting_has_an_end() =>
        Assert.Contains("more than 32 levels", Assert.Throws<FormatException>(() => TreeExpression.Parse(string.Concat(Enumerable.Repeat("a[", 100_000)))).Message);
}
