using FsCheck;
using FsCheck.Fluent;

namespace Slipway.Model.Tests.Files;

public sealed class AntGlobTests
{
    [Theory]
    [InlineData("*.jar", "app.jar", true)]
    [InlineData("*.jar", "target/app.jar", false)]
    [InlineData("**/*.jar", "app.jar", true)]
    [InlineData("**/*.jar", "a/b/app.jar", true)]
    [InlineData("target/**", "target/a/b", true)]
    [InlineData("target/**", "target", true)]
    [InlineData("target/", "target/a/b", true)]
    [InlineData("a/**/b", "a/b", true)]
    [InlineData("a/**/b", "a/x/y/b", true)]
    [InlineData("a/**/b", "a/x/y/c", false)]
    [InlineData("**/a/**/b/*.txt", "x/a/b/a/y/b/f.txt", true)]
    [InlineData("?.txt", "a.txt", true)]
    [InlineData("?.txt", "ab.txt", false)]
    [InlineData("a*c", "abbbc", true)]
    [InlineData("a*b*c", "a-b-b-c", true)]
    [InlineData("a*b*c", "a-b-b-", false)]
    [InlineData("./a/./b", "a/b", true)]
    [InlineData("a\\b", "a/b", true)]
    [InlineData("**", "anything/at/all", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("**/", "a/b", true)]
    public void A_pattern_means_what_it_means_to_Ant(string pattern, string path, bool expected) => Assert.Equal(expected, AntGlob.Parse(pattern).IsMatch(path));

    [Fact]
    public void Case_matters_unless_told_otherwise()
    {
        Assert.False(AntGlob.Parse("*.JAR").IsMatch("a.jar"));
        Assert.True(AntGlob.Parse("*.JAR", ignoreCase: true).IsMatch("a.jar"));
    }

    [Theory]
    [InlineData("target/*.jar", "target", true)]
    [InlineData("target/*.jar", "target/sub", false)]
    [InlineData("target/*.jar", "src", false)]
    [InlineData("**/x", "any/where", true)]
    [InlineData("a/**", "a/b/c", true)]
    public void A_walk_looks_only_where_something_may_be(string pattern, string directory, bool expected) => Assert.Equal(expected, AntGlob.Parse(pattern).MayMatchBelow(directory));

    [Fact]
    public void A_set_is_what_is_included_and_not_excluded()
    {
        var set = new AntFileSet(["**/*.txt"], ["secret/**"], useDefaultExcludes: true);

        Assert.Equal(["a.txt", "d/b.txt"], ((string[])["a.txt", "d/b.txt", "secret/c.txt", ".git/x.txt", "a.jar", "b.txt~"]).Where(set.Contains));
        Assert.True(new AntFileSet([], [], useDefaultExcludes: false).Contains(".git/config"));
    }

    [Fact]
    public void A_walk_that_looks_only_where_something_may_be_misses_nothing()
    {
        var segment = Gen.Elements("a", "b", "ab");
        var path = segment.NonEmptyListOf().Select(segments => string.Join('/', segments.Take(5)));
        var pattern = Gen.Elements("a", "b", "*", "a*", "?", "**").NonEmptyListOf().Select(segments => string.Join('/', segments.Take(5)));

        Prop.ForAll(pattern.ToArbitrary(), path.ToArbitrary(), (text, file) =>
        {
            var glob = AntGlob.Parse(text);
            var segments = file.Split('/');
            return !glob.IsMatch(file) || Enumerable.Range(1, segments.Length - 1).All(count => glob.MayMatchBelow(string.Join('/', segments.Take(count))));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_pattern_of_many_stars_takes_no_exponential_time()
    {
        var path = string.Join('/', Enumerable.Repeat("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 60));

        Assert.False(AntGlob.Parse(string.Concat(Enumerable.Repeat("**/*a*a*a*a*a*a*a*a*/", 20)) + "b").IsMatch(path));
    }
}
