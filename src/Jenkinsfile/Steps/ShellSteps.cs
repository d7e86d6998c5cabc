using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>Steps that run a process on the node.</summary>
internal static class ShellSteps
{
    private static IReadOnlyList<StepParameter> Parameters { get; } =
    [
        StepParameter.Text("script").Required(),
        StepParameter.Flag("returnStdout"),
        StepParameter.Flag("returnStatus"),
        StepParameter.Text("encoding"),
        StepParameter.Text("label"),
    ];

    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "sh",
            Summary = "Runs a shell script on the node: by its own #! line, else with sh -xe.",
            Parameters = Parameters,
            Main = "script",
            NeedsNode = true,
            Label = arguments => arguments.Text("label"),
            Run = ShellAsync,
        },
        Windows("bat", "Batch scripts can only be run on Windows nodes"),
        Windows("powershell", "PowerShell scripts need a Windows node"),
        Windows("pwsh", "PowerShell scripts need a node with PowerShell, for which there is no operation yet"),
    ];

    private static StepDefinition Windows(string name, string reason) => new()
    {
        Name = name,
        Summary = "Runs a script on a Windows node.",
        Parameters = [.. Parameters, StepParameter.Flag("returnStderr")],
        Main = "script",
        NeedsNode = true,
        Differences = "There are no Windows agents yet: it always fails, and says so.",
        Label = arguments => arguments.Text("label"),
        Run = call => throw Failures.Abort(
            $"{reason}, and '{call.Context.RequireNode().Node}' is none. Use sh, or put this call behind 'if (isUnix()) {{ … }} else {{ … }}'."),
    };

    private static async Task<object?> ShellAsync(StepCall call)
    {
        var (returnsOutput, returnsStatus) = (call.Arguments.Flag("returnStdout"), call.Arguments.Flag("returnStatus"));
        if (returnsOutput && returnsStatus)
        {
            throw Failures.IllegalArgument("sh: returnStdout and returnStatus cannot both be true: a call returns one thing. Catch the failure instead, or write the output to a file.");
        }

        var ended = await call.Context.OnNodeAsync<ShellEnded>(new RunShell(call.Arguments.RequiredText("script"), returnsOutput, call.Arguments.Text("encoding"))
        {
            Shell = call.Context.Container?.Shell,
        });
        if (returnsStatus)
        {
            return ended.ExitCode;
        }

        return ended.ExitCode == 0
            ? returnsOutput ? ended.Output ?? "" : null
            : throw Failures.Abort($"script returned exit code {ended.ExitCode}");
    }
}
