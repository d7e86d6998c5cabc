using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Bench;

/// <summary>One step that writes as fast as it can: its bytes through agent, disk and reader, beside the same bytes from the same program through one plain socket.</summary>
internal static class LogBench
{
    private const long Bytes = 512L * 1024 * 1024;
    private static readonly string Script = $"yes 'A line of a build log, of about the length that such lines have, give or take a few characters.' 2>/dev/null | head -c {Bytes}";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchContext context)
    {
        await using var server = await ServerUnderTest.StartAsync(context);
        await server.CreateJobAsync("log", $"node {{ sh '''{Script}''' }}");

        // The first of each is not counted: a server that has just started still compiles what it runs.
        await CopyOnceAsync(server, 1);
        await CopyThroughSocketAsync();
        var ours = await CopyOnceAsync(server, 2) / (1024 * 1024);
        var plain = await CopyThroughSocketAsync() / (1024 * 1024);
        return [new Row($"log of {Bytes / (1024 * 1024)} MiB, agent → disk → reader", $"{ours:0} MiB/s", $"plain socket copy: {plain:0} MiB/s", $"{ours / plain:0.00} ×", "≥ 0.5 ×")];
    }

    private static async Task<double> CopyOnceAsync(ServerUnderTest server, int run)
    {
        var clock = Stopwatch.StartNew();
        await server.TriggerAsync("log");
        var read = await FollowAsync(server, run);
        return read / clock.Elapsed.TotalSeconds;
    }

    private static async Task<long> FollowAsync(ServerUnderTest server, int run)
    {
        var buffer = new byte[1024 * 1024];
        var offset = 0L;
        while (true)
        {
            using var answer = await server.Http.GetAsync($"job/log/{run}/logText/progressiveText?start={offset}", HttpCompletionOption.ResponseHeadersRead);
            if (!answer.IsSuccessStatusCode)
            {
                continue;
            }

            await using var body = await answer.Content.ReadAsStreamAsync();
            var before = offset;
            int read;
            while ((read = await body.ReadAsync(buffer)) > 0)
            {
                offset += read;
            }

            if (!answer.Headers.Contains("X-More-Data"))
            {
                return offset;
            }

            if (offset == before)
            {
                await Task.Delay(1);
            }
        }
    }

    private static async Task<double> CopyThroughSocketAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var clock = Stopwatch.StartNew();
        using var program = Process.Start(new ProcessStartInfo("sh", ["-c", Script]) { RedirectStandardOutput = true })!;
        using var sender = new TcpClient();
        await sender.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
        using var receiver = await listener.AcceptTcpClientAsync();
        var sending = Task.Run(async () =>
        {
            await program.StandardOutput.BaseStream.CopyToAsync(sender.GetStream(), 256 * 1024);
            sender.Client.Shutdown(SocketShutdown.Send);
        });
        var buffer = new byte[1024 * 1024];
        var total = 0L;
        int read;
        while ((read = await receiver.GetStream().ReadAsync(buffer)) > 0)
        {
            total += read;
        }

        await sending;
        return total / clock.Elapsed.TotalSeconds;
    }
}
