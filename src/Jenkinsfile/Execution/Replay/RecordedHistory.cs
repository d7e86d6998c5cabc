using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Execution.Replay;

/// <summary>What an earlier execution left in the journal, sorted by how the replay needs it.</summary>
internal sealed class RecordedHistory
{
    private readonly Dictionary<long, (EffectRequested Event, DateTimeOffset Time)> _requests = [];
    private readonly HashSet<long> _cancelled = [];

    public RecordedHistory(IReadOnlyList<JournalEntry> entries)
    {
        foreach (var entry in entries)
        {
            switch (entry.Event)
            {
                case EffectRequested requested:
                    _requests.Add(requested.Effect, (requested, entry.Time));
                    break;
                case EffectCancelRequested cancel:
                    _cancelled.Add(cancel.Effect);
                    break;
                case EffectCompleted { During: { } checkpoint }:
                    Interruptions.Enqueue((checkpoint, entry.Event));
                    break;
                case InterruptRequested { During: { } checkpoint }:
                    Interruptions.Enqueue((checkpoint, entry.Event));
                    break;
                case AllocationLost lost:
                    LostAllocations.Add(lost.Allocation);
                    if (lost.During is { } place)
                    {
                        Interruptions.Enqueue((place, lost));
                    }
                    else
                    {
                        Deliveries.Enqueue(lost);
                    }

                    break;
                case EffectCompleted or InterruptRequested:
                    Deliveries.Enqueue(entry.Event);
                    break;
                case RunFinished finished:
                    Finished = finished;
                    break;
                case RunStarted:
                    break;
                default:
                    DisplayRecords++;
                    break;
            }
        }
    }

    /// <summary>Completions and interruptions, in the order in which the program saw them.</summary>
    public Queue<RunEvent> Deliveries { get; } = new();

    /// <summary>What the program saw while it computed, with the checkpoint. Those in <see cref="Deliveries"/> around them do not say where they belong: they may have been durable before.</summary>
    public Queue<(long Checkpoint, RunEvent Event)> Interruptions { get; } = new();

    /// <summary>The nodes whose loss the program has been told of.</summary>
    public HashSet<long> LostAllocations { get; } = [];

    /// <summary>How many records that only show something (flow nodes, annotations) are there; they were written in the program's order.</summary>
    public int DisplayRecords { get; }

    public RunFinished? Finished { get; }

    public EffectRequested? Request(long effect) => _requests.TryGetValue(effect, out var found) ? found.Event : null;

    public DateTimeOffset RequestTime(long effect) => _requests[effect].Time;

    public bool HoldsCancelOf(long effect) => _cancelled.Contains(effect);

    public bool HoldsRequestsAfter(long effect) => _requests.Keys.Any(id => id > effect);
}
