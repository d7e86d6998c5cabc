using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Controller.Capacity;
using Slipway.Controller.Changes;
using Slipway.Controller.Jobs;
using Slipway.Controller.Locks;
using Slipway.Controller.Nodes;
using Slipway.Controller.Queue;
using Slipway.Controller.Runs;
using Slipway.Controller.Scm;
using Slipway.Controller.Secrets;
using Slipway.Controller.Triggers;
using Slipway.Controller.Views;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Provisioning;
using Slipway.Store;

namespace Slipway.Controller;

/// <summary>
/// The controller as one object: made, started once, used through its contracts, disposed. Disposing stops it as a crash would, only politely: runs stay where their journals stand
/// and go on with the next start; agents keep working meanwhile.
/// </summary>
public sealed class ControllerHost : IAsyncDisposable
{
    private static readonly TimeSpan MatchInterval = TimeSpan.FromSeconds(30);

    private readonly IStore _store;
    private readonly RunQueue _queue;
    private readonly RunSupervisor _runs;
    private readonly NodeCommands _nodeCommands;
    private readonly NodeWatch _nodeWatch;
    private readonly ExecutorAllocator _executors;
    private readonly TimeProvider _time;
    private readonly ILogger<ControllerHost> _log;
    private readonly CancellationTokenSource _stopping = new();
    private Task _matching = Task.CompletedTask;

    /// <param name="clouds">Have been started, and are not disposed here: they are needed until this is disposed.</param>
    public ControllerHost(ControllerOptions options, IStore store, ICloudSet clouds, ILoggerFactory logs, TimeProvider time)
    {
        _store = store;
        _time = time;
        _log = logs.CreateLogger<ControllerHost>();
        var allocation = new AllocatorOptions
        {
            ControllerUrl = options.AgentUrl ?? options.LocalUrl ?? options.RootUrl,
            SecretKey = InstanceKey.LoadOrCreate(options.DataDirectory),
            ConnectTimeout = options.AgentConnectTimeout,
            WorkspaceOf = options.WorkspaceOf,
        };
        var caches = Path.Combine(options.DataDirectory, "caches", "git");
        Directory.CreateDirectory(caches);

        // The hub asks who may connect and where files go; both are made after it and need it themselves.
        var callbacks = new HubCallbacks();
        Hub = new AgentHub(callbacks, callbacks, options.Agents, time, logs.CreateLogger<AgentHub>());
        _executors = new ExecutorAllocator(clouds, Hub, allocation, time, logs.CreateLogger<ExecutorAllocator>());
        _queue = new RunQueue(store, ChangeFeed, time, logs.CreateLogger<RunQueue>());
        var locks = new LockManager();
        var seal = new ParameterSeal(store.Sealer);
        var services = new RunServices(
            store, Hub, _executors, locks, new ScriptFetcher(caches, options.AllowLocalRepositories), seal, ChangeFeed, options.Limits, options.RootUrl, options.GlobalEnvironment, time, logs);
        _runs = new RunSupervisor(services, _queue);
        callbacks.Directory = _executors;
        callbacks.Transfers = _runs;
        _nodeWatch = new NodeWatch(Hub, _executors.Look, () => _runs.Live, time);
        _runs.WentLive += run =>
        {
            run.NodeGiven = _nodeWatch.FollowNode;
            _nodeWatch.Follow(run);
        };

        var runReads = new RunReads(store, _runs, _executors, locks);
        var queueReads = new QueueReads(store, _queue, _executors);
        Runs = runReads;
        Queue = queueReads;
        Jobs = new JobReads(store, _queue, runReads, queueReads, seal);
        Nodes = new NodeReads(_executors, Hub, options.AgentUrl);
        JobCommands = new JobCommands(store.Jobs, _queue, _runs, seal, ChangeFeed);
        RunCommands = new RunCommands(store, _queue, _runs, _executors, seal, ChangeFeed, time);
        NodeCommands = _nodeCommands = new NodeCommands(store.Nodes, _executors, allocation, time);
        _executors.WaitChanged += request => ChangeFeed.Publish(new Change.OfRun(request.Run, request.Job, request.RunNumber));
        _executors.Changed += node =>
        {
            ChangeFeed.Publish(new Change.OfQueue());
            if (node is not null)
            {
                ChangeFeed.Publish(new Change.OfNode(node));
            }
        };
    }

    public ChangeFeed ChangeFeed { get; } = new();

    public AgentHub Hub { get; }

    public IJobReads Jobs { get; }

    public IRunReads Runs { get; }

    public IQueueReads Queue { get; }

    public INodeReads Nodes { get; }

    public IScriptChecks ScriptChecks { get; } = new ScriptChecks();

    public IJobCommands JobCommands { get; }

    public IRunCommands RunCommands { get; }

    public INodeCommands NodeCommands { get; }

    /// <summary>Of the runs that have not ended: what on-demand nodes are checked against.</summary>
    private IReadOnlySet<RunId> UnfinishedRuns => _runs.Unfinished.Select(r => r.Id).ToHashSet();

    /// <summary>Takes up everything that was under way. Agents may connect as soon as this is called; new runs begin when it completes.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _nodeCommands.LoadAsync(cancellation);
        await _runs.ResumeAsync(cancellation);
        await _queue.StartAsync(_runs, cancellation);
        _matching = MatchNodesAsync();
    }

    /// <summary>
    /// Steadily holds the nodes that are there against the runs that there are: what a crash, a cloud that was away or a person has left behind is removed.
    /// </summary>
    private async Task MatchNodesAsync()
    {
        using var timer = new PeriodicTimer(MatchInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                try
                {
                    await _executors.RemoveLeftoversAsync(() => UnfinishedRuns, _stopping.Token);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    _log.LogWarning(fault, "Nodes could not be held against the runs; it is tried again in {Seconds} seconds", MatchInterval.TotalSeconds);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops; the next start looks first of all.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _matching;
        _nodeWatch.Dispose();
        await _queue.DisposeAsync();
        var runs = _runs.DisposeAsync();
        await Hub.DisposeAsync();
        await _executors.DisposeAsync();
        await runs;
        await _store.DisposeAsync();
        _stopping.Dispose();
    }

    private sealed class HubCallbacks : IAgentDirectory, IAgentTransferHandler
    {
        public IAgentDirectory? Directory { get; set; }

        public IAgentTransferHandler? Transfers { get; set; }

        public ValueTask<ExpectedAgent?> FindAsync(string name, CancellationToken cancellation) => Directory!.FindAsync(name, cancellation);

        public Task ReceiveAsync(AgentTransfer transfer, Slipway.Model.Operations.UploadFiles upload, Stream archive, CancellationToken cancellation) =>
            Transfers!.ReceiveAsync(transfer, upload, archive, cancellation);

        public Task SendAsync(AgentTransfer transfer, Slipway.Model.Operations.DownloadFiles download, Stream archive, CancellationToken cancellation) =>
            Transfers!.SendAsync(transfer, download, archive, cancellation);
    }
}
