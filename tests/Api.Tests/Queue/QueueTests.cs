using System.Net;
using System.Text.Json;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Queue;

public sealed class QueueTests(OpenServer server) : IDisposable
{
    private readonly ApiClient _client = server.NewClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task The_location_of_a_request_names_its_item_in_full_and_ends_with_a_slash()
    {
        var job = await _client.CreateJobAsync("echo 'x'");
        using var answer = await _client.PostAsync($"job/{job}/build?delay=0sec");
        await ApiClient.ExpectAsync(HttpStatusCode.Created, answer);
        Assert.Matches(@"^http://127\.0\.0\.1:\d+/queue/item/\d+/$", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task An_item_waits_is_cancelled_and_stays_to_be_asked_for()
    {
        var job = await _client.CreateJobAsync("echo 'x'");
        var path = await _client.BuildAsync(job, "build?delay=600sec");
        var id = path.Split('/')[^2];
        var item = await _client.JsonAsync(path + "api/json");
        Assert.Equal("hudson.model.Queue$WaitingItem", item.GetProperty("_class").GetString());
        Assert.StartsWith("In the quiet period. Expires in ", item.GetProperty("why").GetString());
        Assert.Equal(job, item.GetProperty("task").GetProperty("name").GetString());
        Assert.Contains((await _client.JsonAsync("queue/api/json")).GetProperty("items").EnumerateArray(), i => $"{i.GetProperty("id").GetInt64()}" == id);
        Assert.True((await _client.JsonAsync($"job/{job}/api/json")).GetProperty("inQueue").GetBoolean());
        Assert.StartsWith("<waitingItem _class=", await _client.TextAsync(path + "api/xml"));

        using var cancelled = await _client.PostAsync($"queue/cancelItem?id={id}");
        await ApiClient.ExpectAsync(HttpStatusCode.NoContent, cancelled);
        Assert.NotNull(cancelled.Headers.Location);
        item = await _client.JsonAsync(path + "api/json");
        Assert.Equal(("hudson.model.Queue$LeftItem", true, JsonValueKind.Null), (item.GetProperty("_class").GetString(), item.GetProperty("cancelled").GetBoolean(), item.GetProperty("executable").ValueKind));
        await ApiClient.RefusalAsync(HttpStatusCode.UnprocessableEntity, _client.PostAsync($"queue/cancelItem?id={id}"));
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.PostAsync("queue/cancelItem?id=123456789"));
        await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostAsync("queue/cancelItem?id=x"));
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync("queue/item/123456789/api/json"));
    }

    [Fact]
    public async Task An_item_that_left_names_its_run()
    {
        var job = await _client.CreateJobAsync("echo 'x'");
        var path = await _client.BuildAsync(job);
        JsonElement executable = default;
        await Eventually.TrueAsync("it left", async () => (await _client.JsonAsync(path + "api/json")).TryGetProperty("executable", out executable) && executable.ValueKind == JsonValueKind.Object);
        Assert.Equal(($"{_client.Url}job/{job}/1/", 1), (executable.GetProperty("url").GetString(), executable.GetProperty("number").GetInt32()));
        Assert.Equal(long.Parse(path.Split('/')[^2]), (await _client.EndAsync(job, 1)).GetProperty("queueId").GetInt64());
    }

    [Fact]
    public async Task A_node_block_that_nobody_serves_waits_with_its_reason()
    {
        var job = await _client.CreateJobAsync("node('no-such-label-anywhere') { }");
        await _client.BuildAsync(job);
        JsonElement item = default;
        await Eventually.TrueAsync("it waits", async () =>
        {
            item = (await _client.JsonAsync("queue/api/json")).GetProperty("items").EnumerateArray().FirstOrDefault(i => i.GetProperty("task").GetProperty("name").GetString() == $"part of {job} #1");
            return item.ValueKind == JsonValueKind.Object && item.GetProperty("stuck").GetBoolean();
        });
        Assert.Contains("no-such-label-anywhere", item.GetProperty("why").GetString());
        Assert.Equal($"queue/item/{item.GetProperty("id").GetInt64()}/", item.GetProperty("url").GetString());
        await ApiClient.ExpectAsync(HttpStatusCode.OK, await _client.GetAsync(item.GetProperty("url").GetString() + "api/json"));
        await _client.PostAsync($"job/{job}/1/stop");
        Assert.Equal("ABORTED", (await _client.EndAsync(job, 1)).GetProperty("result").GetString());
    }

    [Fact]
    public async Task A_cancelled_node_block_is_interrupted_with_that_cause_and_other_branches_go_on()
    {
        var job = await _client.CreateJobAsync("""
            parallel a: { node('no-such-label-here') { } }, b: {
              try { node('no-such-label-there') { } } catch (org.jenkinsci.plugins.workflow.steps.FlowInterruptedException e) { echo "caught" }
            }
            """);
        await _client.BuildAsync(job);
        var caught = await WaitingAsync(job, "no-such-label-there");
        using var cancelled = await _client.PostAsync($"queue/cancelItem?id={caught}");
        await ApiClient.ExpectAsync(HttpStatusCode.NoContent, cancelled);
        await Eventually.TrueAsync("the script caught it", async () => (await _client.TextAsync($"job/{job}/1/consoleText")).Contains("\ncaught\n", StringComparison.Ordinal));
        Assert.True((await _client.JsonAsync($"job/{job}/1/api/json")).GetProperty("building").GetBoolean());

        var uncaught = await WaitingAsync(job, "no-such-label-here");
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await _client.PostAsync($"queue/item/{uncaught}/cancelQueue"));
        Assert.Equal("ABORTED", (await _client.EndAsync(job, 1)).GetProperty("result").GetString());
        Assert.Contains("Queue task was cancelled", await _client.TextAsync($"job/{job}/1/consoleText"));
        Assert.DoesNotContain((await _client.JsonAsync("queue/api/json")).GetProperty("items").EnumerateArray(), i => i.GetProperty("id").GetInt64() == uncaught);
        Assert.Contains("Stop the run instead", await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.PostAsync($"queue/cancelItem?id={uncaught}")));
    }

    private async Task<long> WaitingAsync(string job, string label)
    {
        JsonElement item = default;
        await Eventually.TrueAsync("it waits", async () =>
        {
            item = (await _client.JsonAsync("queue/api/json")).GetProperty("items").EnumerateArray()
                .FirstOrDefault(i => i.GetProperty("task").GetProperty("name").GetString() == $"part of {job} #1" && (i.GetProperty("why").GetString() ?? "").Contains(label, StringComparison.Ordinal));
            return item.ValueKind == JsonValueKind.Object;
        });
        return item.GetProperty("id").GetInt64();
    }

    [Fact]
    public async Task A_job_without_concurrent_runs_blocks_its_next_request()
    {
        var job = await _client.CreateJobAsync("sleep 600", "<org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty/>");
        await _client.BuildAsync(job);
        await Eventually.TrueAsync("it runs", async () => (await _client.GetAsync($"job/{job}/1/api/json")).IsSuccessStatusCode);
        var path = await _client.BuildAsync(job);
        await Eventually.TrueAsync("the second is blocked", async () => (await _client.JsonAsync(path + "api/json")).GetProperty("blocked").GetBoolean());
        Assert.Contains("already in progress", (await _client.JsonAsync(path + "api/json")).GetProperty("why").GetString());
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await _client.PostAsync(path + "cancelQueue"));
        await _client.PostAsync($"job/{job}/1/stop");
        await _client.EndAsync(job, 1);
    }
}
