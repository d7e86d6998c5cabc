using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Slipway.Model.Operations;
using Slipway.Protocol;

namespace Slipway.Controller.Agents;

/// <summary>The one implementation of <see cref="IAgentHub"/>. A node's state lives in its <see cref="AgentNode"/>; this class finds nodes, and lets agents in.</summary>
public sealed class AgentHub : IAgentHub, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, AgentNode> _nodes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<AgentSession, Task> _sessions = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly AgentNodeContext _context;

    public AgentHub(IAgentDirectory directory, IAgentTransferHandler transfers, AgentHubOptions options, TimeProvider time, ILogger<AgentHub> logger)
    {
        Directory = directory;
        Transfers = transfers;
        _context = new AgentNodeContext(options, time, logger, state => Changed?.Invoke(state), new WideWindows(options.WideOutputWindows, time), _stopping.Token);
    }

    public event Action<AgentState>? Changed;

    public IReadOnlyList<AgentState> Agents => [.. _nodes.Values.Select(node => node.State)];

    internal IAgentDirectory Directory { get; }

    internal IAgentTransferHandler Transfers { get; }

    internal AgentHubOptions Options => _context.Options;

    internal ILogger Logger => _context.Logger;

    public Task<OperationResult> RunAsync(AgentWork work, CancellationToken cancellation)
    {
        if (!AgentProtocol.IsId(work.OperationId) || !AgentProtocol.IsId(work.Allocation))
        {
            throw new ArgumentException($"'{work.OperationId}' of '{work.Allocation}' cannot name an operation: at most {AgentProtocol.LongestId} of A-Z a-z 0-9 . _ - are allowed.", nameof(work));
        }

        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        return Node(work.NodeName).RunAsync(work, cancellation);
    }

    public void Acknowledge(string nodeName, string operationId) => Find(nodeName)?.Acknowledge(operationId);

    public Task ReleaseAsync(string nodeName, string allocation, CancellationToken cancellation, bool deletesWorkspaces = false) => Node(nodeName).ReleaseAsync(allocation, deletesWorkspaces, cancellation);

    public void MarkLost(string nodeName, string reason, bool isInfrastructure = true) => Node(nodeName).MarkLost(reason, isInfrastructure);

    public void Remove(string nodeName)
    {
        if (_nodes.TryRemove(nodeName, out var node))
        {
            node.MarkLost("the node was removed");
        }
    }

    public Task<AgentInfo> WaitConnectedAsync(string nodeName, CancellationToken cancellation) => Node(nodeName).WaitConnectedAsync(cancellation);

    /// <summary>Serves one agent's connection until it ends.</summary>
    internal async Task ServeAsync(AgentSession session)
    {
        var serving = session.RunAsync(hello => Node(session.NodeName).Attach(session, hello), message => Node(session.NodeName).HandleAsync(session, message));
        _sessions[session] = serving;
        try
        {
            await serving;
        }
        finally
        {
            _sessions.TryRemove(session, out _);
            Find(session.NodeName)?.Detach(session);
        }
    }

    AgentState? IAgentHub.Find(string nodeName) => Find(nodeName)?.State;

    internal AgentNode? Find(string nodeName) => _nodes.GetValueOrDefault(nodeName);

    private AgentNode Node(string nodeName) => _nodes.GetOrAdd(nodeName, static (name, context) => new AgentNode(name, context), _context);

    /// <summary>Closes all connections; what runs on agents goes on, and is picked up by the next controller.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var session in _sessions.Keys)
        {
            session.Close(System.Net.WebSockets.WebSocketCloseStatus.EndpointUnavailable, "the controller is stopping");
        }

        await Task.WhenAll(_sessions.Values).ContinueWith(static _ => { }, TaskScheduler.Default);
        foreach (var node in _nodes.Values)
        {
            node.Abandon();
        }
    }
}

/// <summary>What nodes share.</summary>
internal sealed record AgentNodeContext(AgentHubOptions Options, TimeProvider Time, ILogger Logger, Action<AgentState> Changed, WideWindows WideWindows, CancellationToken Stopping);
