using System.Text.Json.Nodes;
using Slipway.Kubernetes.Tests;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>Keys of a cloud as they are written in a file, and what the cloud does for them.</summary>
public sealed class CloudKeysTests : IAsyncLifetime
{
    private FakeApiServer _server = null!;
    private CloudUnderTest? _under;

    public async ValueTask InitializeAsync() => _server = await FakeApiServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_under is not null)
        {
            await _under.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pods_that_have_ended_count_against_the_cap_unless_capOnlyOnAlivePods_says_otherwise(bool onlyAlive)
    {
        await FindEndedPodAsync($"containerCap: 1, capOnlyOnAlivePods: {(onlyAlive ? "true" : "false")}");

        var started = await _under!.Cloud.StartNodeAsync(_under.Request(_under.Cloud.Templates[0], "another"), Waiting.Limit());

        Assert.Equal(onlyAlive, started is NodeStart.Started);
        Assert.Equal(!onlyAlive, started is NodeStart.AtCapacity);
    }

    [Fact]
    public async Task Pods_that_ended_long_ago_are_removed_by_garbageCollection_and_its_namespaces_are_looked_into()
    {
        var pod = await FindEndedPodAsync("garbageCollection: {timeout: 60, namespaces: \"other\\nthird\"}");

        await Waiting.UntilAsync(() => _server.Requests.Any(request => request.Method == "DELETE" && request.Path.EndsWith("/" + pod, StringComparison.Ordinal)));

        Assert.Equal(["ci", "other", "third"], _under!.Cloud.Health.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>A cloud with these settings that finds a pod of its earlier life, which ended long ago.</summary>
    private async Task<string> FindEndedPodAsync(string settings)
    {
        string pod;
        await using (var earlier = new CloudUnderTest(Read("containerCap: 5"), _server.Connection()))
        {
            await earlier.Cloud.StartAsync(Waiting.Limit());
            pod = await earlier.StartAsync(earlier.Cloud.Templates[0]);
        }

        var body = JsonNode.Parse(_server.Requests.Last(request => request is { Method: "POST", Path: "/api/v1/namespaces/ci/pods" }).Body)!.AsObject();
        body["status"] = JsonNode.Parse("""{"phase":"Succeeded","containerStatuses":[{"name":"jnlp","state":{"terminated":{"exitCode":0,"finishedAt":"2026-01-01T00:00:00Z"}}}]}""");
        _server.Put("pods", "ci", body);
        _under = new CloudUnderTest(Read(settings), _server.Connection());
        await _under.Cloud.StartAsync(Waiting.Limit());
        return pod;
    }

    private static KubernetesCloudSettings Read(string settings)
    {
        var read = KubernetesConfiguration.Read($"jenkins:\n  clouds:\n  - kubernetes: {{namespace: ci, {settings}, templates: [{{name: base, label: base}}]}}\n", "casc.yaml");
        Assert.Empty(read.Faults);
        return read.Clouds[0];
    }
}
