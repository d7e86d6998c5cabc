using System.Net;
using System.Text;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Secrets;

/// <summary>A password reaches the run's steps and nothing else: not the disk, not an answer, not a page, not a log.</summary>
public sealed class PasswordParameterTests(OpenServer server) : IDisposable
{
    private readonly ApiClient _client = server.NewClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_given_password_and_a_default_are_readable_by_the_run_and_nowhere_else()
    {
        var (given, fallback) = ($"given-{Guid.NewGuid():N}", $"default-{Guid.NewGuid():N}");
        var job = await _client.CreateJobAsync(
            """
            node {
              stage("with ${params.GIVEN}") {
                sh 'test "${#GIVEN}" = 38 && test "${#FALLBACK}" = 40 && echo "env has $GIVEN and $FALLBACK"'
                sh "echo interpolated ${params.GIVEN}"
              }
              echo "params has ${params.FALLBACK}"
              currentBuild.description = "described with ${params.GIVEN}"
              error "failed with ${params.GIVEN}"
            }
            """,
            $"<hudson.model.ParametersDefinitionProperty><parameterDefinitions>{Password("GIVEN", "")}{Password("FALLBACK", fallback)}</parameterDefinitions></hudson.model.ParametersDefinitionProperty>");
        var run = await _client.RunAsync(job, $"buildWithParameters?GIVEN={given}");

        var log = await _client.TextAsync($"job/{job}/1/consoleText");
        Assert.Contains("env has **** and ****", log);
        Assert.Contains("interpolated ****", log);
        Assert.Contains("params has ****", log);
        Assert.Equal("FAILURE", run.GetProperty("result").GetString());
        foreach (var path in (string[])["config.xml", "api/json?depth=3", "api/xml?depth=3", "1/api/json?depth=3", "1/consoleText", "1/", "1/?view=details", "", "build", "configure", "1/wfapi/describe"])
        {
            using var answer = await _client.GetAsync($"job/{job}/{path}");
            await ApiClient.ExpectAsync(HttpStatusCode.OK, answer);
            AssertNotIn(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), $"{path} shows a password", given, fallback);
        }

        foreach (var file in Directory.EnumerateFiles(server.DataDirectory, "*", SearchOption.AllDirectories))
        {
            AssertNotIn(await ReadSharedAsync(file), $"{file} holds a password", given, fallback);
        }

        Assert.DoesNotContain(server.Logged, l => l.Contains(given, StringComparison.Ordinal) || l.Contains(fallback, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_with_the_same_password_join_in_the_queue_and_others_do_not()
    {
        var job = await _client.CreateJobAsync("echo 'x'", $"<hudson.model.ParametersDefinitionProperty><parameterDefinitions>{Password("P", "")}</parameterDefinitions></hudson.model.ParametersDefinitionProperty>");

        var one = await _client.BuildAsync(job, "buildWithParameters?P=one&delay=600sec");
        var same = await _client.BuildAsync(job, "buildWithParameters?P=one&delay=600sec");
        var other = await _client.BuildAsync(job, "buildWithParameters?P=two&delay=600sec");

        Assert.Equal(one, same);
        Assert.NotEqual(one, other);
        await _client.PostAsync(one + "cancelQueue");
        await _client.PostAsync(other + "cancelQueue");
    }

    [Fact]
    public async Task A_configuration_that_is_sent_back_keeps_the_default_that_it_does_not_show()
    {
        var fallback = $"default-{Guid.NewGuid():N}";
        var job = await _client.CreateJobAsync(
            "node { sh 'test \"${#P}\" = 40' }",
            $"<hudson.model.ParametersDefinitionProperty><parameterDefinitions>{Password("P", fallback)}</parameterDefinitions></hudson.model.ParametersDefinitionProperty>");
        var config = await _client.TextAsync($"job/{job}/config.xml");
        Assert.Contains("<defaultValue>{slipway:", config);

        await ApiClient.ExpectAsync(HttpStatusCode.OK, await _client.PostXmlAsync($"job/{job}/config.xml", config));
        Assert.Equal(config, await _client.TextAsync($"job/{job}/config.xml"));
        Assert.Equal("SUCCESS", (await _client.RunAsync(job)).GetProperty("result").GetString());

        var foreign = config.Replace("{slipway:A", "{slipway:B", StringComparison.Ordinal);
        Assert.Contains("default of a password parameter", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostXmlAsync($"job/{job}/config.xml", foreign)));
    }

    [Fact]
    public async Task A_password_that_the_pipeline_declares_reaches_a_downstream_run()
    {
        var secret = $"declared-{Guid.NewGuid():N}";
        var child = await _client.CreateJobAsync(
            "node { sh 'test \"${#P}\" = 41' }",
            $"<hudson.model.ParametersDefinitionProperty><parameterDefinitions>{Password("P", "")}</parameterDefinitions></hudson.model.ParametersDefinitionProperty>");
        var parent = await _client.CreateJobAsync($"build job: '{child}', parameters: [password(name: 'P', value: '{secret}')]");

        Assert.Equal("SUCCESS", (await _client.RunAsync(parent)).GetProperty("result").GetString());
    }

    private static string Password(string name, string fallback) =>
        $"<hudson.model.PasswordParameterDefinition><name>{name}</name><defaultValue>{fallback}</defaultValue></hudson.model.PasswordParameterDefinition>";

    /// <summary>Empty for what another test's run has just removed, and for locks and sockets, which nobody else can open.</summary>
    private static async Task<string> ReadSharedAsync(string file)
    {
        try
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), Encoding.Latin1);
            return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException || file.EndsWith("lock", StringComparison.Ordinal) || file.EndsWith("/notify", StringComparison.Ordinal))
        {
            return "";
        }
    }

    private static void AssertNotIn(string text, string fault, params string[] secrets)
    {
        foreach (var secret in secrets)
        {
            Assert.False(text.Contains(secret, StringComparison.Ordinal), fault);
        }
    }
}
