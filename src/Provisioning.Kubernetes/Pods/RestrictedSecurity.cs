using System.Text.Json.Nodes;

namespace Slipway.Provisioning.Kubernetes.Pods;

/// <summary>Makes containers satisfy the restricted Pod Security Standard. What a container says itself stays.</summary>
public static class RestrictedSecurity
{
    /// <param name="isMeant">Which containers and init containers, by name.</param>
    public static void Apply(JsonObject pod, Func<string, bool> isMeant)
    {
        foreach (var container in PodParts.Containers(pod, "containers").Concat(PodParts.Containers(pod, "initContainers")).Where(container => isMeant(PodParts.Name(container))))
        {
            Apply(container, pod);
        }
    }

    /// <param name="pod">That the container is for.</param>
    public static JsonObject Applied(JsonObject container, JsonObject pod)
    {
        Apply(container, pod);
        return container;
    }

    private static void Apply(JsonObject container, JsonObject pod)
    {
        var context = PodParts.Object(container, "securityContext");
        context["allowPrivilegeEscalation"] ??= false;
        if (!RunsAsRoot(context) && (context["runAsUser"] is not null || !RunsAsRoot(pod["spec"]?["securityContext"])))
        {
            // Who is root by the pod's own word would not be started otherwise; such a pod is restricted nowhere.
            context["runAsNonRoot"] ??= true;
        }

        var capabilities = PodParts.Object(context, "capabilities");
        capabilities["drop"] ??= new JsonArray("ALL");
        if (context["seccompProfile"] is null)
        {
            context["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" };
        }
    }

    private static bool RunsAsRoot(JsonNode? context) => context?["runAsUser"]?.ToString() == "0";
}
