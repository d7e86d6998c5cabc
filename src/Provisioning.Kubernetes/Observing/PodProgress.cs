using Slipway.Kubernetes.Api;
using Slipway.Provisioning.Kubernetes.Injection;

namespace Slipway.Provisioning.Kubernetes.Observing;

/// <summary>What a pod's state means for the start-up chain and what a waiting user is told of it. Pure.</summary>
internal static class PodProgress
{
    public const string Created = "created";
    public const string Scheduled = "scheduled";
    public const string Pulled = "pulled";
    public const string Started = "started";

    /// <summary>The links of the chain that the pod has reached, in their order.</summary>
    public static IReadOnlyList<string> Links(KubernetesObject pod, IReadOnlyList<EventView> events, string agentContainer)
    {
        var view = new PodView(pod);
        var links = new List<string> { Created };
        var isStarted = view.Containers.Any(status => status.Name == agentContainer && status.State.Kind is ContainerStateKind.Running or ContainerStateKind.Terminated)
            || StartedContainers(events).Contains(agentContainer);
        if (isStarted)
        {
            return [Created, Scheduled, Pulled, Started];
        }

        if (view.NodeName is null && view.Condition("PodScheduled") is not { IsTrue: true } && !events.Any(@event => @event.Reason == "Scheduled"))
        {
            return links;
        }

        links.Add(Scheduled);
        var wanted = pod.Json.ItemsAt("spec", "containers").Count();
        if (wanted > 0 && events.Where(@event => @event.Reason == "Pulled").Select(Container).Where(name => name is not null).Distinct().Count() >= wanted)
        {
            links.Add(Pulled);
        }

        return links;
    }

    /// <summary>What a pod that is not there yet still waits for, in the words its users know.</summary>
    public static IEnumerable<string> Waits(KubernetesObject pod)
    {
        var view = new PodView(pod);
        if (view.Phase != "Pending")
        {
            yield break;
        }

        foreach (var condition in view.Conditions)
        {
            if (!condition.IsTrue && condition.Reason is not null)
            {
                yield return $"Pod [{view.Phase}][{condition.Reason}] {condition.Message}".TrimEnd();
            }
        }

        foreach (var status in view.InitContainers.Concat(view.Containers))
        {
            if (status.State is { Kind: ContainerStateKind.Waiting, Reason: { } reason } && status.Name != AgentInjection.Installer)
            {
                yield return $"Container [{status.Name}] waiting [{reason}] {status.State.Message}".TrimEnd();
            }
        }
    }

    public static string Line(EventView @event, string @namespace, string pod) =>
        $"[{(@event.IsWarning ? "Warning" : "Normal")}][{@namespace}/{pod}][{@event.Reason}] {@event.Message}";

    /// <summary>Names of the containers that events tell the start of.</summary>
    public static IEnumerable<string> StartedContainers(IEnumerable<EventView> events) => events.Where(@event => @event.Reason == "Started").Select(Container).OfType<string>();

    /// <summary>The container that an event is about: <c>spec.containers{maven}</c>.</summary>
    private static string? Container(EventView @event)
    {
        var field = @event.AboutField;
        var open = field?.IndexOf('{') ?? -1;
        return open > 0 && field!.StartsWith("spec.containers{", StringComparison.Ordinal) && field.EndsWith('}') ? field[(open + 1)..^1] : null;
    }
}
