using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>Files that one node hands to another within a run.</summary>
internal static class StashSteps
{
    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "stash",
            Summary = "Keeps files of the current directory under a name, for unstash on any node of the run.",
            Parameters =
            [
                StepParameter.Text("name").Required(),
                StepParameter.Text("includes", "**"),
                StepParameter.Text("excludes"),
                StepParameter.Flag("useDefaultExcludes", true),
                StepParameter.Flag("allowEmpty"),
            ],
            Main = "name",
            NeedsNode = true,
            Run = StashAsync,
        },
        new()
        {
            Name = "unstash",
            Summary = "Puts the files of a stash into the current directory.",
            Parameters = [StepParameter.Text("name").Required()],
            Main = "name",
            NeedsNode = true,
            Run = async call =>
            {
                await call.Context.OnNodeAsync(new DownloadFiles(call.Arguments.RequiredText("name")));
                return null;
            },
        },
    ];

    private static async Task<object?> StashAsync(StepCall call)
    {
        var name = call.Arguments.RequiredText("name");
        if (name.Length == 0 || name.IndexOfAny(['/', '\\', ':', '\0', '<', '>', '*', '?', '"', '|']) >= 0)
        {
            throw Failures.IllegalArgument($"stash: '{name}' is no name for a stash. Use letters, digits, '-', '_' and dots.");
        }

        var allowEmpty = call.Arguments.Flag("allowEmpty");
        var uploaded = await call.Context.OnNodeAsync<FilesUploaded>(new UploadFiles(
            UploadPurpose.Stash,
            name,
            FilePatterns.Split(call.Arguments.Text("includes") ?? "**"),
            FilePatterns.Split(call.Arguments.Text("excludes")),
            call.Arguments.Flag("useDefaultExcludes", true),
            AllowEmpty: true));
        if (uploaded.Count == 0 && !allowEmpty)
        {
            throw Failures.Abort($"No files included in stash ‘{name}’");
        }

        call.Log($"Stashed {uploaded.Count} file(s)");
        return null;
    }
}
