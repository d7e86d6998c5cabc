using System.Globalization;
using Slipway.Controller.Agents;

namespace Slipway.Controller.Runs;

/// <summary>A run, as far as its nodes go.</summary>
internal interface INodeHolder
{
    HeldNodes Nodes { get; }

    /// <summary>The node of that allocation is gone. Harmless when repeated.</summary>
    void Lose(long allocation, string message, bool isInfrastructure);
}

/// <summary>What is known of a node besides its agent.</summary>
/// <param name="Sight">What its cloud sees of it; null for a node of no cloud, or where nothing is seen.</param>
/// <param name="Deadline">When it ends at the latest; null for never.</param>
internal readonly record struct NodeSight(string? Sight, DateTimeOffset? Deadline);

/// <summary>
/// Tells runs what becomes of the agents that they work on: that one lost its connection, that it is back, that its node is gone. The operations themselves need no telling; they go on at the agent and are picked up
/// again, or fail. But a run may wait in a block for something else than its node.
/// </summary>
internal sealed class NodeWatch : IDisposable
{
    /// <summary>An agent that can reach the server is back by then: in its first minute it asks every 2.25 seconds at the least (<c>ConnectionLoop</c>), and a connection takes a moment. What is shorter is no news.</summary>
    internal static readonly TimeSpan Blip = TimeSpan.FromSeconds(5);

    /// <summary>An agent that has been without a server for long asks every 22.5 seconds at the least.</summary>
    internal static readonly TimeSpan AfterStart = TimeSpan.FromSeconds(30);

    private readonly IAgentHub _hub;
    private readonly Func<string, NodeSight> _look;
    private readonly Func<IEnumerable<INodeHolder>> _runs;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _started;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Absence> _absent = new(StringComparer.Ordinal);
    private bool _isDisposed;

    /// <param name="look">What is known of a node.</param>
    /// <param name="runs">Those that are under way.</param>
    public NodeWatch(IAgentHub hub, Func<string, NodeSight> look, Func<IEnumerable<INodeHolder>> runs, TimeProvider time)
    {
        (_hub, _look, _runs, _time, _started) = (hub, look, runs, time, time.GetUtcNow());
        _hub.Changed += OnAgentChanged;
    }

    /// <summary>A run is under way, and may hold nodes from an earlier life of the server: whose agents are away, or came back while nobody could note it.</summary>
    public void Follow(INodeHolder run)
    {
        foreach (var node in run.Nodes.Names)
        {
            var state = _hub.Find(node);
            switch (state?.Connection)
            {
                case AgentConnectionState.Connected:
                    run.Nodes.NoteReturn(node, Return(state, since: null));
                    break;
                case AgentConnectionState.Lost:
                    Lose(run, state);
                    break;
                default:
                    Await(node, _started, AfterStart, isSinceStart: true);
                    break;
            }
        }
    }

    public void Dispose()
    {
        _hub.Changed -= OnAgentChanged;
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var absence in _absent.Values)
            {
                absence.Timer.Dispose();
            }

            _absent.Clear();
        }
    }

    /// <summary>A node was given to the run just now: its loss may have been told before the run was known to hold it.</summary>
    public void FollowNode(INodeHolder run, string node)
    {
        if (_hub.Find(node) is { Connection: AgentConnectionState.Lost } lost)
        {
            Lose(run, lost);
        }
    }

    private static void Lose(INodeHolder run, AgentState lost)
    {
        foreach (var allocation in run.Nodes.On(lost.NodeName))
        {
            run.Lose(allocation, AgentLostException.Describe(lost.NodeName, lost.Reason ?? "it is gone"), lost.IsInfrastructure);
        }
    }

    private void OnAgentChanged(AgentState state)
    {
        if (state.Connection == AgentConnectionState.Lost)
        {
            foreach (var run in _runs())
            {
                Lose(run, state);
            }
        }

        if (state.Connection == AgentConnectionState.Disconnected)
        {
            Await(state.NodeName, state.Since, Blip, isSinceStart: false);
            return;
        }

        Absence? absence;
        lock (_lock)
        {
            if (!_absent.Remove(state.NodeName, out absence))
            {
                return;
            }
        }

        absence.Timer.Dispose();
        if (state.Connection == AgentConnectionState.Connected)
        {
            var line = Return(state, absence.IsSinceStart ? null : absence.Since);
            foreach (var run in _runs())
            {
                run.Nodes.NoteReturn(state.NodeName, line);
            }
        }
    }

    private void Await(string node, DateTimeOffset since, TimeSpan patience, bool isSinceStart)
    {
        lock (_lock)
        {
            if (_isDisposed || _absent.ContainsKey(node))
            {
                return;
            }

            var left = since + patience - _time.GetUtcNow();
            var absence = new Absence(since, isSinceStart) { Timer = _time.CreateTimer(_ => Tell(node), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) };
            _absent[node] = absence;
            absence.Timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private void Tell(string node)
    {
        Absence? absence;
        lock (_lock)
        {
            if (!_absent.TryGetValue(node, out absence))
            {
                return;
            }
        }

        var line = Describe(node, absence, _look(node));
        lock (_lock)
        {
            // Under the lock, so that it cannot come behind the word that the agent is back.
            if (!ReferenceEquals(_absent.GetValueOrDefault(node), absence))
            {
                return;
            }

            if (_hub.Find(node) is { Connection: AgentConnectionState.Connected or AgentConnectionState.Lost })
            {
                // It came in the moment in which a run began to wait for it.
                _absent.Remove(node);
                absence.Timer.Dispose();
                return;
            }

            foreach (var run in _runs())
            {
                run.Nodes.NoteAbsence(node, line);
            }
        }
    }

    private string Describe(string node, Absence absence, NodeSight sight)
    {
        var what = absence.IsSinceStart
            ? $"Agent {node} has not connected again since the server started at {At(absence.Since)}"
            : $"Agent {node} lost its connection to the server at {At(absence.Since)}";
        var limit = sight.Deadline is { } deadline ? $"waiting up to {Span(deadline - _time.GetUtcNow())}, which is the node's own deadline, for it to come back" : "waiting for it to come back, however long that takes";
        return $"{what}; {limit}{(sight.Sight is null ? "" : $" ({sight.Sight})")}.";
    }

    private string Return(AgentState state, DateTimeOffset? since) =>
        $"Agent {state.NodeName} is connected again{(since is { } at ? $" after {Span(_time.GetUtcNow() - at)}" : "")}{(state.Operations > 0 ? "; its steps went on meanwhile" : "")}.";

    private static string At(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Span(TimeSpan span) =>
        span.TotalHours >= 1 ? $"{(int)span.TotalHours} h {span.Minutes} min"
        : span.TotalMinutes >= 1 ? $"{span.Minutes} min {span.Seconds} s"
        : $"{Math.Max(0, (int)span.TotalSeconds)} s";

    private sealed class Absence(DateTimeOffset since, bool isSinceStart)
    {
        public DateTimeOffset Since => since;

        /// <summary>Nobody knows since when: the server itself was away.</summary>
        public bool IsSinceStart => isSinceStart;

        public required ITimer Timer { get; init; }
    }
}
