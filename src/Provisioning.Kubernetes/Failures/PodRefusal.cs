using System.Net;
using Slipway.Kubernetes.Api;

namespace Slipway.Provisioning.Kubernetes.Failures;

/// <summary>Why the API server took no pod, in words for who wrote the pipeline and for who runs the server. Pure.</summary>
internal static class PodRefusal
{
    public static NodeFailure Invalid(string node, string message) =>
        new(node, NodeFailureReason.InvalidTemplate, $"ERROR: Unable to create pod {node}. {message}", IsInfrastructure: false, MayRetry: false);

    public static NodeFailure NameTaken(string node, KubernetesObject pod) =>
        new(node, NodeFailureReason.Refused, $"ERROR: Unable to create pod {pod.Key}: a pod of this name is there, and is not this server's. Delete it, or run the pipeline again: that gives another name.", IsInfrastructure: true, MayRetry: true);

    public static NodeFailure Explain(string node, string cloud, string @namespace, KubernetesException e)
    {
        var start = $"ERROR: Unable to create pod {cloud} {@namespace}/{node}";
        var causes = e.Causes.Count == 0 ? e.Explanation : string.Join("; ", e.Causes.Select(cause => cause.Field.Length == 0 ? cause.Message : $"{cause.Field}: {cause.Message}"));
        return e.StatusCode switch
        {
            HttpStatusCode.UnprocessableEntity => new(node, NodeFailureReason.InvalidTemplate, $"{start}: the pod template asks for what Kubernetes does not take: {causes}. Correct the pod template.", IsInfrastructure: false, MayRetry: false),
            HttpStatusCode.BadRequest => new(node, NodeFailureReason.InvalidTemplate,
                e.Explanation.Contains("admission webhook", StringComparison.Ordinal) ? $"{start}: {Admission(e)}" : $"{start}: the pod template cannot be read by Kubernetes: {e.Explanation} Correct the pod template.",
                IsInfrastructure: false, MayRetry: false),
            HttpStatusCode.NotFound => new(node, NodeFailureReason.Refused, $"{start}: {e.Explanation}. Create the namespace '{@namespace}', or name another one in the cloud or the pod template.", IsInfrastructure: true, MayRetry: false),
            HttpStatusCode.Unauthorized => new(node, NodeFailureReason.Refused, $"{start}: the API server does not accept the credentials of the cloud '{cloud}'. Renew them (credentialsId, kubeconfig or service account).", IsInfrastructure: true, MayRetry: false),
            HttpStatusCode.Forbidden => Forbidden(node, start, @namespace, e),
            _ => new(node, NodeFailureReason.CannotStart, $"{start}: {e.Explanation}{(e.IsTransient ? " The Kubernetes API stayed unreachable or busy." : "")}", IsInfrastructure: true, MayRetry: e.IsTransient),
        };
    }

    private static NodeFailure Forbidden(string node, string start, string @namespace, KubernetesException e)
    {
        var said = e.Explanation;
        if (said.Contains("being terminated", StringComparison.Ordinal))
        {
            return new(node, NodeFailureReason.Refused, $"{start}: the namespace '{@namespace}' is being deleted. Name another one.", IsInfrastructure: true, MayRetry: false);
        }

        // RBAC's own words: User "x" cannot create resource "pods" in API group "" in the namespace "y".
        if (said.Contains(" cannot ", StringComparison.Ordinal) && said.Contains("resource", StringComparison.Ordinal))
        {
            return new(node, NodeFailureReason.Refused,
                $"{start}: {said}. Give the cloud's account a Role in '{@namespace}' with the verbs create, get, list, watch, patch and delete on pods (and create, patch and delete on persistentvolumeclaims for dynamic ones).",
                IsInfrastructure: true, MayRetry: false);
        }

        if (said.Contains("serviceaccount", StringComparison.OrdinalIgnoreCase) && said.Contains("not found", StringComparison.Ordinal))
        {
            return new(node, NodeFailureReason.Refused, $"{start}: {said}. Create the service account in '{@namespace}', or correct serviceAccount in the pod template.", IsInfrastructure: false, MayRetry: false);
        }

        return new(node, NodeFailureReason.Refused, $"{start}: {Admission(e)}", IsInfrastructure: false, MayRetry: false);
    }

    private static string Admission(KubernetesException e) =>
        e.Explanation.Contains("PodSecurity", StringComparison.Ordinal)
            ? $"the namespace's Pod Security does not allow it: {e.Explanation}. Let the containers run without these privileges, or use a namespace that allows them."
            : $"the cluster's admission refused it: {e.Explanation}. Change the pod template as it says, or ask who runs the cluster.";
}
