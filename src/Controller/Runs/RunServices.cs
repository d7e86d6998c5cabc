using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Controller.Capacity;
using Slipway.Controller.Changes;
using Slipway.Controller.Locks;
using Slipway.Controller.Scm;
using Slipway.Controller.Secrets;
using Slipway.Jenkinsfile.Execution;
using Slipway.Store;

namespace Slipway.Controller.Runs;

/// <summary>What every run works with. One for the whole server.</summary>
internal sealed record RunServices(
    IStore Store,
    IAgentHub Hub,
    ExecutorAllocator Executors,
    LockManager Locks,
    ScriptFetcher Scripts,
    ParameterSeal Seal,
    ChangeFeed Changes,
    PipelineRunOptions Limits,
    Uri RootUrl,
    Func<IReadOnlyDictionary<string, string>> GlobalEnvironment,
    TimeProvider Time,
    ILoggerFactory Logs);

/// <summary>What a run may ask of the other runs.</summary>
internal interface IRunNeighbours
{
    /// <summary>Starts a job on behalf of a run, once for each effect: asked again it finds what was started.</summary>
    /// <param name="note">Writes a line into the step's part of the log; the same line again is written once.</param>
    Task<Slipway.Model.Effects.EffectResult> BuildAsync(LiveRun parent, long effect, Slipway.Model.Effects.BuildJob request, DateTimeOffset requested, Func<string, ValueTask> note, CancellationToken cancellation);

    /// <summary>A run has passed a milestone: older runs of its job that wait before it are superseded.</summary>
    void SupersedeBefore(LiveRun passed, int ordinal);

    /// <summary>Called once, when the run has ended and gave back all that it held.</summary>
    void OnEnded(LiveRun run);
}
