using System.Text.Json.Nodes;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;
using Slipway.Kubernetes.Tests;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>The cluster of <c>$KUBECONFIG</c>, or that of <c>./dev cluster up</c>; in a namespace of its own that it removes.</summary>
public sealed class RealCluster : IAsyncLifetime
{
    private const string ClusterOfThisMachine = "/var/lib/testkube/admin.kubeconfig";

    private string? _absence;
    private ClusterConnection? _connection;
    private KubernetesClient? _client;

    public string Space { get; } = $"slipway-pods-{Guid.NewGuid():n}"[..24];

    /// <summary>What <c>./dev images --load</c> puts into the cluster; <c>SLIPWAY_AGENT_IMAGE</c> names another.</summary>
    public static string AgentImage => Environment.GetEnvironmentVariable("SLIPWAY_AGENT_IMAGE") is { Length: > 0 } named ? named : "slipway/agent:0.1.0";

    public ClusterConnection Connection => _connection!;

    public KubernetesClient Client => _client!;

    public async ValueTask InitializeAsync()
    {
        var files = Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } ? Kubeconfig.DefaultFiles() : [ClusterOfThisMachine];
        if (!files.Any(File.Exists))
        {
            _absence = $"no real cluster: set KUBECONFIG, or start one whose kubeconfig is {ClusterOfThisMachine} (./dev cluster up)";
            return;
        }

        _connection = Kubeconfig.Load(files);
        _client = new KubernetesClient(_connection);
        try
        {
            await _client.ProbeAsync(CancellationToken.None);
        }
        catch (KubernetesException e) when (e.StatusCode is null)
        {
            _absence = $"the real cluster does not answer: {e.Message}";
            return;
        }

        await _client.CreateAsync(ResourceType.Namespaces, null, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = Space } }, CancellationToken.None);
    }

    public void SkipIfAbsent() => Assert.SkipWhen(_absence is not null, _absence ?? "");

    public KubernetesCloudSettings Settings => new() { Namespace = Space, WebSocket = true };

    internal CloudUnderTest Cloud(KubernetesCloudSettings? settings = null, string owner = "tests") => new(settings ?? Settings, Connection, AgentImage, owner: owner);

    internal async Task UntilGoneAsync(string pod)
    {
        var limit = Waiting.Limit();
        while (await Client.FindAsync(ResourceType.Pods, Space, pod, limit) is not null)
        {
            await Task.Delay(50, limit);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_absence is null)
        {
            await Client.DeleteAsync(ResourceType.Namespaces, null, Space, CancellationToken.None);
            Client.Dispose();
        }
    }
}
