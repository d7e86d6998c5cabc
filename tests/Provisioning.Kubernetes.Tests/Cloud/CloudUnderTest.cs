using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;
using Slipway.Kubernetes.Tests;
using Slipway.Model;
using Slipway.Provisioning.Kubernetes.Cloud;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>A cloud with everything it told.</summary>
internal sealed class CloudUnderTest : IAsyncDisposable
{
    public const string AgentSecret = "0123456789abcdef-very-secret";

    private readonly TimeProvider _time;
    private int _number;

    public CloudUnderTest(KubernetesCloudSettings settings, ClusterConnection connection, string agentImage = "slipway/agent", TimeProvider? time = null, string owner = "tests", INamespaceMemory? namespaces = null, TimeSpan? createPatience = null)
    {
        _time = time ?? TimeProvider.System;
        Cloud = new KubernetesCloud(new KubernetesCloudOptions { Settings = settings, Connection = connection, Owner = owner, AgentImage = agentImage, Namespaces = namespaces, CreatePatience = createPatience ?? TimeSpan.FromMinutes(5) }, _time, NullLogger.Instance);
        Cloud.NodeFailed += Failures.Enqueue;
        Cloud.NodeProgressed += Progress.Enqueue;
        Cloud.CapacityChanged += () => Interlocked.Increment(ref CapacityChanges);
    }

    public int CapacityChanges;

    public KubernetesCloud Cloud { get; }

    public ConcurrentQueue<NodeFailure> Failures { get; } = new();

    public ConcurrentQueue<NodeProgress> Progress { get; } = new();

    public string Log => string.Join('\n', Progress.Select(progress => progress.Message).OfType<string>());

    public IEnumerable<string> Links(string node) => Progress.Where(progress => progress.NodeName == node).Select(progress => progress.Link).OfType<string>();

    /// <summary>A template as a pipeline declares it.</summary>
    public NodeTemplate Declare(string settings, string name = "declared", string job = "team/app") =>
        Cloud.Resolve([new DeclaredPodTemplate(name, name, null, settings)], LabelExpression.Parse(name), JobPath.Parse(job))!;

    public NodeTemplate DeclareYaml(string yaml, string more = "") => Declare($$"""{"yaml":{{JsonSerializer.Serialize(yaml)}}{{more}}}""");

    public NodeRequest Request(NodeTemplate template, string? name = null, TimeSpan? life = null, long effect = 7) => new(
        name ?? Cloud.NameNode(template, JobPath.Parse("team/app"), 12, $"{++_number}"), AgentSecret, new RunId(12), "team/app", template, new Uri("http://10.88.0.1:1/"), _time.GetUtcNow() + (life ?? TimeSpan.FromHours(1)))
    {
        Effect = effect,
        RunUrl = new Uri("http://10.88.0.1:1/job/team/job/app/12/"),
    };

    public async Task<string> StartAsync(NodeTemplate template, string? name = null, TimeSpan? life = null)
    {
        var started = Assert.IsType<NodeStart.Started>(await Cloud.StartNodeAsync(Request(template, name, life), Waiting.Limit()));
        return started.NodeName;
    }

    public async Task<NodeFailure> FailureAsync(string node)
    {
        await Waiting.UntilAsync(() => Failures.Any(failure => failure.NodeName == node));
        return Failures.First(failure => failure.NodeName == node);
    }

    public ValueTask DisposeAsync() => Cloud.DisposeAsync();
}
