using System.Text.Json;

namespace Slipway.Kubernetes.Api;

/// <summary>What we read of a pod.</summary>
public readonly struct PodView(KubernetesObject pod)
{
    public KubernetesObject Object => pod;

    /// <summary>Pending, Running, Succeeded, Failed or Unknown; empty before the server set it.</summary>
    public string Phase => pod.Json.TextAt("status", "phase") ?? "";

    /// <summary>Succeeded or Failed: no container runs or will run.</summary>
    public bool IsFinished => Phase is "Succeeded" or "Failed";

    /// <summary>Of the pod as a whole: <c>Evicted</c>, <c>DeadlineExceeded</c>, <c>NodeLost</c>; null where there is none.</summary>
    public string? Reason => pod.Json.TextAt("status", "reason");

    public string? Message => pod.Json.TextAt("status", "message");

    /// <summary>Null before it is scheduled.</summary>
    public string? NodeName => pod.Json.TextAt("spec", "nodeName");

    public string? PodIP => pod.Json.TextAt("status", "podIP");

    public string? HostIP => pod.Json.TextAt("status", "hostIP");

    /// <summary>When the kubelet took it.</summary>
    public DateTimeOffset? StartedAt => pod.Json.TimeAt("status", "startTime");

    public IReadOnlyList<PodConditionView> Conditions => [.. pod.Json.ItemsAt("status", "conditions").Select(condition => new PodConditionView(condition))];

    public IReadOnlyList<ContainerStatusView> InitContainers => Statuses("initContainerStatuses");

    public IReadOnlyList<ContainerStatusView> Containers => Statuses("containerStatuses");

    /// <summary>The condition of that type (<c>PodScheduled</c>, <c>Ready</c>); null where the server has none yet.</summary>
    public PodConditionView? Condition(string type) => Conditions.Where(condition => condition.Type == type).Select(condition => (PodConditionView?)condition).FirstOrDefault();

    private List<ContainerStatusView> Statuses(string field) => [.. pod.Json.ItemsAt("status", field).Select(status => new ContainerStatusView(status))];
}

public readonly struct PodConditionView(JsonElement json)
{
    public string Type => json.TextAt("type") ?? "";

    public bool IsTrue => json.TextAt("status") == "True";

    /// <summary>For machines: <c>Unschedulable</c>, <c>ContainersNotReady</c>.</summary>
    public string? Reason => json.TextAt("reason");

    public string? Message => json.TextAt("message");

    public DateTimeOffset? ChangedAt => json.TimeAt("lastTransitionTime");
}

public readonly struct ContainerStatusView(JsonElement json)
{
    public string Name => json.TextAt("name") ?? "";

    public string Image => json.TextAt("image") ?? "";

    public bool IsReady => json.FlagAt("ready") ?? false;

    public int RestartCount => (int)(json.NumberAt("restartCount") ?? 0);

    public ContainerStateView State => new(json.At("state"));

    /// <summary>How it ended before it was restarted.</summary>
    public ContainerStateView LastState => new(json.At("lastState"));
}

public enum ContainerStateKind
{
    /// <summary>The server says nothing.</summary>
    None,
    Waiting,
    Running,
    Terminated,
}

public readonly struct ContainerStateView(JsonElement? json)
{
    public ContainerStateKind Kind =>
        json?.At("terminated") is not null ? ContainerStateKind.Terminated
        : json?.At("running") is not null ? ContainerStateKind.Running
        : json?.At("waiting") is not null ? ContainerStateKind.Waiting
        : ContainerStateKind.None;

    /// <summary><c>ImagePullBackOff</c>, <c>CreateContainerConfigError</c>; <c>OOMKilled</c>, <c>Error</c>, <c>Completed</c>.</summary>
    public string? Reason => Detail?.TextAt("reason");

    public string? Message => Detail?.TextAt("message");

    /// <summary>Null unless terminated.</summary>
    public int? ExitCode => (int?)json?.NumberAt("terminated", "exitCode");

    public int? Signal => (int?)json?.NumberAt("terminated", "signal");

    public DateTimeOffset? StartedAt => Detail?.TimeAt("startedAt");

    public DateTimeOffset? FinishedAt => json?.TimeAt("terminated", "finishedAt");

    private JsonElement? Detail => json?.At("terminated") ?? json?.At("running") ?? json?.At("waiting");
}
