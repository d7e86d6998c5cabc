using Slipway.Controller.Agents;
using Slipway.Controller.Capacity;
using Slipway.Feeds;
using Slipway.Provisioning;

namespace Slipway.Controller.Views;

internal sealed class NodeReads(ExecutorAllocator executors, IAgentHub hub, Uri? agentUrl) : INodeReads
{
    public Uri? AgentUrl => agentUrl;

    public Task<IReadOnlyList<NodeView>> ListAsync(CancellationToken cancellation)
    {
        var states = hub.Agents.ToDictionary(a => a.NodeName);
        var busy = executors.Busy.ToLookup(b => b.Node);
        var permanent = executors.PermanentNodes.Select(node =>
        {
            var state = states.GetValueOrDefault(node.Name);
            var online = state?.Connection == AgentConnectionState.Connected;
            return new NodeView(
                node.Name,
                NodeKind.Permanent,
                null,
                node.Labels,
                node.Executors,
                node.Mode == NodeMode.Exclusive,
                online,
                node.IsTakenOffline,
                node.IsTakenOffline ? node.OfflineReason : online ? null : state?.Reason ?? "Its agent has not connected yet.",
                online ? state!.Since : null,
                BusyOf(busy[node.Name]));
        });
        var demanded = executors.OnDemandNodes.Select(node =>
        {
            var state = states.GetValueOrDefault(node.Name);
            var online = state?.Connection == AgentConnectionState.Connected;
            return new NodeView(
                node.Name,
                NodeKind.OnDemand,
                node.Cloud,
                node.Template.Labels,
                1,
                node.Template.Mode == NodeMode.Exclusive,
                online,
                false,
                online ? null : state?.Reason ?? "Its agent is starting.",
                online ? state!.Since : null,
                BusyOf(busy[node.Name]));
        });
        return Task.FromResult<IReadOnlyList<NodeView>>([.. permanent.Concat(demanded).OrderBy(n => n.Name, StringComparer.Ordinal)]);
    }

    public async Task<NodeView?> FindAsync(string name, CancellationToken cancellation) => (await ListAsync(cancellation)).FirstOrDefault(n => n.Name == name);

    private static IReadOnlyList<ExecutorView> BusyOf(IEnumerable<BusyExecutor> busy) =>
        [.. busy.OrderBy(b => b.Executor).Select(b => new ExecutorView(b.Executor, b.Run, b.Job, b.RunNumber, b.Since))];
}
