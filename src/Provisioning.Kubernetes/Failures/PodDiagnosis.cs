using System.Text.RegularExpressions;
using Slipway.Kubernetes.Api;
using Slipway.Provisioning.Kubernetes.Injection;

namespace Slipway.Provisioning.Kubernetes.Failures;

/// <summary>Tells from a pod and its events what is wrong with it. Pure: the same pod gives the same answer; what time does to it is told by <see cref="PodProblem.Grace"/>.</summary>
internal static partial class PodDiagnosis
{
    /// <summary>Registries and networks recover.</summary>
    public static readonly TimeSpan PullGrace = TimeSpan.FromSeconds(60);

    /// <summary>A Secret may be made in the same moment as the pod.</summary>
    public static readonly TimeSpan ConfigGrace = TimeSpan.FromSeconds(20);

    /// <summary>An agent that ends well may have been told to: then the node is about to be stopped.</summary>
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(3);

    private static readonly string[] FinalPullErrors =
        ["not found", "manifest unknown", "unauthorized", "denied", "does not exist", "authentication required", "no basic auth", "invalid reference format", "couldn't parse image", "failed to parse image", "no such image"];

    /// <summary>The problems, the one that explains the others first; none for a pod that is well.</summary>
    public static IReadOnlyList<PodProblem> Find(KubernetesObject pod, PodKnowledge known)
    {
        var view = new PodView(pod);
        var problems = new List<PodProblem>();
        Add(OfPod(pod, view));
        Add(OfMissingShell(pod, known));
        foreach (var status in view.InitContainers)
        {
            Add(OfInitContainer(status, known));
        }

        foreach (var status in view.Containers.OrderByDescending(status => status.State.Reason == "OOMKilled").ThenByDescending(status => status.Name == known.AgentContainer))
        {
            Add(status.State.Kind == ContainerStateKind.Terminated ? OfEnded(status, known) : OfWaiting(status, known));
        }

        Add(OfScheduling(view, known));
        Add(OfMounts(view, known));
        Add(view.IsFinished ? OfFinished(view) : null);
        return problems;

        void Add(PodProblem? problem)
        {
            if (problem is not null)
            {
                problems.Add(problem);
            }
        }
    }

    private static PodProblem? OfPod(KubernetesObject pod, PodView view)
    {
        var message = view.Message is { Length: > 0 } said ? said.TrimEnd('.') + "." : "none.";
        var failed = $"Pod just failed. Reason: {view.Reason}, Message: {message}";
        switch (view.Reason)
        {
            case "DeadlineExceeded":
                return new("deadline", NodeFailureReason.Deadline, $"{failed} The pod was ended by its activeDeadlineSeconds; give the pod template more if the work needs it, and its cloud too (podDeadlineSeconds) where that is the shorter one.", IsInfrastructure: false, MayRetry: false, TimeSpan.Zero);
            case "Evicted" when OwnLimit(pod, view.Message ?? "") is { } limit:
                return new("storage", NodeFailureReason.Evicted, $"{failed} {limit}", IsInfrastructure: false, MayRetry: false, TimeSpan.Zero);
            case "Evicted":
                return new("evicted", NodeFailureReason.Evicted,
                    $"{failed} The machine {view.NodeName} ran out of what its pods share and sent this one away. Give the containers requests that match what they use (memory, ephemeral-storage), so that the pod gets its share.",
                    IsInfrastructure: true, MayRetry: true, TimeSpan.Zero);
            case "NodeLost" or "NodeShutdown" or "Shutdown" or "Terminated":
                return new("machine", NodeFailureReason.MachineLost, $"{failed} The machine {view.NodeName} went away under the pod.", IsInfrastructure: true, MayRetry: true, TimeSpan.Zero);
            case "Preempting" or "Preempted":
                return new("preempted", NodeFailureReason.Evicted, $"{failed} A pod of higher priority took its place.", IsInfrastructure: true, MayRetry: true, TimeSpan.Zero);
            case { } reason when view.Phase == "Failed" && (reason.StartsWith("OutOf", StringComparison.Ordinal) || reason is "NodeAffinity" or "UnexpectedAdmissionError" or "NodePorts" or "Topology"):
                return new("rejected", NodeFailureReason.Unschedulable, $"{failed} The machine {view.NodeName} did not take the pod after all.", IsInfrastructure: true, MayRetry: true, TimeSpan.Zero);
        }

        if (view.Condition("DisruptionTarget") is { IsTrue: true } disruption)
        {
            return disruption.Reason == "DeletionByPodGC"
                ? new("machine", NodeFailureReason.MachineLost, $"The machine {view.NodeName} went away under the pod: {disruption.Message}", IsInfrastructure: true, MayRetry: true, TimeSpan.Zero)
                : new("evicted", NodeFailureReason.Evicted, $"The pod is sent away from the machine {view.NodeName} ({disruption.Reason}): {disruption.Message}", IsInfrastructure: true, MayRetry: true, TimeSpan.Zero);
        }

        return pod.IsBeingDeleted ? Deleted(pod) : null;
    }

    /// <summary>A pod is also evicted for what it was allowed itself, however much its machine has left: then no other machine helps.</summary>
    /// <returns>Which limit, and what to do; null where the machine ran short.</returns>
    private static string? OwnLimit(KubernetesObject pod, string message)
    {
        if (ContainerOverLimit().Match(message) is { Success: true } container)
        {
            var name = container.Groups["name"].Value;
            return $"The container '{name}' wrote more to its own file system and its log than its resources.limits.ephemeral-storage allows ({container.Groups["limit"].Value}). Raise that limit, or let it write less, or to a volume that does not count.";
        }

        if (VolumeOverLimit().Match(message) is { Success: true } volume)
        {
            return $"More was written to the emptyDir volume '{volume.Groups["name"].Value}' than its sizeLimit allows ({volume.Groups["limit"].Value}). Raise that limit, or write less there.";
        }

        if (!message.Contains("exceeds the total limit of containers", StringComparison.Ordinal) && !message.Contains("local ephemeral storage limit", StringComparison.Ordinal))
        {
            return null;
        }

        var limits = pod.Json.ItemsAt("spec", "containers").Select(spec => (Name: spec.TextAt("name"), Limit: spec.TextAt("resources", "limits", "ephemeral-storage"))).Where(spec => spec.Limit is not null);
        return $"Its containers and emptyDir volumes (the workspace is one) hold more than the resources.limits.ephemeral-storage of its containers allow together ({string.Join(", ", limits.Select(spec => $"{spec.Name}: {spec.Limit}"))}). Raise these limits, or let the build write less.";
    }

    /// <summary>Somebody else removes it, or has removed it.</summary>
    public static PodProblem Deleted(KubernetesObject pod) => new(
        "deleted", NodeFailureReason.Deleted,
        $"POD was deleted; cancelling node body: the pod {pod.Key} was deleted by somebody else than this server (a person, a drain of its machine, a clean-up). The cluster's audit log names who did it.",
        IsInfrastructure: true, MayRetry: true, TimeSpan.Zero);

    private static PodProblem? OfWaiting(ContainerStatusView status, PodKnowledge known)
    {
        var state = status.State;
        if (state.Kind != ContainerStateKind.Waiting)
        {
            return null;
        }

        switch (state.Reason)
        {
            case "ErrImagePull" or "ImagePullBackOff" or "ImageInspectError" or "RegistryUnavailable" or "SignatureValidationFailed" or "ErrImageNeverPull" or "InvalidImageName" or "ErrInvalidImageName":
                return OfPull(status, known);
            case "CreateContainerConfigError":
                return new($"config {status.Name}", NodeFailureReason.ContainerConfig,
                    $"The container '{status.Name}' cannot be made: {state.Message ?? "its settings name what is not there"}. Create what is missing in the pod's namespace, or correct the pod template.",
                    IsInfrastructure: false, MayRetry: false, ConfigGrace)
                { HasLogs = false };
            case "CreateContainerError" or "RunContainerError" or "PreStartHookError" or "PostStartHookError":
                return OfStartError(status, state.Reason!, state.Message ?? "", known) ?? new($"create {status.Name}", NodeFailureReason.CannotStart,
                    $"The container '{status.Name}' (image {status.Image}) cannot be started: {state.Message ?? state.Reason}. Check its command, working directory, mounts and security context.",
                    IsInfrastructure: false, MayRetry: false, ConfigGrace);
            case "CrashLoopBackOff":
                return new($"crash {status.Name}", NodeFailureReason.ContainerEnded,
                    $"The container '{status.Name}' ends again and again ({Ended(status.LastState)}). The last lines of its log, in this build log, say why.", IsInfrastructure: false, MayRetry: false, TimeSpan.Zero);
            default:
                return null;
        }
    }

    private static PodProblem OfPull(ContainerStatusView status, PodKnowledge known)
    {
        // The back-off tells only that there was an error; the error itself was told before, by an event.
        var cause = known.Events.Where(@event => @event.Reason is "Failed" or "InspectFailed" && @event.Message.Contains(status.Image, StringComparison.Ordinal) && @event.Message.Contains(": ", StringComparison.Ordinal))
            .Select(@event => @event.Message).LastOrDefault();
        var error = status.State.Reason == "ImagePullBackOff" ? cause ?? status.State.Message : status.State.Message ?? cause;
        var isFinal = status.State.Reason is "InvalidImageName" or "ErrInvalidImageName" or "ErrImageNeverPull" or "SignatureValidationFailed"
            || FinalPullErrors.Any(final => (error ?? "").Contains(final, StringComparison.OrdinalIgnoreCase));
        var cure = isFinal
            ? "Check if image tag name is spelled correctly, that it is in the registry, and that the pod template has the imagePullSecrets that the registry asks for."
            : "The registry was not reachable or did not answer well; try again once it does.";
        return new($"pull {status.Name}", NodeFailureReason.ImagePull,
            $"ERROR: Unable to pull container image \"{status.Image}\" (container '{status.Name}', {status.State.Reason}). {cure}{(string.IsNullOrWhiteSpace(error) ? "" : $" The error: {error}")}",
            IsInfrastructure: !isFinal, MayRetry: !isFinal, isFinal ? TimeSpan.Zero : PullGrace)
        { HasLogs = false };
    }

    private static PodProblem? OfInitContainer(ContainerStatusView status, PodKnowledge known) => status.State switch
    {
        { Kind: ContainerStateKind.Waiting } => OfWaiting(status, known),
        { Kind: ContainerStateKind.Terminated, ExitCode: not 0 } state when status.Name == AgentInjection.Installer => Installer(state),
        { Kind: ContainerStateKind.Terminated, ExitCode: not 0 } state => state.Reason == "OOMKilled"
            ? OutOfMemory(status)
            : new($"init {status.Name}", NodeFailureReason.ContainerEnded, $"The init container '{status.Name}' failed ({Ended(state)}), so the pod did not start. The last lines of its log, in this build log, say why.", IsInfrastructure: false, MayRetry: false, TimeSpan.Zero),
        _ => null,
    };

    private static PodProblem? OfEnded(ContainerStatusView status, PodKnowledge known)
    {
        var state = status.State;
        if (status.Name == AgentInjection.Installer)
        {
            return state.ExitCode == 0 ? null : Installer(state);
        }

        if (state.Reason == "OOMKilled")
        {
            return OutOfMemory(status);
        }

        if (OfStartError(status, state.Reason ?? "", state.Message ?? "", known) is { } cannotStart)
        {
            return cannotStart;
        }

        if (status.Name == known.AgentContainer)
        {
            return state.ExitCode == 0
                ? new("agent", NodeFailureReason.AgentEnded, $"The agent's container '{status.Name}' ended by itself ({Ended(state)}).", IsInfrastructure: true, MayRetry: true, EndGrace)
                : new("agent", NodeFailureReason.AgentEnded, $"The agent's container '{status.Name}' was terminated ({Ended(state)}). The last lines of its log, in this build log, say why.", IsInfrastructure: true, MayRetry: true, TimeSpan.Zero);
        }

        // What a container of its own program does with exit code 0 is its business: it may only prepare something.
        return state.ExitCode == 0 && known.Access.GetValueOrDefault(status.Name) == ContainerAccess.Exec
            ? null
            : new($"ended {status.Name}", NodeFailureReason.ContainerEnded, $"Container {status.Name} was terminated ({Ended(state)}), and the pod is of no use without it. The last lines of its log, in this build log, say why.",
                IsInfrastructure: state.ExitCode is 137 or 143 || known.Access.GetValueOrDefault(status.Name) == ContainerAccess.Shim, MayRetry: false, TimeSpan.Zero);
    }

    private static PodProblem OutOfMemory(ContainerStatusView status) => new($"memory {status.Name}", NodeFailureReason.OutOfMemory,
        $"Container {status.Name} was terminated ({Ended(status.State)}): it used more memory than its limit allows. Raise resources.limits.memory of that container, or let its processes use less (a JVM takes -XX:MaxRAMPercentage).",
        IsInfrastructure: false, MayRetry: false, TimeSpan.Zero);

    private static PodProblem Installer(ContainerStateView state) => new("installer", NodeFailureReason.CannotStart,
        $"The agent's program could not be brought into the pod: the container '{AgentInjection.Installer}' failed ({Ended(state)}). Is the cloud's agent image the one of this server's version?",
        IsInfrastructure: true, MayRetry: false, TimeSpan.Zero);

    /// <summary>A program that is not there. Where it is the shell that our own command needs, the image has none, and there is another way.</summary>
    private static PodProblem? OfStartError(ContainerStatusView status, string reason, string message, PodKnowledge known)
    {
        if (reason is not ("StartError" or "ContainerCannotRun" or "CreateContainerError" or "RunContainerError"))
        {
            return null;
        }

        var isMissing = message.Contains("no such file", StringComparison.Ordinal) || message.Contains("not found", StringComparison.Ordinal) || message.Contains("permission denied", StringComparison.Ordinal);
        if (isMissing && message.Contains("/bin/sh", StringComparison.Ordinal) && known.Access.GetValueOrDefault(status.Name, ContainerAccess.Exec) != ContainerAccess.Exec)
        {
            return WithoutShell(status.Name, status.Image);
        }

        return new($"start {status.Name}", NodeFailureReason.CannotStart,
            $"The container '{status.Name}' (image {status.Image}) cannot be started: {(message.Length == 0 ? reason : message)}. Check its command and working directory against what the image holds.",
            IsInfrastructure: false, MayRetry: false, TimeSpan.Zero);
    }

    /// <summary>Told by an event before the state says it: in most pods soon enough for the agent not to have connected yet, so that no work is begun in vain.</summary>
    private static PodProblem? OfMissingShell(KubernetesObject pod, PodKnowledge known)
    {
        foreach (var @event in known.Events.Where(@event => @event.Reason == "Failed" && @event.Message.Contains("/bin/sh", StringComparison.Ordinal) && @event.Message.Contains("no such file", StringComparison.Ordinal)))
        {
            foreach (var container in pod.Json.ItemsAt("spec", "containers"))
            {
                if (container.TextAt("name") is { } name && @event.AboutField == $"spec.containers{{{name}}}" && known.Access.GetValueOrDefault(name, ContainerAccess.Exec) != ContainerAccess.Exec)
                {
                    return WithoutShell(name, container.TextAt("image") ?? "");
                }
            }
        }

        return null;
    }

    private static PodProblem WithoutShell(string container, string image) => new(
        $"shell {container}", NodeFailureReason.CannotStart,
        $"The image {image} of the container '{container}' has no shell (/bin/sh), so the agent's program could not be waited for. From now on, pods with this image get it by an init container.",
        IsInfrastructure: true, MayRetry: true, TimeSpan.Zero)
    { ImageWithoutShell = image, HasLogs = false };

    private static PodProblem? OfScheduling(PodView view, PodKnowledge known)
    {
        if (view.Condition("PodScheduled") is not { IsTrue: false, Reason: "Unschedulable" } condition)
        {
            return null;
        }

        var claim = condition.Message?.Contains("persistentvolumeclaim", StringComparison.OrdinalIgnoreCase) == true && condition.Message.Contains("not found", StringComparison.Ordinal);
        return claim
            ? new("claim", NodeFailureReason.Storage, $"Pod [{view.Phase}][{condition.Reason}] {condition.Message} Create the claim in the pod's namespace, or correct the pod template.", IsInfrastructure: false, MayRetry: false, ConfigGrace) { HasLogs = false }
            : new("unschedulable", NodeFailureReason.Unschedulable,
                $"Pod [{view.Phase}][{condition.Reason}] {condition.Message} No machine took the pod within {known.ConnectLimit.TotalSeconds:0} seconds (slaveConnectTimeout). Ask for less (requests), loosen the nodeSelector, or add machines.",
                IsInfrastructure: true, MayRetry: true, known.ConnectLimit)
            { HasLogs = false };
    }

    private static PodProblem? OfMounts(PodView view, PodKnowledge known)
    {
        if (view.Phase != "Pending" || view.Containers.Any(status => status.State.Kind is ContainerStateKind.Running or ContainerStateKind.Terminated))
        {
            return null;
        }

        var failed = known.Events.LastOrDefault(@event => @event.Reason == "FailedMount" && @event.Message.Contains("not found", StringComparison.Ordinal)
            && (@event.Message.Contains("secret", StringComparison.OrdinalIgnoreCase) || @event.Message.Contains("configmap", StringComparison.OrdinalIgnoreCase)));
        return failed.Object is null
            ? null
            : new("mount", NodeFailureReason.ContainerConfig, $"A volume of the pod cannot be mounted: {failed.Message} Create the Secret or ConfigMap in the pod's namespace, or correct the pod template.",
                IsInfrastructure: false, MayRetry: false, ConfigGrace)
            { HasLogs = false };
    }

    /// <summary>The last resort: it ended, and no container's state says why.</summary>
    private static PodProblem OfFinished(PodView view) => view.Phase == "Failed"
        ? new("failed", NodeFailureReason.AgentEnded, $"Pod just failed. Reason: {view.Reason ?? "none given"}, Message: {view.Message ?? "none given"}", IsInfrastructure: true, MayRetry: true, EndGrace)
        : new("succeeded", NodeFailureReason.AgentEnded, "The pod ended by itself: every container of it is done.", IsInfrastructure: true, MayRetry: true, EndGrace);

    private static string Ended(ContainerStateView state) =>
        $"Exit Code: {state.ExitCode?.ToString() ?? "unknown"}, Reason: {state.Reason ?? "unknown"}{(string.IsNullOrWhiteSpace(state.Message) ? "" : $", Message: {state.Message.Trim()}")}";

    [GeneratedRegex("Container (?<name>\\S+) exceeded its local ephemeral storage limit \"(?<limit>[^\"]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex ContainerOverLimit();

    [GeneratedRegex("Usage of EmptyDir volume \"(?<name>[^\"]+)\" exceeds the limit \"(?<limit>[^\"]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex VolumeOverLimit();
}
