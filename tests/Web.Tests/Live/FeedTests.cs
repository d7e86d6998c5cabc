using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Testing;

namespace Slipway.Web.Tests.Live;

/// <summary>The feed and the log's windows over HTTP.</summary>
public sealed class FeedTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private FakeServer _server = null!;
    private HttpClient _client = null!;

    private FakeFeeds Feeds => _server.Feeds;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeServer.StartAsync(SampleData.Create(DateTimeOffset.UtcNow), time: _time);
        _client = new HttpClient { BaseAddress = _server.Root };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_reader_is_told_what_it_asked_for_and_resumes_behind_it()
    {
        var job = Feeds.Find(JobPath.Parse("hello"))!;
        string? id;
        using (var reader = await OpenAsync("feed?job=hello"))
        {
            Feeds.Changes.Publish(new Change.OfQueue());
            Feeds.AddJob("other");
            Feeds.Changes.Publish(new Change.OfJob(job.Path));
            var first = await reader.NextAsync("change");
            Assert.Equal("""{"kind":"job","job":"hello"}""", first.Data);
            id = first.Id;
        }

        Feeds.Changes.Publish(new Change.OfRun(new RunId(1), job.Path, 3));
        using var again = await OpenAsync("feed?job=hello", id);
        Assert.Equal("""{"kind":"run","run":1,"job":"hello","number":3}""", (await again.NextAsync("change")).Data);
    }

    [Fact]
    public async Task A_reader_that_was_away_too_long_is_told_to_read_everything()
    {
        using var reader = await OpenAsync("feed?job=hello", "99999999");
        Assert.Equal("""{"kind":"everything"}""", (await reader.NextAsync("change")).Data);
    }

    [Fact]
    public async Task A_quiet_feed_shows_that_it_is_alive_and_moves_the_place_to_resume_at()
    {
        using var reader = await OpenAsync("feed?job=hello");
        Feeds.Changes.Publish(new Change.OfQueue());
        var position = Feeds.Changes.Position;
        await _time.AdvanceWhenAwaitedAsync(TimeSpan.FromSeconds(15), Cancellation);
        Assert.Contains(": still here", await reader.NextRawAsync(), StringComparison.Ordinal);

        // The change reaches the connection in its own time; the next sign of life after that tells its place.
        var said = "";
        for (var i = 0; i < 1000 && !said.Contains("id: ", StringComparison.Ordinal); i++)
        {
            await _time.AdvanceWhenAwaitedAsync(TimeSpan.FromSeconds(15), Cancellation);
            said = await reader.NextRawAsync();
        }

        Assert.Contains($"id: {position}", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_of_jobs_that_one_may_not_read_are_not_told()
    {
        _server.Access.Rule = (_, job) => job.Value != "hello";
        using var reader = await OpenAsync("feed");
        Feeds.Changes.Publish(new Change.OfJob(JobPath.Parse("hello")));
        Feeds.Changes.Publish(new Change.OfJob(JobPath.Parse("scripted")));
        Assert.Equal("""{"kind":"job","job":"scripted"}""", (await reader.NextAsync("change")).Data);
        using var log = await _client.GetAsync($"feed?log={Feeds.Find(JobPath.Parse("hello"))!.Runs[0].Id}:0", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, log.StatusCode);
    }

    [Fact]
    public async Task A_logs_growth_is_told_until_the_run_ends()
    {
        var run = Feeds.AddRun(Feeds.Find(JobPath.Parse("hello"))!).Start();
        var step = run.Step(null, "sh");
        using var reader = await OpenAsync($"feed?run={run.Id}&log={run.Id}:0");
        run.Write(step, "one");
        Assert.Equal($$"""{"run":{{run.Id}},"size":4,"more":true}""", (await reader.NextAsync("log")).Data);
        run.Write(step, "two");
        await _time.AdvanceWhenAwaitedAsync(TimeSpan.FromSeconds(1), Cancellation);
        Assert.Equal($$"""{"run":{{run.Id}},"size":8,"more":true}""", (await reader.NextAsync("log")).Data);
        run.Finish(RunResult.Success);
        await _time.AdvanceWhenAwaitedAsync(TimeSpan.FromSeconds(1), Cancellation);
        Assert.Equal($$"""{"run":{{run.Id}},"size":8,"more":false}""", (await reader.NextAsync("log")).Data);
    }

    [Fact]
    public async Task Who_leaves_costs_nothing_any_more()
    {
        using (await OpenAsync("feed?queue"))
        {
            await UntilAsync(() => Feeds.Changes.Readers == 1);
        }

        Feeds.Changes.Publish(new Change.OfQueue());
        await UntilAsync(() => Feeds.Changes.Readers == 0);
    }

    [Fact]
    public async Task The_server_stops_though_someone_reads()
    {
        using var reader = await OpenAsync("feed");
        await _server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
    }

    [Fact]
    public async Task Windows_of_a_huge_log_are_read_anywhere()
    {
        var run = Feeds.Find(JobPath.Parse("huge-log"))!.Runs[0];
        var window = await LinesAsync($"run={run.Id}&first=7654321&count=2");
        Assert.Equal(10_000_000, window.GetProperty("total").GetInt64());
        Assert.Equal(7_654_321, window.GetProperty("first").GetInt64());
        Assert.Equal("<span class=\"f1\">needle in ten million lines</span>", window.GetProperty("lines")[0][0].GetString());
        Assert.Equal(2, window.GetProperty("lines").GetArrayLength());
        var end = await LinesAsync($"run={run.Id}&first=-3&count=3");
        Assert.Equal(9_999_998, end.GetProperty("first").GetInt64());
        Assert.Equal(3, end.GetProperty("lines").GetArrayLength());
    }

    [Fact]
    public async Task A_window_begins_in_the_colour_that_is_on_there()
    {
        var run = Feeds.AddRun(Feeds.Find(JobPath.Parse("hello"))!).Start();
        run.Write(null, "\u001b[31mred begins\nstill red\nends\u001b[0m here\nplain");
        var window = await LinesAsync($"run={run.Id}&first=2&count=3");
        Assert.Equal("<span class=\"f1\">still red</span>", window.GetProperty("lines")[0][0].GetString());
        Assert.Equal("plain", window.GetProperty("lines")[2][0].GetString());
    }

    [Fact]
    public async Task One_steps_lines_and_matches_are_its_own()
    {
        var run = Feeds.AddRun(Feeds.Find(JobPath.Parse("hello"))!).Start();
        var one = run.Step(null, "sh");
        var other = run.Step(null, "sh");
        run.Write(one, "a needle");
        run.Write(other, "hay\na Needle\nhay");
        Assert.Equal(3, (await LinesAsync($"run={run.Id}&node={other}")).GetProperty("total").GetInt64());
        var found = await _client.GetFromJsonAsync<JsonElement>($"ui/log/search?run={run.Id}&node={other}&q=needle", Cancellation);
        Assert.Equal("""{"lines":[2],"complete":true}""", found.GetRawText());
        Assert.Equal("hay\na Needle\nhay\n", await _client.GetStringAsync($"ui/log/raw?run={run.Id}&node={other}", Cancellation));
    }

    private async Task<JsonElement> LinesAsync(string query) => await _client.GetFromJsonAsync<JsonElement>($"ui/log/lines?{query}", Cancellation);

    private async Task<SseReader> OpenAsync(string path, string? lastId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var before = lastId is null;
        var reader = new SseReader(response, await response.Content.ReadAsStreamAsync(Cancellation));
        await reader.NextRawAsync();
        if (before)
        {
            await UntilAsync(() => Feeds.Changes.Readers > 0);
        }

        return reader;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}

internal sealed class SseReader(HttpResponseMessage response, Stream stream) : IDisposable
{
    private readonly StreamReader _reader = new(stream);

    public async Task<string> NextRawAsync()
    {
        var block = "";
        while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken) is { Length: > 0 } line)
        {
            block += line + "\n";
        }

        return block;
    }

    public async Task<(string? Id, string Data)> NextAsync(string name)
    {
        while (true)
        {
            var fields = (await NextRawAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith(':')).Select(l => l.Split(": ", 2)).ToDictionary(f => f[0], f => f[1]);
            if (fields.GetValueOrDefault("event") == name)
            {
                return (fields.GetValueOrDefault("id"), fields["data"]);
            }
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        response.Dispose();
    }
}
