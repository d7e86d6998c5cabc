using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Scenarios.Harness;

/// <summary>A TCP proxy whose connections can be cut, as a load balancer or a broken network does.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly ConcurrentDictionary<TcpClient, bool> _open = new();
    private readonly IPAddress _address;
    private readonly int _target;
    private readonly Task _accepting;

    /// <param name="address">Where it listens and where its target is; null for loopback.</param>
    public CuttingProxy(int target, IPAddress? address = null)
    {
        _address = address ?? IPAddress.Loopback;
        _listener = new TcpListener(_address, 0);
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>While it is shut, nobody gets through: connections are cut as they come.</summary>
    public bool IsShut { get; set; }

    /// <returns>How many connections were cut.</returns>
    public int Cut()
    {
        var cut = 0;
        foreach (var client in _open.Keys)
        {
            if (_open.TryRemove(client, out _))
            {
                // A reset rather than an orderly end: nothing that is still in a buffer arrives.
                client.LingerState = new LingerOption(true, 0);
                client.Close();
                cut++;
            }
        }

        return cut;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                if (IsShut)
                {
                    client.Dispose();
                    continue;
                }

                _ = CarryAsync(client);
            }
        }
        catch (SocketException)
        {
            // Stopped.
        }
        catch (ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var upstream = new TcpClient();
        try
        {
            await upstream.ConnectAsync(_address, _target);
            _open[client] = true;
            var there = client.GetStream().CopyToAsync(upstream.GetStream());
            var back = upstream.GetStream().CopyToAsync(client.GetStream());
            await Task.WhenAny(there, back);
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException)
        {
            // The other side is away, which is what this proxy is for.
        }
        finally
        {
            _open.TryRemove(client, out _);
            client.Dispose();
        }
    }
}
