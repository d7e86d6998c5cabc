using System.Globalization;
using System.Text.Json;
using Slipway.Kubernetes.Api;
using Slipway.Model;
using Slipway.Provisioning.Kubernetes.Cloud;
using Slipway.Provisioning.Kubernetes.Failures;
using Slipway.Provisioning.Kubernetes.Injection;
using Slipway.Provisioning.Kubernetes.Pods;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Observing;

/// <summary>A pod of ours from the decision to create it until the API says it is gone. Not safe for concurrent use: the cloud's lock guards it.</summary>
internal sealed class TrackedPod
{
    private const int MostEvents = 60;

    private readonly List<EventView> _events = [];
    private readonly HashSet<string> _eventIds = [];
    private ObservedNode? _observed;

    /// <summary>A creation under way.</summary>
    public TrackedPod(ClusterLink link, NodeRequest request, KubernetesNodeTemplate template, DateTimeOffset now)
    {
        (Link, Name, Namespace, CapKey, Template, Job, Since) = (link, request.NodeName, template.Namespace, template.CapKey, template.Name, request.Job, now);
        (Run, Effect, Deadline, ReuseKey, ConnectLimit) = (request.Run, request.Effect, request.Deadline, template.Reuse?.Key, template.ConnectLimit);
        IsCreating = true;
    }

    /// <summary>One that was found. What it says of itself may be damaged by anyone who may edit pods: what cannot be read is left out.</summary>
    public TrackedPod(ClusterLink link, KubernetesObject pod, DateTimeOffset now)
    {
        (Link, Name, Namespace, Since) = (link, pod.Name, pod.Namespace ?? "", pod.CreatedAt ?? now);
        var marks = pod.Annotations;
        Template = marks.GetValueOrDefault(PodMarks.Template, "");
        CapKey = marks.GetValueOrDefault(PodMarks.CapKey, Template);
        ReuseKey = marks.GetValueOrDefault(PodMarks.ReuseKey);
        var until = marks.GetValueOrDefault(PodBuilder.DeadlineAnnotation);
        Deadline = until == PodBuilder.NoDeadline ? DateTimeOffset.MaxValue
            : DateTimeOffset.TryParse(until, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var deadline) ? deadline
            : Since + TimeSpan.FromDays(1);
        ConnectLimit = TimeSpan.FromSeconds(int.TryParse(marks.GetValueOrDefault(PodMarks.ConnectTimeout), CultureInfo.InvariantCulture, out var seconds) ? seconds : PodTemplate.DefaultConnectTimeout);
        Set(pod);
        IsFound = true;
    }

    /// <summary>By whom it is observed.</summary>
    public ClusterLink Link { get; set; }

    public string Name { get; }

    public string Namespace { get; }

    public string Template { get; }

    public string CapKey { get; }

    public string Job { get; private set; } = "";

    public RunId? Run { get; private set; }

    public long Effect { get; private set; }

    public JobPath? IdleFor { get; private set; }

    public string? ReuseKey { get; }

    public DateTimeOffset Deadline { get; }

    public TimeSpan ConnectLimit { get; }

    /// <summary>When it was decided on, or made.</summary>
    public DateTimeOffset Since { get; }

    /// <summary>As last seen; null while its creation is under way.</summary>
    public KubernetesObject? Pod { get; private set; }

    public bool IsCreating { get; private set; }

    /// <summary>Of an earlier life of the controller: what happened to it before is not told again.</summary>
    public bool IsFound { get; }

    /// <summary>The watch has shown it: from then on the watch alone tells when it is gone.</summary>
    public bool IsWatched { get; set; }

    /// <summary>Its creation was told: what the cluster says of it comes after that in the log, however fast the watch is.</summary>
    public bool IsAnnounced { get; set; }

    /// <summary>We asked for its end: whatever happens to it now is no failure.</summary>
    public bool IsEnding
    {
        get;
        set
        {
            field = value;
            _observed = null;
        }
    }

    /// <summary>Its failure is being told, or was: it is of no more use, even where some container of it runs on.</summary>
    public bool HasFailed
    {
        get;
        set
        {
            field = value;
            _observed = null;
        }
    }

    public NodeFailure? Failure { get; set; }

    /// <summary>Completes when it is gone.</summary>
    public TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when none of its containers waits to be started any more, or it has failed.</summary>
    public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when its creation ended, one way or the other.</summary>
    public TaskCompletionSource Settled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<EventView> Events => _events;

    public HashSet<string> SaidLines { get; } = [];

    public HashSet<string> SaidLinks { get; } = [];

    /// <summary>When each problem that it has was first seen.</summary>
    public Dictionary<string, DateTimeOffset> Problems { get; } = [];

    /// <summary>Containers that were, or are being, opened by an exec.</summary>
    public Dictionary<string, Task> Opened { get; } = [];

    public bool IsKept { get; private set; }

    public bool IsBeingDeleted { get; private set; }

    /// <summary>No container of it runs or will run.</summary>
    public bool IsFinished { get; private set; }

    public bool IsAlive => !IsBeingDeleted && !IsFinished && !IsKept;

    public string AgentContainer => Mark(PodMarks.AgentContainer) ?? PodBuilder.DefaultAgentContainer;

    public PodKnowledge Knowledge => new(AgentContainer, Access(), ConnectLimit, _events);

    public ObservedNode Observed => _observed ??= new ObservedNode(Name, Template, Run, Job, Pod?.CreatedAt ?? Since, Deadline, IsAlive && !IsEnding && !HasFailed, $"pod {Namespace}/{Name}") { Effect = Effect, ReuseKey = ReuseKey, IdleFor = IdleFor };

    public void Set(KubernetesObject pod)
    {
        Pod = pod;
        IsCreating = false;
        _observed = null;
        (IsKept, IsBeingDeleted, IsFinished) = (IsKept || Mark(PodMarks.Kept) is not null, pod.IsBeingDeleted, new PodView(pod).IsFinished);
        Job = Mark(PodMarks.Job) ?? "";
        Run = long.TryParse(pod.Json.TextAt("metadata", "labels", PodBuilder.RunLabel), CultureInfo.InvariantCulture, out var run) ? new RunId(run) : null;
        Effect = long.TryParse(Mark(PodMarks.Effect), CultureInfo.InvariantCulture, out var effect) ? effect : 0;
        IdleFor = Mark(PodMarks.IdleFor) is { } folder && JobPath.TryParse(folder, out var path, out _) ? path : null;
        ReadAssignment();
        Settled.TrySetResult();
    }

    /// <summary>Its work is over, and it stays to be looked at.</summary>
    public void Keep() => (IsKept, IsEnding) = (true, false);

    /// <summary>Whose it is since it changed hands; null before. It counts more than the marks of the pod, which follow later.</summary>
    public NodeAssignment? Assignment { get; private set; }

    /// <summary>Brings the marks up to date; null while they are.</summary>
    public Task? Marking { get; set; }

    /// <summary>It changes hands.</summary>
    public void Assign(NodeAssignment assignment)
    {
        Assignment = assignment;
        ReadAssignment();
    }

    private void ReadAssignment()
    {
        if (Assignment is { } own)
        {
            (Run, Effect, Job, IdleFor) = (own.Run, own.Effect, own.Job, own.Run is null ? own.Folder : null);
            _observed = null;
        }
    }

    /// <returns>False: known already, or about another pod of this name.</returns>
    public bool Add(EventView @event)
    {
        if ((Pod is not null && @event.AboutUid is { } uid && uid != Pod.Uid) || !_eventIds.Add($"{@event.Object.Uid} {@event.Message}"))
        {
            return false;
        }

        if (_events.Count == MostEvents)
        {
            _events.RemoveAt(0);
        }

        _events.Add(@event);
        return true;
    }

    public string? Mark(string annotation) => Pod?.Json.TextAt("metadata", "annotations", annotation);

    public IReadOnlyDictionary<string, ContainerAccess> Access()
    {
        var access = new Dictionary<string, ContainerAccess>();
        if (Mark(PodMarks.Access) is { } text)
        {
            try
            {
                using var document = JsonDocument.Parse(text);
                foreach (var (name, value) in document.RootElement.TextsAt())
                {
                    if (Enum.TryParse<ContainerAccess>(value, out var parsed))
                    {
                        access[name] = parsed;
                    }
                }
            }
            catch (JsonException)
            {
                // Somebody edited it: every container then counts as one with a program of its own.
            }
        }

        return access;
    }
}
