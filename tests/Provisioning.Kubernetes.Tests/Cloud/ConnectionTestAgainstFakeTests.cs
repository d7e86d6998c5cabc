using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;
using Slipway.Kubernetes.Tests;
using Slipway.Provisioning.Kubernetes.Checking;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>What a single real cluster cannot be made to show.</summary>
public sealed class ConnectionTestAgainstFakeTests : IAsyncDisposable
{
    private static readonly Uri Controller = new("https://ci.example.com/");

    private readonly TestCertificates _certificates = new();
    private FakeApiServer? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Another_CA_is_named_with_the_one_that_was_given()
    {
        _server = await FakeApiServer.StartAsync(_certificates.Server());
        var connection = new ExplicitConnection { Server = _server.Address.ToString(), CertificateAuthority = new TestCertificates().AuthorityPem }.Connect();

        var finding = Assert.Single((await TestAsync(new KubernetesCloudSettings(), connection)).Findings);

        Assert.Equal(FindingState.Fails, finding.State);
        Assert.Contains("is signed by", finding.Message, StringComparison.Ordinal);
        Assert.Contains("serverCertificate", finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Callback", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "<!doctype html><html><head><title>Welcome</title></head><body>x</body></html>", "is no Kubernetes API server")]
    [InlineData(404, "<html><title>404 Not Found</title></html>", "'404 Not Found'")]
    [InlineData(302, "", "sends the request elsewhere")]
    [InlineData(200, "{}", "tells no version")]
    public async Task A_web_page_is_told_as_such_and_not_quoted(int status, string body, string message)
    {
        _server = await FakeApiServer.StartAsync();
        _server.Next(request => request.Path == "/version", context => AnswerAsync(context, status, body));

        var finding = Assert.Single((await TestAsync(new KubernetesCloudSettings(), _server.Connection())).Findings);

        Assert.Equal(FindingState.Fails, finding.State);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("<", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_differs_is_a_warning()
    {
        _server = await FakeApiServer.StartAsync();
        for (var probe = 0; probe < 2; probe++)
        {
            _server.Next(request => request.Path == "/version", context =>
            {
                context.Response.Headers.Date = (DateTimeOffset.UtcNow + TimeSpan.FromMinutes(2)).ToString("R");
                return AnswerAsync(context, 200, """{"major":"1","minor":"31","gitVersion":"v1.31.0","platform":"linux/amd64"}""");
            });
        }

        _server.MissingNamespaces.Add("ci");
        var report = await TestAsync(new KubernetesCloudSettings { Namespace = "ci" }, _server.Connection());

        var clock = report.Findings.Single(finding => finding.Subject == "clock");
        Assert.Equal(FindingState.Warning, clock.State);
        Assert.Contains("ahead of this machine's", clock.Message, StringComparison.Ordinal);
        Assert.Contains("There is no namespace 'ci'", report.Findings.Single(finding => finding.Subject == "namespace ci").Message, StringComparison.Ordinal);
        Assert.False(report.IsUsable);
    }

    [Fact]
    public async Task A_quota_that_is_used_up_is_a_warning_with_its_numbers()
    {
        _server = await FakeApiServer.StartAsync();
        _server.Put("resourcequotas", "ci", JsonNode.Parse("""{"metadata":{"name":"team"},"status":{"hard":{"pods":"2","limits.cpu":"8"},"used":{"pods":"2","limits.cpu":"1"}}}""")!.AsObject());
        EndTrialPod("Succeeded", "Reached https://ci.example.com/ in 3 ms.");

        var report = await TestAsync(new KubernetesCloudSettings { Namespace = "ci" }, _server.Connection());

        var quota = report.Findings.Single(finding => finding.Subject == "quota in ci");
        Assert.Equal(FindingState.Warning, quota.State);
        Assert.Contains("pods 2 of 2", quota.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing is left of pods", quota.Cure, StringComparison.Ordinal);
        Assert.True(report.IsUsable);
    }

    [Fact]
    public async Task A_pod_that_cannot_resolve_the_address_tells_so_and_what_to_set()
    {
        _server = await FakeApiServer.StartAsync();
        EndTrialPod("Failed", "Not reached: https://ci.example.com/ cannot be reached: Name or service not known");

        var report = await TestAsync(new KubernetesCloudSettings { Namespace = "ci" }, _server.Connection());

        var pod = report.Findings.Single(finding => finding.Subject == "pod to controller");
        Assert.Equal(FindingState.Fails, pod.State);
        Assert.Contains("Name or service not known", pod.Message, StringComparison.Ordinal);
        Assert.Contains("jenkinsUrl", pod.Cure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jenkinsTunnel: agents.example.com:50000", "slipway-agent check https://ci.example.com/ -tunnel agents.example.com:50000", "by way of agents.example.com:50000")]
    [InlineData("jenkinsTunnel: agents.example.com:50000, webSocket: true", "slipway-agent check https://ci.example.com/", "jenkinsUrl")]
    [InlineData("directConnection: true", "slipway-agent check http://ci.example.com:443/", "jenkinsUrl")]
    [InlineData("jenkinsUrl: 'http://inside:50000/'", "slipway-agent check http://inside:50000/", "jenkinsUrl")]
    public async Task The_way_that_is_tried_is_the_one_that_agents_take(string settings, string command, string told)
    {
        _server = await FakeApiServer.StartAsync();
        EndTrialPod("Failed", settings.Contains("Tunnel", StringComparison.Ordinal) && !settings.Contains("webSocket", StringComparison.Ordinal) ? "Not reached by way of agents.example.com:50000" : "Not reached");

        var report = await TestAsync(Read(settings), _server.Connection());

        var pod = JsonNode.Parse(_server.Requests.Single(request => request is { Method: "POST", Path: "/api/v1/namespaces/ci/pods" }).Body)!;
        Assert.Equal(command, string.Join(' ', pod["spec"]!["containers"]![0]!["command"]!.AsArray().Select(word => (string)word!)));
        Assert.Contains(told, report.Findings[^1].Message + report.Findings[^1].Cure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trial_pod_runs_where_the_templates_do_and_is_pulled_as_theirs_are()
    {
        _server = await FakeApiServer.StartAsync();
        EndTrialPod("Succeeded", "Reached");

        await TestAsync(
            Read("templates: [{name: a, label: a, nodeSelector: 'pool=ci', imagePullSecrets: [{name: registry}], yaml: 'spec: {tolerations: [{key: ci, operator: Exists}]}'}, {name: b, label: b, imagePullSecrets: [{name: registry}, {name: mirror}]}]"),
            _server.Connection());

        var spec = JsonNode.Parse(_server.Requests.Single(request => request is { Method: "POST", Path: "/api/v1/namespaces/ci/pods" }).Body)!["spec"]!;
        Assert.Equal("""{"pool":"ci"}""", spec["nodeSelector"]!.ToJsonString());
        Assert.Equal("ci", (string)spec["tolerations"]![0]!["key"]!);
        Assert.Equal(["registry", "mirror"], spec["imagePullSecrets"]!.AsArray().Select(secret => (string)secret!["name"]!));
    }

    [Fact]
    public async Task Where_nobody_knows_what_agents_dial_that_is_said_and_no_pod_is_started()
    {
        _server = await FakeApiServer.StartAsync();

        var report = await ConnectionTest.RunAsync(new KubernetesCloudSettings { Namespace = "ci" }, _server.Connection(), null, "agent", null, TimeProvider.System, Waiting.Limit());

        Assert.Equal(FindingState.Warning, report.Findings[^1].State);
        Assert.Contains("--agent-url", report.Findings[^1].Cure, StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Requests, request => request is { Method: "POST", Path: "/api/v1/namespaces/ci/pods" });
    }

    private static KubernetesCloudSettings Read(string settings)
    {
        var read = KubernetesConfiguration.Read($"jenkins:\n  clouds:\n  - kubernetes: {{namespace: ci, {settings}}}\n", "casc.yaml");
        Assert.Empty(read.Faults);
        return read.Clouds[0];
    }

    private static Task<ConnectionReport> TestAsync(KubernetesCloudSettings settings, ClusterConnection connection) =>
        ConnectionTest.RunAsync(settings, connection, Controller, "agent", null, TimeProvider.System, Waiting.Limit());

    /// <summary>The pod of the test has ended when it is looked at for the first time, and has this in its log.</summary>
    private void EndTrialPod(string phase, string log)
    {
        _server!.Next(
            request => request.Method == "GET" && request.Path.Value!.Contains("/pods/slipway-check-", StringComparison.Ordinal),
            context => AnswerAsync(context, 200, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "x", ["namespace"] = "ci" }, ["status"] = new JsonObject { ["phase"] = phase } }.ToJsonString()));
        _server.Next(request => request.Path.Value!.EndsWith("/log", StringComparison.Ordinal), context => AnswerAsync(context, 200, log));
    }

    private static async Task AnswerAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(body, context.RequestAborted);
    }
}
