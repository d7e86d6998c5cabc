using Slipway.Model;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>Which conditions of <c>post</c> hold.</summary>
internal static class PostConditions
{
    /// <param name="previous">The result of the run before this one; null where there is none.</param>
    public static bool Holds(string condition, RunResult result, RunResult? previous) => condition switch
    {
        "always" or "cleanup" => true,
        "changed" => previous != result,
        "fixed" => result == RunResult.Success && previous is RunResult.Failure or RunResult.Unstable,
        "regression" => previous is { } before && result > before,
        "aborted" => result == RunResult.Aborted,
        "success" => result == RunResult.Success,
        "unsuccessful" => result != RunResult.Success,
        "unstable" => result == RunResult.Unstable,
        "failure" => result == RunResult.Failure,
        "notBuilt" => result == RunResult.NotBuilt,
        _ => false,
    };

    /// <summary>The result that the conditions of a whole pipeline look at.</summary>
    public static RunResult OfPipeline(RunResult? run, RunResult? failure) => RunResults.Worse(run, failure) ?? RunResult.Success;

    /// <summary>
    /// The result that the conditions of a stage look at: its own. What the script said of the run counts too, but not that the run has failed: that may have been another stage, beside
    /// this one.
    /// </summary>
    public static RunResult OfStage(RunResult? run, RunResult? stage, RunResult? failure) =>
        RunResults.Worse(RunResults.Worse(stage, failure), run == RunResult.Failure ? null : run) ?? RunResult.Success;
}
