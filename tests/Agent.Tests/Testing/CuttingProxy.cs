using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Agent.Tests.Testing;

/// <summary>Stands between agent and controller, and cuts connections: on demand, and by itself after a random number of bytes in a random direction.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Connection, bool> _connections = new();
    private readonly Random _random;
    private readonly Task _accepting;
    private volatile bool _isSilent;

    public CuttingProxy(Func<int> targetPort, int seed, int meanBytes, int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _random = new Random(seed);
        TargetPort = targetPort;
        MeanBytes = meanBytes;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public int Cuts { get; private set; }

    /// <summary>How many bytes pass before a cut, on average; zero never cuts.</summary>
    public int MeanBytes { get; set; }

    private Func<int> TargetPort { get; }

    /// <summary>Connections stay open and nothing passes any more: what a lost route looks like.</summary>
    public void FallSilent() => _isSilent = true;

    public void CutAll()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Cut();
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using var connection = new Connection(client, server);
        _connections[connection] = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, TargetPort(), _stop.Token);
            client.NoDelay = server.NoDelay = true;
            long budget;
            lock (_random)
            {
                budget = MeanBytes == 0 ? long.MaxValue : 300 + (long)(-Math.Log(1 - _random.NextDouble()) * MeanBytes);
            }

            await Task.WhenAny(CopyAsync(client, server, connection, budget), CopyAsync(server, client, connection, budget));
            if (_isSilent)
            {
                // A lost route carries no goodbye either: the other side must find out by itself.
                await Task.Delay(Timeout.Infinite, _stop.Token);
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side is gone.
        }
        finally
        {
            _connections.TryRemove(connection, out _);
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, Connection connection, long budget)
    {
        var buffer = new byte[16 * 1024];
        while (await from.GetStream().ReadAsync(buffer, _stop.Token) is var count and > 0)
        {
            if (_isSilent)
            {
                continue;
            }

            // Cut within the piece, so that frames arrive torn.
            var allowed = (int)Math.Min(count, budget - connection.Passed);
            if (allowed > 0)
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, allowed), _stop.Token);
                connection.Passed += allowed;
            }

            if (allowed < count)
            {
                Cuts++;
                connection.Cut();
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        CutAll();
        await _accepting.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private sealed class Connection(TcpClient client, TcpClient server) : IDisposable
    {
        // A client that is disposed has no socket any more; its end may come while it is cut.
        private readonly Socket[] _sockets = [client.Client, server.Client];

        public long Passed { get; set; }

        /// <summary>With a reset, as a lost machine or a proxy that restarts would.</summary>
        public void Cut()
        {
            foreach (var socket in _sockets)
            {
                try
                {
                    socket.LingerState = new LingerOption(true, 0);
                }
                catch (Exception fault) when (fault is ObjectDisposedException or SocketException)
                {
                    // It has ended by itself.
                }
            }

            Dispose();
        }

        public void Dispose()
        {
            client.Dispose();
            server.Dispose();
        }
    }
}
