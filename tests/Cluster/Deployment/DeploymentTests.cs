using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Cluster.Harness;
using Slipway.Provisioning.Kubernetes.Checking;
using Slipway.Scenarios.Harness;

namespace Slipway.Cluster.Deployment;

/// <summary>The manifests of <c>deploy/</c> on the real cluster: what <c>kubectl apply -k</c> gives, and what it survives.</summary>
[Trait("Category", "Slow")]
public sealed class DeploymentTests(InstalledServer server) : IClassFixture<InstalledServer>
{
    [Fact]
    public async Task Applying_the_manifests_gives_a_server_whose_builds_run_in_pods_of_the_agents_namespace()
    {
        server.Require();
        await server.CreateJobAsync("hello", "node('linux') { sh 'echo on $(hostname) as $(id -u)' }");
        await server.BuildAsync("hello");

        await server.SucceedsAsync("hello", 1);

        Assert.Matches(@"on linux-[\w-]+ as 1000", await server.ReadConsoleAsync("hello", 1));
        await InstalledServer.NoAgentIsLeftAsync();
    }

    [Fact]
    public async Task The_servers_role_has_the_rights_that_the_connection_test_asks_for_and_no_other()
    {
        server.Require();
        using var role = JsonDocument.Parse(await TestCluster.KubectlAsync("-n", InstalledServer.AgentNamespace, "get", "role", "slipway-agents", "-o", "json"));

        var granted = role.RootElement.GetProperty("rules").EnumerateArray()
            .SelectMany(rule => rule.GetProperty("resources").EnumerateArray().SelectMany(resource => rule.GetProperty("verbs").EnumerateArray().Select(verb => $"{verb.GetString()} {resource.GetString()}")));

        Assert.Equal(RequiredRights.All.Select(right => $"{right.Verb} {right.Target}").Order(StringComparer.Ordinal), granted.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("create", "pods", InstalledServer.AgentNamespace, true)]
    [InlineData("get", "secrets", InstalledServer.AgentNamespace, false)]
    [InlineData("create", "rolebindings", InstalledServer.AgentNamespace, false)]
    [InlineData("create", "pods", InstalledServer.ServerNamespace, false)]
    [InlineData("get", "secrets", InstalledServer.ServerNamespace, false)]
    [InlineData("list", "pods", "kube-system", false)]
    public async Task The_server_may_do_what_it_needs_where_agents_run_and_nothing_else(string verb, string resource, string @namespace, bool may)
    {
        server.Require();

        var (_, answer, _) = await TestCluster.TryKubectlAsync(null, "auth", "can-i", verb, resource, "-n", @namespace, "--as=system:serviceaccount:slipway:slipway");

        Assert.Equal(may ? "yes" : "no", answer.Trim());
    }

    [Fact]
    public async Task A_change_of_the_config_map_reaches_the_running_server()
    {
        server.Require();
        await server.CreateJobAsync("later", "node('later') { sh 'true' }");
        await server.BuildAsync("later");
        var configuration = await TestCluster.KubectlAsync("-n", InstalledServer.ServerNamespace, "get", "configmap", "slipway-config", "-o", "json");

        await TestCluster.ApplyAsync(configuration.Replace("label: linux", "label: linux later", StringComparison.Ordinal));

        await server.SucceedsAsync("later", 1);
        Assert.Equal("0", await TestCluster.KubectlAsync("-n", InstalledServer.ServerNamespace, "get", "pod", "slipway-0", "-o", "jsonpath={.status.containerStatuses[0].restartCount}"));
    }

    [Fact]
    public async Task Builds_go_on_with_their_whole_logs_when_the_servers_pod_is_killed()
    {
        server.Require();
        const int builds = 4, lines = 40;
        await server.CreateJobAsync("long", $$"""
            node('linux') {
                sh 'for i in $(seq 1 {{lines}}); do echo line $i of first; sleep 0.5; done'
                sh 'for i in $(seq 1 {{lines}}); do echo line $i of second; sleep 0.1; done'
            }
            """);
        for (var build = 0; build < builds; build++)
        {
            await server.BuildAsync("long");
        }

        // Once it may say goodbye, once it is gone from one moment to the next.
        foreach (var (seen, kill) in ((string, string[])[])[("line 3 of first", ["--grace-period=1"]), ("line 30 of first", ["--grace-period=0", "--force"])])
        {
            await Eventually.TrueAsync($"every build has printed '{seen}'", async () => (await Task.WhenAll(Enumerable.Range(1, builds).Select(b => server.ReadConsoleAsync("long", b)))).All(log => log.Contains(seen, StringComparison.Ordinal)));
            await TestCluster.KubectlAsync(["-n", InstalledServer.ServerNamespace, "delete", "pod", "slipway-0", "--wait=false", .. kill]);
            await InstalledServer.AwaitReadyAsync();
        }

        for (var build = 1; build <= builds; build++)
        {
            await server.SucceedsAsync("long", build);
            var log = await server.ReadConsoleAsync("long", build);
            foreach (var step in (string[])["first", "second"])
            {
                var printed = Regex.Matches(log, $@"^(?:\[[^\]]*\] )?line (\d+) of {step}\r?$", RegexOptions.Multiline).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));
                Assert.Equal(Enumerable.Range(1, lines), printed);
            }
        }

        await InstalledServer.NoAgentIsLeftAsync();
    }
}
