using Slipway.Model;
using Slipway.Model.Effects;

namespace Slipway.Controller.Capacity;

/// <summary>A request in the queue for an executor, for one attempt. All but what it was made with is read and written with the ledger's lock held.</summary>
/// <param name="declared">What its pipeline declares for it; null where that is nothing.</param>
/// <param name="declaredWith">See <see cref="PodDeclarations.Surroundings"/>.</param>
internal sealed class Waiter(ExecutorRequest request, LabelExpression? label, IReadOnlyList<TemplateOffer>? declared, IReadOnlyList<object> declaredWith, int attempt, DateTimeOffset notBefore, StartTimings timings, BuildNotes notes, WaitNotes words)
{
    public ExecutorRequest Request { get; } = request;

    public LabelExpression? Label { get; } = label;

    public int Attempt { get; } = attempt;

    /// <summary>Its links so far; shared with the node that is started for it.</summary>
    public StartTimings Timings { get; } = timings;

    public BuildNotes Notes { get; } = notes;

    public ExecutorDemand Demand { get; private set; } = new(label, notBefore) { Job = request.Job, Declared = declared };

    /// <summary>What its declaration was understood with.</summary>
    public IReadOnlyList<object> DeclaredWith { get; set; } = declaredWith;

    /// <summary>Why nobody can make what it declares as things stand; null where somebody can, or it declares nothing.</summary>
    public string? WhyUndeclarable { get; set; }

    /// <summary>Whether a node that was started for it before has still to be looked for.</summary>
    public Search Search { get; set; } = request.IsAskedAgain && attempt == 1 ? Search.ToDo : Search.Done;

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

    public void Declare(IReadOnlyList<TemplateOffer> offers) => Demand = Demand with { Declared = offers };
}

/// <summary>How far the search for a request's earlier node is.</summary>
internal enum Search
{
    /// <summary>Clouds that may have it may have to be waited for.</summary>
    ToDo,
    UnderWay,
    Done,
}
