using Slipway.Provisioning.Kubernetes.Observing;

namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <summary>How many pods count against the caps: those observed and those being created, each once.</summary>
internal sealed class PodCounts
{
    private readonly Dictionary<string, int> _ofTemplate = new(StringComparer.Ordinal);

    public int All { get; private set; }

    /// <param name="countsOnlyAlive">Pods whose containers have all ended do not count (<c>capOnlyOnAlivePods</c>).</param>
    public static PodCounts Of(IEnumerable<TrackedPod> pods, bool countsOnlyAlive)
    {
        var counts = new PodCounts();
        // Pods that are only kept to be looked at are out of use. One whose containers have ended holds nothing any more; until its cluster has tidied up
        // behind it, which takes many seconds with some, the next build need not wait.
        foreach (var pod in pods.Where(pod => !pod.IsKept && !(pod.IsFinished && (countsOnlyAlive || pod.IsBeingDeleted))))
        {
            counts.All++;
            counts._ofTemplate[pod.CapKey] = counts._ofTemplate.GetValueOrDefault(pod.CapKey) + 1;
        }

        return counts;
    }

    public int OfTemplate(string capKey) => _ofTemplate.GetValueOrDefault(capKey);
}
