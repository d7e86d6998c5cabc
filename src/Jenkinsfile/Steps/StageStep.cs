using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Steps;

/// <summary><c>stage</c>: a named part of the run.</summary>
internal static class StageStep
{
    public static StepDefinition Definition { get; } = new()
    {
        Name = "stage",
        Summary = "A named part of the run; what happens in its block shows under its name.",
        Parameters =
        [
            StepParameter.Text("name").Required(),
            StepParameter.Integer("concurrency").RefusedBecause("it was deprecated with block-less stages; use lock or milestone."),
        ],
        Main = "name",
        Block = StepBlock.Optional,
        IsStage = true,
        Label = arguments => arguments.Text("name"),
        Differences = "A stage without a block is only a mark in the log.",
        Run = RunAsync,
    };

    private static async Task<object?> RunAsync(StepCall call)
    {
        var name = call.Arguments.RequiredText("name");
        if (call.Body is null)
        {
            call.Log("Using the ‘stage’ step without a block argument is deprecated");
            call.Log($"Entering stage {name}");
            return null;
        }

        return await call.RunBodyAsync(mark: name);
    }
}
