using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Slipway.Configuration;
using Slipway.Feeds;
using Slipway.Provisioning;
using Slipway.Provisioning.Kubernetes.Checking;
using Slipway.Provisioning.Kubernetes.Cloud;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Server.Clouds;

/// <summary>Clouds and their configuration as the page of clouds sees them.</summary>
internal sealed class CloudOverview : ICloudReads, ICloudCommands, IAsyncDisposable
{
    private readonly ServerClouds _clouds;
    private readonly Uri _agentUrl;
    private readonly string _agentImage;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Action<Change> _publish;
    private readonly ConcurrentDictionary<string, (string Fingerprint, CloudCheckView View)> _checks = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, Task> _checking = new(StringComparer.Ordinal);

    /// <param name="agentUrl">What pods dial where their cloud names nothing else.</param>
    public CloudOverview(ServerClouds clouds, Uri agentUrl, string agentImage, Action<Change> publish, TimeProvider time, ILogger log)
    {
        (_clouds, _agentUrl, _agentImage, _publish, _time, _log) = (clouds, agentUrl, agentImage, publish, time, log);
        clouds.Configuration.Changed += () => publish(new Change.OfClouds());
        clouds.Set.Changed += () => publish(new Change.OfClouds());
    }

    public ConfigurationView Configuration
    {
        get
        {
            var state = _clouds.Configuration.State;
            return new ConfigurationView(state.Applied.Files, state.AppliedAt, state.Applied.Warnings, state.Applied.NotApplied, [.. state.Faults.Select(fault => fault.ToString())], state.FaultsAt) { AllTakenOut = state.AllTakenOut };
        }
    }

    public IReadOnlyList<CloudView> List() => [.. _clouds.Set.Clouds.Select(cloud => View(cloud, isLeaving: false)), .. _clouds.Set.Draining.Select(cloud => View(cloud, isLeaving: true))];

    public async Task<CommandOutcome> ReloadAsync(Caller caller, CancellationToken cancellation)
    {
        var faults = await _clouds.Configuration.ReloadAsync(cancellation);
        return faults.Count == 0 ? CommandOutcome.Done : new CommandOutcome(CommandStatus.Invalid, "The configuration cannot be used, and everything stays as it was:\n" + string.Join('\n', faults));
    }

    public CommandOutcome StartCheck(string cloud, Caller caller) => StartCheck(cloud);

    /// <summary>Starts the connection test of a cloud, or joins the one that runs.</summary>
    public CommandOutcome StartCheck(string cloud)
    {
        if (_clouds.Set.FindConfiguration(cloud) is not { } configured)
        {
            return new CommandOutcome(CommandStatus.NotFound, $"There is no configured cloud '{cloud}'.");
        }

        // One at a time: the second click joins the first.
        if (_checking.TryGetValue(cloud, out var running) && !running.IsCompleted)
        {
            return CommandOutcome.Done;
        }

        // Whoever asks right after this finds the test begun, and not the last one's result.
        var started = _time.GetUtcNow();
        _checks[cloud] = (configured.Fingerprint, new CloudCheckView(started, null, []));
        _checking[cloud] = Task.Run(() => CheckAsync(configured, started), _stopping.Token);
        return CommandOutcome.Done;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_checking.Values.Select(task => task.ContinueWith(_ => { }, TaskScheduler.Default)));
        _stopping.Dispose();
    }

    private async Task CheckAsync(ConfiguredCloud cloud, DateTimeOffset started)
    {
        List<CloudCheckStep> steps = [];
        Tell(ended: null);
        try
        {
            await ConnectionTest.RunAsync(cloud.Settings, cloud.Connection, _agentUrl, _agentImage, Add, _time, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception fault)
        {
            _log.LogError(fault, "The test of cloud '{Cloud}' broke off", cloud.Settings.Name);
            Add(new ConnectionFinding("test", FindingState.Fails, $"The test broke off: {fault.Message}", "The server's log has the rest."));
        }

        Tell(_time.GetUtcNow());

        void Add(ConnectionFinding finding)
        {
            steps.Add(new CloudCheckStep(finding.Subject, (CloudCheckState)finding.State, finding.Message, finding.Cure));
            Tell(ended: null);
        }

        void Tell(DateTimeOffset? ended)
        {
            _checks[cloud.Settings.Name] = (cloud.Fingerprint, new CloudCheckView(started, ended, [.. steps]));
            _publish(new Change.OfClouds());
        }
    }

    private CloudView View(ICloud cloud, bool isLeaving)
    {
        var configured = _clouds.Set.FindConfiguration(cloud.Name);
        var nodes = cloud.Nodes;
        var inUse = nodes.CountBy(node => node.Template).ToDictionary();
        return new CloudView(
            cloud.Name,
            cloud.Kind,
            configured?.Connection.ToString(),
            configured?.Settings.ContainerCap,
            isLeaving,
            [.. Watches(cloud as KubernetesCloud)],
            [.. cloud.Templates.Select(template => View(cloud, template, inUse.GetValueOrDefault(template.Name)))],
            [.. nodes.OrderBy(node => node.Created).Select(node => new CloudNodeView(node.NodeName, node.Template, node.Run, node.Job, node.Created, node.IsAlive, node.IdleFor is not null))],
            configured is not null && _checks.TryGetValue(cloud.Name, out var check) ? check.View with { IsOfEarlierSettings = check.Fingerprint != configured.Fingerprint } : null)
        {
            IsUnseen = !cloud.Observed.IsCompleted,
            CanCheck = configured is not null && !isLeaving,
        };
    }

    private static IEnumerable<CloudWatchView> Watches(KubernetesCloud? cloud)
    {
        var missing = cloud?.MissingNamespaces;
        return cloud?.Health.OrderBy(watch => watch.Key, StringComparer.Ordinal).Select(watch => new CloudWatchView(
            watch.Key,
            watch.Value.LastContactAt,
            watch.Value.Failure?.Message ?? (missing!.Contains(watch.Key) ? $"The cluster has no namespace '{watch.Key}', so no pod can be made there. Create it (kubectl create namespace {watch.Key}), or name another one." : null))) ?? [];
    }

    private static CloudTemplateView View(ICloud cloud, NodeTemplate template, int inUse) => new(
        template.Name,
        template.Labels,
        template.Mode == NodeMode.Exclusive,
        template is KubernetesNodeTemplate pod ? ImageOf(pod.Pod) : null,
        template.MaxNodes,
        inUse,
        cloud.WhyNotNow(template),
        template.Reuse?.Idle,
        template.Reuse?.MinIdle ?? 0);

    private static string? ImageOf(PodTemplate template)
    {
        var images = template.Containers.Select(container => container.Image).Where(image => !string.IsNullOrEmpty(image)).Distinct(StringComparer.Ordinal).ToList();
        return images.Count == 0 ? null : string.Join(", ", images);
    }
}
