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
            Apply(container);
        }
    }

    public static JsonObject Applied(JsonObject container)
    {
        Apply(container);
        return container;
    }

    private static void Apply(JsonObject container)
    {
        var context = PodParts.Object(container, "securityContext");
        context["allowPrivilegeEscalation"] ??= false;
        context["runAsNonRoot"] ??= true;
        var capabilities = PodParts.Object(context, "capabilities");
        capabilities["drop"] ??= new JsonArray("ALL");
        if (context["seccompProfile"] is null)
        {
            context["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" };
        }
    }
}
