using System.Net;
using Slipway.Api.Tests.Testing;
using Slipway.Server.Hosting;
using Slipway.Server.Settings;

namespace Slipway.Api.Tests.Nodes;

public sealed class NodeTests(OpenServer server) : IDisposable
{
    private readonly ApiClient _client = server.NewClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_permanent_node_is_created_taken_offline_and_deleted()
    {
        var name = Builds.NewName("node");
        const string Description = """{"numExecutors":2,"remoteFS":"/tmp/x","labelString":"one two","mode":"EXCLUSIVE","retentionStrategy":{"stapler-class":"hudson.slaves.RetentionStrategy$Always"}}""";
        await RedirectsAsync(_client.PostFormAsync("computer/doCreateItem", ("name", name), ("type", "hudson.slaves.DumbSlave$DescriptorImpl"), ("json", Description)));
        var node = await _client.JsonAsync($"computer/{name}/api/json");
        Assert.Equal((name, true, false, 2), (node.GetProperty("displayName").GetString(), node.GetProperty("offline").GetBoolean(), node.GetProperty("temporarilyOffline").GetBoolean(), node.GetProperty("numExecutors").GetInt32()));
        Assert.Equal(["one", "two", name], node.GetProperty("assignedLabels").EnumerateArray().Select(l => l.GetProperty("name").GetString()!));
        Assert.Equal(name, (await _client.JsonAsync("label/two/api/json")).GetProperty("nodes")[0].GetProperty("nodeName").GetString());
        Assert.Contains("<argument>", await _client.TextAsync($"computer/{name}/jenkins-agent.jnlp"));

        await RedirectsAsync(_client.PostAsync($"computer/{name}/toggleOffline?offlineMessage=repair"));
        node = await _client.JsonAsync($"computer/{name}/api/json");
        Assert.True(node.GetProperty("temporarilyOffline").GetBoolean());
        Assert.Equal("Disconnected by anonymous : repair", node.GetProperty("offlineCauseReason").GetString());
        await RedirectsAsync(_client.PostFormAsync($"computer/{name}/changeOfflineCause", ("json", """{"offlineMessage":"still"}""")));
        Assert.EndsWith(" : still", (await _client.JsonAsync($"computer/{name}/api/json")).GetProperty("offlineCauseReason").GetString());
        await RedirectsAsync(_client.PostAsync($"computer/{name}/toggleOffline"));
        await RedirectsAsync(_client.PostAsync($"computer/{name}/doDelete"));
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync($"computer/{name}/api/json"));
    }

    [Fact]
    public async Task The_launch_file_and_the_page_name_the_URL_that_agents_are_told()
    {
        var directory = Directory.CreateTempSubdirectory("slipway-api-").FullName;
        try
        {
            var settings = new ServerSettings { DataDirectory = directory, Listen = "127.0.0.1:0", LocalAgents = 0, AgentUrl = "http://agents.example:9000/ci" };
            await using var other = await SlipwayServer.StartAsync(settings, new ServerExtras { ConfigureLogging = _ => { } }, TestContext.Current.CancellationToken);
            using var client = new ApiClient(other.Url);
            await RedirectsAsync(client.PostFormAsync("computer/doCreateItem", ("name", "outside"), ("json", """{"numExecutors":1,"remoteFS":"/tmp/x","labelString":""}""")));
            Assert.Contains("<argument>-url</argument><argument>http://agents.example:9000/ci/</argument>", await client.TextAsync("computer/outside/jenkins-agent.jnlp"));
            Assert.Contains("slipway-agent -url http://agents.example:9000/ci/ -name", await client.TextAsync("computer/outside/"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_node_s_description_that_cannot_be_read_is_refused()
    {
        await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostFormAsync("computer/doCreateItem", ("name", "x")));
        await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostFormAsync("computer/doCreateItem", ("name", "x"), ("json", "{")));
        await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostFormAsync("computer/doCreateItem", ("name", "x"), ("json", "[]")));
        await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostFormAsync("computer/doCreateItem", ("name", "a/b"), ("json", "{}")));
    }

    [Theory]
    [InlineData("(built-in)")]
    [InlineData("(master)")]
    [InlineData("Built-In%20Node")]
    public async Task The_controller_s_own_node_is_there_under_each_of_its_names_and_runs_nothing(string name) =>
        Assert.Equal(0, (await _client.JsonAsync($"computer/{name}/api/json")).GetProperty("numExecutors").GetInt32());

    [Fact]
    public async Task A_busy_executor_names_its_run()
    {
        var job = await _client.CreateJobAsync("node { sleep 600 }");
        await _client.BuildAsync(job);
        var url = $"{_client.Url}job/{job}/1/";
        await Eventually.TrueAsync("it has an executor", async () => (await _client.TextAsync("computer/api/json?depth=2")).Contains(url, StringComparison.Ordinal));
        await _client.PostAsync($"job/{job}/1/stop");
        await _client.EndAsync(job, 1);
    }

    private static async Task RedirectsAsync(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, answer);
    }
}
