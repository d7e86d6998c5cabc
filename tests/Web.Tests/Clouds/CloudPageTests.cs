using System.Net;
using Slipway.Feeds;
using Slipway.Web.Testing;

namespace Slipway.Web.Tests.Clouds;

public sealed class CloudPageTests : IAsyncLifetime
{
    private FakeServer _server = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeServer.StartAsync(SampleData.Create(DateTimeOffset.UtcNow));
        _server.Feeds.Clouds.All.Add(FakeClouds.Sample(DateTimeOffset.UtcNow));
        _client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = _server.Root };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task The_page_says_how_each_cloud_is_what_it_makes_and_what_its_nodes_do()
    {
        var html = await ReadAsync();

        Assert.Contains("cannot be used as it is", html, StringComparison.Ordinal);
        Assert.Contains("The API server refused to list pods in 'team-b'", html, StringComparison.Ordinal);
        Assert.Contains("waits 10 min 0 s for more work; 1 kept ready", html, StringComparison.Ordinal);
        Assert.Contains("2 of 2", html, StringComparison.Ordinal);
        Assert.Contains("waits for work", html, StringComparison.Ordinal);
        Assert.Contains("starts for shop", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_test_found_missing_is_shown_with_what_to_apply()
    {
        var html = await ReadAsync();

        Assert.Contains("Not allowed in 'team-b'", html, StringComparison.Ordinal);
        Assert.Contains("kind: Role", html, StringComparison.Ordinal);
        Assert.Contains("Let both follow a time server", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_of_the_files_are_shown_with_what_stays_in_use()
    {
        _server.Feeds.Clouds.Configuration = _server.Feeds.Clouds.Configuration with { Faults = ["/etc/slipway/clouds.yaml:7:9: jenkins.clouds[0].kubernetes.nonsense: There is no such setting."], FaultsAt = DateTimeOffset.UtcNow };

        Assert.Contains("clouds.yaml:7:9", await ReadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_of_earlier_settings_is_marked_as_such()
    {
        Assert.DoesNotContain("earlier settings", await ReadAsync(), StringComparison.Ordinal);
        var cloud = _server.Feeds.Clouds.All[0];

        _server.Feeds.Clouds.All[0] = cloud with { Check = cloud.Check! with { IsOfEarlierSettings = true } };

        Assert.Contains("earlier settings of this cloud", await ReadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clouds_that_were_all_taken_out_are_told_at_the_top()
    {
        _server.Feeds.Clouds.Configuration = _server.Feeds.Clouds.Configuration with { AllTakenOut = ["first", "second"] };

        var html = await ReadAsync();

        Assert.Contains("All clouds were taken out", html, StringComparison.Ordinal);
        Assert.Contains("There were: first, second.", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_is_begun_by_its_button()
    {
        using var answer = await _client.PostAsync(
            "ui/cloud/check?cloud=kubernetes", new FormUrlEncodedContent([new(Crumbs.Field, _server.Access.Crumb!)]), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal(["kubernetes"], _server.Feeds.Clouds.Checked);
    }

    [Fact]
    public async Task Only_administrators_see_it()
    {
        _server.Access.Rule = (permission, _) => permission < Permission.Administer;

        Assert.Equal(HttpStatusCode.Forbidden, (await _client.GetAsync("manage/clouds/", TestContext.Current.CancellationToken)).StatusCode);
    }

    private async Task<string> ReadAsync() => WebUtility.HtmlDecode(await _client.GetStringAsync("manage/clouds/", TestContext.Current.CancellationToken));
}
