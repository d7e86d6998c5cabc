using Slipway.Jenkinsfile.Steps;

namespace Slipway.Jenkinsfile.Tests.Steps;

public sealed class TextTests
{
    [Theory]
    [InlineData(50, "50 ms")]
    [InlineData(250, "0.25 sec")]
    [InlineData(5_000, "5 sec")]
    [InlineData(1_500, "1.5 sec")]
    [InlineData(59_900, "59 sec")]
    [InlineData(60_000, "1 min 0 sec")]
    [InlineData(3_600_000, "1 hr 0 min")]
    [InlineData(90_000_000, "1 day 1 hr")]
    [InlineData(180_000_000, "2 days 2 hr")]
    public void Durations_read_as_in_Jenkins(long milliseconds, string expected) => Assert.Equal(expected, TimeUnits.Describe(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData("/w/job", "sub", true, "/w/job/sub")]
    [InlineData("/w/job", "./a/../b//c", true, "/w/job/b/c")]
    [InlineData("/w/job", "../../../..", true, "/")]
    [InlineData("/w/job", "/abs", true, "/abs")]
    [InlineData("C:\\w", "a/b", false, "C:\\w\\a\\b")]
    [InlineData("C:\\w", "D:\\x", false, "D:\\x")]
    public void Paths_resolve_as_on_the_node(string directory, string path, bool isUnix, string expected) => Assert.Equal(expected, NodePath.Resolve(directory, path, isUnix));
}
