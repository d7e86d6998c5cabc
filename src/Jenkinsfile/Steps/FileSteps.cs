using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>Steps that read and write files of the node, and clean up after.</summary>
internal static class FileSteps
{
    private const string OwnWorkspaces = "workspaces of on-demand nodes go away with their node.";

    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "fileExists",
            Summary = "Whether a file or directory exists.",
            Parameters = [StepParameter.Text("file").Required()],
            Main = "file",
            NeedsNode = true,
            Run = async call => (await call.Context.OnNodeAsync<FileExistence>(new CheckFileExists(call.Arguments.RequiredText("file")))).Exists,
        },
        new()
        {
            Name = "readFile",
            Summary = "The text of a file; with encoding 'Base64' its bytes.",
            Parameters = [StepParameter.Text("file").Required(), StepParameter.Text("encoding")],
            Main = "file",
            NeedsNode = true,
            Run = ReadAsync,
        },
        new()
        {
            Name = "writeFile",
            Summary = "Writes a text to a file, whose directories are made where they do not exist.",
            Parameters = [StepParameter.Text("file").Required(), StepParameter.Text("text").Required(), StepParameter.Text("encoding")],
            NeedsNode = true,
            Run = async call =>
            {
                await call.Context.OnNodeAsync(new WriteTextFile(call.Arguments.RequiredText("file"), call.Arguments.Text("text") ?? "", call.Arguments.Text("encoding")));
                return null;
            },
        },
        new()
        {
            Name = "deleteDir",
            Summary = "Deletes the current directory with all that is in it.",
            NeedsNode = true,
            Run = async call =>
            {
                await call.Context.OnNodeAsync(new DeleteDirectory());
                return null;
            },
        },
        new()
        {
            Name = "cleanWs",
            Summary = "Empties the workspace.",
            Parameters =
            [
                StepParameter.Flag("deleteDirs"),
                StepParameter.List("patterns"),
                StepParameter.Flag("notFailBuild"),
                StepParameter.Flag("cleanWhenAborted", true),
                StepParameter.Flag("cleanWhenFailure", true),
                StepParameter.Flag("cleanWhenNotBuilt", true),
                StepParameter.Flag("cleanWhenSuccess", true),
                StepParameter.Flag("cleanWhenUnstable", true),
                StepParameter.Flag("cleanupMatrixParent").Ignored("there are no matrix projects."),
                StepParameter.Flag("disableDeferredWipeout").Ignored(OwnWorkspaces),
                StepParameter.Flag("skipWhenFailed"),
                StepParameter.Text("externalDelete", "").RefusedBecause("there is no external program for deleting; the agent deletes the files itself."),
            ],
            NeedsNode = true,
            Classes = ["WsCleanup"],
            Run = CleanAsync,
        },
    ];

    private static async Task<object?> ReadAsync(StepCall call)
    {
        var file = call.Arguments.RequiredText("file");
        try
        {
            return (await call.Context.OnNodeAsync<TextRead>(new ReadTextFile(file, call.Arguments.Text("encoding")))).Text;
        }
        catch (GroovyException fault) when (Failures.IsCatchable(fault) && Failures.InterruptionOf(fault) is null && !Failures.IsInfrastructure(fault))
        {
            // Scripts catch a missing file by its class. The agent's refusal is words for people, so whether that was it is asked for.
            if ((await call.Context.OnNodeAsync<FileExistence>(new CheckFileExists(file))).Exists)
            {
                throw;
            }

            throw Failures.Of(Failures.NoSuchFileException, NodePath.Resolve(call.Context.Directory, file, call.Context.RequireNode().IsUnix));
        }
    }

    private static async Task<object?> CleanAsync(StepCall call)
    {
        if (!IsWanted(call))
        {
            call.Log("[WS-CLEANUP] Skipped based on build state " + Model.RunResults.ToJenkins(call.Run.State.CurrentResult));
            return null;
        }

        call.Log("[WS-CLEANUP] Deleting project workspace...");
        var (include, exclude) = Patterns(call);
        var context = call.Context with { Directory = call.Context.Workspace!.Directory };
        try
        {
            await context.OnNodeAsync(new CleanWorkspace(include, exclude, include.Count == 0 || call.Arguments.Flag("deleteDirs")));
        }
        catch (Groovy.Runtime.GroovyException failure) when (call.Arguments.Flag("notFailBuild") && Failures.InterruptionOf(failure) is null)
        {
            call.Log($"[WS-CLEANUP] Cannot delete workspace: {failure.Value.Message}\n[WS-CLEANUP] The run goes on because of notFailBuild.");
            return null;
        }

        call.Log("[WS-CLEANUP] done");
        return null;
    }

    private static bool IsWanted(StepCall call) => call.Run.State.CurrentResult switch
    {
        Model.RunResult.Success => call.Arguments.Flag("cleanWhenSuccess", true),
        Model.RunResult.Unstable => call.Arguments.Flag("cleanWhenUnstable", true),
        Model.RunResult.Failure => call.Arguments.Flag("cleanWhenFailure", true) && !call.Arguments.Flag("skipWhenFailed"),
        Model.RunResult.NotBuilt => call.Arguments.Flag("cleanWhenNotBuilt", true),
        _ => call.Arguments.Flag("cleanWhenAborted", true),
    };

    private static (List<string> Include, List<string> Exclude) Patterns(StepCall call)
    {
        List<string> include = [], exclude = [];
        foreach (var item in call.Arguments.List("patterns"))
        {
            if (!ScriptValues.IsMap(item, out var pattern))
            {
                throw Failures.IllegalArgument("cleanWs: 'patterns' is a list of maps such as [pattern: '**/target/**', type: 'INCLUDE'].");
            }

            var read = ArgumentBinder.Bind(
                "cleanWs pattern",
                [StepParameter.Text("pattern").Required(), StepParameter.Choice("type", "INCLUDE", "INCLUDE", "EXCLUDE"), StepParameter.Text("$class")],
                null, [], pattern);
            (read.Text("type") == "EXCLUDE" ? exclude : include).Add(read.RequiredText("pattern"));
        }

        return (include, exclude);
    }
}
