using System.Collections.Concurrent;
using Slipway.Agent.Processes;
using Slipway.Agent.Spool;
using Slipway.Agent.Workspaces;
using Slipway.Model.Operations;
using Slipway.Protocol;

namespace Slipway.Agent.Operations;

/// <summary>All operations and workspaces of this agent. Lives as long as the program; connections come and go. Thread-safe.</summary>
internal sealed class OperationTable
{
    private static readonly TimeSpan StrayGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, HeldOperation> _operations = new(StringComparer.Ordinal);
    private readonly AgentOrigin _origin;
    private readonly string _internalDirectory;
    private readonly WorkspaceLeases _workspaces;
    private readonly AgentLog _log;
    private readonly Lock _startLock = new();
    private readonly ChildReaper _children;
    private readonly bool _isOneShot;

    /// <param name="isOneShot">The node ends with this agent, so operations need not outlive it.</param>
    public OperationTable(AgentOrigin origin, string workDirectory, string internalDirectory, bool isOneShot, ChildReaper children, AgentLog log)
    {
        _isOneShot = isOneShot;
        _children = children;
        _origin = origin;
        _internalDirectory = internalDirectory;
        _log = log;
        _workspaces = new WorkspaceLeases(workDirectory, internalDirectory, origin.InPlaceWorkspace);
        OperationSpool.CreateDirectory(OperationsDirectory, isShared: origin.Pod is not null);
        Resume();
    }

    /// <summary>Between SIGTERM and SIGKILL, as the controller wants it.</summary>
    public TimeSpan CancelGrace { get; set; } = TimeSpan.FromSeconds(10);

    public IReadOnlyList<string> Operations => [.. _operations.Keys];

    public IReadOnlyList<string> Allocations => [.. _operations.Values.Select(operation => operation.Allocation).Concat(_workspaces.Allocations).Distinct()];

    private string OperationsDirectory => Path.Combine(_internalDirectory, "operations");

    public HeldOperation? Find(string operationId) => _operations.GetValueOrDefault(operationId);

    /// <summary>The operation with this id; started now if there is none. What goes wrong is its result.</summary>
    public HeldOperation StartOrFind(RunOperation request)
    {
        lock (_startLock)
        {
            return _operations.TryGetValue(request.OperationId, out var held) ? held : _operations[request.OperationId] = Start(request);
        }
    }

    private HeldOperation Start(RunOperation request)
    {
        if (!AgentProtocol.IsId(request.OperationId) || !AgentProtocol.IsId(request.Allocation))
        {
            throw new InvalidDataException($"'{request.OperationId}' of '{request.Allocation}' cannot be an operation's name.");
        }

        if (QuickOperations.IsQuick(request.Operation))
        {
            return QuickOperation.Start(request.OperationId, request.Allocation, request.Operation, _origin.NodeName, log => new QuickOperations(_workspaces, _origin, log));
        }

        try
        {
            var work = new SupervisedOperation(AllocationCookie(request.Allocation), request.Operation, _origin, (int)CancelGrace.TotalSeconds);
            var spool = new OperationSpool(Path.Combine(OperationsDirectory, request.OperationId));
            return _isOneShot
                ? InProcessOperation.Start(spool, request.Allocation, work, _children)
                : SupervisedHandle.Start(spool, request.Allocation, work, CancelGrace, _children);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nothing has run. What was begun on disk must not look like an operation to a later life.
            new OperationSpool(Path.Combine(OperationsDirectory, request.OperationId)).Delete();
            var failure = Failures.Describe(exception, request.Operation, _origin.NodeName);
            return QuickOperation.Fail(request.OperationId, request.Allocation, failure with { IsInfrastructure = true });
        }
    }

    public void Cancel(string operationId) => Find(operationId)?.Cancel();

    /// <summary>The controller has the result.</summary>
    public async Task ForgetAsync(string operationId)
    {
        if (Find(operationId) is { } operation)
        {
            operation.Cancel();
            await operation.Ended;
            _operations.TryRemove(operationId, out _);
            operation.Delete();
        }
    }

    /// <summary>Ends what belongs to an allocation, and gives its workspaces free.</summary>
    /// <param name="deletesWorkspaces">They are deleted before.</param>
    /// <exception cref="IOException">Something of a workspace cannot be deleted; it stays the allocation's.</exception>
    public async Task ReleaseAsync(string allocation, bool deletesWorkspaces)
    {
        await Task.WhenAll(_operations.Values.Where(operation => operation.Allocation == allocation).Select(operation => ForgetAsync(operation.Id)));
        await EndStraysAsync(ProcessCookies.Allocation, AllocationCookie(allocation));
        if (deletesWorkspaces)
        {
            await EndDescendantsAsync();
            _workspaces.Delete(allocation, retry: directory => _origin.Pod?.Delete(directory));
        }

        _workspaces.Release(allocation);
    }

    /// <summary>Ends everything: the node goes away.</summary>
    public async Task EndAllAsync()
    {
        foreach (var operation in _operations.Values)
        {
            operation.Cancel();
        }

        await Task.WhenAny(Task.WhenAll(_operations.Values.Select(operation => operation.Ended)), Task.Delay(EndGrace));
        foreach (var allocation in Allocations)
        {
            await EndStraysAsync(ProcessCookies.Allocation, AllocationCookie(allocation));
        }

        if (Environment.GetEnvironmentVariable(AgentVariables.Node) is { Length: > 0 } node)
        {
            ProcessCookies.Signal(AgentVariables.Node, node, Native.SIGKILL);
        }
    }

    /// <summary>A supervisor says that there is something to see; an empty id means all.</summary>
    public void Look(string operationId)
    {
        foreach (var operation in operationId.Length == 0 ? _operations.Values : Find(operationId) is { } one ? [one] : [])
        {
            if (operation is SupervisedHandle supervised && !operation.Ended.IsCompleted)
            {
                supervised.Look();
            }
        }
    }

    private Task EndStraysAsync(string variable, string value) => EndAsync(signal => SignalStrays(variable, value, signal));

    /// <summary>
    /// The pod goes to somebody else: what a build has let loose does not go with it, though it left its session and changed its cookie. Only where nothing else has work here, and only in a pod: elsewhere the
    /// agent's descendants may be what a user wants to keep.
    /// </summary>
    private Task EndDescendantsAsync() => _origin.Pod is { } pod && _operations.IsEmpty
        ? EndAsync(signal => ProcessDescent.Signal(signal) + pod.SignalDescendants(signal))
        : Task.CompletedTask;

    /// <param name="signal">Signals all, and returns how many there were.</param>
    private static async Task EndAsync(Func<int, int> signal)
    {
        if (signal(Native.SIGTERM) == 0)
        {
            return;
        }

        var until = Deadline.In(StrayGrace);
        while (signal(0) > 0)
        {
            if (until.HasPassed)
            {
                _ = signal(Native.SIGKILL);
                return;
            }

            await Task.Delay(20);
        }
    }

    /// <summary>In this container and, in a pod, in all others. Returns how many there were.</summary>
    private int SignalStrays(string variable, string value, int signal) => ProcessCookies.Signal(variable, value, signal) + (_origin.Pod?.Signal(variable, value, signal) ?? 0);

    private string AllocationCookie(string allocation) => Path.Combine(_internalDirectory, allocation);

    private void Resume()
    {
        foreach (var directory in Directory.EnumerateDirectories(OperationsDirectory))
        {
            var spool = new OperationSpool(directory);
            try
            {
                if (SupervisedHandle.Resume(spool, CancelGrace) is { } held)
                {
                    _operations[held.Id] = held;
                    _log.Write($"Operation {held.Id} is {(held.Ended.IsCompleted ? "done, its result waits for the controller" : "still running")}.");
                }
                else
                {
                    spool.Delete();
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                _log.Write($"The remains of operation {spool.OperationId} in '{directory}' cannot be read: {exception.Message}. They are left where they are.");
            }
        }
    }
}
