using System.Net;
using Slipway.Api.Tests.Testing;
using Slipway.Server.Settings;

namespace Slipway.Api.Tests.Access;

public sealed class OpenAccessTests(OpenServer server)
{
    [Theory]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("192.168.1.5:8080")]
    public async Task Names_of_other_machines_are_refused(string host)
    {
        using var client = server.NewClient();
        client.Headers.Host = host;
        Assert.Contains("answers to names of this machine only", await ApiClient.RefusalAsync(HttpStatusCode.Forbidden, client.GetAsync("api/json")));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("slipway.localhost:8080")]
    [InlineData("[::1]:8080")]
    [InlineData("127.0.0.2")]
    public async Task Names_of_this_machine_are_answered(string host)
    {
        using var client = server.NewClient();
        client.Headers.Host = host;
        Assert.Equal($"http://{host}/", (await client.JsonAsync("api/json")).GetProperty("url").GetString());
    }

    [Theory]
    [InlineData("X-Forwarded-For", "10.0.0.1")]
    [InlineData("Forwarded", "for=10.0.0.1")]
    public async Task What_comes_through_a_proxy_is_refused(string header, string value)
    {
        using var client = server.NewClient();
        client.Headers.Add(header, value);
        Assert.Contains("came through a proxy", await ApiClient.RefusalAsync(HttpStatusCode.Forbidden, client.GetAsync("api/json")));
    }

    [Fact]
    public void It_says_that_it_runs_open() => Assert.Contains(server.Logged, l => l.Contains("The server runs open", StringComparison.Ordinal));

    [Fact]
    public async Task A_program_needs_no_crumb()
    {
        using var client = server.NewClient();
        await client.CreateJobAsync("echo 'x'");
    }

    [Fact]
    public async Task Credentials_are_not_looked_at()
    {
        using var client = server.NewClient().WithBasic("anybody", "anything");
        Assert.Equal("anonymous", (await client.JsonAsync("me/api/json")).GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://localhost:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Another_site_s_page_cannot_change_anything(string header, string value)
    {
        using var client = server.NewClient();
        client.Headers.Add(header, value);
        Assert.Contains("another site", await ApiClient.RefusalAsync(HttpStatusCode.Forbidden, client.PostXmlAsync("createItem?name=forged", JobXml.Folder)));
    }

    [Fact]
    public async Task A_browser_s_own_page_needs_a_crumb()
    {
        using var client = server.NewClient();
        client.Headers.Add("Sec-Fetch-Site", "same-origin");
        Assert.StartsWith("No valid crumb", await ApiClient.RefusalAsync(HttpStatusCode.Forbidden, client.PostXmlAsync("createItem?name=forged", JobXml.Folder)));
        await client.WithCrumbAsync();
        await ApiClient.ExpectAsync(HttpStatusCode.OK, await client.PostXmlAsync($"createItem?name={Builds.NewName("folder")}", JobXml.Folder));
    }

    [Fact]
    public async Task A_GET_never_starts_a_build()
    {
        using var client = server.NewClient();
        var job = await client.CreateJobAsync("echo 'x'", JobXml.StringParameter("P", "v"));
        Assert.Contains("takes POST alone", await ApiClient.RefusalAsync(HttpStatusCode.MethodNotAllowed, client.GetAsync($"job/{job}/buildWithParameters?P=x")));
        Assert.Equal(1, (await client.JsonAsync($"job/{job}/api/json")).GetProperty("nextBuildNumber").GetInt32());
    }

    [Theory]
    [InlineData("127.0.0.1:8080", null, false, true)]
    [InlineData("[::1]:8080", "http://localhost:8080/", false, true)]
    [InlineData("127.0.0.1:8080", "https://ci.example.com/", false, false)]
    [InlineData("127.0.0.1:8080", null, true, false)]
    [InlineData("0.0.0.0:8080", null, false, false)]
    [InlineData("192.168.1.5:8080", null, false, false)]
    public void It_runs_open_only_where_nobody_else_can_reach_it(string listen, string? root, bool requireLogin, bool open)
    {
        var settings = new ServerSettings { Listen = listen, RootUrl = root, RequireLogin = requireLogin };
        Assert.Equal(open, ServerSettingsValidator.Validate(settings).RunsOpen(settings));
    }
}
