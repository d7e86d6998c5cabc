using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Lint;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary><c>validateDeclarativePipeline</c>: lints a file of the workspace.</summary>
internal static class ValidateStep
{
    public static StepDefinition Definition { get; } = new()
    {
        Name = "validateDeclarativePipeline",
        Summary = "Checks a Declarative pipeline in a file of the workspace, prints its faults, and returns whether it is valid.",
        Parameters = [StepParameter.Text("path").Required()],
        Main = "path",
        NeedsNode = true,
        Run = RunAsync,
    };

    private static async Task<object?> RunAsync(StepCall call)
    {
        var path = call.Arguments.RequiredText("path");
        if (!(await call.Context.OnNodeAsync<FileExistence>(new CheckFileExists(path))).Exists)
        {
            call.Log($"Declarative Pipeline file '{path}' does not exist.");
            return false;
        }

        var text = (await call.Context.OnNodeAsync<TextRead>(new ReadTextFile(path, null))).Text;
        var reading = PipelineLinter.Read(new SourceText(path, text));
        if (reading is { IsDeclarative: false, IsValid: true })
        {
            call.Log($"Declarative Pipeline file '{path}' does not contain the 'pipeline' step.");
            return false;
        }

        call.Log(reading.IsValid
            ? $"Declarative Pipeline file '{path}' is valid."
            : $"Error(s) validating Declarative Pipeline file '{path}' - {CompilationErrors.Render(reading.Diagnostics)}");
        return reading.IsValid;
    }
}
