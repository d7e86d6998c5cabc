using Slipway.Model;

namespace Slipway.Controller.Capacity;

/// <summary>A <c>node</c> block's wish, named by the run and the effect that asks for it.</summary>
/// <param name="Since">When it was asked for; the order of the queue.</param>
/// <param name="Note">Takes lines for the build log: retries, failures of a node.</param>
public sealed record ExecutorRequest(RunId Run, long Effect, JobPath Job, int RunNumber, string? Label, string? CustomWorkspace, DateTimeOffset Since, Func<string, ValueTask> Note)
{
    /// <summary>When signalled, nobody waits for the answer any more, but what was begun stays: it is asked for again under the same name.</summary>
    public CancellationToken LetGo { get; init; }

    /// <summary>An earlier life of the run asked for it already: a node may have been started for it.</summary>
    public bool IsAskedAgain { get; init; }

    /// <summary>What the pipeline declares around the block, outermost first.</summary>
    public IReadOnlyList<DeclaredPodTemplate> Templates { get; init; } = [];

    /// <summary>The run's page.</summary>
    public Uri? RunUrl { get; init; }

    /// <summary>The same for every attempt and after every restart.</summary>
    public string Allocation => AllocationId(Run, Effect);

    public static string AllocationId(RunId run, long effect) => $"r{run}.e{effect}";
}

/// <summary>A request that waits, for the queue's page.</summary>
public sealed record WaitingExecutor(RunId Run, long Effect, JobPath Job, int RunNumber, string? Label, DateTimeOffset Since, string Why, bool IsStuck);

/// <summary>Somebody took a waiting request out of the queue; the message is for the build's log.</summary>
internal sealed class RequestCancelledException(string message) : Exception(message);

/// <summary>An executor in use.</summary>
public sealed record BusyExecutor(string Node, int Executor, RunId Run, long Effect, JobPath Job, int RunNumber, DateTimeOffset Since);
