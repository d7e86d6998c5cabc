using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Steps.Scm;

/// <summary>A repository with what to take of it and how, read from a script.</summary>
internal sealed record GitSource(string Url, IReadOnlyList<string> Refs)
{
    public string? Commit { get; init; }

    public string? CredentialsId { get; init; }

    public string? Subdirectory { get; init; }

    public bool Wipe { get; init; }

    public bool CleanBefore { get; init; }

    public bool CleanAfter { get; init; }

    public bool Changelog { get; init; } = true;

    public bool Poll { get; init; } = true;

    public static GitSource Read(SymbolValue scm)
    {
        var remotes = scm.Arguments.List("userRemoteConfigs").Select(ReadRemote).ToList();
        if (remotes.Count != 1)
        {
            throw Failures.IllegalArgument($"checkout needs exactly one entry in userRemoteConfigs and got {remotes.Count}; check out a second repository with a second call and dir.");
        }

        var refs = scm.Arguments.List("branches").Select(ReadBranch).ToList();
        var source = new GitSource(remotes[0].RequiredText("url"), refs.Count == 0 ? ["*/master"] : refs)
        {
            CredentialsId = remotes[0].Text("credentialsId"),
            Changelog = scm.Arguments.Flag("changelog", true),
            Poll = scm.Arguments.Flag("poll", true),
        };
        return scm.Arguments.List("extensions").Select(e => SymbolValue.Require(e, "extensions", ExtensionNames)).Aggregate(source, Extend);
    }

    private static IReadOnlyList<string> ExtensionNames { get; } =
        ["relativeTargetDirectory", "cloneOption", "checkoutOption", "localBranch", "pruneStaleBranch", "cleanBeforeCheckout", "cleanAfterCheckout", "wipeWorkspace", "submodule", "lfs"];

    private static GitSource Extend(GitSource source, SymbolValue extension) => extension.Name switch
    {
        "relativeTargetDirectory" => source with { Subdirectory = extension.Arguments.RequiredText("relativeTargetDir") },
        "cleanBeforeCheckout" => source with { CleanBefore = true },
        "cleanAfterCheckout" => source with { CleanAfter = true },
        "wipeWorkspace" => source with { Wipe = true },
        _ => source,
    };

    private static StepArguments ReadRemote(object? value)
    {
        if (value is Scripted.ScmRemoteObject own)
        {
            return own.ToArguments();
        }

        if (SymbolValue.Read(value) is { } symbol)
        {
            return symbol.Arguments;
        }

        return ScriptValues.IsMap(value, out var map)
            ? ArgumentBinder.Bind("userRemoteConfigs", SymbolCatalog.Find("userRemoteConfig")!.Parameters, null, [], map)
            : throw Failures.IllegalArgument("checkout: userRemoteConfigs is a list of maps such as [url: 'https://…'].");
    }

    private static string ReadBranch(object? value)
    {
        if (ScriptValues.IsText(value, out var name))
        {
            return name;
        }

        if (value is Scripted.ScmBranchObject own)
        {
            return own.ToString();
        }

        return ScriptValues.IsMap(value, out var map) && map.TryGetValue("name", out var named) && ScriptValues.IsText(named, out var branch)
            ? branch
            : throw Failures.IllegalArgument("checkout: branches is a list of maps such as [name: '*/main'].");
    }
}
