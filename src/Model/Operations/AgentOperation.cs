using System.Text.Json.Serialization;

namespace Slipway.Model.Operations;

/// <summary>
/// A piece of work that an agent does for a run. It is data: the agent's binary knows how to do each kind. An operation is named by an id that the controller chooses;
/// the agent does it once, keeps its output and result on disk until both are acknowledged, and answers a repeated request with what it has.
/// Paths are relative to <see cref="Surroundings.Directory"/> unless they are absolute.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(PrepareWorkspace), "prepareWorkspace")]
[JsonDerivedType(typeof(RunShell), "shell")]
[JsonDerivedType(typeof(ReadTextFile), "readFile")]
[JsonDerivedType(typeof(WriteTextFile), "writeFile")]
[JsonDerivedType(typeof(CheckFileExists), "fileExists")]
[JsonDerivedType(typeof(DeleteDirectory), "deleteDir")]
[JsonDerivedType(typeof(CleanWorkspace), "cleanWs")]
[JsonDerivedType(typeof(GitCheckout), "git")]
[JsonDerivedType(typeof(UploadFiles), "upload")]
[JsonDerivedType(typeof(DownloadFiles), "download")]
[JsonDerivedType(typeof(OpenContainer), "container")]
public abstract record AgentOperation
{
    public Surroundings Surroundings { get; init; } = Surroundings.None;
}

/// <summary>Where an operation runs: its directory, the variables added to the agent's own environment (a null value removes one), and the texts to be masked in its output.</summary>
public sealed record Surroundings(string Directory, IReadOnlyDictionary<string, string?> Environment, IReadOnlyList<string> Masked)
{
    public static Surroundings None { get; } = new("", new Dictionary<string, string?>(), []);

    /// <summary>The block <c>timestamps</c> stands around the step: each line of output begins with its time.</summary>
    public bool Timestamps { get; init; }

    /// <summary>The container of the agent's pod that processes run in; null for the agent's own. Files are reached through the workspace's volume from either.</summary>
    public string? Container { get; init; }
}

/// <summary>Makes (or finds) the workspace of a job on this agent. A workspace that is in use gets a sibling with <c>@2</c>, as in Jenkins.</summary>
/// <param name="Custom">A path that the pipeline asked for; relative ones lie below the agent's working directory.</param>
public sealed record PrepareWorkspace(string Job, string? Custom) : AgentOperation;

/// <summary>Runs a script: with its own <c>#!</c> line, else with <c>sh -xe</c>. The exit code is the result; there is no result without one.</summary>
/// <param name="CaptureOutput">Standard output becomes part of the result instead of the log.</param>
/// <param name="Encoding">Name of the encoding that the process writes; null is UTF-8.</param>
public sealed record RunShell(string Script, bool CaptureOutput, string? Encoding) : AgentOperation
{
    /// <summary>The program that a script without a <c>#!</c> line is given to, as <c>program -xe</c>; null is <c>sh</c>. One that cannot be started is a failure of the operation.</summary>
    public string? Shell { get; init; }
}

/// <param name="Encoding"><c>Base64</c> gives the bytes themselves.</param>
public sealed record ReadTextFile(string Path, string? Encoding) : AgentOperation;

public sealed record WriteTextFile(string Path, string Text, string? Encoding) : AgentOperation;

public sealed record CheckFileExists(string Path) : AgentOperation;

/// <summary>Deletes the current directory with everything in it.</summary>
public sealed record DeleteDirectory : AgentOperation;

/// <summary>Empties the workspace, but for what the patterns keep (Ant globs; include empty means everything).</summary>
public sealed record CleanWorkspace(IReadOnlyList<string> Include, IReadOnlyList<string> Exclude, bool DeleteDirectories) : AgentOperation;

/// <summary>Fetches and checks out one revision into the current directory with the <c>git</c> program.</summary>
/// <param name="Refs">Branch names or patterns as Jenkins takes them (<c>*/main</c>, <c>refs/heads/x</c>, <c>v1.0</c>, a commit); the first that is found is taken.</param>
/// <param name="Commit">Exactly this commit instead, when it is known already (the one that the Jenkinsfile came from).</param>
/// <param name="PreviousCommit">What the last run of the job was built from: the changelog begins after it.</param>
/// <param name="PreviousByBranch">The same where the branch is not known before the checkout: by its name, such as <c>origin/main</c>. Put in on the way to the agent; in no journal.</param>
/// <param name="LocalBranch">A local branch to be set to the revision and checked out (as Jenkins' <c>git</c> step does); null leaves HEAD detached.</param>
public sealed record GitCheckout(
    string Url,
    IReadOnlyList<string> Refs,
    string? Commit,
    GitCredential? Credential,
    bool Changelog,
    bool Poll,
    string? PreviousCommit = null,
    string? LocalBranch = null,
    IReadOnlyDictionary<string, string>? PreviousByBranch = null) : AgentOperation;

public sealed record GitCredential(string User, string Secret);

/// <summary>Packs the files that the globs name and sends them to the controller.</summary>
/// <param name="Purpose">What the controller does with them.</param>
/// <param name="Name">The stash's name; empty for artifacts and test reports.</param>
public sealed record UploadFiles(UploadPurpose Purpose, string Name, IReadOnlyList<string> Include, IReadOnlyList<string> Exclude, bool UseDefaultExcludes, bool AllowEmpty, bool CaseSensitive = true) : AgentOperation;

public enum UploadPurpose
{
    Stash,
    Artifacts,
    TestReports,
}

/// <summary>Fetches a stash and unpacks it into the current directory.</summary>
public sealed record DownloadFiles(string Stash) : AgentOperation;

/// <summary>Waits until processes can be run in that container of the agent's pod. Result: <see cref="ContainerOpened"/>.</summary>
public sealed record OpenContainer(string Container) : AgentOperation;
