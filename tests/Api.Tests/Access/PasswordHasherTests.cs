using Slipway.Api.Access;

namespace Slipway.Api.Tests.Access;

public sealed class PasswordHasherTests
{
    [Fact]
    public void A_password_fits_its_own_hash_alone()
    {
        var hash = PasswordHasher.Hash("pass wörd");
        Assert.True(PasswordHasher.Verify("pass wörd", hash));
        Assert.False(PasswordHasher.Verify("pass word", hash));
        Assert.NotEqual(hash, PasswordHasher.Hash("pass wörd"));
        Assert.DoesNotContain("pass", hash);
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("md5$1$a$b")]
    public void What_is_no_hash_fits_nothing(string stored) => Assert.False(PasswordHasher.Verify("x", stored));
}
