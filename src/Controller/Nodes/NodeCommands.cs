using Slipway.Controller.Agents;
using Slipway.Controller.Capacity;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Provisioning;
using Slipway.Store.Nodes;

namespace Slipway.Controller.Nodes;

/// <summary>Permanent nodes: kept in the store, known to the allocator.</summary>
internal sealed class NodeCommands(INodeStore store, ExecutorAllocator executors, AllocatorOptions options, TimeProvider time) : INodeCommands
{
    private const int MostExecutors = 10_000;

    public async Task LoadAsync(CancellationToken cancellation)
    {
        foreach (var node in await store.ListAsync(cancellation))
        {
            Announce(node);
        }
    }

    public async Task<CommandOutcome<string>> CreateAsync(
        string name, IReadOnlyList<string> labels, int executors, bool exclusive, string remoteDirectory, Caller caller, CancellationToken cancellation)
    {
        if (!JobPath.IsLegalName(name, out var fault))
        {
            return new CommandOutcome<string>(CommandStatus.Invalid, fault, null);
        }

        if (executors is < 1 or > MostExecutors)
        {
            return new CommandOutcome<string>(CommandStatus.Invalid, $"A node has between 1 and {MostExecutors} executors, not {executors}.", null);
        }

        var node = new NodeRecord(name, null, labels, executors, exclusive, remoteDirectory, "derived", null, time.GetUtcNow());
        if (!await store.AddAsync(node, cancellation))
        {
            return new CommandOutcome<string>(CommandStatus.Conflict, $"There is a node '{name}' already. Choose another name.", null);
        }

        Announce(node);
        return new CommandOutcome<string>(CommandStatus.Done, null, options.SecretOf(name));
    }

    public async Task<CommandOutcome> DeleteAsync(string name, Caller caller, CancellationToken cancellation)
    {
        if (!await store.DeleteAsync(name, cancellation))
        {
            return Missing(name);
        }

        executors.RemovePermanent(name);
        return CommandOutcome.Done;
    }

    public async Task<CommandOutcome> SetOfflineAsync(string name, bool offline, string? reason, Caller caller, CancellationToken cancellation)
    {
        if (await store.FindAsync(name, cancellation) is not { } node)
        {
            return Missing(name);
        }

        var changed = node with { OfflineReason = offline ? $"Disconnected by {caller.Name}" + (string.IsNullOrWhiteSpace(reason) ? "" : $" : {reason.Trim()}") : null };
        await store.UpdateAsync(changed, cancellation);
        Announce(changed);
        return CommandOutcome.Done;
    }

    public async Task<CommandOutcome<string>> ReadSecretAsync(string name, Caller caller, CancellationToken cancellation) =>
        await store.FindAsync(name, cancellation) is null
            ? new CommandOutcome<string>(CommandStatus.NotFound, Missing(name).Fault, null)
            : new CommandOutcome<string>(CommandStatus.Done, null, options.SecretOf(name));

    private void Announce(NodeRecord node) => executors.SetPermanent(new PermanentNode(
        node.Name,
        node.Labels,
        node.IsExclusive ? NodeMode.Exclusive : NodeMode.Normal,
        node.Executors,
        node.RemoteDirectory,
        AgentSecret.Hash(options.SecretOf(node.Name)),
        node.OfflineReason is not null,
        node.OfflineReason));

    private static CommandOutcome Missing(string name) => new(CommandStatus.NotFound, $"There is no permanent node '{name}'.");
}
