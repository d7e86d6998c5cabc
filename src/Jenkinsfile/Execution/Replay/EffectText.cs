using System.Text.Json;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Execution.Replay;

/// <summary>Compares and names effects.</summary>
internal static class EffectText
{
    private const int Longest = 120;

    /// <summary>
    /// Whether two effects ask for the same. An operation's environment and masks are left out: they follow from the run's settings, to which a newer version of
    /// the product may add, and a run outlives that.
    /// </summary>
    public static bool AreSame(Effect one, Effect other) => ReferenceEquals(one, other) || Canonical(one) == Canonical(other);

    /// <summary>What people call it: <c>sh 'make test'</c>, <c>node 'linux'</c>.</summary>
    public static string Describe(Effect effect) => effect switch
    {
        AllocateNode node => node.Label is null ? "node" : $"node {Quote(node.Label)}",
        ReleaseNode => "the end of a node block",
        OnNode { Operation: var operation } => Describe(operation),
        Wait wait => $"a wait of {wait.Duration}",
        ReadClock => "the time",
        DrawRandom random => $"{random.Bytes} random bytes",
        BuildJob build => $"build {Quote(build.Job)}",
        AcquireLock acquire => $"lock {Quote(acquire.Resource ?? acquire.Label ?? "")}",
        ReleaseLock => "the end of a lock block",
        ReadContainerLog log => $"containerLog {Quote(log.Container)}",
        ReadScriptFile file => $"the file {Quote(file.Path)} of the Jenkinsfile's repository",
        PassMilestone milestone => $"milestone {milestone.Ordinal}",
        _ => effect.GetType().Name,
    };

    private static string Describe(AgentOperation operation) => operation switch
    {
        RunShell shell => $"sh {Quote(shell.Script)}",
        ReadTextFile read => $"readFile {Quote(read.Path)}",
        WriteTextFile write => $"writeFile {Quote(write.Path)}",
        CheckFileExists check => $"fileExists {Quote(check.Path)}",
        DeleteDirectory => $"deleteDir in {Quote(operation.Surroundings.Directory)}",
        CleanWorkspace => "cleanWs",
        GitCheckout git => $"checkout of {Quote(git.Url)}",
        UploadFiles { Purpose: UploadPurpose.Stash } upload => $"stash {Quote(upload.Name)}",
        UploadFiles { Purpose: UploadPurpose.Artifacts } upload => $"archiveArtifacts {Quote(string.Join(',', upload.Include))}",
        UploadFiles upload => $"junit {Quote(string.Join(',', upload.Include))}",
        DownloadFiles download => $"unstash {Quote(download.Stash)}",
        OpenContainer open => $"container {Quote(open.Container)}",
        PrepareWorkspace prepare => $"workspace {Quote(prepare.Custom ?? prepare.Job)}",
        _ => operation.GetType().Name,
    };

    private static string Canonical(Effect effect)
    {
        if (effect is OnNode on)
        {
            effect = on with { Operation = on.Operation with { Surroundings = new Surroundings(on.Operation.Surroundings.Directory, new Dictionary<string, string?>(), []) } };
        }

        return JsonSerializer.Serialize(effect, ModelJson.Default.Effect);
    }

    private static string Quote(string text)
    {
        var line = text.Trim().ReplaceLineEndings(" ⏎ ");
        return line.Length > Longest ? $"'{line[..Longest]}…'" : $"'{line}'";
    }
}
