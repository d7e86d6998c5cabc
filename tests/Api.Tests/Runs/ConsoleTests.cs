using System.Net;
using System.Text;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Runs;

public sealed class ConsoleTests(OpenServer server) : IDisposable
{
    private readonly ApiClient _client = server.NewClient();

    public void Dispose() => _client.Dispose();

    private sealed record Piece(string Text, long Size, bool More);

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_log_is_followed_piece_by_piece_to_its_end(string method)
    {
        var job = await _client.CreateJobAsync("node { sh 'for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done' }");
        await _client.BuildAsync(job);
        await Eventually.TrueAsync("it runs", async () => (await _client.GetAsync($"job/{job}/1/api/json")).IsSuccessStatusCode);
        var read = new StringBuilder();
        var piece = new Piece("", 0, true);
        while (piece.More)
        {
            piece = await ReadAsync(job, piece.Size, method);
            Assert.True(piece.Text.Length == 0 || piece.Text.EndsWith('\n'), "A piece ends with a whole line.");
            read.Append(piece.Text);
        }

        Assert.Equal(await _client.TextAsync($"job/{job}/1/consoleText"), read.ToString());
        Assert.Contains("line 5\n", read.ToString());
        Assert.EndsWith("Finished: SUCCESS\n", read.ToString());
        Assert.Equal(Encoding.UTF8.GetByteCount(read.ToString()), piece.Size);
    }

    [Fact]
    public async Task While_it_runs_more_is_announced_and_the_unfinished_line_held_back()
    {
        var job = await _client.CreateJobAsync(
            """
            node { sh '''#!/bin/sh
            printf "whole\\npart"
            while [ ! -e go ]; do sleep 0.05; done
            ''' }
            """);
        await _client.BuildAsync(job);
        await Eventually.TrueAsync("the first line is there", async () => (await _client.GetAsync($"job/{job}/1/logText/progressiveText")) is { IsSuccessStatusCode: true } answer
            && (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Contains("whole\n", StringComparison.Ordinal));
        var piece = await ReadAsync(job, 0, "GET");
        Assert.True(piece.More);
        Assert.EndsWith("\n", piece.Text);
        await _client.PostAsync($"job/{job}/1/stop");
        await _client.EndAsync(job, 1);
        Assert.StartsWith("part", (await ReadAsync(job, piece.Size, "GET")).Text);
    }

    [Fact]
    public async Task An_offset_beyond_the_end_starts_over_and_one_at_the_end_gives_nothing()
    {
        var job = await _client.CreateJobAsync("echo 'x'");
        await _client.RunAsync(job);
        var whole = await ReadAsync(job, 0, "GET");
        Assert.False(whole.More);
        Assert.Equal(whole, await ReadAsync(job, whole.Size + 1, "GET"));
        Assert.Equal(whole with { Text = "" }, await ReadAsync(job, whole.Size, "GET"));
        Assert.Contains("not an offset", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.GetAsync($"job/{job}/1/logText/progressiveText?start=x")));
    }

    [Fact]
    public async Task Slashes_at_the_end_do_no_harm()
    {
        var job = await _client.CreateJobAsync("echo '<b> & \"c\"'");
        await _client.RunAsync(job);
        Assert.Equal(await _client.TextAsync($"job/{job}/1/consoleText"), await _client.TextAsync($"job/{job}/1/consoleText/"));
        Assert.Contains("<b> &", await _client.TextAsync($"/job/{job}//1/logText/progressiveText/?start=0"));
        Assert.Contains("&lt;b&gt; &amp; &quot;c&quot;", await _client.TextAsync($"job/{job}/1/logText/progressiveHtml"));
    }

    private async Task<Piece> ReadAsync(string job, long start, string method)
    {
        var path = $"job/{job}/1/logText/progressiveText";
        using var answer = await (method == "GET" ? _client.GetAsync($"{path}?start={start}") : _client.PostFormAsync(path, ("start", $"{start}")));
        await ApiClient.ExpectAsync(HttpStatusCode.OK, answer);
        Assert.Equal("text/plain; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        return new Piece(
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            long.Parse(answer.Headers.GetValues("X-Text-Size").Single()),
            answer.Headers.TryGetValues("X-More-Data", out var more) && more.Single() == "true");
    }
}
