using System.Collections.Concurrent;
using Slipway.Controller.Agents;
using Slipway.Model.Operations;

namespace Slipway.Controller.Tests.Testing;

/// <summary>Agents that connect when a test says so, and do at once what they are asked for.</summary>
internal sealed class ObedientHub : IAgentHub
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<AgentInfo>> _agents = new();

    public event Action<AgentState>? Changed;

    /// <summary>Releases, with whether workspaces were to be deleted.</summary>
    public ConcurrentQueue<(string Node, string Allocation, bool DeletesWorkspaces)> Released { get; } = [];

    private readonly ConcurrentDictionary<string, AgentState> _said = new();

    /// <summary>Says of an agent what a hub would, and what <see cref="Find"/> then answers.</summary>
    public void Say(AgentState state)
    {
        _said[state.NodeName] = state;
        Changed?.Invoke(state);
    }

    public AgentState? Find(string nodeName) => _said.GetValueOrDefault(nodeName) ?? Agents.FirstOrDefault(a => a.NodeName == nodeName);

    public IReadOnlyList<AgentState> Agents => [.. _agents.Select(a => new AgentState(
        a.Key, a.Value.Task.IsCompletedSuccessfully ? AgentConnectionState.Connected : a.Value.Task.IsFaulted ? AgentConnectionState.Lost : AgentConnectionState.Awaited, default, null, 0, null))];

    public void Connect(string node, params string[] held) => Connect(node, null, held);

    public void Connect(string node, DateTimeOffset? started, params string[] held)
    {
        _agents.GetOrAdd(node, _ => New()).TrySetResult(new AgentInfo(node, "1", "linux", "x64", node, 1, "/w", held) { ProgramStarted = started });
        Changed?.Invoke(Agents.Single(a => a.NodeName == node));
    }

    public void Disconnect(string node) => _agents[node] = New();

    public Task<AgentInfo> WaitConnectedAsync(string nodeName, CancellationToken cancellation) => _agents.GetOrAdd(nodeName, _ => New()).Task.WaitAsync(cancellation);

    /// <summary>What was asked for, in its order.</summary>
    public ConcurrentQueue<string> Operations { get; } = [];

    public Task<OperationResult> RunAsync(AgentWork work, CancellationToken cancellation)
    {
        Operations.Enqueue(work.OperationId);
        return Task.FromResult<OperationResult>(new WorkspacePrepared("/w", "/w@tmp", true, new Dictionary<string, string>()));
    }

    public void Acknowledge(string nodeName, string operationId)
    {
    }

    public Task ReleaseAsync(string nodeName, string allocation, CancellationToken cancellation, bool deletesWorkspaces = false)
    {
        Released.Enqueue((nodeName, allocation, deletesWorkspaces));
        return Task.CompletedTask;
    }

    /// <summary>Nodes that were given up, and whether the infrastructure was to blame.</summary>
    public ConcurrentQueue<(string Node, bool IsInfrastructure)> Lost { get; } = [];

    public void MarkLost(string nodeName, string reason, bool isInfrastructure = true)
    {
        Lost.Enqueue((nodeName, isInfrastructure));
        var agent = _agents.GetOrAdd(nodeName, _ => New());
        if (!agent.TrySetException(new AgentLostException(nodeName, reason)))
        {
            var lost = New();
            lost.SetException(new AgentLostException(nodeName, reason));
            _agents[nodeName] = lost;
            agent = lost;
        }

        _ = agent.Task.Exception;
    }

    public void Remove(string nodeName) => _agents.TryRemove(nodeName, out _);

    private static TaskCompletionSource<AgentInfo> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
