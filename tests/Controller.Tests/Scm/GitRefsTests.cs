using Slipway.Controller.Scm;

namespace Slipway.Controller.Tests.Scm;

public class GitRefsTests
{
    private static readonly GitRef[] Refs =
    [
        new("HEAD", "1111"), new("refs/heads/develop", "2222"), new("refs/heads/feature/one", "3333"), new("refs/heads/main", "1111"),
        new("refs/tags/v1", "4444"), new("refs/tags/v1^{}", "5555"),
    ];

    [Theory]
    [InlineData("*/main", "refs/heads/main", "1111")]
    [InlineData("main", "refs/heads/main", "1111")]
    [InlineData("origin/develop", "refs/heads/develop", "2222")]
    [InlineData("refs/heads/develop", "refs/heads/develop", "2222")]
    [InlineData("*/feature/*", "refs/heads/feature/one", "3333")]
    [InlineData("**/one", "refs/heads/feature/one", "3333")]
    [InlineData("v1", "refs/tags/v1", "5555")]
    [InlineData("refs/tags/v1", "refs/tags/v1", "4444")]
    [InlineData("**", "refs/heads/main", "1111")]
    [InlineData("", "refs/heads/main", "1111")]
    public void A_specification_names_a_ref(string specification, string name, string commit)
    {
        Assert.Equal(new GitRef(name, commit), GitRefs.Choose([specification], Refs, "refs/heads/main"));
    }

    [Fact]
    public void The_first_specification_that_names_something_wins()
    {
        Assert.Equal("refs/heads/develop", GitRefs.Choose(["*/gone", "*/develop", "*/main"], Refs, null)!.Name);
    }

    [Fact]
    public void What_nothing_matches_is_nothing()
    {
        Assert.Null(GitRefs.Choose(["*/gone"], Refs, null));
    }
}
