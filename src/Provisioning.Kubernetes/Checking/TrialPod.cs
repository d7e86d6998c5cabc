using System.Text.Json.Nodes;
using Slipway.Provisioning.Kubernetes.Cloud;
using Slipway.Provisioning.Kubernetes.Pods;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Checking;

/// <summary>A pod that tries the way to the controller from where agents run: with their image, on their machines, pulled with their secrets. It ends by itself.</summary>
internal static class TrialPod
{
    public const string Container = "check";

    private static readonly TimeSpan TimeToRead = TimeSpan.FromSeconds(30);

    /// <param name="templates">Of the pod's namespace. Where the machines are is said by the first of them; what images are pulled with, by all.</param>
    public static JsonObject Make(string name, string image, AgentWay way, KubernetesCloudSettings settings, IReadOnlyList<KubernetesNodeTemplate> templates, TimeSpan patience)
    {
        var spec = new JsonObject
        {
            ["restartPolicy"] = "Never",
            ["activeDeadlineSeconds"] = (int)(patience + TimeToRead).TotalSeconds,
            ["terminationGracePeriodSeconds"] = 1,
            ["automountServiceAccountToken"] = false,
            ["containers"] = new JsonArray(RestrictedSecurity.Applied(new JsonObject
            {
                ["name"] = Container,
                ["image"] = image,
                ["command"] = new JsonArray([.. Command(way).Select(word => JsonValue.Create(word))]),
                ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "10m", ["memory"] = "32Mi" }, ["limits"] = new JsonObject { ["cpu"] = "500m", ["memory"] = "64Mi" } },
            }, new JsonObject())),
        };
        var built = templates.Select(template => TemplateResolver.Build(template.Pod, settings)["spec"]!.AsObject()).ToList();
        foreach (var field in (string[])["nodeSelector", "tolerations"])
        {
            if (built.Count > 0 && built[0][field] is { } said)
            {
                spec[field] = said.DeepClone();
            }
        }

        var secrets = built.SelectMany(pod => (pod["imagePullSecrets"] as JsonArray ?? []).OfType<JsonObject>()).DistinctBy(PodParts.Name).ToList();
        if (secrets.Count > 0)
        {
            spec["imagePullSecrets"] = new JsonArray([.. secrets.Select(secret => secret.DeepClone())]);
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["app.kubernetes.io/name"] = "slipway-connection-test" } },
            ["spec"] = spec,
        };
    }

    private static string[] Command(AgentWay way) => way.Tunnel is { } tunnel ? ["slipway-agent", "check", way.Url.ToString(), "-tunnel", tunnel] : ["slipway-agent", "check", way.Url.ToString()];
}
