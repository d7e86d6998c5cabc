using Slipway.Model.Operations;
using Slipway.Protocol;

namespace Slipway.Controller.Agents;

/// <summary>
/// One node as the controller sees it: its agent's connection if there is one, the operations that are pending, and what its agent still has to be told. Outlives connections. Thread-safe.
/// </summary>
internal sealed class AgentNode(string name, AgentNodeContext context)
{
    // An agent's word is not to be trusted with the range of our clock: none runs for longer than ten years.
    private const long LongestAge = 10L * 365 * 24 * 60 * 60 * 1000;

    private readonly Lock _lock = new();
    private readonly Lock _announcing = new();
    private readonly Dictionary<string, PendingOperation> _pending = new(StringComparer.Ordinal);

    // What could not be said because the agent was away. An operation or allocation that ended meanwhile must not live on there.
    private readonly HashSet<string> _owedForgets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskCompletionSource> _releases = new(StringComparer.Ordinal);
    private readonly HashSet<string> _cleanReleases = new(StringComparer.Ordinal);

    private TaskCompletionSource<AgentInfo> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AgentSession? _session;
    private AgentInfo? _info;
    private AgentConnectionState _state = AgentConnectionState.Awaited;
    private DateTimeOffset _since = context.Time.GetUtcNow();
    private string? _reason;
    private bool _isLostByInfrastructure = true;

    public AgentState State
    {
        get
        {
            lock (_lock)
            {
                return new AgentState(name, _state, _since, _info, _pending.Count, _reason) { IsInfrastructure = _state != AgentConnectionState.Lost || _isLostByInfrastructure };
            }
        }
    }

    public Task<AgentInfo> WaitConnectedAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            return _state == AgentConnectionState.Lost
                ? Task.FromException<AgentInfo>(new AgentLostException(name, _reason!))
                : _connected.Task.WaitAsync(cancellation);
        }
    }

    public async Task<OperationResult> RunAsync(AgentWork work, CancellationToken cancellation)
    {
        PendingOperation? operation;
        lock (_lock)
        {
            if (_state == AgentConnectionState.Lost)
            {
                return Lost(_reason!);
            }

            if (!_pending.TryGetValue(work.OperationId, out operation))
            {
                _owedForgets.Remove(work.OperationId);
                operation = new PendingOperation(work, context);
                _pending.Add(work.OperationId, operation);
                if (_session is not null)
                {
                    operation.Attach(_session);
                }
            }
        }

        try
        {
            await using (cancellation.UnsafeRegister(static (state, _) => ((PendingOperation)state!).Cancel(), operation))
            await using (work.LetGo.UnsafeRegister(static (state, token) => ((PendingOperation)state!).LetGo(token), operation))
            {
                return await operation.Completion;
            }
        }
        finally
        {
            Finish(operation);
        }
    }

    /// <summary>The pending operation of that id; an agent may speak of no other.</summary>
    public PendingOperation? FindPending(string operationId)
    {
        lock (_lock)
        {
            return _pending.GetValueOrDefault(operationId);
        }
    }

    public void Acknowledge(string operationId)
    {
        lock (_lock)
        {
            if (_session is null)
            {
                _owedForgets.Add(operationId);
            }
            else
            {
                _session.Send(new ForgetOperation(operationId));
            }
        }
    }

    public async Task ReleaseAsync(string allocation, bool deletesWorkspaces, CancellationToken cancellation)
    {
        Task released;
        lock (_lock)
        {
            if (!_releases.TryGetValue(allocation, out var source))
            {
                source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _releases.Add(allocation, source);
                if (deletesWorkspaces)
                {
                    _cleanReleases.Add(allocation);
                }

                _session?.Send(new ReleaseAllocation(allocation, deletesWorkspaces));
            }

            released = _session is null ? Task.CompletedTask : source.Task;
        }

        await released.WaitAsync(cancellation);
    }

    public void MarkLost(string reason, bool isInfrastructure = true)
    {
        PendingOperation[] operations;
        lock (_lock)
        {
            operations = [.. _pending.Values];
            foreach (var operation in operations)
            {
                _releases.TryAdd(operation.Work.Allocation, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            _session?.Close((System.Net.WebSockets.WebSocketCloseStatus)AgentCloseStatus.Removed, reason);
            _session = null;
            _connected.TrySetException(new AgentLostException(name, reason));
            _ = _connected.Task.Exception;
            _connected = new TaskCompletionSource<AgentInfo>(TaskCreationOptions.RunContinuationsAsynchronously);
            CompleteReleases();
            _isLostByInfrastructure = isInfrastructure;
            Enter(AgentConnectionState.Lost, reason);
        }

        foreach (var operation in operations)
        {
            operation.Complete(Lost(reason));
        }

        Announce();
    }

    /// <summary>The controller stops: whoever waits learns that it will not be told.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            foreach (var operation in _pending.Values)
            {
                operation.Abandon();
            }

            _connected.TrySetCanceled(CancellationToken.None);
            CompleteReleases();
        }
    }

    /// <summary>An agent of this name is here. It takes the place of an earlier connection at once.</summary>
    public void Attach(AgentSession session, Hello hello)
    {
        lock (_lock)
        {
            if (_session is { } earlier)
            {
                // The same program that came back need not hear of its own dead connection; another one under the same name must not come again.
                earlier.Close((System.Net.WebSockets.WebSocketCloseStatus)AgentCloseStatus.Superseded, $"{hello.HostName}, process {hello.ProcessId}, connected as '{name}'");
            }

            _session = session;
            _info = new AgentInfo(name, hello.AgentVersion, hello.OperatingSystem, hello.Architecture, hello.HostName, hello.ProcessId, hello.WorkDirectory, hello.Allocations)
            {
                ProgramStarted = hello.AgeMilliseconds is { } age and >= 0 && age < LongestAge ? context.Time.GetUtcNow() - TimeSpan.FromMilliseconds(age) : null,
            };
            Enter(AgentConnectionState.Connected, reason: null);
            session.Send(Welcome());
            SayWhatIsOwed(session, hello);
            foreach (var operation in _pending.Values)
            {
                operation.Attach(session);
            }

            _connected.TrySetResult(_info);
        }

        Announce();
    }

    /// <summary>A connection ended. Operations stay: they go on at the agent.</summary>
    public void Detach(AgentSession session)
    {
        lock (_lock)
        {
            if (_session != session)
            {
                return;
            }

            _session = null;
            _connected = new TaskCompletionSource<AgentInfo>(TaskCreationOptions.RunContinuationsAsynchronously);
            foreach (var operation in _pending.Values)
            {
                operation.Detach(session);
            }

            CompleteReleases();
            Enter(AgentConnectionState.Disconnected, session.EndReason ?? "the connection broke");
        }

        Announce();
    }

    public ValueTask HandleAsync(AgentSession session, AgentIntake intake)
    {
        switch (intake)
        {
            case AgentIntake.Message { Content: AllocationReleased released }:
                lock (_lock)
                {
                    if (_session == session && _releases.Remove(released.Allocation, out var source))
                    {
                        _cleanReleases.Remove(released.Allocation);
                        source.TrySetResult();
                    }
                }

                break;
            case AgentIntake.Message { Content: OperationReport report }:
                FindPending(report.OperationId)?.Report(session, report);
                break;
            case AgentIntake.Output output when FindPending(output.OperationId) is { } operation:
                operation.Receive(session, output);
                break;
            case AgentIntake.Output output:
                // Not asked for any more; never confirmed, so its sender stops at the window.
                output.Dispose();
                break;
        }

        return ValueTask.CompletedTask;
    }

    private Welcome Welcome() => new(
        AgentProtocol.Version,
        context.Options.OutputWindow,
        (int)context.Options.CancelGrace.TotalSeconds);

    private void SayWhatIsOwed(AgentSession session, Hello hello)
    {
        foreach (var operationId in _owedForgets.Where(hello.Operations.Contains))
        {
            session.Send(new ForgetOperation(operationId));
        }

        _owedForgets.Clear();
        foreach (var allocation in _releases.Keys)
        {
            session.Send(new ReleaseAllocation(allocation, _cleanReleases.Contains(allocation)));
        }
    }

    /// <summary>Nobody waits for an agent that is away; the releases stay owed.</summary>
    private void CompleteReleases()
    {
        foreach (var allocation in _releases.Keys.ToArray())
        {
            _releases[allocation].TrySetResult();
            _releases[allocation] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private void Finish(PendingOperation operation)
    {
        lock (_lock)
        {
            if (_pending.GetValueOrDefault(operation.Work.OperationId) == operation)
            {
                _pending.Remove(operation.Work.OperationId);
            }
        }

        operation.Dispose();
        if (operation.WasGivenUp)
        {
            // Called cancelled without the agent's word: should the agent have it after all, it must end it.
            Acknowledge(operation.Work.OperationId);
        }
    }

    private OperationFailed Lost(string reason) => new(AgentLostException.Describe(name, reason), _isLostByInfrastructure) { IsNodeLost = true };

    private void Enter(AgentConnectionState state, string? reason) => (_state, _since, _reason) = (state, context.Time.GetUtcNow(), reason);

    private void Announce()
    {
        // Outside of the node's lock, and one at a time: a handler may ask the node things, and sees the newest state last.
        lock (_announcing)
        {
            context.Changed(State);
        }
    }
}
