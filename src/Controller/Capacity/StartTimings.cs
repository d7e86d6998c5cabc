using Slipway.Controller.Agents;
using Slipway.Controller.Telemetry;
using Slipway.Model.Effects;

namespace Slipway.Controller.Capacity;

/// <summary>The moments of one request's way to its executor (DESIGN D7), as different parties tell of them. Thread-safe.</summary>
internal sealed class StartTimings
{
    private const string Requested = "requested";

    private readonly Lock _lock = new();
    private readonly List<StartupTiming> _moments;

    public StartTimings(DateTimeOffset requested) => _moments = [new StartupTiming(Requested, requested)];

    public void Add(string link, DateTimeOffset time)
    {
        lock (_lock)
        {
            _moments.Add(new StartupTiming(link, time));
        }
    }

    /// <summary>Somebody offers what is asked for: from here on it is room that is waited for. Only the first time counts.</summary>
    public void AddMatched(DateTimeOffset time)
    {
        lock (_lock)
        {
            if (!_moments.Exists(t => t.Link == "matched"))
            {
                _moments.Add(new StartupTiming("matched", time));
            }
        }
    }

    /// <summary>
    /// When a new node's agent was started is its own to say: the cluster tells of it by the second, and often only when the agent is here already.
    /// Its word counts within what we know: after the node was made, and not in the future.
    /// </summary>
    public void AddProgramStarted(AgentInfo agent)
    {
        lock (_lock)
        {
            var created = _moments.FindLast(t => t.Link == "created");
            if (created is not null && agent.ProgramStarted is { } started && started > created.Time && started <= _moments[^1].Time)
            {
                _moments.RemoveAll(t => t.Link == "started");
                _moments.Add(new StartupTiming("started", started));
            }
        }
    }

    /// <summary>The links of a start that failed would be taken for those of the next one: all that is told of it is how long it took.</summary>
    public void AddFailed(DateTimeOffset time)
    {
        lock (_lock)
        {
            _moments.RemoveAll(t => t.Link != Requested);
            _moments.Add(new StartupTiming("failed", time));
        }
    }

    public IReadOnlyList<StartupTiming> InOrder()
    {
        lock (_lock)
        {
            return StartupChain.InOrder(_moments);
        }
    }
}
