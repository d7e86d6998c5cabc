using Slipway.Model;
using Slipway.Model.Effects;

namespace Slipway.Provisioning;

/// <summary>
/// A source of on-demand nodes. A node is one agent that is made for one use and goes away with it. Every member may be called from any thread.
/// What a cloud knows of its nodes is what it observes (directories and processes, pods), never a count of its own calls: a restart forgets nothing, and left-overs are seen.
/// </summary>
public interface ICloud : IAsyncDisposable
{
    /// <summary>What configuration, messages and pages call it; unique.</summary>
    string Name { get; }

    /// <summary>What kind of nodes it makes: <c>local</c>, <c>kubernetes</c>.</summary>
    string Kind { get; }

    /// <summary>What it can make nodes from, in order of preference.</summary>
    IReadOnlyList<NodeTemplate> Templates { get; }

    /// <summary>Told what happens to nodes after they started: a failure is data here, and the queue, the run's log and the pages make of it what they need. Called from any thread; must not throw.</summary>
    event Action<NodeFailure>? NodeFailed;

    /// <summary>Told each moment of a node's start as it happens, and what the cloud has to say of a node later. Called from any thread; must not throw.</summary>
    event Action<NodeProgress>? NodeProgressed;

    /// <summary>
    /// What <see cref="WhyNotNow(NodeTemplate)"/> or <see cref="Templates"/> say may have changed by itself: a node ended, settings were changed, a quota was freed. Whoever waits asks again.
    /// Called from any thread; must not throw.
    /// </summary>
    event Action? CapacityChanged;

    /// <summary>Whether jobs there may use it.</summary>
    bool Admits(JobPath job) => true;

    /// <summary>A name for a node; valid wherever the cloud needs one, and the same for the same arguments.</summary>
    /// <param name="seed">Differs for every node that there ever is.</param>
    string NameNode(NodeTemplate template, JobPath job, int runNumber, string seed);

    /// <summary>
    /// Looks at what is there. To be called once before anything else; nodes of an earlier life of the controller appear in <see cref="Nodes"/> from then on.
    /// Whoever owns the runs decides which of them are still wanted, and stops the others.
    /// </summary>
    Task StartAsync(CancellationToken cancellation);

    /// <summary>The nodes that exist now, as observed.</summary>
    IReadOnlyList<ObservedNode> Nodes { get; }

    /// <summary>What it sees of a node now, in a clause for the build log: <c>pod agents/maven-1 is Running on node worker-2</c>. Null where it sees nothing that its name does not say.</summary>
    string? DescribeNode(string nodeName) => null;

    /// <summary>Why a node of this template cannot be started now, in a sentence that a waiting queue item can show; null when nothing stands against it.</summary>
    string? WhyNotNow(NodeTemplate template);

    /// <summary>The same, were so many nodes more on their way: those that are decided on and not yet started.</summary>
    string? WhyNotNow(NodeTemplate template, int plannedOfCloud, int plannedOfTemplate) => WhyNotNow(template);

    /// <summary>
    /// Starts a node, and completes when it is on its way (its agent will connect by itself); it does not wait for the connection.
    /// Caps are checked here again, so that concurrent calls never exceed them. Starting a name that exists already is harmless: it answers with the node that is there.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left behind.</exception>
    Task<NodeStart> StartNodeAsync(NodeRequest request, CancellationToken cancellation);

    /// <summary>A node that exists changes hands: what people and a later life of the controller read off it is brought up to date. Best effort; nothing waits for it.
    /// Called again while an earlier change is under way, the last one wins, whatever the network does; <see cref="Nodes"/> shows it at once.</summary>
    /// <returns>Completes when this change or a later one is made, or the node has ended.</returns>
    Task AssignNodeAsync(string nodeName, NodeAssignment assignment, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Completes once it has seen which of its nodes exist. Until then nothing is said of nodes that are not in <see cref="Nodes"/>, and none is started.</summary>
    Task Observed => Task.CompletedTask;

    /// <summary>Since when what it has cannot be seen, and why; null while it answers.</summary>
    CloudSilence? Silence => null;

    /// <summary>Ends a node with everything that runs on it and removes its traces. Completes when it is gone, or, where the cloud does not answer for a while, when its end goes on without the caller; unknown names are gone already.</summary>
    Task StopNodeAsync(string nodeName, CancellationToken cancellation);
}

/// <summary>A cloud does not answer.</summary>
public sealed record CloudSilence(DateTimeOffset Since, string Why);

/// <summary>A cloud whose nodes consist of containers.</summary>
public interface IContainerCloud : ICloud
{
    /// <summary>Makes a template of what a pipeline declares: the declared ones whose label matches, with all that they inherit from each other and from the cloud's own.</summary>
    /// <returns>Null where none of them is meant for this cloud and matches.</returns>
    /// <exception cref="NodeTemplateException">What the pipeline declares cannot become a node; the message is for its author.</exception>
    NodeTemplate? Resolve(IReadOnlyList<DeclaredPodTemplate> declared, LabelExpression label, JobPath job);

    /// <summary>
    /// Looks for nodes in a namespace that the configuration may not name, because a pipeline did in an earlier life of the controller. Completes when they are among <see cref="ICloud.Nodes"/>, or when it is
    /// certain that the cloud may not look there.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled, or the cloud was disposed.</exception>
    Task LookIntoAsync(string @namespace, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>The pod that a node is, as observed; null where it is gone.</summary>
    NodePod? FindPod(string nodeName);

    /// <summary>
    /// Sees to it that processes can be run in a container; most need nothing done. Completes when the node's agent may be asked to open it.
    /// </summary>
    /// <returns>A warning for the build log; null for none.</returns>
    /// <exception cref="ContainerException">There is no such container, or it cannot run anything.</exception>
    Task<string?> PrepareContainerAsync(string nodeName, string container, CancellationToken cancellation);

    /// <summary>
    /// The containers, beside the agent's own, that the agent can run processes in as soon as they have started: it notices that sooner than the cluster tells. The others are what <see cref="WaitStartedAsync"/> is for.
    /// </summary>
    IReadOnlyList<string> ContainersOfAgent(string nodeName) => [];

    /// <summary>
    /// Completes when every container that the agent cannot see into has started, so that a service is there before the first step. Completes as well when the node fails meanwhile, which <see cref="ICloud.NodeFailed"/> tells.
    /// </summary>
    Task WaitStartedAsync(string nodeName, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>What can be found out about a node whose agent never connected, in lines for the build log: the last lines of its container's log, events, states.</summary>
    Task<IReadOnlyList<string>> DescribeSilenceAsync(string nodeName, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>What a container has written so far.</summary>
    /// <exception cref="ContainerException">There is no such container, or its log cannot be read.</exception>
    Task<string> ReadContainerLogAsync(string nodeName, ReadContainerLog request, CancellationToken cancellation);
}

/// <summary>What a pipeline declares cannot become a node. The message says which template, why and what to do.</summary>
public sealed class NodeTemplateException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The declaration is as it should be, and no node can be made of it: the request leaves the queue, as one does whose node is refused.</summary>
    public bool CancelsRequest { get; init; }
}

/// <summary>A container cannot be used. The message says which, why and what to do.</summary>
/// <param name="isInfrastructure">True when the pipeline is not to blame.</param>
public sealed class ContainerException(string message, bool isInfrastructure, Exception? cause = null) : Exception(message, cause)
{
    public bool IsInfrastructure { get; } = isInfrastructure;
}

/// <summary>A kind of node that a cloud can make.</summary>
/// <param name="Name">Unique within the cloud.</param>
/// <param name="MaxNodes">At most so many at a time; null leaves it to the cloud's own limit.</param>
/// <param name="TakesAnyLabel">It stands in for every label: a pipeline that is run in a checkout runs right there, whatever it asks for.</param>
public record NodeTemplate(string Name, IReadOnlyList<string> Labels, NodeMode Mode, int? MaxNodes = null, bool TakesAnyLabel = false)
{
    /// <summary>How its nodes are kept for further work; null: each is made for one use.</summary>
    public NodeReuse? Reuse { get; init; }

    /// <summary>How long its agents may take to connect; null leaves it to the controller.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>After how long its nodes end by themselves, should nobody end them before; <see cref="TimeSpan.MaxValue"/> for never, null leaves it to the controller.</summary>
    public TimeSpan? LongestLife { get; init; }

    /// <summary>Whether a node of this template may take work that asks for <paramref name="label"/> (null: asks for nothing).</summary>
    public bool Serves(LabelExpression? label) => TakesAnyLabel || (label is null ? Mode == NodeMode.Normal : label.Matches(Labels));
}

/// <summary>Nodes that stay for further work (DESIGN D6).</summary>
/// <param name="Key">Only work whose template has the same key gets such a node; it differs when anything of the template does.</param>
/// <param name="Idle">How long one waits for work before it is ended.</param>
/// <param name="MinIdle">So many are kept waiting at all times.</param>
/// <param name="MaxIdle">At most so many wait.</param>
/// <param name="MaxAge">None is used longer than this, counted from its making.</param>
public sealed record NodeReuse(string Key, TimeSpan Idle, int MinIdle, int MaxIdle, TimeSpan MaxAge);

/// <summary>As in Jenkins: whether work without a label may go there.</summary>
public enum NodeMode
{
    /// <summary>Takes work that asks for nothing as well.</summary>
    Normal,

    /// <summary>Only takes work whose label expression matches.</summary>
    Exclusive,
}

/// <summary>What a node is made for.</summary>
/// <param name="NodeName">Unique for ever; chosen by the controller.</param>
/// <param name="Secret">What the agent proves its name with; see the controller's agents.</param>
/// <param name="Run">The run that wants it; null for a spare one.</param>
/// <param name="Job">The job's path, for people.</param>
/// <param name="ControllerUrl">The root URL that the agent dials; its path part is kept.</param>
/// <param name="Deadline">The node may be removed after this moment by anyone who finds it; <see cref="DateTimeOffset.MaxValue"/> for never.</param>
/// <param name="Workspace">Where its pipeline works.</param>
public sealed record NodeRequest(
    string NodeName,
    string Secret,
    RunId? Run,
    string Job,
    NodeTemplate Template,
    Uri ControllerUrl,
    DateTimeOffset Deadline,
    NodeWorkspace? Workspace = null)
{
    /// <summary>The effect of the run that asks for it: what it is found by after a restart. Zero for a spare one.</summary>
    public long Effect { get; init; }

    /// <summary>The run's page; null for a spare one.</summary>
    public Uri? RunUrl { get; init; }
}

/// <summary>Where the pipeline on a node works.</summary>
public abstract record NodeWorkspace
{
    private NodeWorkspace()
    {
    }

    /// <summary>In a new directory that is removed with the node.</summary>
    public sealed record Fresh : NodeWorkspace;

    /// <summary>In a directory that belongs to someone: it is used as it is, and never emptied, checked out over or deleted.</summary>
    public sealed record InPlace(string Directory) : NodeWorkspace;
}

/// <summary>Whose a kept node is.</summary>
/// <param name="Run">Null while it waits for work.</param>
/// <param name="Folder">Whose work it has done; only work of the same folder may follow.</param>
public sealed record NodeAssignment(RunId? Run, long Effect, string Job, Uri? RunUrl, JobPath Folder);

/// <summary>How <see cref="ICloud.StartNodeAsync"/> ended.</summary>
public abstract record NodeStart
{
    private NodeStart()
    {
    }

    /// <param name="Agent">What a person looks for when it goes wrong: a process id, a pod's name.</param>
    public sealed record Started(string NodeName, string Agent) : NodeStart;

    /// <summary>Not now; <paramref name="Reason"/> is a sentence for the waiting item. Ask again when a node has ended.</summary>
    public sealed record AtCapacity(string Reason) : NodeStart;

    public sealed record Failed(NodeFailure Failure) : NodeStart;
}

/// <summary>A moment of a node's start, for the start-up chain (DESIGN D7) and the build log.</summary>
/// <param name="Link">The chain's link: <c>created</c>, <c>scheduled</c>, <c>pulled</c>, <c>started</c>; null for what only the log is told.</param>
/// <param name="Message">A line for the build log; null for none.</param>
public sealed record NodeProgress(string NodeName, string? Link, DateTimeOffset Time, string? Message);

/// <param name="Template">Its template's name; empty when that could not be read.</param>
/// <param name="Run">Empty for a spare node, or one whose record is damaged.</param>
/// <param name="IsAlive">False when its agent is gone and only traces are left.</param>
public sealed record ObservedNode(string NodeName, string Template, RunId? Run, string Job, DateTimeOffset Created, DateTimeOffset Deadline, bool IsAlive, string Agent)
{
    /// <inheritdoc cref="NodeRequest.Effect"/>
    public long Effect { get; init; }

    /// <summary>The template's <see cref="NodeReuse.Key"/> when it was made.</summary>
    public string? ReuseKey { get; init; }

    /// <summary>It waits for work of this folder, in a clean state; null when it does not wait.</summary>
    public JobPath? IdleFor { get; init; }
}

/// <summary>Why a node did not come, or did not stay.</summary>
/// <param name="IsInfrastructure">True when the pipeline is not to blame.</param>
/// <param name="MayRetry">Whether the same request may succeed later without anyone changing anything.</param>
public sealed record NodeFailure(string NodeName, NodeFailureReason Reason, string Message, bool IsInfrastructure, bool MayRetry)
{
    /// <summary>Lines for the build log that explain it: events, the last lines of a container's log.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];
}

/// <summary>A closed set: queue, metrics and documentation match on it.</summary>
public enum NodeFailureReason
{
    /// <summary>The agent's program cannot be found or started.</summary>
    CannotStart,
    ImagePull,

    /// <summary>A container's settings name what is not there, such as a Secret.</summary>
    ContainerConfig,

    /// <summary>The API server, or who it asks, does not allow such a node.</summary>
    Refused,

    Unschedulable,
    Quota,
    Evicted,
    OutOfMemory,

    /// <summary>The agent ended while it was needed.</summary>
    AgentEnded,

    /// <summary>A container beside the agent's ended that was to run on.</summary>
    ContainerEnded,

    /// <summary>Somebody else removed the node.</summary>
    Deleted,
    MachineLost,
    Deadline,

    /// <summary>The template asks for what the cloud cannot give.</summary>
    InvalidTemplate,

    /// <summary>The disk or directory for the workspace cannot be used.</summary>
    Storage,
}
