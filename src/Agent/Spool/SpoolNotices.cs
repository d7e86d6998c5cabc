using System.Net.Sockets;
using System.Text;
using Slipway.Agent.Operations;

namespace Slipway.Agent.Spool;

/// <summary>Hears from supervisors that their spool has grown: datagrams that hold the operation's id, on a socket whose name lives through restarts of the agent.</summary>
internal sealed class SpoolNotices : IDisposable
{
    private static readonly TimeSpan LookAnyway = TimeSpan.FromSeconds(1);

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    /// <summary>The current directory must be the agent's internal one: the path of a socket may not be long, so it is relative.</summary>
    public SpoolNotices()
    {
        File.Delete("notify");
        _socket.Bind(new UnixDomainSocketEndPoint("notify"));
    }

    public async Task RunAsync(OperationTable operations, CancellationToken cancellation)
    {
        _ = LookNowAndThenAsync(operations, cancellation);
        var buffer = new byte[256];
        while (!cancellation.IsCancellationRequested)
        {
            var length = await _socket.ReceiveAsync(buffer.AsMemory(), cancellation);
            operations.Look(Encoding.ASCII.GetString(buffer, 0, length));
        }
    }

    /// <summary>Notices may be lost, and a supervisor that was killed sends none.</summary>
    private static async Task LookNowAndThenAsync(OperationTable operations, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(LookAnyway);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            operations.Look("");
        }
    }

    public void Dispose() => _socket.Dispose();
}

/// <summary>A supervisor's end of <see cref="SpoolNotices"/>.</summary>
internal sealed class SpoolNotifier(string operationId) : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };

    /// <summary>The agent's socket, seen from an operation's directory: relative, because the path of a socket may not be long.</summary>
    private readonly UnixDomainSocketEndPoint _agent = new("../../notify");
    private readonly byte[] _operation = Encoding.ASCII.GetBytes(operationId);

    /// <summary>Tells the agent to look. It looks by itself now and then, so that a lost word costs time and nothing else.</summary>
    public void Notify()
    {
        try
        {
            _socket.SendTo(_operation, _agent);
        }
        catch (SocketException)
        {
            // The agent is away, or has not read its earlier notices yet.
        }
    }

    public void Dispose() => _socket.Dispose();
}
