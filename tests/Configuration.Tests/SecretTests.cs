using System.Text;

namespace Slipway.Configuration.Tests;

public sealed class SecretTests : IDisposable
{
    private readonly ConfigurationDirectory _directory = new() { InCluster = ConfigurationDirectory.Pod };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_file_of_secrets_counts_more_than_a_variable_of_the_environment()
    {
        _directory.Environment["HOST"] = "of-the-environment";
        _directory.Environment["OTHER"] = "other";
        File.WriteAllText(Path.Combine(_directory.Secrets, "HOST"), "of-the-file\n");

        Assert.Equal("of-the-file/other", Resolve("${HOST}/${OTHER}"));
    }

    [Fact]
    public void Lines_of_the_properties_file_are_secrets()
    {
        File.WriteAllText(Path.Combine(_directory.Secrets, "secrets.properties"), "# a comment\nHOST = ci.example.com\n");

        Assert.Equal("ci.example.com", Resolve("${HOST}"));
    }

    [Theory]
    [InlineData("${NOBODY:-fallback}", "fallback")]
    [InlineData("${NOBODY:-${OTHER:-deep}}", "deep")]
    [InlineData("^${NOBODY}", "${NOBODY}")]
    [InlineData("a^${x:-^${y}}b", "a${x:-^${y}}b")]
    [InlineData("${base64:text}", "dGV4dA==")]
    [InlineData("${decodeBase64:dGV4dA==}", "text")]
    [InlineData("${base64:${NOBODY:-text}}", "dGV4dA==")]
    [InlineData("${trim:  x }", "x")]
    [InlineData("${json:a:${DOCUMENT}}", "b")]
    [InlineData("${unclosed", "${unclosed")]
    [InlineData("$HOME $ {x}", "$HOME $ {x}")]
    public void References_resolve_as_Configuration_as_Code_documents_them(string written, string value)
    {
        _directory.Environment["DOCUMENT"] = "{\"a\": \"b\"}";

        Assert.Equal(value, Resolve(written));
    }

    [Fact]
    public void Variables_of_every_run_are_read_from_all_files_with_their_references_and_what_has_no_name_is_a_fault()
    {
        _directory.Environment["HOST"] = "ci.example.com";
        var read = _directory.ReadText("jenkins:\n  globalNodeProperties:\n  - envVars:\n      env:\n      - key: URL\n        value: https://${HOST}/\n      - {key: EMPTY}\n  - toolLocation: {}\n");

        Assert.Empty(read.Faults);
        Assert.Equal(new Dictionary<string, string> { ["URL"] = "https://ci.example.com/", ["EMPTY"] = "" }, read.Environment);
        Assert.Equal(["jenkins.globalNodeProperties[].toolLocation"], read.NotApplied);
        Assert.Equal("jenkins.globalNodeProperties[0].envVars.env[0].key", Assert.Single(_directory.ReadText("jenkins:\n  globalNodeProperties:\n  - envVars:\n      env:\n      - value: x\n").Faults).Key);
    }

    [Fact]
    public void A_file_that_is_read_by_readFile_is_watched()
    {
        var file = _directory.Write("elsewhere/token", "secret\n");

        Assert.Equal("secret\n", Resolve($"${{readFile:{file}}}"));
        Assert.Equal(Convert.ToBase64String(Encoding.UTF8.GetBytes("secret\n")), Resolve($"${{readFileBase64:{file}}}"));
        Assert.Contains(file, _directory.ReadText(Text($"${{readFile:{file}}}")).Watched);
    }

    [Theory]
    [InlineData("${NOBODY}")]
    [InlineData("${readFile:/no/such/file}")]
    [InlineData("${../secrets/HOST}")]
    public void What_stands_for_nothing_is_a_fault_at_its_place(string written)
    {
        var fault = Assert.Single(_directory.ReadText(Text(written)).Faults);

        Assert.Equal("jenkins.clouds[0].kubernetes.jnlpregistry", fault.Key);
        Assert.Contains(written, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_secrets_references_are_no_faults()
    {
        _directory.ResolvesSecrets = false;

        Assert.Empty(_directory.ReadText(Text("${NOBODY}")).Faults);
    }

    private string? Resolve(string written)
    {
        var result = _directory.ReadText(Text(written));
        Assert.Empty(result.Faults);
        return Assert.Single(result.Clouds).Settings.Jnlpregistry;
    }

    private static string Text(string written) => $"jenkins:\n  clouds:\n  - kubernetes:\n      jnlpregistry: '{written}'\n";
}
