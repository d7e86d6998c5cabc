using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Bench.Pods;

/// <summary>A tiny HTTP server that pods ring at: the moment at which a program in a container has done something that the outside can see, on this machine's clock, the same for us and for the peer.</summary>
internal sealed class Bell : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Parse(ClusterUnderTest.Host), 0);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _rings = new();
    private readonly Task _accepting;

    public Bell()
    {
        _listener.Start(1024);
        _accepting = AcceptAsync();
    }

    /// <summary>A shell command that rings; busybox and Debian images can.</summary>
    public string Command(string name) => $"echo GET /{name} . | nc {ClusterUnderTest.Host} {((IPEndPoint)_listener.LocalEndpoint).Port} >/dev/null";

    /// <summary>Completes at the ring, with <see cref="Stopwatch.GetTimestamp"/> of then.</summary>
    public Task<long> RungAsync(string name) => _rings.GetOrAdd(name, _ => New()).Task;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var buffer = new byte[512];
                var count = await client.GetStream().ReadAsync(buffer);
                var now = Stopwatch.GetTimestamp();
                var words = Encoding.ASCII.GetString(buffer, 0, count).Split(' ');
                if (words.Length > 1)
                {
                    _rings.GetOrAdd(words[1].TrimStart('/'), _ => New()).TrySetResult(now);
                }

                await client.GetStream().WriteAsync("HTTP/1.0 200 OK\r\n\r\n"u8.ToArray());
            }
            catch (IOException)
            {
                // It has rung.
            }
        }
    }

    private static TaskCompletionSource<long> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
