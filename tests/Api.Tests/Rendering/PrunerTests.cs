using System.Text;
using Slipway.Api.Rendering;

namespace Slipway.Api.Tests.Rendering;

public sealed class PrunerTests
{
    private int _asked;

    private ApiObject Sample() => new("x.Top", "top",
    [
        new("own", 1),
        new("child", new ApiObject("x.Child", "child", [new("hidden", 1), new("shown", 2, 2), new("grandchild", new ApiObject(null, "g", [new("deep", 3, 3), new("hidden", 2, 2)]), 2)])),
        new("dear", new LazyValue(_ => ValueTask.FromResult<object?>(++_asked)), 2),
        new("all", new LazyList((range, _) =>
        {
            _asked++;
            return ValueTask.FromResult(range.Of([.. Enumerable.Range(0, 10).Select(i => (object?)i)]));
        }), ApiProperty.OnlyByName),
        new("list", new List<object?> { 0, 1, 2, 3 }),
    ]);

    private async Task<string> JsonAsync(string? tree = null, int depth = 0) =>
        Encoding.UTF8.GetString(JsonRendering.Write(await (tree is null ? Pruner.ByDepthAsync(Sample(), depth, default) : Pruner.ByTreeAsync(Sample(), TreeExpression.Parse(tree), default)), pretty: false));

    [Fact]
    public async Task What_is_referred_to_shows_what_is_visible_from_afar() => Assert.Equal(
        """{"_class":"x.Top","own":1,"child":{"_class":"x.Child","shown":2,"grandchild":{"deep":3}},"dear":1,"list":[0,1,2,3]}""",
        await JsonAsync());

    [Fact]
    public async Task Depth_shows_one_more_level_each() => Assert.Equal(
        """{"_class":"x.Top","own":1,"child":{"_class":"x.Child","hidden":1,"shown":2,"grandchild":{"deep":3,"hidden":2}},"dear":1,"list":[0,1,2,3]}""",
        await JsonAsync(depth: 1));

    [Fact]
    public async Task A_tree_shows_what_it_names_however_deep() => Assert.Equal(
        """{"_class":"x.Top","child":{"_class":"x.Child","hidden":1,"grandchild":{"deep":3}}}""",
        await JsonAsync("child[hidden,grandchild[deep]],nothing"));

    [Fact]
    public async Task What_is_not_shown_is_not_read()
    {
        await JsonAsync("own");
        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task Some_lists_are_shown_by_name_alone()
    {
        Assert.DoesNotContain("\"all\"", await JsonAsync(depth: 9));
        Assert.DoesNotContain("\"all\"", await JsonAsync("*"));
        Assert.Equal("""{"_class":"x.Top","all":[2,3]}""", await JsonAsync("all{2,4}"));
    }

    [Fact]
    public async Task A_range_beyond_the_list_is_empty() => Assert.Equal("""{"_class":"x.Top","list":[]}""", await JsonAsync("list{7,9}"));

    [Fact]
    public async Task Too_much_is_refused_rather_than_read()
    {
        ApiObject? endless = null;
        endless = new ApiObject(null, "endless", [.. Enumerable.Range(0, 10).Select(i => new ApiProperty($"p{i}", new LazyValue(_ => ValueTask.FromResult<object?>(endless))))]);
        var fault = await Assert.ThrowsAsync<FormatException>(async () => await Pruner.ByDepthAsync(endless, 10, default));
        Assert.Contains("Ask for less", fault.Message);
    }

    [Fact]
    public async Task XML_repeats_the_singular_and_leaves_null_out()
    {
        var value = new ApiObject("x.Top", "top",
        [
            new("builds", new List<object?> { new ApiObject(null, "b", [new("number", 1, 2)]), new ApiObject("x.B", "b", [new("number", 2, 2)]) }),
            new("entries", new List<object?> { "a<b", "\u0001" }),
            new("nothing", null),
            new("flag", true),
        ]);
        Assert.Equal(
            "<top _class=\"x.Top\"><build><number>1</number></build><build _class=\"x.B\"><number>2</number></build><entry>a&lt;b</entry><entry></entry><flag>true</flag></top>",
            XmlRendering.Write(await Pruner.ByDepthAsync(value, 0, default)).ToString(System.Xml.Linq.SaveOptions.DisableFormatting));
    }
}
