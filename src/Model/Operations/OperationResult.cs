using System.Text.Json.Serialization;

namespace Slipway.Model.Operations;

/// <summary>What came of an operation. Exactly one for each operation, kept by the agent until the controller has it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(WorkspacePrepared), "workspace")]
[JsonDerivedType(typeof(ShellEnded), "shell")]
[JsonDerivedType(typeof(TextRead), "text")]
[JsonDerivedType(typeof(FileExistence), "exists")]
[JsonDerivedType(typeof(OperationDone), "done")]
[JsonDerivedType(typeof(GitCheckedOut), "git")]
[JsonDerivedType(typeof(FilesUploaded), "uploaded")]
[JsonDerivedType(typeof(ContainerOpened), "container")]
[JsonDerivedType(typeof(OperationFailed), "failed")]
[JsonDerivedType(typeof(OperationCancelled), "cancelled")]
public abstract record OperationResult;

/// <param name="Directory">The workspace.</param>
/// <param name="Temporary">A directory beside it for what must not lie in the checkout (<c>WORKSPACE_TMP</c>).</param>
/// <param name="Environment">The agent's own environment, so that <c>env.PATH</c> and the like can be read without asking again.</param>
public sealed record WorkspacePrepared(string Directory, string Temporary, bool IsUnix, IReadOnlyDictionary<string, string> Environment) : OperationResult;

public sealed record ShellEnded(int ExitCode, string? Output) : OperationResult;

public sealed record TextRead(string Text) : OperationResult;

public sealed record FileExistence(bool Exists) : OperationResult;

public sealed record OperationDone : OperationResult;

/// <param name="Branch">What <c>GIT_BRANCH</c> says, such as <c>origin/main</c>.</param>
/// <param name="Subject">First line of the commit's message.</param>
public sealed record GitCheckedOut(string Commit, string Branch, string Url, string? PreviousCommit, string Subject, IReadOnlyList<ChangeEntry> Changes) : OperationResult
{
    /// <summary>Paths that the changes name at most: they lie in the run's journal, which a commit that touches everything must not fill.</summary>
    public const int MostPaths = 10_000;
}

/// <summary>One commit between the last run's revision and this one's.</summary>
/// <param name="Edits">A letter for each of <paramref name="Paths"/>, as git gives it: <c>A</c> added, <c>D</c> deleted, others changed.</param>
public sealed record ChangeEntry(string Commit, string Author, string AuthorEmail, DateTimeOffset Time, string Message, IReadOnlyList<string> Paths, string Edits = "")
{
    /// <summary>The first line of the message.</summary>
    [JsonIgnore]
    public string Title => Message.Split('\n', 2)[0].TrimEnd('\r');

    /// <summary>What became of a path, in Jenkins' words.</summary>
    public string EditType(int path) => path >= Edits.Length ? "edit" : Edits[path] switch
    {
        'A' => "add",
        'D' => "delete",
        _ => "edit",
    };
}

public sealed record FilesUploaded(int Count, long Bytes) : OperationResult;

/// <param name="Environment">The container's own, which steps there begin from.</param>
/// <param name="Warning">What the pipeline's author should know of how the container is reached; null for nothing.</param>
public sealed record ContainerOpened(IReadOnlyDictionary<string, string> Environment, string? Warning = null) : OperationResult;

/// <summary>The operation could not be done. <see cref="IsInfrastructure"/> tells a broken agent, disk or connection from a fault of the pipeline.</summary>
public sealed record OperationFailed(string Message, bool IsInfrastructure) : OperationResult
{
    /// <summary>The node went away under its work; without <see cref="IsInfrastructure"/> by what the pipeline asked of it, such as a deadline.</summary>
    public bool IsNodeLost { get; init; }
}

public sealed record OperationCancelled : OperationResult;
