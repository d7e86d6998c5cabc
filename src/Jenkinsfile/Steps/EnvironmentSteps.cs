using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>Blocks that change what their bodies see, and nothing else.</summary>
internal static class EnvironmentSteps
{
    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "withEnv",
            Summary = "Runs its block with variables set: a list of 'NAME=value'; 'NAME=' removes one, 'PATH+X=dir' puts dir before the others.",
            Parameters = [StepParameter.List("overrides").Required()],
            Main = "overrides",
            Block = StepBlock.Required,
            Run = call =>
            {
                var overlay = ReadOverrides(call);
                return call.RunBodyAsync(c => c with { Environment = c.Environment.Add(overlay) });
            },
        },
        new()
        {
            Name = "timestamps",
            Summary = "Shows the time before each line of its block's output.",
            Block = StepBlock.Required,
            Classes = ["TimestamperBuildWrapper"],
            Run = call => call.RunBodyAsync(c => c with { Timestamps = true }),
        },
        new()
        {
            Name = "ansiColor",
            Summary = "Runs its block; colours are always shown.",
            Parameters = [StepParameter.Text("colorMapName", "xterm").Ignored("the log is kept as it was written, and colours are drawn where it is read.")],
            Main = "colorMapName",
            Block = StepBlock.Required,
            Classes = ["AnsiColorBuildWrapper"],
            Run = call => call.RunBodyAsync(),
        },
    ];

    /// <summary>An overlay from <c>NAME=value</c> texts, in their order; the last of a name wins.</summary>
    private static Dictionary<string, string?> ReadOverrides(StepCall call)
    {
        var overlay = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var item in call.Arguments.List("overrides"))
        {
            if (!ScriptValues.IsText(item, out var pair) || pair.IndexOf('=') is not (> 0 and var equals))
            {
                throw Failures.IllegalArgument($"withEnv: '{ScriptValues.ToText(item)}' is not of the form NAME=value. Write for example withEnv(['NAME=value']).");
            }

            overlay[pair[..equals]] = pair[(equals + 1)..];
        }

        return overlay;
    }
}
