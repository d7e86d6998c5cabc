using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Kubernetes.Api;
using Slipway.Model.Effects;
using Slipway.Provisioning.Kubernetes.Failures;
using Slipway.Provisioning.Kubernetes.Injection;
using Slipway.Provisioning.Kubernetes.Observing;
using Slipway.Provisioning.Kubernetes.Pods;

namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <content>Containers of a pod: opening those that nothing of ours runs in, and what they wrote.</content>
public sealed partial class KubernetesCloud
{
    private const int LargestLog = 16 * 1024 * 1024;

    public async Task<string?> PrepareContainerAsync(string nodeName, string container, CancellationToken cancellation)
    {
        var (tracked, pod) = Find(nodeName);
        CheckContainer(pod, container);
        if (tracked.Access().GetValueOrDefault(container, ContainerAccess.Exec) != ContainerAccess.Exec)
        {
            return null;
        }

        var status = new PodView(pod).Containers.FirstOrDefault(status => status.Name == container);
        if (status.State.Kind == ContainerStateKind.Terminated)
        {
            throw new ContainerException($"The container '{container}' of the pod {pod.Key} has ended (exit code {status.State.ExitCode}, {status.State.Reason}), so nothing can be run in it. If it is only to be used by steps, give it an idle command such as 'sleep infinity'.", isInfrastructure: false);
        }

        Task opening;
        var isFirst = false;
        lock (_gate)
        {
            if (!tracked.Opened.TryGetValue(container, out opening!) || opening.IsFaulted || opening.IsCanceled)
            {
                tracked.Opened[container] = opening = Task.Run(() => OpenAsync(tracked, pod, container), CancellationToken.None);
                isFirst = true;
            }
        }

        await opening.WaitAsync(cancellation);
        return isFirst
            ? $"The container '{container}' runs a program of its own, so it was opened by one exec through the API server. Where it is only there for steps, give it an idle command such as 'sleep infinity'; then none is needed."
            : null;
    }

    public Task WaitStartedAsync(string nodeName, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return _pods.TryGetValue(nodeName, out var tracked) && tracked.Access().Values.Contains(ContainerAccess.Exec) ? tracked.Started.Task.WaitAsync(cancellation) : Task.CompletedTask;
        }
    }

    public IReadOnlyList<string> ContainersOfAgent(string nodeName)
    {
        lock (_gate)
        {
            return _pods.TryGetValue(nodeName, out var tracked) ? [.. tracked.Access().Where(container => container.Value == ContainerAccess.Shim).Select(container => container.Key)] : [];
        }
    }

    private static readonly TimeSpan MarkDelay = TimeSpan.FromSeconds(1);

    public Task AssignNodeAsync(string nodeName, NodeAssignment assignment, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_pods.TryGetValue(nodeName, out var tracked) || tracked.IsEnding)
            {
                return Task.CompletedTask;
            }

            tracked.Assign(assignment);
            ChangedLocked();
            return (tracked.Marking ??= Task.Run(() => MarkAsync(tracked), CancellationToken.None)).WaitAsync(cancellation);
        }
    }

    /// <summary>
    /// One at a time for a pod, until its marks say what was last wanted of it. It begins a moment later, for two reasons: a node that is handed on at once needs one change and not two, and the moment in which a build takes a
    /// node, or the one after gets it, is the worst for the cluster's database to be busy. Who restarts the server within that moment finds a node marked as before, which is ended or cleaned.
    /// </summary>
    private async Task MarkAsync(TrackedPod tracked)
    {
        NodeAssignment? made = null;
        var attempt = 0;
        while (HasToMark(tracked, made))
        {
            NodeAssignment? wanted = null;
            try
            {
                await Task.Delay(MarkDelay, _time, _stopping.Token);
                await tracked.Settled.Task.WaitAsync(_stopping.Token);
                wanted = tracked.Assignment!;
                await tracked.Link.Client.PatchAsync(ResourceType.Pods, tracked.Namespace, tracked.Name, PatchKind.Merge, MarksOf(wanted), _stopping.Token);
                (made, attempt) = (wanted, 0);
            }
            catch (KubernetesException e) when (!e.IsTransient)
            {
                if (!e.IsNotFound)
                {
                    _logger.LogWarning("Pod {Pod} could not be marked with whose it is: {Reason}", tracked.Name, e.Message);
                }

                made = wanted;
            }
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                // Not only what the API server refuses for now: a connection that was replaced in this moment ends a request as well.
                attempt++;
                _logger.LogDebug("Pod {Pod} is not marked with whose it is yet (attempt {Attempt}): {Reason}", tracked.Name, attempt, e.Message);
                await Task.Delay(PauseAfter(attempt, e, LongestDeletePause), _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception)
            {
                // The server stops.
            }
        }
    }

    private bool HasToMark(TrackedPod tracked, NodeAssignment? made)
    {
        lock (_gate)
        {
            if (tracked.Assignment != made && !tracked.IsEnding && !tracked.Gone.Task.IsCompleted && !_stopping.IsCancellationRequested)
            {
                return true;
            }

            tracked.Marking = null;
            return false;
        }
    }

    private static JsonObject MarksOf(NodeAssignment assignment) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["labels"] = new JsonObject { [PodBuilder.RunLabel] = assignment.Run?.ToString() },
            ["annotations"] = new JsonObject
            {
                [PodMarks.Effect] = assignment.Effect.ToString(),
                [PodMarks.Job] = assignment.Job,
                [PodMarks.Folder] = assignment.Folder.Value,
                [PodMarks.IdleFor] = assignment.Run is null ? assignment.Folder.Value : null,
                ["buildUrl"] = assignment.RunUrl?.ToString(),
                ["runUrl"] = assignment.RunUrl?.PathAndQuery.TrimStart('/'),
            },
        },
    };

    /// <summary>As the API server asks, or longer with each attempt.</summary>
    private static TimeSpan PauseAfter(int attempt, Exception fault, TimeSpan longest) =>
        (fault as KubernetesException)?.RetryAfter ?? TimeSpan.FromMilliseconds(Math.Min(250 * Math.Pow(2, Math.Min(attempt, 10)), longest.TotalMilliseconds));

    public async Task<string> ReadContainerLogAsync(string nodeName, ReadContainerLog request, CancellationToken cancellation)
    {
        var (tracked, pod) = Find(nodeName);
        CheckContainer(pod, request.Container);
        var limit = (int)Math.Min(request.LimitBytes ?? LargestLog, LargestLog);
        var selection = new LogSelection
        {
            Container = request.Container,
            TailLines = request.TailLines,
            Since = request.SinceSeconds is { } seconds ? _time.GetUtcNow() - TimeSpan.FromSeconds(seconds) : null,
            LimitBytes = limit,
        };
        try
        {
            await using var stream = await tracked.Link.Client.OpenLogAsync(tracked.Namespace, tracked.Name, selection, cancellation);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadToEndAsync(cancellation);
        }
        catch (KubernetesException e)
        {
            throw new ContainerException(
                e.IsForbidden ? $"The log of the container '{request.Container}' may not be read: {e.Explanation}. Allow 'get' on 'pods/log' in the namespace '{tracked.Namespace}'." : $"The log of the container '{request.Container}' of the pod {pod.Key} cannot be read: {e.Explanation}",
                isInfrastructure: e.IsTransient || e.IsForbidden, e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new ContainerException($"The log of the container '{request.Container}' of the pod {pod.Key} broke off: {e.Message}", isInfrastructure: true, e);
        }
    }

    public async Task<IReadOnlyList<string>> DescribeSilenceAsync(string nodeName, CancellationToken cancellation)
    {
        TrackedPod? tracked;
        lock (_gate)
        {
            if (!_pods.TryGetValue(nodeName, out tracked) || tracked.Pod is null)
            {
                return [$"There is no pod of the node '{nodeName}' any more."];
            }
        }

        var pod = tracked.Pod;
        var view = new PodView(pod);
        var lines = new List<string> { $"The pod {pod.Key} is {(view.Phase.Length == 0 ? "Pending" : view.Phase)}{(view.NodeName is { } machine ? $" on the machine {machine}" : " and on no machine yet")}." };
        lines.AddRange(PodDiagnosis.Find(pod, tracked.Knowledge).Select(problem => problem.Message));
        lines.AddRange(PodProgress.Waits(pod));
        lock (_gate)
        {
            lines.AddRange(tracked.Events.Where(@event => @event.IsWarning).Select(@event => PodProgress.Line(@event, tracked.Namespace, tracked.Name)).Distinct());
        }

        lines.AddRange(await ReadLastLinesAsync(tracked, tracked.AgentContainer).WaitAsync(cancellation));
        if (view.Containers.Any(status => status.Name == tracked.AgentContainer && status.State.Kind == ContainerStateKind.Running))
        {
            var url = AgentUrl(pod, tracked.AgentContainer);
            lines.Add("The agent's container runs, and its agent has not connected. The usual causes:");
            lines.Add($"1. It cannot reach {url}: the name does not resolve in the cluster, or a NetworkPolicy, firewall or proxy stands between. Set jenkinsUrl (or jenkinsTunnel) of the cloud to an address that pods reach (the connection test of the cloud tries it from a pod).");
            lines.Add("2. It does not trust the server's certificate, or a proxy on the way does not let WebSocket connections through. The agent's log above says so.");
            lines.Add("3. It gets too little to start: look at the container's CPU and memory limits, and at what its image or an admission controller puts around its command.");
        }

        return lines;
    }

    private static string AgentUrl(KubernetesObject pod, string container)
    {
        var url = Variable("JENKINS_URL") ?? "the server";
        return Variable("JENKINS_TUNNEL") is { } tunnel ? $"{url} by way of {tunnel} (jenkinsTunnel)" : url;

        string? Variable(string name) =>
            pod.Json.ItemsAt("spec", "containers").Where(spec => spec.TextAt("name") == container).SelectMany(spec => spec.ItemsAt("env"))
                .Where(variable => variable.TextAt("name") == name).Select(variable => variable.TextAt("value")).FirstOrDefault();
    }

    public string? DescribeNode(string nodeName)
    {
        lock (_gate)
        {
            if (!_pods.TryGetValue(nodeName, out var tracked) || tracked.Pod is not { } pod)
            {
                return null;
            }

            var view = new PodView(pod);
            var state = pod.IsBeingDeleted ? "being deleted" : view.Phase.Length > 0 ? view.Phase : "not scheduled yet";
            return $"pod {pod.Key} is {state}{(view.NodeName is { } machine ? $" on node {machine}" : "")}";
        }
    }

    private (TrackedPod Tracked, KubernetesObject Pod) Find(string nodeName)
    {
        lock (_gate)
        {
            return _pods.TryGetValue(nodeName, out var tracked) && tracked.Pod is { } pod
                ? (tracked, pod)
                : throw new ContainerException($"There is no pod of the node '{nodeName}' any more.", isInfrastructure: true);
        }
    }

    private static void CheckContainer(KubernetesObject pod, string container)
    {
        var names = pod.Json.ItemsAt("spec", "containers").Select(spec => spec.TextAt("name")).Where(name => name != AgentInjection.Installer).ToList();
        if (!names.Contains(container))
        {
            throw new ContainerException($"The pod {pod.Key} has no container '{container}'. It has: {string.Join(", ", names)}.", isInfrastructure: false);
        }
    }

    private async Task OpenAsync(TrackedPod tracked, KubernetesObject pod, string container)
    {
        var directory = pod.Json.ItemsAt("spec", "containers").Where(spec => spec.TextAt("name") == container).Select(spec => spec.TextAt("workingDir")).FirstOrDefault() ?? PodBuilder.DefaultWorkingDirectory;
        var command = AgentInjection.ShimCommand(container, directory, isDetached: true);
        try
        {
            var result = await tracked.Link.Client.ExecAsync(tracked.Namespace, tracked.Name, container, command, _stopping.Token);
            if (result.ExitCode != 0)
            {
                throw new ContainerException($"The container '{container}' of the pod {pod.Key} could not be opened: the shim ended with exit code {result.ExitCode}: {result.Output.Trim()}", isInfrastructure: true);
            }
        }
        catch (KubernetesException e)
        {
            throw new ContainerException(
                e.IsForbidden ? $"The container '{container}' runs a program of its own and could not be opened: exec is not allowed. Allow 'create' and 'get' on 'pods/exec' in the namespace '{tracked.Namespace}', or give the container an idle command such as 'sleep infinity'." : $"The container '{container}' of the pod {pod.Key} could not be opened: {e.Explanation}",
                isInfrastructure: true, e);
        }
    }
}
