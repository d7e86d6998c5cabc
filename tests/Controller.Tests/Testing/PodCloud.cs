using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Provisioning;

namespace Slipway.Controller.Tests.Testing;

/// <summary>A cloud of pods that are nothing but records: caps, names and observation as the contract asks for them.</summary>
internal sealed class PodCloud(TimeProvider time, params NodeTemplate[] templates) : IContainerCloud
{
    private readonly Lock _lock = new();
    private readonly List<ObservedNode> _nodes = [];
    private readonly TaskCompletionSource _observed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public event Action<NodeFailure>? NodeFailed;

    public event Action<NodeProgress>? NodeProgressed;

    public event Action? CapacityChanged;

    public string Name { get; init; } = "kubernetes";

    public string Kind => "kubernetes";

    public int Cap { get; set; } = int.MaxValue;

    /// <summary>The most nodes that there ever were at a time.</summary>
    public int Most { get; private set; }

    /// <summary>Handlers of its events that there are now.</summary>
    public int Listeners => ((Delegate?[])[NodeFailed, NodeProgressed, CapacityChanged]).Sum(handler => handler?.GetInvocationList().Length ?? 0);

    public IReadOnlyList<string> Containers { get; init; } = [];

    public Func<NodeRequest, NodeStart?> Answer { get; set; } = _ => null;

    /// <summary>Told after a node was started.</summary>
    public Action<string> OnStarted { get; set; } = _ => { };

    public Func<JobPath, bool> Admission { get; set; } = _ => true;

    public Func<IReadOnlyList<DeclaredPodTemplate>, NodeTemplate?> Resolution { get; set; } = _ => null;

    public IReadOnlyList<NodeTemplate> Templates { get; set; } = templates;

    public List<NodeRequest> Started { get; } = [];

    public List<string> Stopped { get; } = [];

    public List<(string Node, NodeAssignment Assignment)> Assigned { get; } = [];

    public Task Observed => _observed.Task;

    public IReadOnlyList<ObservedNode> Nodes
    {
        get
        {
            lock (_lock)
            {
                return [.. _nodes];
            }
        }
    }

    public CloudSilence? Silence { get; set; }

    public PodCloud See()
    {
        _observed.TrySetResult();
        return this;
    }

    public void Add(ObservedNode node)
    {
        lock (_lock)
        {
            _nodes.Add(node);
        }
    }

    /// <summary>Whether stopped nodes are still there until <see cref="Go"/>.</summary>
    public bool Lingers { get; set; }

    public void Go()
    {
        lock (_lock)
        {
            _nodes.RemoveAll(n => Stopped.Contains(n.NodeName));
            Lingers = false;
        }

        CapacityChanged?.Invoke();
    }

    public void Say(NodeProgress progress) => NodeProgressed?.Invoke(progress);

    public void Fail(NodeFailure failure) => NodeFailed?.Invoke(failure);

    public void Tell() => CapacityChanged?.Invoke();

    public bool Admits(JobPath job) => Admission(job);

    public NodeTemplate? Resolve(IReadOnlyList<DeclaredPodTemplate> declared, LabelExpression label, JobPath job) => Resolution(declared);

    public string NameNode(NodeTemplate template, JobPath job, int runNumber, string seed) => $"{template.Name}-{seed}";

    public Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;

    public string? WhyNotNow(NodeTemplate template) => WhyNotNow(template, 0, 0);

    public string? WhyNotNow(NodeTemplate template, int plannedOfCloud, int plannedOfTemplate)
    {
        lock (_lock)
        {
            return _nodes.Count + plannedOfCloud >= Cap ? $"the cloud '{Name}' has its {Cap} pods" : null;
        }
    }

    public Task<NodeStart> StartNodeAsync(NodeRequest request, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (WhyNotNow(request.Template) is { } full)
            {
                return Task.FromResult<NodeStart>(new NodeStart.AtCapacity(full));
            }

            if (Answer(request) is { } answer)
            {
                return Task.FromResult(answer);
            }

            Started.Add(request);
            _nodes.Add(new ObservedNode(request.NodeName, request.Template.Name, request.Run, request.Job, time.GetUtcNow(), request.Deadline, true, request.NodeName) { Effect = request.Effect, ReuseKey = request.Template.Reuse?.Key });
            Most = Math.Max(Most, _nodes.Count);
        }

        OnStarted(request.NodeName);
        return Task.FromResult<NodeStart>(new NodeStart.Started(request.NodeName, request.NodeName));
    }

    public Task AssignNodeAsync(string nodeName, NodeAssignment assignment, CancellationToken cancellation)
    {
        lock (_lock)
        {
            Assigned.Add((nodeName, assignment));
        }

        return Task.CompletedTask;
    }

    public Task StopNodeAsync(string nodeName, CancellationToken cancellation)
    {
        lock (_lock)
        {
            Stopped.Add(nodeName);
            if (Lingers)
            {
                return Task.CompletedTask;
            }

            _nodes.RemoveAll(n => n.NodeName == nodeName);
        }

        CapacityChanged?.Invoke();
        return Task.CompletedTask;
    }

    public IReadOnlyList<string> ContainersOfAgent(string nodeName) => Containers;

    public NodePod? FindPod(string nodeName) => Nodes.Any(n => n.NodeName == nodeName) ? new NodePod(Name, "agents", nodeName, "jnlp", ["jnlp"]) : null;

    public Task<string?> PrepareContainerAsync(string nodeName, string container, CancellationToken cancellation) => Task.FromResult<string?>(null);

    public Task<string> ReadContainerLogAsync(string nodeName, ReadContainerLog request, CancellationToken cancellation) => Task.FromResult("");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
