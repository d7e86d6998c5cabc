using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;
using Slipway.Kubernetes.Watching;
using Slipway.Model;
using Slipway.Provisioning.Kubernetes.Observing;
using Slipway.Provisioning.Kubernetes.Pods;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Cloud;

/// <summary>
/// Nodes that are pods. What it knows of them is what the API server says, together with the creations that are under way: caps are exact, and a restart forgets nothing. Failures are told by
/// reason, with the cluster's own events. An API server that is away changes nothing for pods that exist.
/// </summary>
public sealed partial class KubernetesCloud : IContainerCloud, IPodSink
{
    /// <summary>How long callers wait for the first look at a cluster; after that it goes on in the background.</summary>
    private static readonly TimeSpan FirstLookLimit = TimeSpan.FromSeconds(10);

    private readonly string _owner;
    private readonly string _agentImage;
    private readonly TimeSpan _createPatience;

    /// <summary>By which pods and claims of ours are told from everybody else's.</summary>
    private readonly string _selector;
    private readonly UsedNamespaces _used;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TrackedPod> _pods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CreationHold> _holds = new(StringComparer.Ordinal);
    /// <summary>Names whose creation was given up without an answer, with the moment until which one may still come to be of it.</summary>
    private readonly Dictionary<string, DateTimeOffset> _unwanted = new(StringComparer.Ordinal);

    private readonly HashSet<string> _imagesWithoutShell = new(StringComparer.Ordinal);
    private readonly List<ClusterLink> _retired = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<Action> _tellings = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _telling;
    private State _state;
    private readonly TaskCompletionSource _observed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<ObservedNode>? _nodes;
    private PodCounts? _counts;
    private Task _ticking = Task.CompletedTask;
    private volatile bool _isStarted;

    private readonly DateTimeOffset _began;

    /// <summary>Does nothing yet; see <see cref="StartAsync"/>.</summary>
    public KubernetesCloud(KubernetesCloudOptions options, TimeProvider time, ILogger logger)
    {
        (_owner, _agentImage, _createPatience, _time, _logger) = (options.Owner, options.AgentImage, options.CreatePatience, time, logger);
        Name = options.Settings.Name;
        _used = new UsedNamespaces(options.Namespaces ?? NoNamespaceMemory.Instance, time);
        _selector = $"{PodBuilder.OwnerLabel}={PodLabels.Sanitize(_owner)},{PodMarks.CloudLabel}={PodLabels.Sanitize(Name)}";
        _state = MakeState(options.Settings, NewLink(options));
        _began = time.GetUtcNow();
        _telling = TellAsync();
        ObserveMetrics();
    }

    public event Action<NodeFailure>? NodeFailed;

    public event Action<NodeProgress>? NodeProgressed;

    public event Action? CapacityChanged;

    public string Name { get; }

    public string Kind => "kubernetes";

    public KubernetesCloudSettings Settings => _state.Settings;

    public IReadOnlyList<NodeTemplate> Templates => _state.Templates;

    /// <summary>How the observation of each namespace stands.</summary>
    public IReadOnlyDictionary<string, WatcherHealth> Health => _state.Link.Observers.ToDictionary(observer => observer.Namespace, observer => observer.Health);

    /// <summary>Those of <see cref="Health"/> that the cluster does not have.</summary>
    public IReadOnlySet<string> MissingNamespaces => _state.Link.Observers.Where(observer => observer.IsMissing).Select(observer => observer.Namespace).ToHashSet(StringComparer.Ordinal);

    public Task Observed => _observed.Task;

    public CloudSilence? Silence
    {
        get
        {
            var health = _state.Link.Observers.Select(observer => observer.Health).ToList();
            return health.Count > 0 && health.TrueForAll(one => one.Failure is not null)
                ? new CloudSilence(health.Max(one => one.LastContactAt) ?? _began, health[0].Failure!.Message)
                : null;
        }
    }

    public IReadOnlyList<ObservedNode> Nodes
    {
        get
        {
            lock (_gate)
            {
                return _nodes ??= [.. _pods.Values.Where(pod => !pod.IsKept).Select(pod => pod.Observed)];
            }
        }
    }

    public bool Admits(JobPath job)
    {
        var settings = _state.Settings;
        return settings.RestrictedToFolders.Count == 0
            ? !settings.UsageRestricted
            : settings.RestrictedToFolders.Any(folder => job.Value.StartsWith(folder + "/", StringComparison.Ordinal));
    }

    public string NameNode(NodeTemplate template, JobPath job, int runNumber, string seed)
    {
        var isOfRun = template is not KubernetesNodeTemplate { IsDeclared: false };
        return PodNames.Create(isOfRun ? $"{job.Value}-{runNumber}" : template.Name, PodNames.SuffixOf($"{_owner}\n{Name}\n{seed}"));
    }

    public NodeTemplate? Resolve(IReadOnlyList<DeclaredPodTemplate> declared, LabelExpression label, JobPath job)
    {
        var state = _state;
        return TemplateResolver.Declared(declared, label, job, state.Settings, state.Link.Connection);
    }

    /// <summary>
    /// Swaps settings and connection in one step. Pods that exist keep what they have; new ones are made by the new settings. The name is for life.
    /// </summary>
    public void Reconfigure(KubernetesCloudSettings settings, ClusterConnection connection)
    {
        if (settings.Name != Name)
        {
            throw new ArgumentException($"The cloud '{Name}' cannot become '{settings.Name}': clouds are told apart by their names.", nameof(settings));
        }

        State next;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            var link = _state.Link;
            if (!ReferenceEquals(link.Source, connection) || !HasSameLimits(_state.Settings, settings))
            {
                _retired.Add(link);
                link = NewLink(new KubernetesCloudOptions { Settings = settings, Connection = connection, Owner = _owner, AgentImage = _agentImage });
            }

            _state = next = MakeState(settings, link);
            _holds.Clear();
            ChangedLocked();
        }

        if (_isStarted)
        {
            foreach (var space in next.Namespaces())
            {
                next.Link.Observe(space);
            }
        }

        Tell(() => CapacityChanged?.Invoke());
    }

    public async Task StartAsync(CancellationToken cancellation)
    {
        var state = _state;
        var remembered = await LoadNamespacesAsync(cancellation);
        var spaces = state.Namespaces().Concat(remembered).Concat(await FindNamespacesAsync(state.Link, cancellation)).Distinct().ToList();
        var listed = Task.WhenAll(spaces.Select(space => state.Link.Observe(space).Listed));
        _isStarted = true;
        _ticking = TickAsync();
        _ = listed.ContinueWith(_ => NoticeObserved(), TaskScheduler.Default);
        try
        {
            await listed.WaitAsync(FirstLookLimit, _time, cancellation);
        }
        catch (TimeoutException)
        {
            // Whoever asks for a node is told; everything else waits for nobody.
            foreach (var observer in state.Link.Observers.Where(observer => !observer.IsListed))
            {
                _logger.LogWarning("The cloud {Cloud} has not seen its pods in namespace {Namespace} yet: {Reason}", Name, observer.Namespace, observer.Health.Failure?.Message ?? "the API server has not answered");
            }
        }
    }

    public async Task LookIntoAsync(string @namespace, CancellationToken cancellation)
    {
        if (!KubernetesNames.IsLabel(@namespace))
        {
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping.Token);
        await _used.UseAsync(@namespace, either.Token);
        while (true)
        {
            either.Token.ThrowIfCancellationRequested();
            var observer = _state.Link.Observe(@namespace);
            if (observer.IsListed || observer.Health.Failure is KubernetesException { IsTransient: false })
            {
                return;
            }

            // The connection may be replaced meanwhile, and the old observer with it.
            await Task.WhenAny(observer.Listed, Task.Delay(TickInterval, _time, either.Token));
        }
    }

    public NodePod? FindPod(string nodeName)
    {
        lock (_gate)
        {
            if (!_pods.TryGetValue(nodeName, out var tracked) || tracked.Pod is null)
            {
                return null;
            }

            var containers = tracked.Pod.Json.ItemsAt("spec", "containers").Select(container => container.TextAt("name")).OfType<string>().Where(name => name != Injection.AgentInjection.Installer);
            return new NodePod(Name, tracked.Namespace, tracked.Name, tracked.AgentContainer, [.. containers]) { SecretVariables = SecretVariables(tracked.Pod) };
        }
    }

    private static Dictionary<string, IReadOnlyList<string>> SecretVariables(KubernetesObject pod)
    {
        var secrets = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var container in pod.Json.ItemsAt("spec", "containers"))
        {
            var names = container.ItemsAt("env").Where(variable => variable.At("valueFrom", "secretKeyRef") is not null).Select(variable => variable.TextAt("name")).OfType<string>().ToList();

            // Of a whole Secret the names are not known. It is named all the same: the journal is sealed then.
            if (names.Count > 0 || container.ItemsAt("envFrom").Any(source => source.At("secretRef") is not null))
            {
                secrets[container.TextAt("name") ?? ""] = names;
            }
        }

        return secrets;
    }

    /// <summary>Stops observing. Pods stay: the next start finds them.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync();
        _observed.TrySetCanceled();
        await _ticking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _state.Link.DisposeAsync();
        foreach (var link in _retired)
        {
            await link.DisposeAsync();
        }

        _tellings.Writer.TryComplete();
        await _telling;
        _used.Dispose();
    }

    /// <summary>What we may not see holds up nothing: it is said where it matters, when a node is asked for there.</summary>
    private void NoticeObserved()
    {
        if (!_observed.Task.IsCompleted && _state.Link.Observers.All(observer => observer.IsListed || observer.Health.Failure is KubernetesException { IsTransient: false }))
        {
            _observed.TrySetResult();
        }
    }

    /// <summary>What was derived of the pods holds no more.</summary>
    private void ChangedLocked() => (_nodes, _counts) = (null, null);

    private ClusterLink NewLink(KubernetesCloudOptions options)
    {
        var settings = options.Settings;
        var connection = options.Connection.With(TimeSpan.FromSeconds(Math.Max(1, settings.ConnectTimeout)), TimeSpan.FromSeconds(Math.Max(1, settings.ReadTimeout)), Math.Max(1, settings.MaxRequestsPerHost));
        return new ClusterLink(Name, connection, options.Connection, _selector, this, _time, _logger);
    }

    private static bool HasSameLimits(KubernetesCloudSettings one, KubernetesCloudSettings other) =>
        (one.ConnectTimeout, one.ReadTimeout, one.MaxRequestsPerHost) == (other.ConnectTimeout, other.ReadTimeout, other.MaxRequestsPerHost);

    private State MakeState(KubernetesCloudSettings settings, ClusterLink link) =>
        new(settings, link, TemplateResolver.OfCloud(settings, link.Connection, fault => _logger.LogError("{Fault}", fault)));

    private async Task<IReadOnlyList<string>> LoadNamespacesAsync(CancellationToken cancellation)
    {
        try
        {
            return await _used.LoadAsync(cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _logger.LogError(e, "It cannot be read in which namespaces the cloud {Cloud} had pods: those in namespaces that only pipelines name end by their own deadline", Name);
            return [];
        }
    }

    /// <summary>Pipelines name namespaces that no configuration does: where we may look into all of them, what an earlier life left there is found as well.</summary>
    private async Task<IReadOnlyList<string>> FindNamespacesAsync(ClusterLink link, CancellationToken cancellation)
    {
        try
        {
            var found = await link.Client.ListAsync(ResourceType.Pods, null, new Selection(_selector), cancellation);
            return [.. found.Items.Select(pod => pod.Namespace).OfType<string>().Distinct()];
        }
        catch (KubernetesException)
        {
            return [];
        }
    }

    /// <summary>Events are raised one at a time, in the order of what happened, and never under the lock.</summary>
    private void Tell(Action telling) => _tellings.Writer.TryWrite(telling);

    private async Task TellAsync()
    {
        await foreach (var telling in _tellings.Reader.ReadAllAsync())
        {
            try
            {
                telling();
            }
            catch (Exception e)
            {
                _logger.LogError(e, "Who listens to the cloud {Cloud} failed.", Name);
            }
        }
    }

    private void ObserveMetrics() =>
        _ = KubernetesMetrics.Meter.CreateObservableGauge(
            "slipway.kubernetes.pods",
            () =>
            {
                lock (_gate)
                {
                    return _stopping.IsCancellationRequested
                        ? []
                        : _pods.Values.GroupBy(StateOf).Select(group => new Measurement<int>(group.Count(), new KeyValuePair<string, object?>("cloud", Name), new("state", group.Key))).ToList();
                }
            },
            "{pod}",
            "Pods that exist or are being created, by state.");

    private static string StateOf(TrackedPod pod) => pod switch
    {
        { IsCreating: true } => "creating",
        { IsKept: true } => "kept",
        { IsBeingDeleted: true } => "ending",
        { Pod: { } seen } => new PodView(seen).Phase is { Length: > 0 } phase ? phase.ToLowerInvariant() : "pending",
        _ => "pending",
    };

    /// <summary>What one reconfiguration swaps.</summary>
    private sealed record State(KubernetesCloudSettings Settings, ClusterLink Link, IReadOnlyList<KubernetesNodeTemplate> Templates)
    {
        /// <summary>Those that the configuration names.</summary>
        public IEnumerable<string> Namespaces()
        {
            var own = string.IsNullOrWhiteSpace(Settings.Namespace) ? Link.Connection.Namespace ?? "default" : Settings.Namespace.Trim();
            var collected = GarbageCollection.Names(Settings.GarbageCollection?.Namespaces);
            return Templates.Select(template => template.Namespace).Prepend(own).Concat(collected).Where(KubernetesNames.IsLabel).Distinct();
        }

        public bool Names(string @namespace) => Namespaces().Contains(@namespace);
    }
}
