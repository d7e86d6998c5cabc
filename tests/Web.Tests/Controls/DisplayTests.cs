using Slipway.Web.Access;
using Slipway.Web.Controls;

namespace Slipway.Web.Tests.Controls;

public sealed class DisplayTests
{
    [Theory]
    [InlineData(-5, "0 ms")]
    [InlineData(0.004, "0 ms")]
    [InlineData(0.42, "420 ms")]
    [InlineData(1.25, "1.3 s")]
    [InlineData(59.9, "59 s")]
    [InlineData(61, "1 min 1 s")]
    [InlineData(3661, "1 h 1 min")]
    [InlineData(90_000, "1 d 1 h")]
    public void Durations_read_as_people_say_them(double seconds, string text) => Assert.Equal(text, Display.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(5L * 1024 * 1024 * 1024, "5 GiB")]
    public void Sizes_have_binary_units(long size, string text) => Assert.Equal(text, Display.Bytes(size));

    [Theory]
    [InlineData("8f2c1d94ab03e577", "8f2c1d94")]
    [InlineData("refs/tags/v1.2", "refs/tags/v1.2")]
    public void Only_hashes_are_shortened(string commit, string text) => Assert.Equal(text, Display.ShortCommit(commit));

    [Theory]
    [InlineData(null, "/")]
    [InlineData("", "/")]
    [InlineData("/job/a/", "/job/a/")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/a\nb", "/")]
    public void After_the_login_one_only_goes_to_this_server(string? from, string target) => Assert.Equal(target, LoginPage.SafeTarget(from));
}
