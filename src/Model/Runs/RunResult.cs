namespace Slipway.Model;

/// <summary>How a run or stage ended, from best to worst, as in Jenkins. The order matters: results combine to the worse one.</summary>
public enum RunResult
{
    Success,
    Unstable,
    Failure,
    NotBuilt,
    Aborted,
}

public static class RunResults
{
    /// <summary>Jenkins' spelling: <c>SUCCESS</c>, <c>NOT_BUILT</c> …</summary>
    public static string ToJenkins(this RunResult result) => result switch
    {
        RunResult.Success => "SUCCESS",
        RunResult.Unstable => "UNSTABLE",
        RunResult.Failure => "FAILURE",
        RunResult.NotBuilt => "NOT_BUILT",
        RunResult.Aborted => "ABORTED",
        _ => throw new ArgumentOutOfRangeException(nameof(result)),
    };

    public static bool TryParse(string? text, out RunResult result)
    {
        foreach (var candidate in Enum.GetValues<RunResult>())
        {
            if (string.Equals(candidate.ToJenkins(), text, StringComparison.OrdinalIgnoreCase))
            {
                result = candidate;
                return true;
            }
        }

        result = default;
        return false;
    }

    public static RunResult Worse(RunResult one, RunResult other) => (RunResult)Math.Max((int)one, (int)other);

    /// <summary>The worse of two, where null means "nothing said yet".</summary>
    public static RunResult? Worse(RunResult? one, RunResult? other) => one is null ? other : other is null ? one : Worse(one.Value, other.Value);
}

/// <summary>Where a run is on its way.</summary>
public enum RunState
{
    /// <summary>Waits in the queue; it has a number already.</summary>
    Queued,
    Running,
    Finished,
}
