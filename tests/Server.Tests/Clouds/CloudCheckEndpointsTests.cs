using System.Net;
using System.Text.Json;

namespace Slipway.Server.Tests.Clouds;

public sealed class CloudCheckEndpointsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-check-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_test_is_started_by_POST_and_its_findings_are_JSON()
    {
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [Write("containerCap: 1")] });
        var before = await ReadAsync(server);

        using var started = await server.Http.PostAsync("manage/cloud/away/check", null, TestContext.Current.CancellationToken);

        Assert.Equal("never", before.GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        Assert.EndsWith("/manage/cloud/away/check/api/json", started.Headers.Location!.ToString(), StringComparison.Ordinal);
        await Eventually.TrueAsync("the test has ended", () => Read(server).GetProperty("state").GetString() == "ended");
        var after = await ReadAsync(server);
        Assert.False(after.GetProperty("usable").GetBoolean());
        Assert.Equal("fails", after.GetProperty("findings")[0].GetProperty("state").GetString());
        Assert.Contains("cannot connect to", after.GetProperty("findings")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_is_marked_when_the_clouds_settings_changed_since()
    {
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [Write("containerCap: 1")] });
        using var started = await server.Http.PostAsync("manage/cloud/away/check", null, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync("the test has ended", () => Read(server).GetProperty("state").GetString() == "ended");
        Assert.False(Read(server).GetProperty("ofEarlierSettings").GetBoolean());

        Write("containerCap: 2");
        using var reloaded = await server.Http.PostAsync("configuration-as-code/reload", null, TestContext.Current.CancellationToken);

        Assert.True(Read(server).GetProperty("ofEarlierSettings").GetBoolean());
    }

    [Fact]
    public async Task A_cloud_that_is_not_configured_is_not_found()
    {
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [Write("containerCap: 1")] });

        using var started = await server.Http.PostAsync("manage/cloud/nosuch/check", null, TestContext.Current.CancellationToken);
        using var read = await server.Http.GetAsync("manage/cloud/nosuch/check/api/json", TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (started.StatusCode, read.StatusCode));
    }

    private static JsonElement Read(RunningServer server) => ReadAsync(server).GetAwaiter().GetResult();

    private static async Task<JsonElement> ReadAsync(RunningServer server) =>
        JsonElement.Parse(await server.Http.GetStringAsync("manage/cloud/away/check/api/json", TestContext.Current.CancellationToken));

    // Nobody listens on port 1 of this machine.
    private string Write(string settings)
    {
        var file = Path.Combine(_directory, "a.yaml");
        File.WriteAllText(file, $"jenkins:\n  clouds:\n  - kubernetes: {{name: away, serverUrl: 'http://127.0.0.1:1', namespace: x, {settings}}}\n");
        return file;
    }
}
