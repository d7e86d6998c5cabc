using Slipway.Model;

namespace Slipway.Jenkinsfile.Execution;

/// <summary>How an open stage or branch stands: the worst that was said of it or of a stage within it.</summary>
internal sealed class StageState(string name, StageState? parent, bool isBranch = false)
{
    public string Name { get; } = name;

    /// <summary>It is a branch of <c>parallel</c>; <c>STAGE_NAME</c> is that of the stage around it.</summary>
    public bool IsBranch { get; } = isBranch;

    public StageState? Parent { get; } = parent;

    /// <summary>Null while nothing went wrong.</summary>
    public RunResult? Result { get; private set; }

    /// <summary>Why, in the words of the step that said so last.</summary>
    public string? Reason { get; private set; }

    /// <summary>It is not run (its condition does not hold, an earlier stage failed): shown as skipped, and nothing to the stages around it.</summary>
    public bool IsSkipped { get; private set; }

    public void Skip(string reason)
    {
        IsSkipped = true;
        Reason = reason;
    }

    /// <summary>Marks this stage and those around it; a result only gets worse.</summary>
    public void Worsen(RunResult result, string? reason)
    {
        for (var stage = this; stage is not null; stage = stage.Parent)
        {
            if (stage.Result is null || result > stage.Result)
            {
                stage.Result = result;
                stage.Reason = reason;
            }
        }
    }
}
