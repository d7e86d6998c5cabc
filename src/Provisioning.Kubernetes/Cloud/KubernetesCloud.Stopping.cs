using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Kubernetes.Api;
using Slipway.Provisioning.Kubernetes.Observing;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <content>Ending pods, keeping those that are to be kept, and what time does: deadlines, pauses, what an earlier life left.</content>
public sealed partial class KubernetesCloud
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UnwatchedLimit = TimeSpan.FromSeconds(30);

    /// <summary>An API server that is away, or that does not let us delete, does not hold up the ends of builds.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestDeletePause = TimeSpan.FromSeconds(30);

    /// <summary>A quota that refused nothing for so long is forgotten.</summary>
    private static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan ClaimSweepInterval = TimeSpan.FromMinutes(10);

    /// <summary>Longer than anyone waits for a first look.</summary>
    private static readonly TimeSpan NamespaceInterval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<TrackedPod, Task> _endings = [];
    private DateTimeOffset _nextLookAtNamespaces;
    private DateTimeOffset _nextClaimSweep;

    public async Task StopNodeAsync(string nodeName, CancellationToken cancellation)
    {
        TrackedPod? tracked;
        bool isKept;
        lock (_gate)
        {
            if (!_pods.TryGetValue(nodeName, out tracked) || tracked.IsKept)
            {
                return;
            }

            isKept = tracked.Pod is not null && !tracked.IsBeingDeleted && !tracked.IsEnding && IsToBeKept(tracked);
        }

        try
        {
            await EndAsync(tracked, isKept).WaitAsync(StopPatience, _time, cancellation);
        }
        catch (TimeoutException)
        {
            _logger.LogWarning("Pod {Pod} is not ended after {Seconds} seconds. It is tried on, and nobody waits for it", nodeName, StopPatience.TotalSeconds);
        }
    }

    private static bool IsToBeKept(TrackedPod tracked)
    {
        var view = new PodView(tracked.Pod!);
        return Enum.TryParse<PodRetention>(tracked.Mark(PodMarks.Retention), out var retention) && retention switch
        {
            PodRetention.Always => true,
            PodRetention.OnFailure => tracked.HasFailed || view.Phase is "Failed" or "Unknown",
            PodRetention.Evicted => view.Reason == "Evicted",
            _ => false,
        };
    }

    /// <summary>Completes when the API server has accepted it, however long that takes; one at a time for a pod.</summary>
    private Task EndAsync(TrackedPod tracked, bool isKept)
    {
        lock (_gate)
        {
            tracked.IsEnding = true;
            ChangedLocked();
            if (_endings.TryGetValue(tracked, out var ending))
            {
                return ending;
            }

            return _endings[tracked] = Task.Run(() => EndUntilAcceptedAsync(tracked, isKept), CancellationToken.None);
        }
    }

    private async Task EndUntilAcceptedAsync(TrackedPod tracked, bool isKept)
    {
        try
        {
            await tracked.Settled.Task.WaitAsync(_stopping.Token);
            for (var attempt = 1; !tracked.Gone.Task.IsCompleted; attempt++)
            {
                try
                {
                    await (isKept ? KeepAsync(tracked) : DeleteAsync(tracked));
                    return;
                }
                catch (Exception e) when (!_stopping.IsCancellationRequested)
                {
                    // Not only what the API server refuses: a connection that was replaced in this moment ends a request as well, and the next try goes over the new one.
                    _logger.LogWarning("Pod {Pod} could not be ended (attempt {Attempt}), and it is tried again: {Reason}", tracked.Name, attempt, e.Message);
                    await Task.Delay(PauseAfter(attempt, e, LongestDeletePause), _time, _stopping.Token);
                }
            }
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // The server stops: the next start finds the pod, or its deadline does.
        }
        finally
        {
            lock (_gate)
            {
                _endings.Remove(tracked);
            }
        }
    }

    private async Task DeleteAsync(TrackedPod tracked)
    {
        var client = tracked.Link.Client;
        var deletion = new Deletion(Propagation: DeletionPropagation.Background, Uid: tracked.Pod?.Uid);
        bool existed;
        try
        {
            existed = await client.DeleteAsync(ResourceType.Pods, tracked.Namespace, tracked.Name, _stopping.Token, deletion);
        }
        catch (KubernetesException e) when (e.IsConflict)
        {
            // Another pod has its name by now.
            existed = false;
        }

        // Whoever may edit pods may write what they like into the marks: only claims that are named after this pod are its own.
        foreach (var claim in (tracked.Mark(PodMarks.Claims) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Where(claim => KubernetesNames.IsSubdomain(claim) && IsClaimOf(claim, tracked.Name)))
        {
            await client.DeleteAsync(ResourceType.PersistentVolumeClaims, tracked.Namespace, claim, _stopping.Token);
        }

        if (!existed)
        {
            lock (_gate)
            {
                RemoveLocked(tracked);
            }
        }
    }

    /// <summary>The pod stays with its logs, and nothing in it runs on: a deadline of a second ends its containers.</summary>
    private async Task KeepAsync(TrackedPod tracked)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [PodMarks.Kept] = $"Its work is over; it stays to be looked at (podRetention){(tracked.Deadline == DateTimeOffset.MaxValue ? "" : $" until {tracked.Deadline.UtcDateTime:yyyy-MM-dd HH:mm} UTC")}." } },
        };
        if (!tracked.IsFinished)
        {
            patch["spec"] = new JsonObject { ["activeDeadlineSeconds"] = 1 };
        }

        try
        {
            await tracked.Link.Client.PatchAsync(ResourceType.Pods, tracked.Namespace, tracked.Name, PatchKind.Merge, patch, _stopping.Token);
            lock (_gate)
            {
                tracked.Keep();
                ChangedLocked();
            }

            Tell(() => CapacityChanged?.Invoke());
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            lock (_gate)
            {
                RemoveLocked(tracked);
            }
        }
        catch (KubernetesException e) when (!e.IsTransient)
        {
            _logger.LogWarning("Pod {Pod} was to be kept, which is not allowed; it is deleted: {Reason}", tracked.Name, e.Message);
            await DeleteAsync(tracked);
        }
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(TickInterval, _time);
        while (await timer.WaitForNextTickAsync(_stopping.Token))
        {
            try
            {
                Tick();
                NoticeObserved();
                await KeepNamespacesAsync();
                await SweepClaimsAsync();
                await DropRetiredAsync();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                _logger.LogError(e, "Looking after the pods of the cloud {Cloud} failed.", Name);
            }
        }
    }

    private void Tick()
    {
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            foreach (var (space, hold) in _holds.ToList())
            {
                if (hold.Tick(now))
                {
                    Tell(() => CapacityChanged?.Invoke());
                }
                else if (now - hold.Until > LongestHold)
                {
                    _holds.Remove(space);
                }
            }

            foreach (var name in _unwanted.Where(entry => entry.Value < now).Select(entry => entry.Key).ToList())
            {
                _unwanted.Remove(name);
            }

            foreach (var tracked in _pods.Values.ToList())
            {
                if (tracked.Problems.Count > 0)
                {
                    EvaluateLocked(tracked);
                }

                if (tracked is { Pod: not null, IsWatched: false, IsEnding: false } && now - tracked.Since > UnwatchedLimit)
                {
                    _ = FindUnwatchedAsync(tracked);
                }
                else if (!tracked.IsEnding && !tracked.IsCreating && !tracked.IsBeingDeleted)
                {
                    RemoveIfOutlivedLocked(tracked, now);
                }
            }
        }
    }

    private void RemoveIfOutlivedLocked(TrackedPod tracked, DateTimeOffset now)
    {
        if (tracked.Deadline < now)
        {
            if (!tracked.IsKept && !tracked.HasFailed)
            {
                tracked.HasFailed = true;
                ChangedLocked();
                var failure = new NodeFailure(tracked.Name, NodeFailureReason.Deadline, $"the pod {tracked.Namespace}/{tracked.Name} has outlived its deadline of {tracked.Deadline:u} and is removed", IsInfrastructure: true, MayRetry: false);
                Tell(() => NodeFailed?.Invoke(failure));
            }

            _ = EndAsync(tracked, isKept: false);
        }
        else if (!tracked.IsKept && tracked.IsFinished && _state.Settings.GarbageCollection is { } collection && FinishedAt(tracked) + TimeSpan.FromSeconds(collection.TimeoutSeconds) < now)
        {
            _logger.LogInformation("Pod {Pod} has ended and nobody removed it for {Seconds} seconds (garbageCollection): it is removed.", tracked.Name, collection.TimeoutSeconds);
            _ = EndAsync(tracked, isKept: false);
        }
    }

    private static DateTimeOffset FinishedAt(TrackedPod tracked)
    {
        var view = new PodView(tracked.Pod!);
        return view.Containers.Select(status => status.State.FinishedAt).Concat(view.Conditions.Select(condition => condition.ChangedAt)).Max() ?? tracked.Since;
    }

    /// <summary>It was created, and the watch has not shown it: perhaps it came and went while the watch was away.</summary>
    private async Task FindUnwatchedAsync(TrackedPod tracked)
    {
        try
        {
            if (await tracked.Link.Client.FindAsync(ResourceType.Pods, tracked.Namespace, tracked.Name, _stopping.Token) is { } pod && pod.Uid == tracked.Pod!.Uid)
            {
                return;
            }

            lock (_gate)
            {
                if (!tracked.IsWatched)
                {
                    GoneLocked(tracked, tracked.Pod!);
                }
            }
        }
        catch (Exception e) when (e is KubernetesException or OperationCanceledException or ObjectDisposedException)
        {
            // Asked again with the next tick.
        }
    }

    /// <summary>
    /// What is remembered of namespaces follows what is there. Pipelines name them at will, also such as do not exist: one that no configuration names, and that is not remembered to have pods, is observed no
    /// longer than it is asked for.
    /// </summary>
    private async Task KeepNamespacesAsync()
    {
        var now = _time.GetUtcNow();
        if (!_observed.Task.IsCompletedSuccessfully || now < _nextLookAtNamespaces)
        {
            return;
        }

        _nextLookAtNamespaces = now + NamespaceInterval;
        var state = _state;
        HashSet<string> present;
        lock (_gate)
        {
            var unseen = state.Link.Observers.Where(observer => !observer.IsListed && (!IsRefused(observer, state) || _used.Remembers(observer.Namespace)));
            present = [.. _pods.Values.Select(pod => pod.Namespace), .. unseen.Select(observer => observer.Namespace)];
        }

        await _used.KeepAsync(present, _stopping.Token);
        foreach (var observer in state.Link.Observers.Where(observer => !_used.Remembers(observer.Namespace) && !state.Names(observer.Namespace) && observer.UsedAt + NamespaceInterval < now))
        {
            await state.Link.ForgetAsync(observer.Namespace);
        }
    }

    /// <summary>A claim that was made for a pod which never came to be: the server died between the two.</summary>
    private async Task SweepClaimsAsync()
    {
        var now = _time.GetUtcNow();
        if (!_observed.Task.IsCompletedSuccessfully || now < _nextClaimSweep)
        {
            return;
        }

        _nextClaimSweep = now + ClaimSweepInterval;
        var link = _state.Link;
        foreach (var observer in link.Observers.Where(observer => observer.IsListed))
        {
            try
            {
                foreach (var claim in (await link.Client.ListAsync(ResourceType.PersistentVolumeClaims, observer.Namespace, new Selection(_selector), _stopping.Token)).Items)
                {
                    if (claim.CreatedAt < now - ClaimSweepInterval && !claim.IsBeingDeleted && !claim.Json.ItemsAt("metadata", "ownerReferences").Any() && !IsClaimUsed(claim))
                    {
                        _logger.LogInformation("The claim {Claim} belongs to no pod: it is removed.", claim.Key);
                        await link.Client.DeleteAsync(ResourceType.PersistentVolumeClaims, observer.Namespace, claim.Name, _stopping.Token, new Deletion(Uid: claim.Uid));
                    }
                }
            }
            catch (KubernetesException e)
            {
                _logger.LogDebug("Claims in namespace {Namespace} are not looked after: {Reason}", observer.Namespace, e.Message);
            }
        }
    }

    private bool IsClaimUsed(KubernetesObject claim)
    {
        lock (_gate)
        {
            return _pods.Values.Any(pod => IsClaimOf(claim.Name, pod.Name));
        }
    }

    private static bool IsClaimOf(string claim, string pod) => claim == $"pvc-{pod}" || claim.StartsWith($"pvc-{pod}-", StringComparison.Ordinal);

    /// <summary>An old connection goes when its last pod has gone, or is seen over the new one.</summary>
    private async Task DropRetiredAsync()
    {
        List<ClusterLink> unused;
        lock (_gate)
        {
            unused = [.. _retired.Where(link => !_pods.Values.Any(pod => pod.Link == link))];
            unused.ForEach(link => _retired.Remove(link));
        }

        foreach (var link in unused)
        {
            await link.DisposeAsync();
        }
    }
}
