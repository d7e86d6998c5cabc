using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Scripted;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Steps.Scm;

/// <summary>Steps that bring a git repository's files into the current directory.</summary>
internal static class CheckoutSteps
{
    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "checkout",
            Summary = "Checks out what 'scm' or scmGit(…) describes into the current directory; returns a map with GIT_COMMIT, GIT_BRANCH, GIT_URL.",
            Parameters = [StepParameter.Any("scm").Required(), StepParameter.Flag("changelog", true), StepParameter.Flag("poll", true)],
            Main = "scm",
            NeedsNode = true,
            Run = CheckoutAsync,
        },
        new()
        {
            Name = "git",
            Summary = "Checks out a branch of a git repository into the current directory.",
            Parameters =
            [
                StepParameter.Text("url").Required(),
                StepParameter.Text("branch", "master"),
                StepParameter.Text("credentialsId"),
                StepParameter.Flag("changelog", true),
                StepParameter.Flag("poll", true),
            ],
            Main = "url",
            NeedsNode = true,
            Run = call => FetchAsync(call, new GitSource(call.Arguments.RequiredText("url"), ["*/" + (call.Arguments.Text("branch") ?? "master")])
            {
                CredentialsId = call.Arguments.Text("credentialsId"),
                Changelog = call.Arguments.Flag("changelog", true),
                Poll = call.Arguments.Flag("poll", true),
            }),
        },
    ];

    private static Task<object?> CheckoutAsync(StepCall call)
    {
        var scm = call.Arguments.Any("scm");
        var source = scm is ScmObject own ? own.ToSource() : GitSource.Read(SymbolValue.Require(scm, "checkout", "scmGit"));
        return FetchAsync(call, source with
        {
            Changelog = source.Changelog && call.Arguments.Flag("changelog", true),
            Poll = source.Poll && call.Arguments.Flag("poll", true),
        });
    }

    private static async Task<object?> FetchAsync(StepCall call, GitSource source)
    {
        if (!string.IsNullOrEmpty(source.CredentialsId))
        {
            throw Failures.Unsupported(
                $"{call.Definition.Name}: the credentials '{source.CredentialsId}' cannot be used: there is no credentials store yet. Leave credentialsId out for a repository that can be read without.");
        }

        // git is the agent's own, whatever container stands around.
        var context = call.Context with { Container = null };
        if (source.Subdirectory is { Length: > 0 } subdirectory)
        {
            context = context with { Directory = NodePath.Resolve(context.Directory, subdirectory, context.RequireNode().IsUnix) };
        }

        if (source.Wipe)
        {
            await context.OnNodeAsync(new CleanWorkspace([], [], DeleteDirectories: true));
        }

        if (source.CleanBefore)
        {
            await CleanAsync(context, "if [ -e .git ]; then git reset -q --hard && git clean -ffdxq; fi");
        }

        var git = await context.OnNodeAsync<GitCheckedOut>(new GitCheckout(source.Url, source.Refs, source.Commit, null, source.Changelog, source.Poll));
        if (source.CleanAfter)
        {
            await CleanAsync(context, "git clean -ffdxq");
        }

        if (source.Changelog)
        {
            call.Run.State.AddChanges(git);
        }

        return ScriptValues.MapOf(Variables(git).Select(v => KeyValuePair.Create<string, object?>(v.Key, v.Value)));
    }

    /// <summary>What a checkout says of itself, by Jenkins' names.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Variables(GitCheckedOut git)
    {
        yield return new("GIT_BRANCH", git.Branch);
        yield return new("GIT_COMMIT", git.Commit);
        if (git.PreviousCommit is not null)
        {
            yield return new("GIT_PREVIOUS_COMMIT", git.PreviousCommit);
        }

        yield return new("GIT_URL", git.Url);
    }

    private static async Task CleanAsync(StepContext context, string script)
    {
        var ended = await context.OnNodeAsync<ShellEnded>(new RunShell(script, false, null));
        if (ended.ExitCode != 0)
        {
            throw Failures.Abort($"checkout: cleaning the directory {context.Directory} failed with exit code {ended.ExitCode}; its output stands above.");
        }
    }
}
