using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;
using Slipway.Model.Effects;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>Steps that need no node: messages, time, results.</summary>
internal static class BasicSteps
{
    public static Task<object?> Nothing { get; } = Task.FromResult<object?>(null);

    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "echo",
            Summary = "Prints a message.",
            Parameters = [StepParameter.Text("message").Required()],
            Main = "message",
            Run = call =>
            {
                call.Log(call.Arguments.Text("message") ?? "null");
                return Nothing;
            },
        },
        new()
        {
            Name = "error",
            Summary = "Fails with a message; the run ends as a failure unless the script catches it.",
            Parameters = [StepParameter.Text("message", "")],
            Main = "message",
            Run = call => throw Failures.Abort(call.Arguments.Text("message") ?? ""),
        },
        new()
        {
            Name = "unstable",
            Summary = "Prints a message and marks the stage and the run as unstable.",
            Parameters = [StepParameter.Text("message").Required()],
            Main = "message",
            Run = Unstable,
        },
        new()
        {
            Name = "sleep",
            Summary = "Waits. The wait outlives a restart of the server and counts from its first beginning.",
            Parameters = [StepParameter.Integer("time").Required(), TimeUnits.Parameter("SECONDS")],
            Main = "time",
            Run = SleepAsync,
        },
        new()
        {
            Name = "isUnix",
            Summary = "Whether the node is a Unix.",
            NeedsNode = true,
            Run = call => Task.FromResult<object?>(call.Context.RequireNode().IsUnix),
        },
    ];

    private static Task<object?> Unstable(StepCall call)
    {
        var message = call.Arguments.RequiredText("message");
        call.Log($"WARNING: {message}");
        call.Run.State.Worsen(RunResult.Unstable);
        call.Mark(RunResult.Unstable, message);
        return Nothing;
    }

    private static async Task<object?> SleepAsync(StepCall call)
    {
        var duration = TimeUnits.Duration(call, "SECONDS");
        call.Log($"Sleeping for {TimeUnits.Describe(duration)}");
        await call.Context.PerformAsync(new Wait(duration));
        return null;
    }
}
