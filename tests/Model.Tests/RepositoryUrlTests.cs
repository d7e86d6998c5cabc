using Slipway.Model.Operations;
using Slipway.Model.Scm;

namespace Slipway.Model.Tests;

public sealed class RepositoryUrlTests
{
    [Theory]
    [InlineData("https://me:secret@host/x.git", "https://host/x.git")]
    [InlineData("https://token@host:8443/x.git", "https://host:8443/x.git")]
    [InlineData("https://me:p@ss@host/x@y", "https://host/x@y")]
    [InlineData("HTTP://me:secret@host", "HTTP://host")]
    [InlineData("ssh://git@host:22/x", "ssh://git@host:22/x")]
    [InlineData("ssh://git:secret@host/x", "ssh://git@host/x")]
    [InlineData("ssh://:secret@host/x", "ssh://host/x")]
    [InlineData("git@host:team/x.git", "git@host:team/x.git")]
    [InlineData("/srv/a@b/x", "/srv/a@b/x")]
    [InlineData("https://host/a@b", "https://host/a@b")]
    public void What_is_shown_of_an_address_holds_no_secret_and_still_leads_there(string url, string shown)
    {
        Assert.Equal(shown, RepositoryUrl.WithoutCredentials(url));
    }

    [Fact]
    public void Credentials_are_hidden_within_a_text()
    {
        Assert.Equal(
            "fatal: unable to access 'https://host/x/': see http://b/ and ssh://git@c/d",
            RepositoryUrl.HideCredentials("fatal: unable to access 'https://me:secret@host/x/': see http://u:p@b/ and ssh://git:p@c/d"));
    }

    [Fact]
    public void Credentials_are_taken_out_decoded()
    {
        Assert.Equal(new GitCredential("me@corp", "a/b"), RepositoryUrl.CredentialIn("https://me%40corp:a%2Fb@host/x"));
        Assert.Equal(new GitCredential("token", ""), RepositoryUrl.CredentialIn("https://token@host/x"));
        Assert.Null(RepositoryUrl.CredentialIn("https://host/x@y"));
        Assert.Null(RepositoryUrl.CredentialIn("ssh://git@host/x"));
        Assert.Null(RepositoryUrl.CredentialIn("git@host:x"));
        Assert.Equal(["a%2Fb", "a/b"], RepositoryUrl.SecretsIn("https://me:a%2Fb@host/x"));
        Assert.Equal(["token", "token"], RepositoryUrl.SecretsIn("https://token@host/x"));
        Assert.Empty(RepositoryUrl.SecretsIn("https://host/x"));
    }
}
