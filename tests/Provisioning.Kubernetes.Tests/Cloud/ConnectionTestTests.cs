using System.Text.Json.Nodes;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;
using Slipway.Kubernetes.Tests;
using Slipway.Provisioning.Kubernetes.Checking;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

[Trait("needs", "cluster")]
public sealed class ConnectionTestTests(RealCluster cluster) : IClassFixture<RealCluster>
{
    [Fact]
    public async Task A_real_cluster_is_found_usable_but_for_the_controller_that_is_not_there()
    {
        cluster.SkipIfAbsent();
        var told = new List<ConnectionFinding>();

        var report = await ConnectionTest.RunAsync(cluster.Settings, cluster.Connection, new Uri("http://10.88.0.1:1/"), RealCluster.AgentImage, told.Add, TimeProvider.System, Waiting.Limit());

        Assert.Equal(told, report.Findings);
        Assert.Equal(["API server", "clock", $"rights in {cluster.Space}", $"quota in {cluster.Space}", "pod to controller"], report.Findings.Select(finding => finding.Subject));
        Assert.All(report.Findings.SkipLast(1), finding => Assert.Equal(FindingState.Works, finding.State));
        Assert.Matches("answers in [0-9]+ ms; it is Kubernetes v1", report.Findings[0].Message);
        var pod = report.Findings[^1];
        Assert.Equal(FindingState.Fails, pod.State);
        Assert.Contains("Not reached: http://10.88.0.1:1/ cannot be reached: Connection refused", pod.Message, StringComparison.Ordinal);
        Assert.Contains("jenkinsUrl", pod.Cure, StringComparison.Ordinal);
        Assert.False(report.IsUsable);
    }

    [Fact]
    public async Task A_server_that_is_away_is_said_and_nothing_else_is_tried()
    {
        var report = await ConnectionTest.RunAsync(
            new KubernetesCloudSettings(), new ClusterConnection { Server = new Uri("https://127.0.0.1:1/") }, new Uri("http://ci/"), "agent", null, TimeProvider.System, Waiting.Limit());

        var finding = Assert.Single(report.Findings);
        Assert.Equal(("API server", FindingState.Fails), (finding.Subject, finding.State));
        Assert.Contains("cannot connect to https://127.0.0.1:1/", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_rights_come_with_the_role_to_add_and_without_the_needed_ones_no_pod_is_tried()
    {
        cluster.SkipIfAbsent();
        var connection = await LimitedAsync("reader", ("pods", ["get", "list", "watch"]));

        var report = await ConnectionTest.RunAsync(cluster.Settings, connection, new Uri("http://10.88.0.1:1/"), RealCluster.AgentImage, null, TimeProvider.System, Waiting.Limit());

        var rights = report.Findings.Single(finding => finding.Subject == $"rights in {cluster.Space}");
        Assert.Equal(FindingState.Fails, rights.State);
        Assert.Contains("create pods, delete pods (without it, not so: agents are pods)", rights.Message, StringComparison.Ordinal);
        Assert.Equal(FindingState.Warning, report.Findings[^1].State);
        Assert.StartsWith(
            $$"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata:
              name: slipway-agents
              namespace: {{cluster.Space}}
            rules:
            - apiGroups: [""]
              resources: [pods]
              verbs: [create, get, list, watch, delete, patch]
            - apiGroups: [""]
              resources: [pods/log]
              verbs: [get]
            - apiGroups: [""]
              resources: [pods/exec]
              verbs: [create, get]
            - apiGroups: [""]
              resources: [events]
              verbs: [list, watch]
            - apiGroups: [""]
              resources: [resourcequotas]
              verbs: [list]
            - apiGroups: [""]
              resources: [persistentvolumeclaims]
              verbs: [create, get, list, patch, delete]
            ---

            """,
            rights.Cure!,
            StringComparison.Ordinal);
        Assert.EndsWith($"subjects:\n- kind: ServiceAccount\n  name: reader\n  namespace: {cluster.Space}\n", rights.Cure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_right_to_create_pods_a_node_fails_with_what_to_allow()
    {
        cluster.SkipIfAbsent();
        await using var under = new CloudUnderTest(cluster.Settings, await LimitedAsync("watcher", ("pods", ["get", "list", "watch"])), RealCluster.AgentImage);
        await under.Cloud.StartAsync(Waiting.Limit());

        var failed = Assert.IsType<NodeStart.Failed>(await under.Cloud.StartNodeAsync(under.Request(under.Declare("{}")), Waiting.Limit())).Failure;

        Assert.Equal((NodeFailureReason.Refused, true, false), (failed.Reason, failed.IsInfrastructure, failed.MayRetry));
        Assert.Contains("cannot create resource \"pods\"", failed.Message, StringComparison.Ordinal);
        Assert.Contains($"Give the cloud's account a Role in '{cluster.Space}'", failed.Message, StringComparison.Ordinal);
    }

    /// <summary>A connection as a service account that may do only what is said.</summary>
    private async Task<ClusterConnection> LimitedAsync(string name, params (string Resource, string[] Verbs)[] rules)
    {
        var limit = Waiting.Limit();
        await cluster.Client.CreateAsync(ResourceType.ServiceAccounts, cluster.Space, Waiting.Named(name, "ServiceAccount"), limit);
        var role = Rbac("Role", name);
        role["rules"] = new JsonArray([.. rules.Select(rule => new JsonObject
        {
            ["apiGroups"] = new JsonArray(""),
            ["resources"] = new JsonArray(rule.Resource),
            ["verbs"] = new JsonArray([.. rule.Verbs.Select(verb => JsonValue.Create(verb))]),
        })]);
        await cluster.Client.CreateAsync(new ResourceType("rbac.authorization.k8s.io", "v1", "roles"), cluster.Space, role, limit);
        var binding = Rbac("RoleBinding", name);
        binding["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "Role", ["name"] = name };
        binding["subjects"] = new JsonArray(new JsonObject { ["kind"] = "ServiceAccount", ["name"] = name, ["namespace"] = cluster.Space });
        await cluster.Client.CreateAsync(new ResourceType("rbac.authorization.k8s.io", "v1", "rolebindings"), cluster.Space, binding, limit);
        var request = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = new JsonObject() };
        var token = await cluster.Client.CreateAsync(new ResourceType("", "v1", $"serviceaccounts/{name}/token"), cluster.Space, request, limit);
        return new ClusterConnection { Server = cluster.Connection.Server, Authorities = cluster.Connection.Authorities, Credential = new ClusterCredential { Token = token.Json.TextAt("status", "token") } };
    }

    private static JsonObject Rbac(string kind, string name)
    {
        var body = Waiting.Named(name, kind);
        body["apiVersion"] = "rbac.authorization.k8s.io/v1";
        return body;
    }
}
