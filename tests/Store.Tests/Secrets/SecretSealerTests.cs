using System.Text;
using Slipway.Store.Secrets;

namespace Slipway.Store.Tests.Secrets;

public sealed class SecretSealerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-seal-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("pässwörd \"quoted\" }")]
    public void What_is_sealed_can_be_unsealed_and_does_not_show_its_text(string plain)
    {
        var sealer = SecretSealer.LoadOrCreate(_directory);
        var text = sealer.SealText(plain, "test");

        Assert.True(SecretSealer.IsSealed(text));
        Assert.Equal(plain, sealer.UnsealText(text, "test"));
        Assert.True(plain.Length < 3 || !text.Contains(plain, StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_text_is_sealed_alike_for_one_purpose_and_otherwise_for_another()
    {
        var sealer = SecretSealer.LoadOrCreate(_directory);

        Assert.Equal(sealer.SealText("secret", "one"), sealer.SealText("secret", "one"));
        Assert.NotEqual(sealer.SealText("secret", "one"), sealer.SealText("secret", "two"));
        Assert.NotEqual(sealer.SealText("secret", "one"), sealer.SealText("secreT", "one"));
        Assert.Throws<SealBrokenException>(() => sealer.UnsealText(sealer.SealText("secret", "one"), "two"));
    }

    [Fact]
    public void A_changed_or_cut_seal_is_refused()
    {
        var sealer = SecretSealer.LoadOrCreate(_directory);
        var box = sealer.Seal(Encoding.UTF8.GetBytes("secret"), "test");
        for (var i = 0; i < box.Length; i++)
        {
            var changed = box.ToArray();
            changed[i] ^= 1;
            Assert.Throws<SealBrokenException>(() => sealer.Unseal(changed, "test"));
        }

        Assert.Throws<SealBrokenException>(() => sealer.Unseal(box.AsSpan(0, 20), "test"));
        Assert.Throws<SealBrokenException>(() => sealer.UnsealText("{slipway:!!}", "test"));
    }

    [Fact]
    public void The_key_is_made_once_in_a_file_for_its_owner_alone()
    {
        var text = SecretSealer.LoadOrCreate(_directory).SealText("secret", "test");

        Assert.Equal("secret", SecretSealer.LoadOrCreate(_directory).UnsealText(text, "test"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_directory, "secrets", "seal.key")));
    }

    [Fact]
    public void Another_key_is_told_apart_from_a_changed_seal()
    {
        var text = SecretSealer.LoadOrCreate(_directory).SealText("secret", "test");
        File.Delete(Path.Combine(_directory, "secrets", "seal.key"));

        var fault = Assert.Throws<SealBrokenException>(() => SecretSealer.LoadOrCreate(_directory).UnsealText(text, "test"));

        Assert.Contains("sealed with another key", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_file_that_is_no_key_is_refused_with_what_to_do()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "secrets"));
        File.WriteAllText(Path.Combine(_directory, "secrets", "seal.key"), "short");

        Assert.Contains("has 5 bytes, not 32", Assert.Throws<StoreUnavailableException>(() => SecretSealer.LoadOrCreate(_directory)).Message, StringComparison.Ordinal);
    }
}
