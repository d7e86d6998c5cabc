using System.Net;
using System.Net.Sockets;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Runs;

public sealed class RepositoryTests(OpenServer server) : IDisposable
{
    private readonly ApiClient _client = server.NewClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Credentials_in_the_jobs_url_serve_the_jenkinsfile_and_its_checkout_and_show_nowhere()
    {
        using var repository = new PrivateRepository("robot", "s3cr3t/pw", "node { checkout scm; sh 'ls; git config remote.origin.url'; echo \"from ${scm.userRemoteConfigs[0].url}\" }");
        var job = await CreateAsync($"http://robot:s3cr3t%2Fpw@{repository.Authority}/x.git");

        var run = await _client.RunAsync(job);

        var log = await _client.TextAsync($"job/{job}/1/consoleText");
        Assert.True(run.GetProperty("result").GetString() == "SUCCESS", log);
        Assert.Contains($"from http://{repository.Authority}/x.git", log);
        foreach (var path in (string[])["", "1/", "1/console", "1/api/json?depth=3", "1/wfapi/describe", "api/json?depth=3"])
        {
            Assert.DoesNotContain("s3cr3t", log + await _client.TextAsync($"job/{job}/{path}"));
        }
    }

    [Fact]
    public async Task Credentials_in_a_steps_url_show_nowhere()
    {
        var job = await _client.CreateJobAsync("node { git url: 'http://robot:s3cr3t%2Fpw@127.0.0.1:1/x.git' }");

        await _client.RunAsync(job);

        foreach (var path in (string[])["1/", "1/consoleText", "1/api/json?depth=3", "1/wfapi/describe"])
        {
            Assert.DoesNotContain("s3cr3t", await _client.TextAsync($"job/{job}/{path}"));
        }
    }

    [Fact]
    public async Task A_run_whose_repository_does_not_answer_can_be_stopped()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var job = await CreateAsync($"http://{silent.LocalEndpoint}/x.git");
        await _client.BuildAsync(job);
        using var asked = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken);

        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await _client.PostAsync($"job/{job}/1/stop"));

        Assert.Equal("ABORTED", (await _client.EndAsync(job, 1)).GetProperty("result").GetString());
        Assert.EndsWith("Aborted by anonymous\nFinished: ABORTED\n", (await _client.TextAsync($"job/{job}/1/consoleText")).ReplaceLineEndings("\n"));
    }

    private async Task<string> CreateAsync(string url)
    {
        var name = Builds.NewName();
        await ApiClient.ExpectAsync(HttpStatusCode.OK, await _client.PostXmlAsync($"createItem?name={name}", JobXml.FromGit(url)));
        return name;
    }
}
