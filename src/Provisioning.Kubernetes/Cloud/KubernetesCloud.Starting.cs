using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Kubernetes.Api;
using Slipway.Provisioning.Kubernetes.Failures;
using Slipway.Provisioning.Kubernetes.Injection;
using Slipway.Provisioning.Kubernetes.Observing;
using Slipway.Provisioning.Kubernetes.Pods;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <content>Making pods: within the caps, once each, whatever the network does.</content>
public sealed partial class KubernetesCloud
{
    private const long DefaultGraceSeconds = 5;

    /// <summary>A request that the API server has still under way ends within this.</summary>
    private static readonly TimeSpan UnwantedLimit = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan LongestCreatePause = TimeSpan.FromSeconds(10);

    public string? WhyNotNow(NodeTemplate template) => WhyNotNow(template, 0, 0);

    public string? WhyNotNow(NodeTemplate template, int plannedOfCloud, int plannedOfTemplate)
    {
        lock (_gate)
        {
            return WhyNotNowLocked(Own(template), plannedOfCloud, plannedOfTemplate);
        }
    }

    public async Task<NodeStart> StartNodeAsync(NodeRequest request, CancellationToken cancellation)
    {
        var template = Own(request.Template);
        var since = Stopwatch.GetTimestamp();
        var state = _state;
        var observer = state.Link.Observe(template.Namespace);
        await WaitForListAsync(observer, cancellation);
        if (IsRefused(observer, state))
        {
            Count("failed");
            return Failed(PodRefusal.Explain(request.NodeName, Name, template.Namespace, observer.Refusal!));
        }

        await _used.UseAsync(template.Namespace, cancellation);
        if (WhyNotNew(request.NodeName, template) is { } full)
        {
            Count("capacity");
            return new NodeStart.AtCapacity(full);
        }

        BuiltPod built;
        try
        {
            built = Build(request, template, state);
        }
        catch (PodTemplateException fault)
        {
            return Failed(PodRefusal.Invalid(request.NodeName, fault.Message));
        }

        TrackedPod tracked;
        while (true)
        {
            TrackedPod? earlier;
            lock (_gate)
            {
                if (!_pods.TryGetValue(request.NodeName, out earlier))
                {
                    if (WhyNotNowLocked(template) is { } reason)
                    {
                        Count("capacity");
                        return new NodeStart.AtCapacity(reason);
                    }

                    tracked = new TrackedPod(state.Link, request, template, _time.GetUtcNow());
                    _pods.Add(tracked.Name, tracked);
                    state.Link.Observe(tracked.Namespace);
                    _unwanted.Remove(tracked.Name);
                    ChangedLocked();
                    if (_holds.TryGetValue(template.Namespace, out var hold))
                    {
                        hold.Take();
                    }

                    break;
                }
            }

            if (await UseEarlierAsync(earlier, cancellation) is { } answer)
            {
                return answer;
            }
        }

        try
        {
            var outcome = await CreateAsync(tracked, built, template, state, cancellation);
            if (outcome is NodeStart.Started)
            {
                KubernetesMetrics.CreateDuration.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>("cloud", Name));
            }

            Count(outcome switch { NodeStart.Started => "created", NodeStart.AtCapacity => "capacity", _ => "failed" });
            return outcome;
        }
        catch
        {
            _ = GiveUpAsync(tracked);
            throw;
        }
    }

    /// <summary>A pod of this name is there, or on its way.</summary>
    /// <returns>Null: it is gone, and the name is free.</returns>
    private async Task<NodeStart?> UseEarlierAsync(TrackedPod earlier, CancellationToken cancellation)
    {
        await earlier.Settled.Task.WaitAsync(cancellation);
        lock (_gate)
        {
            if (!_pods.TryGetValue(earlier.Name, out var now) || now != earlier)
            {
                return null;
            }

            if (earlier.IsAlive && !earlier.IsEnding)
            {
                return earlier.Failure is { } failure ? new NodeStart.Failed(failure) : new NodeStart.Started(earlier.Name, earlier.Observed.Agent);
            }
        }

        // Its agent is gone: nothing would ever connect under this name.
        await EndAsync(earlier, isKept: false).WaitAsync(cancellation);
        await earlier.Gone.Task.WaitAsync(cancellation);
        return null;
    }

    /// <summary>Waits a moment for the first list; who comes before it is told that there is no capacity yet.</summary>
    private async Task WaitForListAsync(NamespaceObserver observer, CancellationToken cancellation)
    {
        if (!observer.IsListed)
        {
            await Task.WhenAny(observer.Answered.WaitAsync(cancellation), Task.Delay(FirstLookLimit, _time, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Before anything is made for it: a pod that there is no place for costs next to nothing.</summary>
    private string? WhyNotNew(string name, KubernetesNodeTemplate template)
    {
        lock (_gate)
        {
            return _pods.ContainsKey(name) ? null : WhyNotNowLocked(template);
        }
    }

    private string? WhyNotNowLocked(KubernetesNodeTemplate template, int plannedOfCloud = 0, int plannedOfTemplate = 0)
    {
        var (settings, link, _) = _state;
        if (WhyUnseenLocked(_state, template.Namespace) is { } unseen)
        {
            return unseen;
        }

        _counts ??= PodCounts.Of(_pods.Values, settings.CapOnlyOnAlivePods);
        if (settings.ContainerCap is { } cap && _counts.All + plannedOfCloud >= cap)
        {
            return $"the cloud '{Name}' runs its {cap} pods at most (containerCap)";
        }

        if (template.MaxNodes is { } most && _counts.OfTemplate(template.CapKey) + plannedOfTemplate >= most)
        {
            return $"the pod template '{template.Name}' of the cloud '{Name}' runs its {most} pods at most (instanceCap)";
        }

        return _holds.TryGetValue(template.Namespace, out var hold) && hold.Places <= (hold.IsOfQuota ? plannedOfCloud : Math.Max(0, plannedOfCloud)) ? hold.Reason : null;
    }

    /// <summary>Caps hold over all namespaces: each must have been seen. One that we may not see does not hold up the others.</summary>
    private string? WhyUnseenLocked(State state, string @namespace)
    {
        if (!_isStarted)
        {
            return $"the cloud '{Name}' has not looked for its pods yet";
        }

        foreach (var observer in state.Link.Observers)
        {
            if (!observer.IsListed && (observer.Namespace == @namespace ? !IsRefused(observer, state) : observer.Refusal is null))
            {
                return $"the cloud '{Name}' has not seen its pods in the namespace '{observer.Namespace}' yet: {observer.Health.Failure?.Message ?? "the API server has not answered"}";
            }
        }

        return null;
    }

    /// <summary>A namespace that the configuration names is waited for: an administrator mends it. Where a pipeline alone names one that is not there, or that we may not look into, it is told.</summary>
    private static bool IsRefused(NamespaceObserver observer, State state) => observer.Refusal is { IsForbidden: true } or { IsNotFound: true } && !state.Names(observer.Namespace);

    private BuiltPod Build(NodeRequest request, KubernetesNodeTemplate template, State state)
    {
        var context = new PodContext(request.NodeName, request.Secret, _owner, request.ControllerUrl.ToString(), _agentImage, request.Deadline)
        {
            Run = request.Run,
            RunUrl = request.RunUrl?.ToString(),
            LongestLife = request.Deadline == DateTimeOffset.MaxValue ? null : request.Deadline - _time.GetUtcNow(),
            Direct = DirectTo(request, state.Settings),
        };
        var built = PodBuilder.Build(template.Pod, state.Settings, context, new AgentInjection(_agentImage, usesInitContainer: false));
        if (state.Settings.AgentInitContainer || HasImageWithoutShell(built.Pod))
        {
            built = PodBuilder.Build(template.Pod, state.Settings, context, new AgentInjection(_agentImage, usesInitContainer: true));
        }

        PodParts.Object(built.Pod, "spec")["terminationGracePeriodSeconds"] ??= DefaultGraceSeconds;
        PodParts.Object(built.Pod, "metadata")["namespace"] = template.Namespace;
        Mark(built, request, template, state.Settings);
        return built;
    }

    /// <summary>Our agents speak WebSocket to a URL whatever the cloud says; the variables of a direct connection are there for images that look at them.</summary>
    private static DirectConnection? DirectTo(NodeRequest request, KubernetesCloudSettings settings) =>
        settings.DirectConnection ? new DirectConnection($"{request.ControllerUrl.Host}:{request.ControllerUrl.Port}", "") : null;

    private bool HasImageWithoutShell(JsonObject pod)
    {
        lock (_gate)
        {
            return _imagesWithoutShell.Count > 0 && PodParts.Containers(pod, "containers").Any(container => PodParts.Text(container["image"]) is { } image && _imagesWithoutShell.Contains(image));
        }
    }

    private void Mark(BuiltPod built, NodeRequest request, KubernetesNodeTemplate template, KubernetesCloudSettings settings)
    {
        var metadata = PodParts.Object(built.Pod, "metadata");
        PodParts.Object(metadata, "labels")[PodMarks.CloudLabel] = PodLabels.Sanitize(Name);
        var marks = PodParts.Object(metadata, "annotations");
        marks[PodMarks.Effect] = request.Effect.ToString();
        marks[PodMarks.Template] = template.Name;
        marks[PodMarks.CapKey] = template.CapKey;
        marks[PodMarks.Job] = request.Job;
        marks[PodMarks.Folder] = request.Job.LastIndexOf('/') is var slash and > 0 ? request.Job[..slash] : "";
        marks[PodMarks.AgentContainer] = built.AgentContainer;
        marks[PodMarks.ConnectTimeout] = ((long)template.ConnectLimit.TotalSeconds).ToString();
        var retention = template.Pod.PodRetention is { } own and not PodRetention.Default ? own : settings.PodRetention;
        marks[PodMarks.Retention] = retention.ToString();
        if (template.Reuse is { } reuse)
        {
            marks[PodMarks.ReuseKey] = reuse.Key;
        }

        if (built.Claims.Count > 0)
        {
            foreach (var claim in built.Claims)
            {
                PodParts.Object(PodParts.Object(claim, "metadata"), "labels")[PodMarks.CloudLabel] = PodLabels.Sanitize(Name);
            }

            marks[PodMarks.Claims] = string.Join(',', built.Claims.Select(claim => PodParts.Text(claim["metadata"]!["name"])));
        }
    }

    /// <summary>Creates the pod that is tracked already. Where nothing comes of it, it is tracked no more.</summary>
    private async Task<NodeStart> CreateAsync(TrackedPod tracked, BuiltPod built, KubernetesNodeTemplate template, State state, CancellationToken cancellation)
    {
        var client = tracked.Link.Client;
        var deadline = _time.GetUtcNow() + _createPatience;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                foreach (var claim in built.Claims)
                {
                    await CreateOrFindAsync(client, ResourceType.PersistentVolumeClaims, tracked.Namespace, claim, cancellation);
                }

                var pod = await CreateOrFindAsync(client, ResourceType.Pods, tracked.Namespace, built.Pod, cancellation);
                if (!IsOurs(pod))
                {
                    await ForgetAsync(tracked, built, client);
                    return Failed(PodRefusal.NameTaken(tracked.Name, pod));
                }

                Created(tracked, pod, built, template, state.Settings);
                _ = OwnClaimsAsync(client, tracked.Namespace, built, pod);
                return new NodeStart.Started(tracked.Name, tracked.Observed.Agent);
            }
            catch (KubernetesException e) when (e.IsQuotaExceeded)
            {
                var reason = $"the quota of the namespace '{tracked.Namespace}' is used up: {e.Explanation}";
                HoldBack(tracked.Namespace, reason, isOfQuota: true);
                await ForgetAsync(tracked, built, client);
                return new NodeStart.AtCapacity(reason);
            }
            catch (KubernetesException e) when (e.IsTransient && _time.GetUtcNow() < deadline && !tracked.IsEnding)
            {
                var pause = PauseAfter(attempt, e, LongestCreatePause);
                _logger.LogWarning("Pod {Pod} is not created yet (attempt {Attempt}): {Reason}", tracked.Name, attempt, e.Message);
                if (attempt == 1 || attempt % 5 == 0)
                {
                    Progress(tracked, null, $"The Kubernetes API has not taken the pod {tracked.Namespace}/{tracked.Name} yet ({e.Explanation}); it is asked again.");
                }

                await Task.Delay(pause, _time, cancellation);
            }
            catch (KubernetesException e) when (e.IsTransient && !tracked.IsEnding)
            {
                var reason = $"the cluster of the cloud '{Name}' takes no pods now: {e.Explanation}";
                HoldBack(tracked.Namespace, reason, isOfQuota: false);

                // Whether it was made all the same shows when the cluster answers again; nobody waits for that.
                var forgetting = ForgetAsync(tracked, built, client, isUnsure: e.IsOutcomeUnknown);
                if (!e.IsOutcomeUnknown)
                {
                    await forgetting;
                }

                return new NodeStart.AtCapacity(reason);
            }
            catch (KubernetesException e)
            {
                await ForgetAsync(tracked, built, client, isUnsure: e.IsOutcomeUnknown);
                return Failed(PodRefusal.Explain(tracked.Name, Name, tracked.Namespace, e));
            }
        }
    }

    private void HoldBack(string @namespace, string reason, bool isOfQuota)
    {
        lock (_gate)
        {
            if (!_holds.TryGetValue(@namespace, out var hold))
            {
                _holds[@namespace] = hold = new CreationHold();
            }

            hold.Refused(reason, isOfQuota, _time.GetUtcNow());
        }
    }

    /// <summary>After an answer that was lost, the name is taken: by what we made ourselves. Asking again is therefore safe, and safer than looking first, while the first request may still be under way.</summary>
    private static async Task<KubernetesObject> CreateOrFindAsync(KubernetesClient client, ResourceType type, string @namespace, JsonObject body, CancellationToken cancellation)
    {
        try
        {
            return await client.CreateAsync(type, @namespace, body, cancellation);
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            return await client.GetAsync(type, @namespace, PodParts.Text(body["metadata"]!["name"])!, cancellation);
        }
    }

    private bool IsOurs(KubernetesObject pod) => pod.Labels.GetValueOrDefault(PodBuilder.OwnerLabel) == PodLabels.Sanitize(_owner);

    private void Created(TrackedPod tracked, KubernetesObject pod, BuiltPod built, KubernetesNodeTemplate template, KubernetesCloudSettings settings)
    {
        lock (_gate)
        {
            // The watch may have been faster, and know more.
            if (tracked.Pod is null)
            {
                tracked.Set(pod);
                ChangedLocked();
            }

            if (_holds.TryGetValue(tracked.Namespace, out var hold))
            {
                hold.Allow(2);
                Tell(() => CapacityChanged?.Invoke());
            }

            var line = $"Created Pod: {Name} {tracked.Namespace}/{tracked.Name}";
            Progress(tracked, PodProgress.Created, template.Pod.ShowRawYaml == false ? line : $"{line}\n{PodText.Write(built.Pod, SecretOf(built)).TrimEnd()}");
            foreach (var warning in DroppedFields.Describe(built.Pod, pod.Json))
            {
                Progress(tracked, null, warning);
            }

            tracked.SaidLinks.Add(PodProgress.Created);
            tracked.IsAnnounced = true;
            EvaluateLocked(tracked);
        }
    }

    private static string SecretOf(BuiltPod built) =>
        PodParts.Containers(built.Pod, "containers").Where(container => PodParts.Name(container) == built.AgentContainer)
            .SelectMany(container => PodParts.Array(container, "env").OfType<JsonObject>()).Where(variable => PodParts.Name(variable) == "JENKINS_SECRET")
            .Select(variable => PodParts.Text(variable["value"])).FirstOrDefault() ?? "";

    /// <summary>The claims go with their pod, by whomever it is deleted.</summary>
    private async Task OwnClaimsAsync(KubernetesClient client, string @namespace, BuiltPod built, KubernetesObject pod)
    {
        foreach (var claim in built.Claims)
        {
            var name = PodParts.Text(claim["metadata"]!["name"])!;
            var owner = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = pod.Name, ["uid"] = pod.Uid };
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["ownerReferences"] = new JsonArray(owner) } };
            try
            {
                await client.PatchAsync(ResourceType.PersistentVolumeClaims, @namespace, name, PatchKind.Merge, patch, _stopping.Token);
            }
            catch (Exception e) when (e is KubernetesException or OperationCanceledException)
            {
                // It is deleted with the node as well; see EndAsync.
                _logger.LogWarning("The claim {Claim} could not be given to its pod: {Reason}", name, e.Message);
            }
        }
    }

    /// <summary>Nothing came of it.</summary>
    private async Task ForgetAsync(TrackedPod tracked, BuiltPod built, KubernetesClient client, bool isUnsure = false)
    {
        if (isUnsure)
        {
            await GiveUpAsync(tracked);
            return;
        }

        foreach (var claim in built.Claims)
        {
            try
            {
                await client.DeleteAsync(ResourceType.PersistentVolumeClaims, tracked.Namespace, PodParts.Text(claim["metadata"]!["name"])!, _stopping.Token);
            }
            catch (Exception e) when (e is KubernetesException or OperationCanceledException)
            {
                _logger.LogWarning("The claim of pod {Pod}, which was not created, could not be removed: {Reason}", tracked.Name, e.Message);
            }
        }

        lock (_gate)
        {
            RemoveLocked(tracked);
        }
    }

    /// <summary>It may have been made all the same, or may yet be, and nobody would know.</summary>
    private Task GiveUpAsync(TrackedPod tracked)
    {
        lock (_gate)
        {
            _unwanted[tracked.Name] = _time.GetUtcNow() + UnwantedLimit;
            tracked.IsEnding = true;
        }

        tracked.Settled.TrySetResult();
        return EndAsync(tracked, isKept: false);
    }

    private NodeStart.Failed Failed(NodeFailure failure)
    {
        KubernetesMetrics.Failures.Add(1, new KeyValuePair<string, object?>("cloud", Name), new("reason", failure.Reason.ToString()));
        return new NodeStart.Failed(failure);
    }

    private void Count(string result) => KubernetesMetrics.Creates.Add(1, new KeyValuePair<string, object?>("cloud", Name), new("result", result));

    private void Progress(TrackedPod tracked, string? link, string? message)
    {
        var progress = new NodeProgress(tracked.Name, link, _time.GetUtcNow(), message);
        Tell(() => NodeProgressed?.Invoke(progress));
    }

    private KubernetesNodeTemplate Own(NodeTemplate template) =>
        template as KubernetesNodeTemplate ?? throw new ArgumentException($"The template '{template.Name}' is none of the cloud '{Name}'.", nameof(template));
}
