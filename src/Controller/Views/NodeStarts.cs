using Slipway.Feeds;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Store;
using Slipway.Store.Logs;

namespace Slipway.Controller.Views;

/// <summary>
/// How nodes came to a run, read off its journal and its log. A journal only grows: of the runs that were looked at last, only what is new is read.
/// </summary>
internal sealed class NodeStarts(IStore store)
{
    private const int MostRemembered = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<RunId, Reading> _readings = [];
    private readonly LinkedList<RunId> _recent = [];

    public async Task<IReadOnlyList<NodeStartView>> ReadAsync(RunId run, CancellationToken cancellation)
    {
        var reading = ReadingOf(run);
        await reading.Turn.WaitAsync(cancellation);
        try
        {
            await foreach (var entry in store.Journal.ReadAsync(run, reading.Next, cancellation))
            {
                reading.Take(entry);
            }

            foreach (var start in reading.Starts.Where(s => s is { FirstLog: null, FirstStep: not null }))
            {
                start.FirstLog = (await store.Logs.ReadLinesAsync(run, LogScope.Of(start.StepNode), 1, 1, cancellation)).Lines is [var line, ..] ? line.Time : null;
            }

            return [.. reading.Starts.Select(s => s.View())];
        }
        finally
        {
            reading.Turn.Release();
        }
    }

    private Reading ReadingOf(RunId run)
    {
        lock (_lock)
        {
            _recent.Remove(run);
            _recent.AddLast(run);
            if (_recent.Count > MostRemembered)
            {
                _readings.Remove(_recent.First!.Value);
                _recent.RemoveFirst();
            }

            return _readings.TryGetValue(run, out var known) ? known : _readings[run] = new Reading();
        }
    }

    private sealed class Reading
    {
        private readonly Dictionary<long, (int FlowNode, string? Label)> _asked = [];
        private readonly Dictionary<long, Start> _byEffect = [];

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public long Next { get; private set; } = 1;

        public List<Start> Starts { get; } = [];

        public void Take(JournalEntry entry)
        {
            Next = entry.Sequence + 1;
            switch (entry.Event)
            {
                case EffectRequested { Request: AllocateNode wanted } asked:
                    _asked[asked.Effect] = (asked.FlowNode, wanted.Label);
                    break;
                case EffectCompleted { Result: NodeAllocated allocated } completed when _asked.Remove(completed.Effect, out var from):
                    var start = new Start(from.FlowNode, from.Label, allocated.Node, allocated.Pod?.Cloud, allocated.Timings);
                    _byEffect[completed.Effect] = start;
                    Starts.Add(start);
                    break;
                case EffectCompleted { Result: EffectFailed { Timings: { } moments } } completed when _asked.Remove(completed.Effect, out var from):
                    Starts.Add(new Start(from.FlowNode, from.Label, null, null, moments));
                    break;
                case EffectCompleted { Result: EffectRefused { Timings: { } moments } } completed when _asked.Remove(completed.Effect, out var from):
                    Starts.Add(new Start(from.FlowNode, from.Label, null, null, moments));
                    break;
                case EffectCompleted completed:
                    _asked.Remove(completed.Effect);
                    break;
                case EffectRequested { Request: OnNode { Operation: not OpenContainer } step } asked when _byEffect.Remove(step.Allocation, out var used):
                    (used.FirstStep, used.StepNode) = (entry.Time, asked.FlowNode);
                    break;
                default:
                    break;
            }
        }
    }

    private sealed class Start(int flowNode, string? label, string? node, string? cloud, IReadOnlyList<StartupTiming> timings)
    {
        public DateTimeOffset? FirstStep { get; set; }

        public int StepNode { get; set; }

        public DateTimeOffset? FirstLog { get; set; }

        public NodeStartView View()
        {
            var moments = timings.Select(t => new NodeStartMoment(t.Link, t.Time)).ToList();
            if (FirstStep is { } step)
            {
                moments.Add(new NodeStartMoment("step", step));
            }

            if (FirstLog is { } log)
            {
                // The line's time is when its writer wrote it, the step's when the journal had it.
                moments.Add(new NodeStartMoment("log", log > moments[^1].Time ? log : moments[^1].Time));
            }

            return new NodeStartView(flowNode, node, cloud, label, timings.Any(t => t.Link is "created" or "started"), moments);
        }
    }
}
