namespace Slipway.Store.Nodes;

/// <summary>Permanent nodes: inbound agents that someone starts. On-demand ones live no longer than their work and are not kept here.</summary>
public interface INodeStore
{
    Task<NodeRecord?> FindAsync(string name, CancellationToken cancellation = default);

    Task<IReadOnlyList<NodeRecord>> ListAsync(CancellationToken cancellation = default);

    /// <returns>False where the name is taken.</returns>
    Task<bool> AddAsync(NodeRecord node, CancellationToken cancellation = default);

    /// <returns>False where there is no such node.</returns>
    Task<bool> UpdateAsync(NodeRecord node, CancellationToken cancellation = default);

    Task<bool> DeleteAsync(string name, CancellationToken cancellation = default);
}

/// <param name="IsExclusive">Takes only work that asks for one of its labels.</param>
/// <param name="Secret">What its agent must present, as the caller wants it kept (derived, sealed or hashed).</param>
/// <param name="OfflineReason">Why it takes no new work; null: it does.</param>
public sealed record NodeRecord(
    string Name,
    string? Description,
    IReadOnlyList<string> Labels,
    int Executors,
    bool IsExclusive,
    string RemoteDirectory,
    string Secret,
    string? OfflineReason,
    DateTimeOffset Created);
