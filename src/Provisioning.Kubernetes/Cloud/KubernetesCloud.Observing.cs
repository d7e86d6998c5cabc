using Microsoft.Extensions.Logging;
using Slipway.Kubernetes.Api;
using Slipway.Provisioning.Kubernetes.Failures;
using Slipway.Provisioning.Kubernetes.Injection;
using Slipway.Provisioning.Kubernetes.Observing;

namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <content>What is seen of pods, and what follows from it.</content>
public sealed partial class KubernetesCloud
{
    private const int TailLines = 30;

    /// <summary>So long before its time is over a pod that has not started is judged by what is known of it; in the last quarter of a time that is short.</summary>
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan LogLimit = TimeSpan.FromSeconds(5);

    void IPodSink.OnPods(NamespaceObserver observer, IReadOnlyList<KubernetesObject> all)
    {
        lock (_gate)
        {
            var present = all.Select(pod => pod.Uid).ToHashSet();
            foreach (var gone in _pods.Values.Where(pod => pod.IsWatched && pod.Namespace == observer.Namespace && pod.Link.Client == observer.Client && pod.Pod is not null && !present.Contains(pod.Pod.Uid)).ToList())
            {
                GoneLocked(gone, gone.Pod!);
            }

            foreach (var pod in all)
            {
                SeenLocked(observer, pod);
            }

            Tell(() => CapacityChanged?.Invoke());
        }
    }

    void IPodSink.OnPod(NamespaceObserver observer, KubernetesObject pod)
    {
        lock (_gate)
        {
            SeenLocked(observer, pod);
        }
    }

    void IPodSink.OnPodGone(NamespaceObserver observer, KubernetesObject pod)
    {
        lock (_gate)
        {
            if (_pods.TryGetValue(pod.Name, out var tracked) && tracked.Link.Client == observer.Client && tracked.Namespace == observer.Namespace && (tracked.Pod is null || tracked.Pod.Uid == pod.Uid))
            {
                GoneLocked(tracked, pod);
            }
        }
    }

    void IPodSink.OnEvent(NamespaceObserver observer, EventView @event)
    {
        if (@event.AboutName is not { } name)
        {
            return;
        }

        lock (_gate)
        {
            if (_pods.TryGetValue(name, out var tracked) && tracked.Namespace == observer.Namespace && tracked.Add(@event))
            {
                EvaluateLocked(tracked);
            }
        }
    }

    private void SeenLocked(NamespaceObserver observer, KubernetesObject pod)
    {
        var link = LinkOf(observer);
        if (link is null)
        {
            return;
        }

        if (_pods.TryGetValue(pod.Name, out var tracked) && tracked.Pod is { } before && before.Uid != pod.Uid)
        {
            GoneLocked(tracked, before);
            tracked = null;
        }

        if (tracked is null)
        {
            tracked = new TrackedPod(link, pod, _time.GetUtcNow());
            _pods[pod.Name] = tracked;
            if (_unwanted.ContainsKey(pod.Name))
            {
                _ = EndAsync(tracked, isKept: false);
            }
        }

        // Two links to one cluster see the same pod: it belongs to the one in use.
        if (tracked.Link != link && link == _state.Link)
        {
            tracked.Link = link;
        }
        else if (tracked.Link != link)
        {
            return;
        }

        var (wasAlive, wasFinished) = (tracked.IsAlive, tracked.IsFinished);
        tracked.Set(pod);
        tracked.IsWatched = true;
        ChangedLocked();
        if (wasAlive != tracked.IsAlive || wasFinished != tracked.IsFinished)
        {
            if (tracked.IsFinished)
            {
                FreedLocked(tracked);
            }

            Tell(() => CapacityChanged?.Invoke());
        }

        EvaluateLocked(tracked);
    }

    private ClusterLink? LinkOf(NamespaceObserver observer) => _state.Link.Client == observer.Client ? _state.Link : _retired.Find(link => link.Client == observer.Client);

    private void GoneLocked(TrackedPod tracked, KubernetesObject last)
    {
        if (!tracked.IsEnding && !tracked.IsKept && !tracked.HasFailed)
        {
            // Finished pods end otherwise than by the hand that clears them away.
            var problem = PodDiagnosis.Find(tracked.Pod ?? last, tracked.Knowledge) is [var first, ..] ? first : PodDiagnosis.Deleted(last);
            FailLocked(tracked, problem, canRead: false);
        }

        RemoveLocked(tracked);
    }

    private void RemoveLocked(TrackedPod tracked)
    {
        if (_pods.TryGetValue(tracked.Name, out var now) && now == tracked)
        {
            _pods.Remove(tracked.Name);
            ChangedLocked();
            if (tracked.Pod is not null)
            {
                FreedLocked(tracked);
            }

            Tell(() => CapacityChanged?.Invoke());
        }

        tracked.Settled.TrySetResult();
        if (!tracked.HasFailed)
        {
            tracked.Started.TrySetResult();
        }

        tracked.Gone.TrySetResult();
    }

    /// <summary>What it took of a quota is free again.</summary>
    private void FreedLocked(TrackedPod tracked)
    {
        if (_holds.TryGetValue(tracked.Namespace, out var hold))
        {
            hold.Allow(1);
        }
    }

    /// <summary>Tells what is new about a pod, and notices when it is of no more use.</summary>
    private void EvaluateLocked(TrackedPod tracked)
    {
        if (tracked.Pod is not { } pod || tracked.IsEnding || tracked.IsKept || tracked.HasFailed)
        {
            return;
        }

        NoteStartedLocked(tracked, pod);

        if (tracked.IsAnnounced)
        {
            TellNewsLocked(tracked, pod);
        }

        var now = _time.GetUtcNow();
        var problems = PodDiagnosis.Find(pod, tracked.Knowledge);
        foreach (var passed in tracked.Problems.Keys.Except(problems.Select(problem => problem.Key)).ToList())
        {
            tracked.Problems.Remove(passed);
        }

        foreach (var problem in problems)
        {
            tracked.Problems.TryAdd(problem.Key, now);
        }

        // Who waits for the pod gives up at slaveConnectTimeout: what is known by then is told before, whatever might yet become of it.
        var isLast = !tracked.Started.Task.IsCompleted && now >= tracked.Since + tracked.ConnectLimit - (tracked.ConnectLimit / 4 < LastWord ? tracked.ConnectLimit / 4 : LastWord);
        if (problems.FirstOrDefault(problem => isLast || now - tracked.Problems[problem.Key] >= problem.Grace) is { } due)
        {
            FailLocked(tracked, due, canRead: true);
        }
    }

    private void TellNewsLocked(TrackedPod tracked, KubernetesObject pod)
    {
        foreach (var line in tracked.Events.Select(@event => PodProgress.Line(@event, tracked.Namespace, tracked.Name)).Where(tracked.SaidLines.Add))
        {
            Progress(tracked, null, line);
        }

        foreach (var link in PodProgress.Links(pod, tracked.Events, tracked.AgentContainer).Where(tracked.SaidLinks.Add))
        {
            Progress(tracked, link, null);
        }

        if (!tracked.SaidLinks.Contains(PodProgress.Started))
        {
            foreach (var line in PodProgress.Waits(pod).Where(tracked.SaidLines.Add))
            {
                Progress(tracked, null, line);
            }
        }
    }

    private static void NoteStartedLocked(TrackedPod tracked, KubernetesObject pod)
    {
        if (tracked.Started.Task.IsCompleted)
        {
            return;
        }

        // Events tell it up to a second before the kubelet's next report does.
        var statuses = new PodView(pod).Containers;
        var started = PodProgress.StartedContainers(tracked.Events).Concat(statuses.Where(status => status.State.Kind == ContainerStateKind.Running).Select(status => status.Name)).ToHashSet();
        var ended = statuses.Where(status => status.State.Kind == ContainerStateKind.Terminated).Select(status => status.Name).ToHashSet();
        var areAllStarted = true;
        foreach (var container in pod.Json.ItemsAt("spec", "containers"))
        {
            var name = container.TextAt("name") ?? "";
            areAllStarted &= started.Contains(name) || ended.Contains(name);
        }

        if (areAllStarted)
        {
            tracked.Started.TrySetResult();
        }
    }

    private void FailLocked(TrackedPod tracked, PodProblem problem, bool canRead)
    {
        tracked.HasFailed = true;
        ChangedLocked();
        if (problem.ImageWithoutShell is { } image)
        {
            _imagesWithoutShell.Add(SpecImage(tracked, image));
        }

        _ = Task.Run(() => TellFailureAsync(tracked, problem, canRead), CancellationToken.None);
    }

    /// <summary>The status may name an image otherwise than the template does; what the next pod is compared with is the template's name.</summary>
    private static string SpecImage(TrackedPod tracked, string image)
    {
        var container = new PodView(tracked.Pod!).Containers.FirstOrDefault(status => status.Image == image).Name;
        return tracked.Pod!.Json.ItemsAt("spec", "containers").Where(spec => spec.TextAt("name") == container).Select(spec => spec.TextAt("image")).FirstOrDefault() ?? image;
    }

    private async Task TellFailureAsync(TrackedPod tracked, PodProblem problem, bool canRead)
    {
        var details = new List<string>();
        lock (_gate)
        {
            // What the build log shows already is not repeated.
            details.AddRange(tracked.Events.Where(@event => @event.IsWarning).Select(@event => PodProgress.Line(@event, tracked.Namespace, tracked.Name)).Where(tracked.SaidLines.Add));
        }

        if (canRead && problem.HasLogs)
        {
            details.AddRange(await ReadLastLinesAsync(tracked));
        }

        var failure = new NodeFailure(tracked.Name, problem.Reason, problem.Message, problem.IsInfrastructure, problem.MayRetry) { Details = details };
        lock (_gate)
        {
            tracked.Failure = failure;
            if (tracked.IsEnding)
            {
                // It was asked for while we looked: then its end is none.
                tracked.Started.TrySetResult();
                return;
            }
        }

        KubernetesMetrics.Failures.Add(1, new KeyValuePair<string, object?>("cloud", Name), new("reason", failure.Reason.ToString()));
        _logger.LogInformation("Pod {Pod} failed ({Reason}): {Message}", tracked.Name, failure.Reason, failure.Message);
        Tell(() =>
        {
            NodeFailed?.Invoke(failure);
            tracked.Started.TrySetResult();
        });
    }

    /// <summary>How each container stands, with the last lines of what it wrote.</summary>
    private async Task<IReadOnlyList<string>> ReadLastLinesAsync(TrackedPod tracked, string? only = null)
    {
        if (tracked.Pod is not { } pod)
        {
            return [];
        }

        var view = new PodView(pod);
        var statuses = view.InitContainers.Where(status => status.State is { Kind: ContainerStateKind.Terminated, ExitCode: not 0 }).Concat(view.Containers)
            .Where(status => status.Name != AgentInjection.Installer || status.State.ExitCode is not (null or 0))
            .Where(status => only is null || status.Name == only);
        using var limit = new CancellationTokenSource(LogLimit, _time);
        var parts = await Task.WhenAll(statuses.Select(status => ReadLastLinesAsync(tracked, status, limit.Token)));
        return [.. parts.SelectMany(part => part)];
    }

    private static async Task<IReadOnlyList<string>> ReadLastLinesAsync(TrackedPod tracked, ContainerStatusView status, CancellationToken cancellation)
    {
        var state = status.State;
        var lines = new List<string>
        {
            state.Kind switch
            {
                ContainerStateKind.Terminated => $"- {status.Name} -- terminated ({state.ExitCode}){(state.Reason is { } why ? $" {why}" : "")}",
                ContainerStateKind.Running => $"- {status.Name} -- running",
                _ => $"- {status.Name} -- waiting ({state.Reason ?? "unknown"})",
            },
        };
        if (state.Kind is ContainerStateKind.Terminated or ContainerStateKind.Running)
        {
            try
            {
                var log = await tracked.Link.Client.ReadLogTailAsync(tracked.Namespace, tracked.Name, status.Name, TailLines, cancellation);
                if (log.TrimEnd() is { Length: > 0 } written)
                {
                    lines.Add("-----Logs-------------");
                    lines.AddRange(written.Split('\n').Select(line => line.TrimEnd('\r')));
                }
            }
            catch (Exception e)
            {
                // Whatever it is: the failure itself must be told.
                lines.Add($"(its log cannot be read: {(e is OperationCanceledException ? $"no answer within {LogLimit.TotalSeconds:0} seconds" : (e as KubernetesException)?.Explanation ?? e.Message)})");
            }
        }

        return lines;
    }
}
