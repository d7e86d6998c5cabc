using System.Net;
using System.Text.Json;

namespace Slipway.Api.Tests.Testing;

/// <summary>What many tests do with jobs, through the API itself.</summary>
internal static class Builds
{
    private static int _names;

    public static string NewName(string hint = "job") => $"{hint}-{Interlocked.Increment(ref _names)}";

    public static async Task<string> CreateJobAsync(this ApiClient client, string script, string properties = "")
    {
        var name = NewName();
        await ApiClient.ExpectAsync(HttpStatusCode.OK, await client.PostXmlAsync($"createItem?name={name}", JobXml.Pipeline(script, properties)));
        return name;
    }

    /// <summary>The URL of the queue's item, below the root.</summary>
    public static async Task<string> BuildAsync(this ApiClient client, string job, string how = "build")
    {
        using var answer = await client.PostAsync($"job/{job}/{how}");
        await ApiClient.ExpectAsync(HttpStatusCode.Created, answer);
        return answer.Headers.Location!.AbsolutePath.TrimStart('/');
    }

    /// <summary>Builds the job and waits for the run's end.</summary>
    public static async Task<JsonElement> RunAsync(this ApiClient client, string job, string how = "build")
    {
        var item = await client.BuildAsync(job, how);
        var number = 0;
        await Eventually.TrueAsync($"{job} leaves the queue", async () =>
        {
            var queued = await client.JsonAsync(item + "api/json");
            number = queued.TryGetProperty("executable", out var executable) && executable.ValueKind == JsonValueKind.Object ? executable.GetProperty("number").GetInt32() : 0;
            return number > 0;
        });
        return await client.EndAsync(job, number);
    }

    public static async Task<JsonElement> EndAsync(this ApiClient client, string job, int number)
    {
        JsonElement run = default;
        await Eventually.TrueAsync($"{job} #{number} ends", async () =>
        {
            run = await client.JsonAsync($"job/{job}/{number}/api/json");
            return !run.GetProperty("building").GetBoolean();
        });
        return run;
    }
}

/// <summary>Waits for a condition. The limit is there so that a fault ends the test; no test depends on how long it takes.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task TrueAsync(string what, Func<Task<bool>> condition)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < Limit, $"It did not come true within {Limit.TotalSeconds:0} s that {what}.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
