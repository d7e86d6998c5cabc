namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <summary>
/// The namespaces that have pods of a cloud, each remembered before its first pod is made and forgotten a while after its last is gone. Writes are one at a time and few: only when the set changes. Thread-safe.
/// </summary>
internal sealed class UsedNamespaces(INamespaceMemory memory, TimeProvider time) : IDisposable
{
    /// <summary>An empty one is remembered so long: pods come and go, and what is on its way to be made is not seen yet.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Dictionary<string, DateTimeOffset> _wanted = new(StringComparer.Ordinal);
    private HashSet<string> _remembered = [];

    /// <returns>What is remembered from before.</returns>
    public async Task<IReadOnlyList<string>> LoadAsync(CancellationToken cancellation)
    {
        var loaded = await memory.LoadAsync(cancellation);
        lock (_lock)
        {
            _remembered = new HashSet<string>(loaded, StringComparer.Ordinal);
        }

        return loaded;
    }

    /// <summary>Pods are about to be made, or looked for, there. Completes when it is remembered, which is at once but for the first.</summary>
    public async ValueTask UseAsync(string @namespace, CancellationToken cancellation)
    {
        lock (_lock)
        {
            _wanted[@namespace] = time.GetUtcNow();
            if (_remembered.Contains(@namespace))
            {
                return;
            }
        }

        await SaveAsync(before => before.Add(@namespace), cancellation);
    }

    /// <summary>Brings what is remembered in line with what is there.</summary>
    /// <param name="present">Namespaces that have pods, or cannot be asked.</param>
    /// <returns>Those that are forgotten.</returns>
    public async Task<IReadOnlyList<string>> KeepAsync(IReadOnlySet<string> present, CancellationToken cancellation)
    {
        List<string> forgotten = [];
        lock (_lock)
        {
            if (present.IsSubsetOf(_remembered) && Unwanted(_remembered, present).Count == 0)
            {
                return forgotten;
            }
        }

        await SaveAsync(
            set =>
            {
                forgotten = Unwanted(set, present);
                var before = set.Count;
                set.ExceptWith(forgotten);
                var isChanged = before != set.Count;
                before = set.Count;
                set.UnionWith(present);
                return isChanged || before != set.Count;
            },
            cancellation);
        return forgotten;
    }

    public bool Remembers(string @namespace)
    {
        lock (_lock)
        {
            return _remembered.Contains(@namespace);
        }
    }

    public void Dispose() => _writing.Dispose();

    private List<string> Unwanted(HashSet<string> set, IReadOnlySet<string> present)
    {
        var since = time.GetUtcNow() - Linger;
        return [.. set.Where(name => !present.Contains(name) && !(_wanted.TryGetValue(name, out var wanted) && wanted > since))];
    }

    private async Task SaveAsync(Func<HashSet<string>, bool> change, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            HashSet<string> next;
            lock (_lock)
            {
                next = new HashSet<string>(_remembered, StringComparer.Ordinal);
                if (!change(next))
                {
                    return;
                }
            }

            await memory.SaveAsync([.. next.Order(StringComparer.Ordinal)], cancellation);
            lock (_lock)
            {
                _remembered = next;
            }
        }
        finally
        {
            _writing.Release();
        }
    }
}
