using Slipway.Model;
using Slipway.Model.Effects;

namespace Slipway.Controller.Capacity;

/// <summary>A request in the queue for an executor. All but what it was made with is read and written with the allocator's lock held.</summary>
/// <param name="declared">What its pipeline declares for it; null where that is nothing.</param>
internal sealed class Waiter(ExecutorRequest request, LabelExpression? label, IReadOnlyList<TemplateOffer>? declared, int attempt, DateTimeOffset notBefore, List<StartupTiming> timings, BuildNotes notes, WaitNotes words)
{
    public ExecutorRequest Request { get; } = request;

    public LabelExpression? Label { get; } = label;

    public int Attempt { get; } = attempt;

    /// <summary>Its links so far; shared with the node that is started for it, and locked by itself.</summary>
    public List<StartupTiming> Timings { get; } = timings;

    public BuildNotes Notes { get; } = notes;

    public ExecutorDemand Demand { get; private set; } = new(label, notBefore) { Job = request.Job, Declared = declared };

    /// <summary>It is not planned yet: a node may have been started for it before, and whoever may have that node cannot be asked, or is being asked.</summary>
    public bool IsHeld { get; set; } = request.IsAskedAgain && attempt == 1;

    /// <summary>Whoever may have that node is being asked.</summary>
    public bool IsSought { get; set; }

    /// <summary>The build's log says why it is held.</summary>
    public bool HasSaidHeld { get; set; }

    /// <summary>What its declaration was understood with; null before the first round.</summary>
    public IReadOnlyList<object>? UnderstoodWith { get; set; }

    /// <summary>Why nobody can make what it declares as things stand; null where somebody can, or it declares nothing.</summary>
    public string? WhyUndeclarable { get; set; }

    public void Declare(IReadOnlyList<TemplateOffer> offers) => Demand = Demand with { Declared = offers };

    public string Why { get; set; } = "waiting for an agent";

    /// <summary>The reason that readers were told of last; null while there was none to tell.</summary>
    public string? Said { get; private set; }

    public bool IsStuck { get; set; }

    public TaskCompletionSource<BusyExecutor> Placed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="why">Null: there is no reason any more.</param>
    /// <returns>Whether that is news.</returns>
    public bool Tell(string? why)
    {
        if (Said == why)
        {
            return false;
        }

        Said = why;
        words.Changed(why);
        return true;
    }

    public void Note(string link, DateTimeOffset time)
    {
        lock (Timings)
        {
            Timings.Add(new StartupTiming(link, time));
        }
    }

    /// <summary>Somebody offers what it asks for: from here on it is room that is waited for. Only the first time counts.</summary>
    public void NoteMatched(DateTimeOffset time)
    {
        lock (Timings)
        {
            if (!Timings.Exists(t => t.Link == "matched"))
            {
                Timings.Add(new StartupTiming("matched", time));
            }
        }
    }
}
