using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Slipway.Server.Hosting;
using Slipway.Server.Settings;

namespace Slipway.Cli.Tests.Commands;

public sealed class ConfigCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-config-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Every_fault_is_printed_with_its_place()
    {
        Write("clouds.yaml", "jenkins:\n  clouds:\n  - kubernetes:\n      name: k\n      containerCap: many\n      nonsense: 1\n");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "config", "check", "clouds.yaml", "--without-secrets");

        Assert.Contains("clouds.yaml:5:21: jenkins.clouds[0].kubernetes.containerCap: ", output, StringComparison.Ordinal);
        Assert.Contains("clouds.yaml:6:7: jenkins.clouds[0].kubernetes.nonsense: ", output, StringComparison.Ordinal);
        Assert.Contains("2 errors", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task A_good_directory_is_fine_and_says_what_is_left_alone()
    {
        Write("conf/clouds.yaml", "jenkins:\n  clouds:\n  - kubernetes:\n      serverUrl: https://k\n      credentialsId: ${NOBODY}\nunclassified: {}\n");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "config", "check", "--without-secrets", "conf");

        Assert.Contains("leaves these keys alone: unclassified", output, StringComparison.Ordinal);
        Assert.EndsWith("fine\n", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task A_secret_that_is_not_there_is_a_fault()
    {
        Write("clouds.yaml", "jenkins:\n  clouds:\n  - kubernetes: {serverUrl: 'https://k', namespace: '${SLIPWAY_TESTS_NOBODY}'}\n");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "config", "check", "clouds.yaml");

        Assert.Contains("${SLIPWAY_TESTS_NOBODY} stands for nothing", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task The_connection_of_each_cloud_is_tested_before_a_server_uses_it()
    {
        Write("clouds.yaml", "jenkins:\n  clouds:\n  - kubernetes: {name: one, serverUrl: 'https://127.0.0.1:1'}\n  - kubernetes: {name: two, serverUrl: 'https://127.0.0.1:1'}\n");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "config", "check", "clouds.yaml", "--connect");
        var (_, ofOne, _) = await SlipwayProgram.RunAsync(_directory, "config", "check", "clouds.yaml", "--connect", "--cloud", "two");

        Assert.Matches("(?s)fine\n\ncloud 'one'\nfails +API server: https://127.0.0.1:1/ cannot be used.*\n\ncloud 'two'\n", output);
        Assert.EndsWith("\nnot usable\n", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        Assert.DoesNotContain("\ncloud 'one'\n", ofOne, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--without-secrets", "--connect needs the secrets")]
    [InlineData("--cloud=nosuch", "there is no such cloud. There are: one.")]
    [InlineData("--agent-url=ci", "not an http or https URL")]
    public async Task A_test_that_cannot_begin_says_why(string option, string message)
    {
        Write("clouds.yaml", "jenkins:\n  clouds:\n  - kubernetes: {name: one, serverUrl: 'https://127.0.0.1:1'}\n");

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync(_directory, "config", "check", "clouds.yaml", "--connect", option);

        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public async Task A_reload_is_asked_for_with_the_token_of_the_environment_and_prints_the_faults()
    {
        await using var server = await ServeAsync();
        var good = await ReloadAsync(server.Url, ("CASC_RELOAD_TOKEN", "s3cret+more"));
        Write("clouds.yaml", "jenkins:\n  clouds:\n  - kubernetes: {nonsense: 1}\n");

        var bad = await ReloadAsync(server.Url, ("CASC_RELOAD_TOKEN", "s3cret+more"));

        Assert.Equal((0, "The configuration was read again and is in use.\n"), (good.ExitCode, good.Output));
        Assert.Equal(1, bad.ExitCode);
        Assert.Contains("clouds.yaml:3:18: jenkins.clouds[0].kubernetes.nonsense: ", bad.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_that_the_server_does_not_allow_says_why_and_names_no_secret()
    {
        await using var server = await ServeAsync();

        var wrong = await ReloadAsync(server.Url, ("CASC_RELOAD_TOKEN", "guess"));
        var nobody = await ReloadAsync(server.Url);
        var secretless = await SlipwayProgram.RunAsync(_directory, "config", "reload", "--url", server.Url.ToString(), "--user", "admin");

        Assert.Equal((2, $"{server.Url} answered 401: The reload token is wrong.\n"), (wrong.ExitCode, wrong.Errors));
        Assert.Equal(2, nobody.ExitCode);
        Assert.Contains("answered 401: A login is needed", nobody.Errors, StringComparison.Ordinal);
        Assert.Contains("SLIPWAY_API_TOKEN", secretless.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_reloads_with_an_API_token()
    {
        await using var server = await ServeAsync();
        var password = (await File.ReadAllTextAsync(Path.Combine(_directory, "data", "secrets", "initialAdminPassword"), TestContext.Current.CancellationToken)).Trim();

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync(
            _directory, null, ["config", "reload", "--url", server.Url.ToString(), "--user", "admin"], environment: new Dictionary<string, string> { ["SLIPWAY_API_TOKEN"] = await NewTokenAsync(server.Url, password) });

        Assert.Equal((0, ""), (exitCode, errors));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_with_what_to_do()
    {
        var (exitCode, _, errors) = await SlipwayProgram.RunAsync(_directory, null, ["config", "reload"], environment: new Dictionary<string, string> { ["SLIPWAY_LISTEN"] = "0.0.0.0:1" });

        Assert.Equal(2, exitCode);
        Assert.StartsWith("http://127.0.0.1:1/ cannot be reached: ", errors, StringComparison.Ordinal);
        Assert.Contains("--url", errors, StringComparison.Ordinal);
    }

    private static async Task<string> NewTokenAsync(Uri url, string password)
    {
        using var http = new HttpClient { BaseAddress = url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{password}")));
        var crumb = await http.GetFromJsonAsync<JsonElement>("crumbIssuer/api/json", TestContext.Current.CancellationToken);
        http.DefaultRequestHeaders.Add(crumb.GetProperty("crumbRequestField").GetString()!, crumb.GetProperty("crumb").GetString());
        using var answer = await http.PostAsync("me/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken", new FormUrlEncodedContent([new("newTokenName", "reload")]), TestContext.Current.CancellationToken);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("data").GetProperty("tokenValue").GetString()!;
    }

    private Task<SlipwayServer> ServeAsync()
    {
        Write("clouds.yaml", "jenkins: {}\n");
        var settings = new ServerSettings
        {
            DataDirectory = Path.Combine(_directory, "data"),
            Listen = "127.0.0.1:0",
            LocalAgents = 0,
            RequireLogin = true,
            ReloadToken = "s3cret+more",
            Configuration = [Path.Combine(_directory, "clouds.yaml")],
        };
        return SlipwayServer.StartAsync(settings, new ServerExtras(), TestContext.Current.CancellationToken);
    }

    private Task<(int ExitCode, string Output, string Errors)> ReloadAsync(Uri url, params (string Name, string Value)[] environment) =>
        SlipwayProgram.RunAsync(_directory, null, ["config", "reload", "--url", url.ToString()], environment: environment.ToDictionary(e => e.Name, e => e.Value));

    private void Write(string name, string text)
    {
        var file = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
