using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>One call of a step: what its code works with.</summary>
internal sealed class StepCall
{
    public required StepDefinition Definition { get; init; }

    /// <summary>The surroundings of the call, with the step's own node of the graph as the innermost.</summary>
    public required StepContext Context { get; init; }

    public required StepArguments Arguments { get; init; }

    /// <summary>The block; where the definition requires one it is there.</summary>
    public StepBody? Body { get; init; }

    /// <summary>The blocks of <c>parallel</c>, in the order written.</summary>
    public IReadOnlyList<KeyValuePair<string, StepBody>> Branches { get; init; } = [];

    public RunServices Run => Context.Run;

    /// <summary>How the step itself ended where it did not fail: <c>unstable</c> marks its own node.</summary>
    public RunResult? Outcome { get; private set; }

    public string? OutcomeReason { get; private set; }

    /// <summary>Marks this step and the stages around it. The run's own result is set apart from it.</summary>
    public void Mark(RunResult result, string? reason)
    {
        Outcome = result;
        OutcomeReason = reason;
        Context.Stage?.Worsen(result, reason);
    }

    public void Log(string text) => Run.Console.Write(Context, text);

    /// <summary>Runs the block in the step's surroundings, changed as the step needs.</summary>
    /// <param name="mark">What stands behind the brace in the console: the stage's name.</param>
    public Task<object?> RunBodyAsync(Func<StepContext, StepContext>? change = null, string? mark = null) =>
        RunBlockAsync(Body!, change is null ? Context : change(Context), mark);

    public async Task<object?> RunBlockAsync(StepBody body, StepContext context, string? mark = null)
    {
        Log(mark is null ? "[Pipeline] {" : $"[Pipeline] {{ ({mark})");
        try
        {
            // A block begins in the next turn: branches side by side all come to their first stage before one of them goes on, so what stops them finds them in it.
            await Task.Yield();
            return await body(context);
        }
        finally
        {
            Log("[Pipeline] }");
        }
    }
}
