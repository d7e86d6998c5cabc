using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>What the parts of the allocator share.</summary>
internal sealed record CapacityContext(ExecutorLedger Ledger, CloudFollower Clouds, IAgentHub Hub, AllocatorOptions Options, TimeProvider Time, ILogger Log, CancellationToken Stopping)
{
    /// <summary>The queue or the use of executors changed; of one node where it is named. Not to be called with the ledger's lock held.</summary>
    public required Action<string?> Tell { get; init; }

    /// <summary>Something may serve a request now that did not before, or have to be ended: everything is looked at again. Not to be called with the ledger's lock held.</summary>
    public required Action React { get; init; }

    public OnDemandNode NewNode(ICloud cloud, NodeTemplate template, string name, DateTimeOffset created) => new(cloud, template, AgentSecret.Hash(Options.SecretOf(name)), created);
}
