using Slipway.Model;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>A node of a cloud, from the decision to make it to its end. All of it is read and written with the ledger's lock held.</summary>
internal sealed class OnDemandNode(ICloud cloud, NodeTemplate template, byte[] secretHash, DateTimeOffset created)
{
    public ICloud Cloud { get; } = cloud;

    public NodeTemplate Template { get; } = template;

    public byte[] SecretHash { get; } = secretHash;

    public DateTimeOffset Created { get; } = created;

    /// <summary>The request that has it; null while it is spare, idle or being cleaned.</summary>
    public (RunId Run, long Effect)? Owner { get; set; }

    /// <summary>The folder that has used it; null for a spare one.</summary>
    public JobPath? Folder { get; set; }

    /// <summary>A run has its executor, or it waits for one.</summary>
    public bool IsReady { get; set; }

    /// <summary>Every container has been seen to run processes: the next block need not ask again.</summary>
    public bool HasOpened { get; set; }

    /// <summary>Since when it waits for work; null while it does not.</summary>
    public DateTimeOffset? IdleSince { get; set; }

    /// <summary>Why it did not come or did not stay, once the cloud has said so.</summary>
    public NodeFailure? Failure { get; set; }

    /// <summary>The log of the build that has it.</summary>
    public BuildNotes? Notes { get; set; }

    /// <summary>Where the moments of its start are noted, until somebody has its executor.</summary>
    public StartTimings? Timings { get; set; }

    /// <summary>Its agent's program runs, as far as the cloud can see: from now on it has to connect soon.</summary>
    public TaskCompletionSource AgentStarted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Found waiting by a later life of the controller: what it still holds is removed before it is used.</summary>
    public bool WasTakenUp { get; init; }

    public bool IsIdle => IdleSince is not null && Owner is null && Failure is null;
}
