using Slipway.Kubernetes.Api;

namespace Slipway.Kubernetes.Watching;

public enum ResourceChangeKind
{
    Added,
    Changed,
    Deleted,
}

/// <param name="Object">The object after the change; the last state known when it was deleted.</param>
/// <param name="Before">What was known before it; null when it was added.</param>
public sealed record ResourceChange(ResourceChangeKind Kind, KubernetesObject Object, KubernetesObject? Before);

/// <summary>What is known of the objects, and what each news means to who knows that already. Another object of the same name is a deletion and an addition.</summary>
internal sealed class ObjectCache
{
    private readonly Dictionary<ObjectKey, KubernetesObject> _objects = [];

    public IReadOnlyList<KubernetesObject> All() => [.. _objects.Values];

    public KubernetesObject? Find(ObjectKey key) => _objects.GetValueOrDefault(key);

    public IReadOnlyList<ResourceChange> Apply(WatchEvent news)
    {
        switch (news.Type)
        {
            case WatchEventType.Bookmark:
                return [];
            case WatchEventType.Deleted:
                return _objects.Remove(news.Object.Key, out var gone) ? [new(ResourceChangeKind.Deleted, news.Object, gone)] : [];
            default:
                var changes = new List<ResourceChange>(1);
                Set(news.Object, changes);
                return changes;
        }
    }

    /// <summary>Takes a whole list for the truth; deletions come first, so that caps never seem exceeded.</summary>
    public IReadOnlyList<ResourceChange> Replace(IReadOnlyList<KubernetesObject> listed)
    {
        var changes = new List<ResourceChange>();
        var present = listed.Select(item => item.Key).ToHashSet();
        foreach (var (key, known) in _objects.Where(entry => !present.Contains(entry.Key)).ToList())
        {
            _objects.Remove(key);
            changes.Add(new(ResourceChangeKind.Deleted, known, known));
        }

        foreach (var item in listed)
        {
            Set(item, changes);
        }

        return changes;
    }

    private void Set(KubernetesObject news, List<ResourceChange> changes)
    {
        var known = _objects.GetValueOrDefault(news.Key);
        if (known is not null && known.Uid == news.Uid)
        {
            if (known.ResourceVersion == news.ResourceVersion)
            {
                return;
            }

            changes.Add(new(ResourceChangeKind.Changed, news, known));
        }
        else
        {
            if (known is not null)
            {
                changes.Add(new(ResourceChangeKind.Deleted, known, known));
            }

            changes.Add(new(ResourceChangeKind.Added, news, null));
        }

        _objects[news.Key] = news;
    }
}
