using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slipway.Agent.Masking;

namespace Slipway.Agent.Tests.Masking;

public sealed class SecretMaskerTests
{
    [Theory]
    [InlineData("the password is hunter22!", "the password is ****!")]
    [InlineData("hunter22hunter22", "********")]
    [InlineData("hunter2", "hunter2")]
    [InlineData("hunter2hunter22", "hunter2****")]
    [InlineData("", "")]
    public void A_secret_is_replaced_and_everything_else_stays(string text, string expected) => Assert.Equal(expected, Mask(text, [text.Length], "hunter22"));

    [Theory]
    [InlineData("p@ss w/rd+1", "p%40ss%20w%2Frd%2B1")]
    [InlineData("p@ss w/rd+1", "p%40ss+w%2Frd%2B1")]
    [InlineData("p@ss w/rd+1", "p%40ss%20w%2frd%2b1")]
    [InlineData("it's secret", "it'\\''s secret")]
    [InlineData("it's secret", "it\\'s\\ secret")]
    [InlineData("say \"it\"\\now", "say \\\"it\\\"\\\\now")]
    [InlineData("a<b>&\"c\"", "a&lt;b&gt;&amp;&quot;c&quot;")]
    [InlineData("über+geheim", "\\u00FCber\\u002Bgeheim")]
    public void A_secret_in_one_of_the_usual_encodings_is_replaced(string secret, string encoded) => Assert.Equal("x ****", Mask("x " + encoded, [encoded.Length], secret));

    [Theory]
    [InlineData("")]
    [InlineData("u")]
    [InlineData("us")]
    [InlineData("user:")]
    public void Base64_of_a_text_with_the_secret_in_it_shows_none_of_the_characters_that_only_the_secret_makes(string before)
    {
        const string Secret = "correct horse battery";
        foreach (var after in (string[])["", "!", "!!", "!!!"])
        {
            var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(before + Secret + after));

            var masked = Mask(encoded, [7], Secret);

            Assert.Contains("****", masked);
            Assert.True(masked.Replace("****", "", StringComparison.Ordinal).Length <= encoded.Length - (Secret.Length * 8 / 6) + 3, masked);
        }
    }

    [Fact]
    public void The_lines_of_a_key_are_masked_one_by_one() =>
        Assert.Equal("+ echo ****\n+ echo ****\n", Mask("+ echo -----BEGIN KEY-----\n+ echo MIIEvQIBADANBgkq\n", [3], "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n"));

    [Fact]
    public void A_secret_too_short_to_hide_is_left() => Assert.Equal("abc abc", Mask("abc abc", [7], "abc"));

    [Fact]
    public void Overlapping_secrets_are_covered_as_one() => Assert.Equal("x****y", Mask("xabcdefghy", [10], "abcdef", "defgh"));

    [Fact]
    public void Of_two_secrets_the_longer_one_is_covered_whole() => Assert.Equal("****!", Mask("token-1234!", [4, 7], "token", "token-1234"));

    [Fact]
    public void Bytes_that_begin_like_a_secret_are_given_out_when_it_does_not_go_on()
    {
        var output = new List<string>();
        var masker = new SecretMasker(SecretEncodings.Of(["hunter22"]), bytes => output.Add(Encoding.UTF8.GetString(bytes)));

        masker.Write("a hunt"u8);
        Assert.Equal(["a "], output);
        masker.Write("s"u8);
        Assert.Equal("a hunts", string.Concat(output));
    }

    [Fact]
    public void However_a_stream_is_cut_the_outcome_is_the_same()
    {
        var alphabet = Gen.Elements('a', 'b', 'c', '\n');
        var text = Gen.ArrayOf(alphabet).Select(characters => new string(characters));
        var secrets = Gen.Elements("abca", "aabb", "bcbcb", "cccc", "abcabc").ArrayOf(3);
        var cases = from content in text.Resize(60)
                    from chosen in secrets
                    from cuts in Gen.Choose(1, 9).ArrayOf(12)
                    select (content, chosen, cuts);

        Prop.ForAll(cases.ToArbitrary(), sample =>
        {
            var whole = Mask(sample.content, [Math.Max(1, sample.content.Length)], sample.chosen);
            return Mask(sample.content, sample.cuts, sample.chosen) == whole && Array.TrueForAll(sample.chosen, secret => !whole.Contains(secret, StringComparison.Ordinal));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_hundred_megabytes_of_a_secrets_first_letter_take_no_memory_and_little_time()
    {
        var total = 0L;
        var masker = new SecretMasker(SecretEncodings.Of(["aaaaaaaaaaaaaaab"]), bytes => total += bytes.Length);
        var chunk = Encoding.ASCII.GetBytes(new string('a', 64 * 1024));

        for (var written = 0; written < 10_000_000; written += chunk.Length)
        {
            masker.Write(chunk);
        }

        masker.Complete();
        Assert.Equal(153L * chunk.Length, total);
    }

    private static string Mask(string text, int[] cuts, params string[] secrets)
    {
        var output = new MemoryStream();
        var masker = new SecretMasker(SecretEncodings.Of(secrets), bytes => output.Write(bytes));
        var bytes = Encoding.UTF8.GetBytes(text);
        for (int position = 0, cut = 0; position < bytes.Length; cut++)
        {
            var length = Math.Min(cuts[cut % cuts.Length], bytes.Length - position);
            masker.Write(bytes.AsSpan(position, length));
            position += length;
        }

        masker.Complete();
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
