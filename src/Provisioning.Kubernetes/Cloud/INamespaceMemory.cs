namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <summary>
/// Remembers, over restarts of the server, in which namespaces a cloud has pods: pipelines name some that no configuration does, and where a server may not list the pods of the whole cluster nothing else would find them.
/// </summary>
public interface INamespaceMemory
{
    Task<IReadOnlyList<string>> LoadAsync(CancellationToken cancellation);

    /// <summary>Completes when it is durable.</summary>
    Task SaveAsync(IReadOnlyList<string> namespaces, CancellationToken cancellation);
}

/// <summary>Forgets with the process.</summary>
internal sealed class NoNamespaceMemory : INamespaceMemory
{
    public static NoNamespaceMemory Instance { get; } = new();

    public Task<IReadOnlyList<string>> LoadAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<string>>([]);

    public Task SaveAsync(IReadOnlyList<string> namespaces, CancellationToken cancellation) => Task.CompletedTask;
}
