using System.Buffers;
using System.Net.WebSockets;
using Slipway.Protocol;

namespace Slipway.Controller.Tests.Agents;

/// <summary>The agent's side of the wire in the test's own hand, over a real socket: for what a real agent would never do.</summary>
internal sealed class FakeAgent : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[1024 * 1024];

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    public static async Task<FakeAgent> ConnectAsync(Uri controller, string name, string secret, string instance = "i1", IReadOnlyList<string>? allocations = null, IReadOnlyList<string>? operations = null)
    {
        var agent = new FakeAgent();
        agent._socket.Options.SetRequestHeader(AgentProtocol.NodeNameHeader, name);
        agent._socket.Options.SetRequestHeader(AgentProtocol.SecretHeader, secret);
        agent._socket.Options.SetRequestHeader(AgentProtocol.VersionHeader, "1");
        await agent._socket.ConnectAsync(new UriBuilder(controller) { Scheme = "ws", Path = AgentProtocol.SocketPath }.Uri, CancellationToken.None);
        await agent.SendAsync(new Hello(1, "0", instance, "Linux", "x64", "host", 1, "/work", allocations ?? [], operations ?? []));
        Assert.IsType<Welcome>(await agent.ReceiveAsync());
        return agent;
    }

    public async Task SendAsync(AgentMessage message)
    {
        var frame = new ArrayBufferWriter<byte>();
        AgentFrame.Write(frame, message);
        await SendAsync(frame.WrittenMemory);
    }

    public Task SendOutputAsync(string operationId, long offset, ReadOnlySpan<byte> output)
    {
        var frame = new byte[AgentFrame.OutputHeaderLength(operationId) + output.Length];
        output.CopyTo(frame.AsSpan(AgentFrame.WriteOutputHeader(frame, operationId, offset)));
        return SendAsync(frame);
    }

    public Task SendAsync(ReadOnlyMemory<byte> frame) => _socket.SendAsync(frame, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None).AsTask();

    /// <summary>The next message; null when the controller closed the connection.</summary>
    public async Task<ControllerMessage?> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var received = await _socket.ReceiveAsync(_buffer.AsMemory(), patience.Token);
        return received.MessageType == WebSocketMessageType.Close ? null : AgentFrame.ReadControllerMessage(_buffer.AsSpan(0, received.Count));
    }

    /// <summary>The next message of that type; those between are passed over.</summary>
    public async Task<T> ReceiveAsync<T>()
        where T : ControllerMessage
    {
        while (true)
        {
            switch (await ReceiveAsync())
            {
                case T wanted:
                    return wanted;
                case null:
                    throw new InvalidOperationException($"The controller closed the connection ({_socket.CloseStatusDescription}) instead of sending a {typeof(T).Name}.");
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
