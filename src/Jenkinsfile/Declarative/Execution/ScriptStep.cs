using Slipway.Jenkinsfile.Steps;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary><c>script</c>: lets any code stand among the steps of a Declarative pipeline.</summary>
internal static class ScriptStep
{
    public static StepDefinition Definition { get; } = new()
    {
        Name = "script",
        Summary = "Runs its block, which may hold any code and not only steps.",
        Block = StepBlock.Required,
        Run = call => call.RunBodyAsync(),
    };
}
