using Slipway.Api.Jobs;

namespace Slipway.Api.Tests.Jobs;

public sealed class BuildRequestTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("0sec", 0)]
    [InlineData("5", 5)]
    [InlineData("5secs", 5)]
    [InlineData("2 min", 120)]
    [InlineData("1HOUR", 3600)]
    public void Quiet_periods_are_read_as_Jenkins_writes_them(string text, int? seconds) =>
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, BuildEndpoints.ReadDelay(text));

    [Theory]
    [InlineData("soon")]
    [InlineData("-5sec")]
    [InlineData("5 years")]
    [InlineData("99999999999999sec")]
    public void Other_quiet_periods_are_refused(string text) => Assert.Throws<FormatException>(() => BuildEndpoints.ReadDelay(text));

    [Fact]
    public void Parameters_come_as_a_list_or_alone_and_of_any_type()
    {
        var given = new Dictionary<string, string>();
        BuildEndpoints.ReadJson("""{"parameter":[{"name":"a","value":"x"},{"name":"b","value":true},{"name":"c","value":7}],"statusCode":"303"}""", given);
        BuildEndpoints.ReadJson("""{"parameter":{"name":"d","value":"y"}}""", given);
        Assert.Equal(new() { ["a"] = "x", ["b"] = "true", ["c"] = "7", ["d"] = "y" }, given);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"parameter":["x"]}""")]
    [InlineData("""{"parameter":[{"name":1,"value":"x"}]}""")]
    public void What_is_no_list_of_parameters_is_refused(string json) => Assert.Throws<FormatException>(() => BuildEndpoints.ReadJson(json, []));
}
